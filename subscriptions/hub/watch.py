"""Watch: one live stream of the things of one kind, from its opening over every later change to its end.

It follows the feed from some position: that of a cursor, or of now, with a snapshot if asked. It catches up at its
reader's pace, from the feed's memory or from the log; with nothing left to catch up it joins its group, in the same
breath, and is live. When the feed loses its way, it catches up again; what the log cannot give any more is a RESET.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar

from services.live import StreamEvent, StreamEventType
from services.reads import Snapshot
from subscriptions import metrics
from subscriptions.hub.backlog import Backlog, TooSlow
from subscriptions.hub.feed import Feed
from subscriptions.hub.kind import Change
from subscriptions.hub.log_pages import Page
from subscriptions.hub.outlet import Outlet, Parked, Passing
from subscriptions.hub.source import Source, Wish
from subscriptions.hub.states import UNFINISHED, LetGo
from subscriptions.hub.watch_group import GroupKey, WatchGroup
from subscriptions.hub.watch_queue import WatchQueue
from subscriptions.log.broadcast_log import Position, Truncated

S = TypeVar("S", bound=StreamEvent)


async def _nothing() -> Iterable[StreamEvent]:
    return ()


class Watch(AsyncIterator[S], Generic[S]):
    """Ends with `aclose`, with the hub, with TooSlow or with SnapshotFailed.

    `on_too_slow` is called at once, also while nobody reads. While all is taken, what comes leaves by its `outlet`.
    """

    def __init__(self, source: Source, wish: Wish, queue: WatchQueue) -> None:
        self.on_too_slow: Callable[[], None] | None = None
        self.outlet: Outlet | None = None
        self._source = source
        self._wish = wish
        self._queue = queue
        self._parked: Parked | None = None
        #: All up to here was told, or is about to be; once live, where that began.
        self._position: Position | None = wish.after
        #: Once live, the cursor of what was taken from the queue last.
        self._taken: str | None = None
        #: What was in the snapshot that was told, which itself is not kept.
        self._seen: Snapshot[Any] | None = None
        #: The transaction of the change that unsettled it last.
        self._unsettled_by: int | None = None
        self._was_reset = False
        self._owes_caught_up = True
        self._feed: Feed | None = None
        self._group: WatchGroup | None = None
        self._ready: Iterator[Any] = iter(())
        self._step: Callable[[], Awaitable[Iterable[StreamEvent]]] = self._attach
        self._closed = False

    @property
    def key(self) -> GroupKey:
        """Equal for streams that are told the same."""
        return self._wish.key

    def waits_in(self, backlog: Backlog) -> None:
        """Bound what waits here together with what waits in others."""
        self._queue.backlog = backlog

    def __aiter__(self) -> Watch[S]:
        return self

    async def __anext__(self) -> S:
        while not self._closed:
            try:
                for event in self._ready:
                    return event
                self._ready = iter(await self._step())
            except LetGo:
                self._ready = iter(self._begin_anew(self._attached.position))
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Give everything back; a reader that waits is told the end."""
        if self._closed:
            return
        self._closed = True
        self._ready = iter(())
        self._step = _nothing  # the steps are its own: it would wait for the collector, with all that it has told
        self._queue.clear()
        self._queue.wake()
        if self._feed is not None:
            if self._group is not None:
                self._parked = None
                self._group.leave(self)
                self._feed.leave(self._group)
            await self._source.leave(self, self._feed)

    # ------------------------------------------------------------ steps: each returns what to tell, and sets the next
    async def _attach(self) -> Iterable[StreamEvent]:
        if self._feed is None:
            self._feed = self._source.enter(self, self._wish.key.scope.tenant)
        await self._feed.ready()
        if not self._closed:
            self._group = self._feed.group(self._wish.key)
            self._wish = replace(self._wish, key=self._group.key)  # its filter may name a thousand things
            self._step = self._catch_up if self._position is not None else self._begin
        return ()

    async def _begin(self) -> Iterable[StreamEvent]:
        """From now, or from the head that a reset told: with the state if it was asked for."""
        position = self._position = self._position or self._attached.position
        told = await self._snapshot(position.encode()) if self._wish.snapshot else ()
        self._step, self._owes_caught_up = self._catch_up, not self._wish.snapshot
        return told

    async def _catch_up(self) -> Iterable[StreamEvent]:
        """What came after our position; nothing: live from here on."""
        position = self._position
        assert position is not None
        changes = self._attached.since(position, self._wish.key.kind)
        if changes is None:
            try:
                page = await self._source.read_log(self._attached, position)
            except Truncated as fault:
                return self._begin_anew(fault.head)
            return self._of_page(page, position)
        if changes:
            self._position = changes[-1].position
            return self._events(changes)
        return self._go_live()

    def _of_page(self, page: Page, position: Position) -> Iterable[StreamEvent]:
        """What a page tells behind a position."""
        assert self._group is not None
        if page.end.offset > position.offset:
            self._position = page.end
            return self._events(page.concerning(self._wish.key.kind, self._group.place, position))
        return () if self._is_behind(position) else self._go_live()

    def _is_behind(self, position: Position) -> bool:
        feed = self._attached.position
        return feed.epoch == position.epoch and feed.offset > position.offset

    async def _live(self) -> Iterable[StreamEvent]:
        event = self._queue.take()
        if event is not None:
            self._taken = event.cursor
            return (event,)
        if self._parked is None and self.outlet is not None and self.outlet.open:
            self._park(self.outlet)
        await self._queue.wait()
        return ()

    def _park(self, outlet: Outlet) -> None:
        assert self._group is not None
        feed, begun = self._attached.position, self._position
        if begun is None or feed.epoch != begun.epoch:
            return
        since = max(feed.offset, begun.offset)  # what the log told may be ahead of the feed
        self._parked = Parked(self, outlet, since, self._seen)
        self._group.park(self, self._parked)

    def _unpark(self) -> None:
        assert self._group is not None
        if self._parked is not None:
            self._group.unpark(self)
            self._taken = self._parked.sent or self._taken
            self._parked = None

    async def _anew(self) -> Iterable[StreamEvent]:
        assert self._position is not None
        return self._begin_anew(self._position)

    async def _end(self) -> Iterable[StreamEvent]:
        raise TooSlow

    # ------------------------------------------------------------------ what is told
    def _begin_anew(self, head: Position) -> Iterable[StreamEvent]:
        metrics.RESETS.inc()
        self._position, self._seen, self._step = head, None, self._begin
        self._was_reset = True
        return (self._told(StreamEventType.RESET, UNFINISHED if self._wish.snapshot else head.encode()),)

    def _told(self, type: StreamEventType, cursor: str) -> StreamEvent:
        return self._source.told(self._wish.key.kind, type, cursor)

    def _go_live(self) -> Iterable[StreamEvent]:
        """Nothing is awaited between finding nothing more to catch up and joining those who are told of what comes."""
        assert self._group is not None and self._position is not None
        if self._is_behind(self._position):
            self._position = self._attached.position
        self._taken = None
        self._group.join(self)
        self._step = self._live
        if not self._owes_caught_up:
            return ()
        self._owes_caught_up = False
        return (self._told(StreamEventType.CAUGHT_UP, self._position.encode()),)

    async def _snapshot(self, cursor: str) -> Iterable[StreamEvent]:
        position = self._position
        assert position is not None
        state = await self._source.read_state(self._wish.key, position, after_reset=self._was_reset)
        self._seen = state.seen
        return chain(state.told(cursor), (self._told(StreamEventType.CAUGHT_UP, cursor),))

    def _events(self, changes: Sequence[Change]) -> Iterable[StreamEvent]:
        """What they tell; where one unsettles the stream, that alone: all before it is void."""
        assert self._group is not None
        told: list[StreamEvent] = []
        for change in changes:
            if self._knows(change):
                continue
            event = self._group.told(change)
            if event is not None and change.unsettles:
                if self._unsettled(change):
                    return self._begin_anew(change.position)
            elif event is not None:
                told.append(event)
        return told

    def _knows(self, change: Change) -> bool:
        """Whether the change is in the snapshot that was sent, however late the log brings it."""
        return self._seen is not None and self._seen.saw(change.tx)

    def _unsettled(self, change: Change) -> bool:
        """Whether the stream did not begin anew for the same reason before: what one transaction did."""
        first, self._unsettled_by = change.tx != self._unsettled_by, change.tx
        return first

    @property
    def _attached(self) -> Feed:
        assert self._feed is not None
        return self._feed

    # ------------------------------------------------------------------ what the group hands on, while live
    def offer(self, event: StreamEvent, change: Change) -> None:
        begun = self._position
        assert begun is not None
        if change.position.epoch != begun.epoch or change.position.offset <= begun.offset or self._knows(change):
            return
        try:
            self._queue.put(event, change.told_before(event), change.size)
        except TooSlow:
            self._fail()

    def offer_caught_up(self, event: StreamEvent) -> None:
        """Not behind events that wait: those bring young cursors themselves."""
        if not self._queue:
            with suppress(TooSlow):  # its peer has others to take
                self._queue.put(event, None)

    def unsettle(self, change: Change) -> None:
        begun = self._position
        assert begun is not None
        if change.position.epoch != begun.epoch or change.position.offset <= begun.offset or self._knows(change):
            return
        if self._unsettled(change):
            self._position = change.position
            self._interrupt(self._anew)

    def fall_back(self, unsent: Iterable[Passing]) -> None:
        assert self._group is not None
        self._unpark()
        self._group.join(self)
        try:
            for each in unsent:
                if each.tx is not None or not self._queue:
                    self._queue.put(each.event, each.previous_version, each.size)
        except TooSlow:
            self._fail()

    def reset(self) -> None:
        """The feed has lost its way: see what the log says to the position of whoever has taken what was taken."""
        self._unpark()
        if self._taken is not None:
            self._position = Position.decode(self._taken)
        self._interrupt(self._catch_up)

    def _fail(self) -> None:
        metrics.TOO_SLOW.inc()
        self._interrupt(self._end)
        if self.on_too_slow is not None:
            self.on_too_slow()

    def _interrupt(self, step: Callable[[], Awaitable[Iterable[StreamEvent]]]) -> None:
        assert self._group is not None
        self._unpark()
        self._group.leave(self)
        self._queue.clear()
        self._step = step
        self._queue.wake()


AnyWatch: TypeAlias = Watch[Any]
