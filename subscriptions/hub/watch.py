"""Watch: one live stream of levels, from its opening over every later change to its end.

It follows the feed from some position: that of a cursor, or of now, with a snapshot if asked. It catches up at its
reader's pace, from the feed's memory or from the log; with nothing left to catch up it joins its group, in the same
breath, and is live. When the feed loses its way, it catches up again; what the log cannot give any more is a RESET.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from domain.access import Scope
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from services.reads import Snapshot
from subscriptions import metrics
from subscriptions.hub.feed import Feed
from subscriptions.hub.level_change import LevelChange
from subscriptions.hub.snapshots import UNFINISHED, State
from subscriptions.hub.watch_group import WatchGroup, group_key
from subscriptions.hub.watch_queue import TooSlow, WatchQueue
from subscriptions.log.broadcast_log import Position, Truncated


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the log: the changes of levels in it, and where it ends (where it began, if nothing came since)."""

    changes: Sequence[LevelChange]
    end: Position


class Source(Protocol):
    """What a stream asks of the hub, which waits for whatever is away."""

    def enter(self, watch: Watch, scope: Scope) -> Feed: ...

    async def leave(self, watch: Watch, feed: Feed) -> None: ...

    async def read_log(self, feed: Feed, after: Position) -> Page:
        """Raises Truncated."""
        ...

    async def read_state(self, scope: Scope, filter: LevelStreamFilter, *, after_reset: bool) -> State: ...

    def told(self, type: StreamEventType, cursor: str) -> LevelEvent:
        """An event without a level."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What a watcher asked for."""

    scope: Scope
    filter: LevelStreamFilter
    snapshot: bool
    after: Position | None


class Watch(AsyncIterator[LevelEvent]):
    """Ends with `aclose`, with the hub, or with TooSlow. `on_too_slow` is called at once, also while nobody reads."""

    def __init__(self, source: Source, wish: Wish, queue: WatchQueue) -> None:
        self.on_too_slow: Callable[[], None] | None = None
        self._source = source
        self._wish = wish
        self._queue = queue
        #: All up to here was told, or is about to be; once live, where that began.
        self._position: Position | None = wish.after
        #: Once live, the cursor of what was taken from the queue last.
        self._taken: str | None = None
        #: What was in the snapshot that was told, which itself is not kept.
        self._seen: Snapshot | None = None
        self._was_reset = False
        self._owes_caught_up = True
        self._feed: Feed | None = None
        self._group: WatchGroup | None = None
        self._ready: Iterator[LevelEvent] = iter(())
        self._step: Callable[[], Awaitable[Iterable[LevelEvent]]] = self._attach
        self._closed = False

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> LevelEvent:
        while not self._closed:
            for event in self._ready:
                return event
            self._ready = iter(await self._step())
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Give everything back; a reader that waits is told the end."""
        if self._closed:
            return
        self._closed = True
        self._ready = iter(())
        self._queue.clear()
        self._queue.wake()
        if self._feed is not None:
            if self._group is not None:
                self._group.leave(self)
                self._feed.leave(self._group)
            await self._source.leave(self, self._feed)

    # ------------------------------------------------------------ steps: each returns what to tell, and sets the next
    async def _attach(self) -> Iterable[LevelEvent]:
        if self._feed is None:
            self._feed = self._source.enter(self, self._wish.scope)
        await self._feed.ready()
        if not self._closed:
            self._group = self._feed.group(group_key(self._wish.scope, self._wish.filter))
            self._step = self._catch_up if self._position is not None else self._begin
        return ()

    async def _begin(self) -> Iterable[LevelEvent]:
        """From now, or from the head that a reset told: with the state if it was asked for."""
        position = self._position = self._position or self._attached.position
        told = await self._snapshot(position.encode()) if self._wish.snapshot else ()
        self._step, self._owes_caught_up = self._catch_up, not self._wish.snapshot
        return told

    async def _catch_up(self) -> Iterable[LevelEvent]:
        """What came after our position; nothing: live from here on."""
        position = self._position
        assert position is not None
        changes = self._attached.since(position)
        if changes is None:
            try:
                page = await self._source.read_log(self._attached, position)
            except Truncated as fault:
                return self._begin_anew(fault.head)
            changes, self._position = page.changes, page.end
            return self._events(changes) if page.end != position else self._go_live()
        if changes:
            self._position = changes[-1].position
            return self._events(changes)
        return self._go_live()

    async def _live(self) -> Iterable[LevelEvent]:
        event = self._queue.take()
        if event is not None:
            self._taken = event.cursor
            return (event,)
        await self._queue.wait()
        return ()

    async def _end(self) -> Iterable[LevelEvent]:
        raise TooSlow

    # ------------------------------------------------------------------ what is told
    def _begin_anew(self, head: Position) -> Iterable[LevelEvent]:
        metrics.RESETS.inc()
        self._position, self._seen, self._step = head, None, self._begin
        self._was_reset = True
        return (self._source.told(StreamEventType.RESET, UNFINISHED if self._wish.snapshot else head.encode()),)

    def _go_live(self) -> Iterable[LevelEvent]:
        """Nothing is awaited between finding nothing more to catch up and joining those who are told of what comes."""
        assert self._group is not None and self._position is not None
        feed = self._attached.position
        if feed.epoch == self._position.epoch and feed.offset > self._position.offset:
            self._position = feed
        self._taken = None
        self._group.join(self)
        self._step = self._live
        if not self._owes_caught_up:
            return ()
        self._owes_caught_up = False
        return (self._source.told(StreamEventType.CAUGHT_UP, self._position.encode()),)

    async def _snapshot(self, cursor: str) -> Iterable[LevelEvent]:
        wish = self._wish
        state = await self._source.read_state(wish.scope, wish.filter, after_reset=self._was_reset)
        self._seen = state.seen
        return chain(state.told(cursor), (self._source.told(StreamEventType.CAUGHT_UP, cursor),))

    def _events(self, changes: Sequence[LevelChange]) -> Iterable[LevelEvent]:
        assert self._group is not None
        told = (self._group.told(change) for change in changes if not self._knows(change))
        return [event for event in told if event is not None]

    def _knows(self, change: LevelChange) -> bool:
        """Whether the change is in the snapshot that was sent, however late the log brings it."""
        return self._seen is not None and self._seen.saw(change.tx)

    @property
    def _attached(self) -> Feed:
        assert self._feed is not None
        return self._feed

    # ------------------------------------------------------------------ what the group hands on, while live
    def offer(self, event: LevelEvent, change: LevelChange) -> None:
        begun = self._position
        assert begun is not None
        if change.position.epoch != begun.epoch or change.position.offset <= begun.offset or self._knows(change):
            return
        try:
            self._queue.put(event, change.previous_version)
        except TooSlow:
            self._fail()

    def offer_caught_up(self, event: LevelEvent) -> None:
        """Not behind events that wait: those bring young cursors themselves."""
        if not self._queue:
            self._queue.put(event, None)

    def reset(self) -> None:
        """The feed has lost its way: see what the log says to the position of whoever has taken what was taken."""
        if self._taken is not None:
            self._position = Position.decode(self._taken)
        self._interrupt(self._catch_up)

    def _fail(self) -> None:
        metrics.TOO_SLOW.inc()
        self._interrupt(self._end)
        if self.on_too_slow is not None:
            self.on_too_slow()

    def _interrupt(self, step: Callable[[], Awaitable[Iterable[LevelEvent]]]) -> None:
        assert self._group is not None
        self._group.leave(self)
        self._queue.clear()
        self._step = step
        self._queue.wake()
