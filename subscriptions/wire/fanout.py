"""Fanout: the events of one rendering, written to all whose peers keep up.

An event is executed and encoded once and written to the connections as it is: no reader takes a turn. What comes
together, or while an earlier event is being executed, goes in one write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol

from services import trace
from services.trace import SpanKind
from subscriptions import metrics
from subscriptions.hub.outlet import Parked, Passing
from subscriptions.wire.rendered import Execution, Rendered
from subscriptions.wire.turns import Turns

logger = logging.getLogger(__name__)

#: Events of one write; more would make one peer's pipe too long before it is looked at again.
AT_ONCE = 32
#: Peers written to before others have their turn.
PEERS_A_TURN = 512
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

    __slots__ = ("_channel", "execution", "pipe")

    def __init__(self, channel: Callable[[object], Fanout], pipe: Pipe, execution: Execution) -> None:
        self._channel = channel
        self.pipe = pipe
        self.execution = execution

    def channel(self, group: object) -> Fanout:
        return self._channel(group)

    @property
    def open(self) -> bool:
        return self.pipe.open


class Fanout:
    """Implements `Channel`."""

    def __init__(
        self, renderer: Renderer, turns: Turns | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._renderer = renderer
        self._turns = turns or Turns()
        self._clock = clock
        self._parked: dict[Parked, PipeOutlet] = {}
        self._passing: deque[Passing] = deque()
        #: Whether what waits is on its way: in a turn of the loop's or, where that does not do, in a task.
        self._under_way = False
        self._task: asyncio.Task[None] | None = None

    def join(self, parked: Parked) -> None:
        outlet = parked.outlet
        assert isinstance(outlet, PipeOutlet)
        self._parked[parked] = outlet

    def leave(self, parked: Parked) -> None:
        del self._parked[parked]
        if not self._parked:
            self._passing.clear()

    def push(self, passing: Passing) -> None:
        self._passing.append(passing)
        if not self._under_way:
            self._under_way = True
            self._turns.soon(self._begin)

    # ------------------------------------------------------------------ what waits
    def _begin(self) -> None:
        """All of it in one turn, where nothing has to be waited for and the peers are few."""
        self._under_way = False
        if len(self._parked) > PEERS_A_TURN or not self._passed_on_at_once():
            self._under_way = True
            self._task = asyncio.create_task(self._run())

    def _passed_on_at_once(self) -> bool:
        while self._passing and self._parked:
            passing = self._next()
            try:
                payloads = self._rendered_at_once(passing)
            except Exception:
                logger.exception(NOT_FOR_ALL)
                self._all_fall_back()
                return True
            if payloads is None:
                return False
            spans = _spans(passing)
            self._passed(passing, self._write(passing, payloads, tuple(self._parked.items())))
            trace.end_each(spans)
        return True

    async def _run(self) -> None:
        try:
            while self._passing and self._parked:
                await self._pass_on()
        finally:
            self._task = None
            self._under_way = False

    async def _pass_on(self) -> None:
        passing, execution, written = self._next(), self._execution, 0
        spans = _spans(passing)
        try:
            payloads = [await self._renderer.of(each.event, execution) for each in passing]
        except Exception as fault:
            trace.end_each(spans, fault)
            logger.exception(NOT_FOR_ALL)
            self._all_fall_back()
            return
        peers = iter(tuple(self._parked.items()))
        while turn := tuple(islice(peers, PEERS_A_TURN)):
            written += self._write(passing, payloads, turn)
            await asyncio.sleep(0)
        self._passed(passing, written)
        trace.end_each(spans)

    # ------------------------------------------------------------------ its parts
    def _next(self) -> list[Passing]:
        """They stay among what waits until they are written."""
        return list(islice(self._passing, AT_ONCE))

    @property
    def _execution(self) -> Execution:
        return next(iter(self._parked.values())).execution

    def _rendered_at_once(self, passing: Iterable[Passing]) -> list[Rendered] | None:
        payloads: list[Rendered] = []
        for each in passing:
            payload = self._renderer.at_once(each.event, self._execution)
            if payload is None:
                return None
            payloads.append(payload)
        return payloads

    def _write(
        self, passing: Sequence[Passing], payloads: Sequence[Rendered], peers: Iterable[tuple[Parked, PipeOutlet]]
    ) -> int:
        """How many events were written, each counted once for each peer."""
        cursor, written = passing[-1].event.cursor, 0
        first = min(each.offset for each in passing)
        for parked, outlet in peers:
            if parked not in self._parked:
                continue
            if not outlet.pipe.open:
                self._fall_back(parked)
                continue
            if parked.seen is None and parked.since < first:
                wanted = payloads
            else:
                wanted = [payload for each, payload in zip(passing, payloads, strict=True) if parked.wants(each)]
            if not wanted:
                continue
            try:
                outlet.pipe.write(wanted)
            except Exception as fault:  # noqa: BLE001 - servers differ in what they raise when the peer is gone
                logger.debug("events could not be written: %r", fault)
                self._fall_back(parked)
                continue
            parked.sent = cursor
            written += len(wanted)
        return written

    def _passed(self, passing: Iterable[Passing], written: int) -> None:
        """All of these, so often altogether."""
        metrics.SENT.inc(written)
        now = self._clock()
        for each in passing:
            if written and each.recorded_at is not None:
                metrics.COMMIT_TO_SOCKET.observe(now - each.recorded_at.timestamp())
            if self._passing and self._passing[0] is each:  # else all have left meanwhile
                self._passing.popleft()

    def _all_fall_back(self) -> None:
        for parked in tuple(self._parked):
            self._fall_back(parked)

    def _fall_back(self, parked: Parked) -> None:
        parked.stream.fall_back([each for each in self._passing if parked.wants(each)])


def _spans(passing: Iterable[Passing]) -> Sequence[trace.Span]:
    return trace.begin_each("deliver", SpanKind.CONSUMER, (each.event.traceparent for each in passing))
