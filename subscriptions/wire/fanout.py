"""Fanout: the events of one rendering, written to all whose peers keep up.

An event is executed and encoded once and written to the connections as it is: no reader takes a turn. What comes while
an earlier event is being executed goes with it in one write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from services import trace
from services.trace import SpanKind
from subscriptions import metrics
from subscriptions.hub.outlet import Parked, Passing
from subscriptions.wire.rendered import Execute, Rendered

logger = logging.getLogger(__name__)

#: Events of one write; more would make one peer's pipe too long before it is looked at again.
AT_ONCE = 32
#: Peers written to before others have their turn.
PEERS_A_TURN = 512


class Pipe(Protocol):
    """The way to the peer of one stream, without waiting."""

    @property
    def open(self) -> bool:
        """Whether it takes more, and nothing of what was written waits for long."""
        ...

    def write(self, parts: Sequence[Rendered]) -> None:
        """All of them, in this order."""
        ...


class PipeOutlet:
    """Implements `Outlet`. `execute` runs an event for this stream, with the same result for all of its channel."""

    __slots__ = ("_channel", "execute", "pipe")

    def __init__(self, channel: Callable[[object], Fanout], pipe: Pipe, execute: Execute) -> None:
        self._channel = channel
        self.pipe = pipe
        self.execute = execute

    def channel(self, group: object) -> Fanout:
        return self._channel(group)

    @property
    def open(self) -> bool:
        return self.pipe.open


class Fanout:
    """Implements `Channel`. `render` makes the payload of an event, once for all; who runs it is the same for all."""

    def __init__(
        self, render: Callable[[object, Execute], Awaitable[Rendered]], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._render = render
        self._clock = clock
        self._parked: dict[Parked, PipeOutlet] = {}
        self._passing: deque[Passing] = deque()
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
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._passing and self._parked:
                await self._pass_on()
        finally:
            self._task = None

    async def _pass_on(self) -> None:
        """Render what waits, then write it to all. It stays among what waits until it is written."""
        passing = [self._passing[n] for n in range(min(AT_ONCE, len(self._passing)))]
        execute = next(iter(self._parked.values())).execute
        spans = trace.begin_each("deliver", SpanKind.CONSUMER, (each.event.traceparent for each in passing))
        try:
            payloads = [await self._render(each.event, execute) for each in passing]
        except Exception as fault:
            trace.end_each(spans, fault)
            logger.exception("an event could not be sent to all at once; each stream sees to it by itself")
            for parked in tuple(self._parked):
                self._fall_back(parked)
            return
        if await self._write(passing, payloads):
            self._measure(passing)
        trace.end_each(spans)
        for each in passing:
            if self._passing and self._passing[0] is each:  # else all have left meanwhile
                self._passing.popleft()

    async def _write(self, passing: Sequence[Passing], payloads: Sequence[Rendered]) -> int:
        """How many events were written, each counted once for each peer."""
        cursor, written = passing[-1].event.cursor, 0
        first = min(each.offset for each in passing)
        for n, (parked, outlet) in enumerate(tuple(self._parked.items()), 1):
            if parked not in self._parked:
                continue
            if not outlet.pipe.open:
                self._fall_back(parked)
                continue
            if parked.seen is None and parked.since < first:
                wanted = payloads
            else:
                wanted = [payload for each, payload in zip(passing, payloads, strict=True) if parked.wants(each)]
            if wanted:
                outlet.pipe.write(wanted)
                parked.sent = cursor
                written += len(wanted)
            if not n % PEERS_A_TURN:
                await asyncio.sleep(0)
        metrics.SENT.inc(written)
        return written

    def _measure(self, passing: Sequence[Passing]) -> None:
        now = self._clock()
        for each in passing:
            if each.recorded_at is not None:
                metrics.COMMIT_TO_SOCKET.observe(now - each.recorded_at.timestamp())

    def _fall_back(self, parked: Parked) -> None:
        parked.stream.fall_back([each for each in self._passing if parked.wants(each)])
