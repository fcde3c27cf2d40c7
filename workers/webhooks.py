"""Webhooks: sends what is due to the addresses that asked for it, however many processes do it.

A worker looks at which webhooks something has been due to the longest, claims of each as much as it has slots for, and
sends all at once. Where more is due than it looks at, it goes from one webhook to the next besides, so that much that
is due to a few of them hides nothing. What is under way holds up neither the look for more nor what is due elsewhere. A
delivery whose worker dies falls due again once its claim has run out: it may be told twice, under the same id, and
never not at all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from random import Random
from uuid import UUID

from domain.access import Caller, Role
from domain.webhook_backlog import GIVEN_UP, unheard
from domain.webhook_retries import PUT_BACK, NextStep, Outcome, next_step
from domain.webhooks import WebhookAttempt, WebhookDeliveryState
from services import trace
from services.ports import Ids, UnitOfWork
from services.webhook_deliveries import DELIVERY, end_delivery
from services.webhook_messages import headers_of
from services.webhook_ports import Address, Claimed, Message, Outgoing, SecretLost, WebhookKeys
from workers import metrics
from workers.ports import Candidate, DueDeliveries, Sender
from workers.webhook_slots import Slots

logger = logging.getLogger(__name__)

EVERY_S = 0.25
BREATH_S = 0.02
#: Deliveries looked at in one turn, those due the longest; and webhooks, where more is due than these.
LOOKED_AT = 2_000
WINDOW = 1_000
#: How long a claim holds: three times what a try may take.
CLAIM_S = 60.0
#: A try that takes longer went slowly.
SLOW_S = 3.0
#: How long those under way may take to their end when the process ends.
LEAVE_S = 5.0
_FIRST = (UUID(int=0), UUID(int=0))

UNSIGNED = "its secret cannot be opened here: whoever runs the system was told"
LOST = "deliveries to webhooks could not be read or recorded: they are sent again once their claims have run out"


class Webhooks:
    """One a process. `finish` lets what is under way come to its end."""

    def __init__(
        self,
        due: DueDeliveries[Candidate],
        sender: Sender,
        keys: WebhookKeys,
        units: UnitOfWork,
        ids: Ids,
        randomness: Random,
        *,
        claim_s: float = CLAIM_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._due, self._sender, self._keys = due, sender, keys
        self._units, self._ids, self._randomness = units, ids, randomness
        self._claim_s, self._now = claim_s, now
        self._slots = Slots()
        self._after = _FIRST
        self._under_way: set[asyncio.Task[None]] = set()
        #: What kept deliveries from being read or recorded since the last turn.
        self._faults: list[Exception] = []
        #: Whether something came to its end since the last turn, so that there is room for more.
        self._ended = False

    async def turn(self) -> bool:
        """Begin to send what is due and what there are slots for; whether there may be more."""
        self._complain()
        if self._slots.full:
            self._tell()
            return True
        ended, self._ended = self._ended, False
        rooms = self._rooms(await self._look())
        claimed = await self._due.claim(rooms, self._claim_s) if rooms else ()
        await self._begin(claimed)
        self._tell()
        return bool(claimed) or ended

    @property
    def under_way(self) -> int:
        """How many deliveries are."""
        return len(self._under_way)

    async def finish(self) -> None:
        """Wait a while for what is under way; what is given up then is sent again by another worker."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LEAVE_S)
        for task in self._under_way:
            task.cancel()
        if self._under_way:  # a database that does not answer does not let go either
            await asyncio.wait(self._under_way, timeout=LEAVE_S)

    def _tell(self) -> None:
        metrics.WEBHOOKS_IN_FLIGHT.set(self._slots.taken)

    def _complain(self) -> None:
        """Of one fault, however many deliveries had it: what else is due goes on."""
        faults, self._faults = self._faults, []
        if faults:
            metrics.FAULTS.labels("webhooks").inc(len(faults))
            logger.warning("%d %s (%s: %s)", len(faults), LOST, type(faults[0]).__name__, faults[0])

    async def _look(self) -> Collection[tuple[UUID, UUID]]:
        """Webhooks to which something is due."""
        soonest, more = await self._due.look(LOOKED_AT)
        walked: Sequence[Candidate] = await self._due.walk(self._after, WINDOW) if more else []
        self._after = _FIRST if len(walked) < WINDOW else (walked[-1].tenant, walked[-1].webhook)
        return dict.fromkeys([*soonest, *((each.tenant, each.webhook) for each in walked if each.due)])

    def _rooms(self, due: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
        """How many may be claimed of each; where there is no room for all, of those whose turn was the longest ago."""
        rooms: dict[tuple[UUID, UUID], int] = {}
        slots = self._slots.copy()
        for webhook in sorted(due, key=self._slots.place):
            if room := slots.room(webhook):
                slots.take(webhook, room)
                rooms[webhook] = room
            if slots.full:
                break
        return rooms

    async def _begin(self, claimed: Sequence[Claimed]) -> None:
        """Tenant by tenant: where one's cannot be read, only its own wait until their claims run out."""
        for _, of_one in groupby(sorted(claimed, key=_tenant_of), _tenant_of):
            try:
                found = await self._due.read(tuple(of_one))
            except Exception as fault:  # noqa: BLE001 - as in `_deliver`
                self._faults.append(fault)
            else:
                self._start(found)

    def _start(self, found: Sequence[Outgoing]) -> None:
        for outgoing in found:
            one = outgoing.claimed
            metrics.WEBHOOK_LAG.observe(one.late_s)
            self._slots.begin((one.tenant, one.webhook))
            task = asyncio.create_task(self._deliver(outgoing))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _deliver(self, outgoing: Outgoing) -> None:
        one = outgoing.claimed
        try:
            address, message = outgoing.address, outgoing.message
            if reason := unheard(address and address.active, kept=message is not None):
                await self._give_up(one, reason)
            elif address and message:
                with trace.work("send to webhook", trace.SpanKind.PRODUCER, given=message.traceparent):
                    await self._try(outgoing, message, address)
        except Exception as fault:  # noqa: BLE001 - of the database, whatever its driver raises: the next turn tells it
            self._faults.append(fault)
        finally:
            self._slots.give((one.tenant, one.webhook), 1)
            self._ended = True

    async def _give_up(self, claimed: Claimed, reason: str) -> None:
        attempt = WebhookAttempt(datetime.fromtimestamp(self._now(), UTC), 0, error=reason)
        await self._due.record(claimed, attempt, GIVEN_UP, tried=False)

    async def _put_back(self, claimed: Claimed, lost: SecretLost) -> None:
        logger.error("webhook %s cannot be told: %s", claimed.webhook, lost)
        metrics.FAULTS.labels("webhooks").inc()
        attempt = WebhookAttempt(datetime.fromtimestamp(self._now(), UTC), 0, error=UNSIGNED)
        await self._due.record(claimed, attempt, PUT_BACK, tried=False)

    async def _try(self, outgoing: Outgoing, message: Message, address: Address) -> None:
        one = outgoing.claimed
        try:
            secrets = [self._keys.open(each, one.tenant, one.webhook) for each in address.secrets]
        except SecretLost as lost:
            await self._put_back(one, lost)
            return
        at = datetime.fromtimestamp(self._now(), UTC)
        slow = asyncio.get_running_loop().call_later(SLOW_S, self._troubled, one)
        try:
            outcome = await self._send(message, address.url, secrets)
        finally:
            slow.cancel()
        well = outcome.delivered and outcome.duration_ms <= SLOW_S * 1000
        self._slots.settle((one.tenant, one.webhook), well=well)
        step = next_step(outcome, outgoing.tries + 1, self._randomness.random())
        metrics.WEBHOOK_TRIES.labels(step.state.value).inc()
        metrics.WEBHOOK_SECONDS.observe(outcome.duration_ms / 1000)
        attempt = WebhookAttempt(at, outcome.duration_ms, outcome.status, outcome.error, outcome.answer)
        if step.state is WebhookDeliveryState.DEAD:
            await self._end(one, address.url, attempt, step)
        else:
            await self._due.record(one, attempt, step, tried=True)

    def _troubled(self, claimed: Claimed) -> None:
        """It goes slowly: let it hold up nobody else meanwhile."""
        self._slots.settle((claimed.tenant, claimed.webhook), well=False)
        self._ended = True

    async def _send(self, message: Message, url: str, secrets: Sequence[str]) -> Outcome:
        body = message.payload.encode()
        return await self._sender.send(url, headers_of(message.id, int(self._now()), body, secrets), body)

    async def _end(self, claimed: Claimed, url: str, attempt: WebhookAttempt, step: NextStep) -> None:
        caller = Caller(claimed.tenant, "", DELIVERY, frozenset({Role.SYSTEM}))
        if await end_delivery(claimed, url, attempt, step, caller, self._units, self._ids):
            metrics.WEBHOOKS_SWITCHED_OFF.inc()


def _tenant_of(claimed: Claimed) -> UUID:
    return claimed.tenant
