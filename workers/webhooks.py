"""Webhooks: sends what is due to the addresses that asked for it, however many processes do it.

A worker goes from one webhook of which something waits to the next, claims of each as much as it has slots for, and
sends all at once. What is under way holds up neither the look for more nor what is due elsewhere. A delivery whose
worker dies falls due again once its claim has run out: it may be told twice, under the same id, and never not at all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from random import Random
from uuid import UUID

from domain.access import Caller, Role
from domain.webhook_retries import PUT_BACK, NextStep, Outcome, leads_nowhere, next_step
from domain.webhooks import WebhookAttempt, WebhookDeliveryState
from services.ports import Ids, UnitOfWork
from services.webhook_messages import headers_of
from services.webhook_ports import Claimed, Outgoing, SecretLost, WebhookKeys
from services.webhooks import DELIVERY, switch_off_webhook
from workers import metrics
from workers.ports import Candidate, DueDeliveries, Sender
from workers.webhook_slots import Slots

logger = logging.getLogger(__name__)

EVERY_S = 0.25
BREATH_S = 0.02
#: Webhooks looked at in one turn.
WINDOW = 1_000
#: How long a claim holds: a few times what a try may take.
CLAIM_S = 60.0
#: A try that takes longer went slowly.
SLOW_S = 3.0
#: How long those under way may take to their end when the process ends.
LEAVE_S = 5.0
_FIRST = (UUID(int=0), UUID(int=0))

UNSIGNED = "its secret cannot be opened here: whoever runs the system was told"
UNSENT = "not sent: the webhook is gone, or switched off"


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
        self._fault: Exception | None = None
        #: Whether something came to its end since the last turn, so that there is room for more.
        self._ended = False

    async def turn(self) -> bool:
        """Begin to send what is due and what there are slots for; whether there may be more. Raises what kept an
        earlier try from being recorded."""
        self._raise()
        if self._slots.full:
            self._tell()
            return True
        ended, self._ended = self._ended, False
        rooms = self._rooms(await self._due.look(self._after, WINDOW))
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
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _tell(self) -> None:
        metrics.WEBHOOKS_IN_FLIGHT.set(self._slots.taken)

    def _raise(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault

    def _rooms(self, waiting: Sequence[Candidate]) -> dict[tuple[UUID, UUID], int]:
        """How many may be claimed of each; where there is no room for all, of those whose turn was the longest ago."""
        rooms: dict[tuple[UUID, UUID], int] = {}
        slots = self._slots.copy()
        self._after = _FIRST if len(waiting) < WINDOW else (waiting[-1].tenant, waiting[-1].webhook)
        for each in sorted(waiting, key=lambda each: self._slots.place((each.tenant, each.webhook))):
            webhook = each.tenant, each.webhook
            if each.due and (room := slots.room(webhook)):
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
                self._fault = fault
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
            if outgoing.url is None:
                await self._give_up(one)
            else:
                await self._try(outgoing, outgoing.url)
        except Exception as fault:  # noqa: BLE001 - of the database, whatever its driver raises: the next turn tells it
            self._fault = fault
        finally:
            self._slots.give((one.tenant, one.webhook), 1)
            self._ended = True

    async def _give_up(self, claimed: Claimed) -> None:
        attempt = WebhookAttempt(datetime.fromtimestamp(self._now(), UTC), 0, error=UNSENT)
        await self._due.record(claimed, attempt, NextStep(WebhookDeliveryState.DEAD), tried=False)

    async def _put_back(self, claimed: Claimed, lost: SecretLost) -> None:
        logger.error("webhook %s cannot be told: %s", claimed.webhook, lost)
        metrics.FAULTS.labels("webhooks").inc()
        attempt = WebhookAttempt(datetime.fromtimestamp(self._now(), UTC), 0, error=UNSIGNED)
        await self._due.record(claimed, attempt, PUT_BACK, tried=False)

    async def _try(self, outgoing: Outgoing, url: str) -> None:
        one = outgoing.claimed
        try:
            secrets = [self._keys.open(each, one.tenant, one.webhook) for each in outgoing.secrets]
        except SecretLost as lost:
            await self._put_back(one, lost)
            return
        at = datetime.fromtimestamp(self._now(), UTC)
        slow = asyncio.get_running_loop().call_later(SLOW_S, self._troubled, one)
        try:
            outcome = await self._send(outgoing, url, secrets)
        finally:
            slow.cancel()
        well = outcome.delivered and outcome.duration_ms <= SLOW_S * 1000
        self._slots.settle((one.tenant, one.webhook), well=well)
        step = next_step(outcome, outgoing.tries + 1, self._randomness.random())
        metrics.WEBHOOK_TRIES.labels(step.state.value).inc()
        metrics.WEBHOOK_SECONDS.observe(outcome.duration_ms / 1000)
        attempt = WebhookAttempt(at, outcome.duration_ms, outcome.status, outcome.error, outcome.answer)
        failing_s = await self._due.record(one, attempt, step, tried=True)
        if reason := leads_nowhere(step, failing_s):
            await self._switch_off(one, reason)

    def _troubled(self, claimed: Claimed) -> None:
        """It goes slowly: let it hold up nobody else meanwhile."""
        self._slots.settle((claimed.tenant, claimed.webhook), well=False)
        self._ended = True

    async def _send(self, outgoing: Outgoing, url: str, secrets: Sequence[str]) -> Outcome:
        body = outgoing.payload.encode()
        return await self._sender.send(url, headers_of(outgoing.message, int(self._now()), body, secrets), body)

    async def _switch_off(self, claimed: Claimed, reason: str) -> None:
        caller = Caller(claimed.tenant, "", DELIVERY, frozenset({Role.SYSTEM}))
        if await switch_off_webhook(claimed.webhook, reason, caller, self._units, self._ids):
            metrics.WEBHOOKS_SWITCHED_OFF.inc()


def _tenant_of(claimed: Claimed) -> UUID:
    return claimed.tenant
