"""Relay: takes events from the outbox to a sink, in order per key, at least once.

A turn reads the first rows of the shards it owns, sends them, and deletes those that were acknowledged; what was not is
read again by the next turn, with all that follows it. A relay killed at any point leaves rows that the next owner sends
again: their versions tell whoever has them already. An event that is too large for the sink is put aside in the outbox,
so that it does not stop its shard; whoever follows its thing sees the gap in the versions.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Sequence

from services import trace
from services.envelope import id_of, traceparent_of
from services.trace import SpanKind
from subscriptions import metrics
from subscriptions.outage import Outage
from subscriptions.relay.nudge import Nudge
from subscriptions.relay.outbox import NotAllSent, OutboxRow, OutboxShards, Sink

logger = logging.getLogger(__name__)

ROWS_A_TURN = 500
POLL_S = 0.5
CLAIM_EVERY_S = 1.0
MEASURE_EVERY_S = 5.0


class Relay:
    """`nudge` wakes it at once after a commit; without one it looks every half second."""

    def __init__(
        self,
        outbox: OutboxShards[OutboxRow],
        sink: Sink,
        nudge: Nudge,
        *,
        rows_a_turn: int = ROWS_A_TURN,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
        randomness: random.Random | None = None,
    ) -> None:
        self._outbox = outbox
        self._sink = sink
        self._nudge = nudge
        self._rows_a_turn = rows_a_turn
        self._poll_s = poll_s
        self._clock = clock
        randomness = randomness or random.Random()
        self._outbox_outage = Outage("the outbox", randomness, clock=clock)
        self._sink_outage = Outage("where events are sent to", randomness, clock=clock)
        self._shards: Collection[int] = ()
        self._claim_at = 0.0
        self._measure_at = 0.0
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`, or cancelled. A batch in flight then is sent again by whoever comes next."""
        try:
            while not self._stopping:
                await self._turn()
        finally:
            await self._sink.close()

    def stop(self) -> None:
        """End after the turn under way."""
        self._stopping = True
        self._nudge()

    async def _turn(self) -> None:
        try:
            more = await self._take_on()
        except NotAllSent as fault:
            metrics.RELAY_FAULTS.inc()
            await self._sink_outage.pause(fault.__cause__ or fault)
        except Exception as fault:  # noqa: BLE001 - of the outbox's database, whatever its driver raises: told once, tried on
            metrics.RELAY_FAULTS.inc()
            self._shards, self._claim_at = (), 0.0
            await self._outbox_outage.pause(fault)
        else:
            self._outbox_outage.over()
            if not more and not self._stopping:
                await self._nudge.wait(self._poll_s)

    async def _take_on(self) -> bool:
        """Whether more may wait. What wakes us is on its way before we look after ourselves."""
        if not self._shards:
            await self._claim()
        rows = await self._outbox.read(self._shards, self._rows_a_turn) if self._shards else ()
        try:
            if rows:
                await self._send(rows)
        except NotAllSent:
            await self._keep_up()  # the lag is told while nothing can be sent, too
            raise
        await self._keep_up()
        return len(rows) >= self._rows_a_turn

    async def _keep_up(self) -> None:
        await self._claim()
        await self._measure()

    async def _send(self, rows: Collection[OutboxRow]) -> None:
        spans = trace.begin_each("publish", SpanKind.PRODUCER, (traceparent_of(row.body) for row in rows))
        try:
            await self._sink.send(tuple(rows))
        except NotAllSent as fault:
            trace.end_each(spans, fault)
            await self._finish(fault.acknowledged)
            await self._put_aside([row for row in rows if row.id in fault.too_large])
            if len(fault.acknowledged) + len(fault.too_large) < len(rows):
                raise
        else:
            trace.end_each(spans)
            await self._finish([row.id for row in rows])
        self._sink_outage.over()

    async def _finish(self, ids: Collection[int]) -> None:
        if ids:
            await self._outbox.finish(tuple(ids))
            metrics.RELAYED.inc(len(ids))

    async def _put_aside(self, rows: Sequence[OutboxRow]) -> None:
        if rows:
            await self._outbox.put_aside([row.id for row in rows])
            self._measure_at = 0.0
        for row in rows:
            told = id_of(row.body).decode(), row.type, row.tenant, row.id, len(row.body)
            logger.error("event %s (%s of tenant %s, outbox row %d, %d bytes) is too large and put aside", *told)

    async def _claim(self) -> None:
        """Now and then, since other relays come and go, and at once after a fault: the claims may have been lost."""
        if self._clock() >= self._claim_at:
            self._shards = await self._outbox.claim_shards()
            self._claim_at = self._clock() + CLAIM_EVERY_S

    async def _measure(self) -> None:
        if self._clock() >= self._measure_at:
            lag = await self._outbox.lag()
            metrics.OUTBOX_ROWS.set(lag.rows)
            metrics.OUTBOX_LAG.set(lag.oldest_s)
            metrics.OUTBOX_PUT_ASIDE.set(lag.put_aside)
            self._measure_at = self._clock() + MEASURE_EVERY_S
