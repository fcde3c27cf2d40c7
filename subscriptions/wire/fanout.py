"""Fanout: the events of one rendering, written to all whose peers keep up.

An event is executed and encoded once and written to the connections as it is: no reader takes a turn. What comes
together, or while an earlier event is being executed, goes in one write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeAlias, cast

from services import trace
from services.trace import SpanKind
from subscriptions import metrics
from subscriptions.hub.outlet import Lane, Parked, Passing
from subscriptions.wire.rendered import Execution, Rendered
from subscriptions.wire.turns import Turns

logger = logging.getLogger(__name__)

#: Events of one write; more would make one peer's pipe too long before it is looked at again.
AT_ONCE = 32
#: Peers written to before others have their turn.
PEERS_A_TURN = 512
#: Rounds of the loop in which what has come meanwhile gets here: it is read, taken off the log and told to its groups.
ROUNDS_TO_HERE = 4
NOT_FOR_ALL = "an event could not be sent to all at once; each stream sees to it by itself"


class Pipe(Protocol):
    """The way to the peer of one stream, without waiting."""

    @property
    def open(self) -> bool:
        """Whether it takes more, and nothing of what was written waits for long."""
        ...

    def write(self, parts: Sequence[Rendered]) -> None:
        """All of them, in this order."""
        ...


class Renderer(Protocol):
    """Makes the payload of an event, once for all; who runs it is the same for all."""

    def at_once(self, event: object, execution: Execution) -> Rendered | None:
        """None where something has to be waited for."""
        ...

    async def of(self, event: object, execution: Execution) -> Rendered: ...


class PipeOutlet:
    """Implements `Outlet`. `execution` runs events for this stream, with the same result for all of its channel."""

    __slots__ = ("channel", "execution", "pipe")

    def __init__(self, channel: Fanout, pipe: Pipe, execution: Execution) -> None:
        self.channel = channel
        self.pipe = pipe
        self.execution = execution

    @property
    def open(self) -> bool:
        return self.pipe.open


class _Waiting:
    """An event that was not written yet, and the lanes that are told it."""

    __slots__ = ("lanes", "passing")

    def __init__(self, passing: Passing, lane: Lane) -> None:
        self.passing = passing
        self.lanes = {lane: None}


class _Told(NamedTuple):
    """What the lanes of some events are told; up to which cursor, and from which place in the log on."""

    passing: Sequence[Passing]
    payloads: Sequence[Rendered]
    cursor: str
    first: int


_Addressed: TypeAlias = tuple[Collection[Lane], _Told]
_Peer: TypeAlias = tuple[Parked, PipeOutlet, Lane]


class Fanout:
    """Implements `Channel`."""

    def __init__(
        self, renderer: Renderer, turns: Turns | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._renderer = renderer
        self._turns = turns or Turns()
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        #: Whether what waits is on its way: in a turn of the loop's or, where that does not do, in a task.
        self._under_way = False
        self._task: asyncio.Task[None] | None = None

    def push(self, passing: Passing, lane: Lane) -> None:
        if self._waiting and self._waiting[-1].passing is passing:
            self._waiting[-1].lanes[lane] = None
            return
        self._waiting.append(_Waiting(passing, lane))
        if not self._under_way:
            self._under_way = True
            self._turns.soon(self._begin)

    # ------------------------------------------------------------------ what waits
    def _begin(self) -> None:
        """All of it in one turn, where nothing has to be waited for and the peers are few."""
        self._under_way = False
        if self._peers() > PEERS_A_TURN or not self._passed_on_at_once():
            self._under_way = True
            self._task = asyncio.create_task(self._run())

    def _passed_on_at_once(self) -> bool:
        while batch := self._next():
            try:
                payloads = self._rendered_at_once(batch)
            except Exception:
                logger.exception(NOT_FOR_ALL)
                self._all_fall_back()
                return True
            if payloads is None:
                return False
            spans = _spans(batch)
            written = 0
            for lanes, told in _addressed(batch, payloads):
                written += self._write(told, _peers_of(lanes))
            self._passed(batch, written)
            trace.end_each(spans)
        return True

    async def _run(self) -> None:
        try:
            while batch := self._next():
                await self._pass_on(batch)
                for _ in range(ROUNDS_TO_HERE):  # what has come by now goes in one write with what is next
                    await asyncio.sleep(0)
        finally:
            self._task = None
            self._under_way = False

    async def _pass_on(self, batch: Sequence[_Waiting]) -> None:
        execution, spans = _execution(batch), _spans(batch)
        try:
            payloads = [await self._renderer.of(each.passing.event, execution) for each in batch]
        except Exception as fault:
            trace.end_each(spans, fault)
            logger.exception(NOT_FOR_ALL)
            self._all_fall_back()
            return
        self._passed(batch, await self._write_in_turns(_addressed(batch, payloads)))
        trace.end_each(spans)

    async def _write_in_turns(self, addressed: Iterable[_Addressed]) -> int:
        written, left = 0, PEERS_A_TURN
        for lanes, told in addressed:
            peers = iter(_peers_of(lanes))
            while turn := tuple(islice(peers, left)):
                written += self._write(told, turn)
                left -= len(turn)
                if not left:
                    await asyncio.sleep(0)
                    left = PEERS_A_TURN
        return written

    # ------------------------------------------------------------------ its parts
    def _peers(self) -> int:
        lanes = set[Lane]().union(*[each.lanes for each in self._waiting])
        return sum([len(lane.peers) for lane in lanes])

    def _next(self) -> list[_Waiting]:
        """They stay among what waits until they are written. Without what waits for nobody any more."""
        waiting = self._waiting
        while waiting and not _has_peers(waiting[0]):
            waiting.popleft()
        return [each for each in islice(waiting, AT_ONCE) if _has_peers(each)]

    def _rendered_at_once(self, batch: Sequence[_Waiting]) -> list[Rendered] | None:
        payloads: list[Rendered] = []
        execution = _execution(batch)
        for each in batch:
            payload = self._renderer.at_once(each.passing.event, execution)
            if payload is None:
                return None
            payloads.append(payload)
        return payloads

    def _write(self, told: _Told, peers: Iterable[_Peer]) -> int:
        """How many events were written, each counted once for each peer."""
        passing, payloads, cursor, first = told
        written = 0
        for parked, outlet, lane in peers:
            if parked not in lane.peers:
                continue
            pipe = outlet.pipe
            if not pipe.open:
                self._fall_back(parked, lane)
                continue
            if parked.seen is None and parked.since < first:
                wanted = payloads
            else:
                wanted = [payload for each, payload in zip(passing, payloads, strict=True) if parked.wants(each)]
                if not wanted:
                    continue
            try:
                pipe.write(wanted)
            except Exception as fault:  # noqa: BLE001 - servers differ in what they raise when the peer is gone
                logger.debug("events could not be written: %r", fault)
                self._fall_back(parked, lane)
                continue
            parked.sent = cursor
            written += len(wanted)
        return written

    def _passed(self, batch: Sequence[_Waiting], written: int) -> None:
        """All of these, so often altogether."""
        metrics.SENT.inc(written)
        now = self._clock()
        for each in batch:
            recorded_at = each.passing.recorded_at
            if written and recorded_at is not None:
                metrics.COMMIT_TO_SOCKET.observe(now - recorded_at.timestamp())
        while self._waiting.popleft() is not batch[-1]:
            pass  # what is told to nobody any more

    def _all_fall_back(self) -> None:
        for lane in {lane: None for each in self._waiting for lane in each.lanes}:
            for parked in tuple(lane.peers):
                self._fall_back(parked, lane)
        self._waiting.clear()

    def _fall_back(self, parked: Parked, lane: Lane) -> None:
        waiting = [each.passing for each in self._waiting if lane in each.lanes]
        parked.stream.fall_back([each for each in waiting if parked.wants(each)])


def _addressed(batch: Sequence[_Waiting], payloads: Sequence[Rendered]) -> Iterable[_Addressed]:
    """Which lanes are told what."""
    lanes = batch[0].lanes
    if all(each.lanes == lanes for each in batch):
        return [(lanes, _told([each.passing for each in batch], payloads))]
    told: dict[Lane, tuple[list[Passing], list[Rendered]]] = {}
    for each, payload in zip(batch, payloads, strict=True):
        for lane in each.lanes:
            passing, its_payloads = told.setdefault(lane, ([], []))
            passing.append(each.passing)
            its_payloads.append(payload)
    return [((lane,), _told(*each)) for lane, each in told.items()]


def _peers_of(lanes: Iterable[Lane]) -> list[_Peer]:
    """As they are now: any of them may leave while others are written to."""
    peers = [(parked, outlet, lane) for lane in lanes for parked, outlet in lane.peers.items()]
    return cast("list[_Peer]", peers)


def _told(passing: Sequence[Passing], payloads: Sequence[Rendered]) -> _Told:
    return _Told(passing, payloads, passing[-1].event.cursor, min([each.offset for each in passing]))


def _has_peers(waiting: _Waiting) -> bool:
    return any(lane.peers for lane in waiting.lanes)


def _execution(batch: Sequence[_Waiting]) -> Execution:
    """That of any who is told."""
    outlets = next(lane.peers for lane in batch[0].lanes if lane.peers)
    return cast(PipeOutlet, next(iter(outlets.values()))).execution


def _spans(batch: Iterable[_Waiting]) -> Sequence[trace.Span]:
    return trace.begin_each("deliver", SpanKind.CONSUMER, (each.passing.event.traceparent for each in batch))
