"""States: the snapshots that streams are being told, as many as wait for their readers.

A stream tells its snapshot at its reader's pace, and one whose reader stands still would hold all of its things. So a
state is shared with whoever comes while nothing has changed, and is let go where nobody takes anything of it: its
streams begin anew, with a RESET, when their readers go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from services.live import StreamEvent
from services.reads import Snapshot
from subscriptions import metrics
from subscriptions.hub.kind import AnyKind
from subscriptions.hub.watch_group import GroupKey
from subscriptions.log.broadcast_log import Position

#: A state of which nothing was taken for so long is let go.
IDLE_S = 10.0
#: Where all of them hold more things than these, about a kilobyte each, so long is enough.
THINGS_MAX = 50_000
CROWDED_IDLE_S = 1.0
#: They are looked through now and then, and so often while as many things come as may be held.
LOOKS = 8
#: How old the state may be that is shared with somebody new. The feed has heard of no change since, but may be late.
SHARED_FOR_S = 1.0

#: The cursor of whoever has only part of a snapshot: no log reaches back to it, so a resumption there is a RESET.
UNFINISHED = Position("unfinished", 0).encode()


class LetGo(Exception):
    """Of the snapshot that was being told nothing is left."""


class State:
    """A snapshot as its streams tell it: each event is made once, by the first that comes to it."""

    def __init__(
        self, kind: AnyKind, snapshot: Snapshot[Any], position: Position | None, clock: Callable[[], float]
    ) -> None:
        #: What the snapshot saw, without its things: a stream remembers it for life.
        self.seen = replace(snapshot, things=())
        #: Where in the log the last of those was who waited for it to be read.
        self.position = position
        self.read_at = self.taken_at = clock()
        #: Whether somebody has all of it: who comes now is told what is so now.
        self.was_told = False
        self._kind = kind
        self._clock = clock
        self._things: Sequence[Any] = snapshot.things
        self._size = len(snapshot.things)
        self._events: list[StreamEvent] = []
        self._last: dict[str, StreamEvent] = {}

    def __len__(self) -> int:
        """How many things it holds."""
        return len(self._things)

    def let_go(self) -> None:
        metrics.SNAPSHOTS_LET_GO.inc()
        self._things, self._events, self._last = (), [], {}

    def told(self, cursor: str) -> Iterator[StreamEvent]:
        """An event for each thing. Whoever has the last one, which bears the cursor, has them all. Raises LetGo."""
        for number in range(self._size):
            if not self._things:
                raise LetGo
            self.taken_at = self._clock()
            if number == self._size - 1:
                self.was_told = True
                yield self._end(cursor)
            else:
                yield self._event(number)

    def _event(self, number: int) -> StreamEvent:
        if number == len(self._events):
            self._events.append(self._kind.shown(self._things[number], UNFINISHED))
        return self._events[number]

    def _end(self, cursor: str) -> StreamEvent:
        event = self._last.get(cursor)
        if event is None:
            event = self._last[cursor] = self._kind.shown(self._things[-1], cursor)
        return event


class States:
    """Those that streams hold; nobody else does."""

    def __init__(self, clock: Callable[[], float], things_max: int = THINGS_MAX) -> None:
        self._clock = clock
        self._things_max = things_max
        self._held: WeakSet[State] = WeakSet()
        #: How many things came since all of them were looked through.
        self._come = 0
        self._latest: WeakValueDictionary[GroupKey, State] = WeakValueDictionary()

    def of(self, key: GroupKey, snapshot: Snapshot[Any], position: Position | None) -> State:
        """What was read for who waited for it."""
        state = State(key.kind, snapshot, position, self._clock)
        self._latest[key] = state
        self._held.add(state)
        self._come += len(state)
        if self._come >= self._things_max / LOOKS:
            self.let_go()
        return state

    def shared(self, key: GroupKey, position: Position | None) -> State | None:
        """One that tells somebody at this position what another would, as nothing has come since it was read."""
        state = self._latest.get(key)
        if state is None or state.was_told or not len(state) or position is None or state.position != position:
            return None
        return state if self._clock() - state.read_at < SHARED_FOR_S else None

    def let_go(self) -> None:
        """Those of which nothing is taken; the sooner, the more they hold together."""
        self._come = 0
        now = self._clock()
        held = sorted((state for state in self._held if len(state)), key=lambda state: state.taken_at)
        things = sum(map(len, held))
        for state in held:
            idle_s = now - state.taken_at
            if idle_s < (IDLE_S if things <= self._things_max else CROWDED_IDLE_S):
                return
            things -= len(state)
            state.let_go()
