"""Intake: what becomes of one message, whether it comes from Kafka or has waited."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Caller, Role
from domain.refusals import Refusal, RefusalCode
from services import trace
from services.commands import Command, Refuse
from services.decisions import APPLIED, Decision, Delivery, Fate
from services.fulfillment_events.commands import Refusals, command_of
from services.fulfillment_events.products import with_skus
from services.fulfillment_events.told import Told
from services.group_commit import GroupCommit
from services.parking import Lane
from services.ports import Overloaded, Unavailable
from services.reads import Reads
from services.trace import Span, SpanKind
from subscriptions import metrics
from subscriptions.consumers.reading import Reading

logger = logging.getLogger(__name__)

#: Told of a message that could not be taken for a reason that nobody foresaw.
FAULT = "FAULT"


class Fortune(StrEnum):
    """What is to be done with a message now."""

    #: Nothing: it is kept in the inbox, by us or by who took it before.
    TAKEN = "TAKEN"
    #: Keep it until it can be taken.
    EARLY = "EARLY"
    #: Put it with the dead letters.
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`told` is a word for metrics: what the inbox keeps, or the code of why not. `reason` is a sentence."""

    fortune: Fortune
    told: str
    reason: str = ""


class Intake:
    """Tenants that were found are remembered: they are never removed."""

    def __init__(self, reads: Reads, commits: GroupCommit, now: Callable[[], datetime]) -> None:
        self._reads = reads
        self._commits = commits
        self._now = now
        self._tenants: dict[UUID, str] = {}

    async def take(self, reading: Reading) -> Outcome:
        """Do what the event asks for, once. Raises Unavailable; after any other fault the message may wait for a
        better day, so that it stops nothing but its own lane."""
        with trace.work("consume", SpanKind.CONSUMER, given=reading.traceparent) as span:
            try:
                outcome = await self._take(reading)
            except Unavailable:
                raise
            except Exception as fault:
                logger.exception("an event of %s ended in a fault", reading.lane.topic)
                outcome = Outcome(Fortune.EARLY, FAULT, f"{type(fault).__name__}: {fault}")
            if span is not None:
                _note(span, reading, outcome)
        metrics.CONSUMED.labels(reading.told.event.value, outcome.told).inc()
        return outcome

    async def _take(self, reading: Reading) -> Outcome:
        caller = await self._caller(reading.lane)
        if caller is None:
            message = "There is no such tenant: give the header tenant a short name or an id of one."
            return dead([Refusal(RefusalCode.NOT_FOUND, message, ("tenant",))])
        told = await with_skus(reading.told, caller.scope, self._reads)
        command = (
            _refuse(told, reading.told, caller) if isinstance(told, Refusal) else command_of(told, caller, self._now())
        )
        if not isinstance(command, Command):
            return dead(reading.told.as_told(command))
        decision = await self._commits.submit(command)
        return _outcome(replace(decision, refusals=reading.told.as_told(decision.refusals)))

    async def _caller(self, lane: Lane) -> Caller | None:
        """The system itself, in the name of the topic."""
        slug = self._tenants.get(lane.tenant)
        if slug is None:
            tenant = await self._reads.catalog.tenant(lane.tenant)
            if tenant is None:
                return None
            slug = self._tenants[lane.tenant] = tenant.slug
        return Caller(lane.tenant, slug, f"topic:{lane.topic}", frozenset({Role.SYSTEM}))


def _note(span: Span, reading: Reading, outcome: Outcome) -> None:
    span.note("messaging.system", "kafka")
    span.note("messaging.destination.name", reading.lane.topic)
    span.note("stockcast.event", reading.told.event.value)
    span.note("stockcast.outcome", outcome.told)
    if outcome.told == FAULT:
        span.fail(FAULT)


def _refuse(refusal: Refusal, told: Told, caller: Caller) -> Command:
    """A dead letter, unless it was taken before the catalog changed."""
    return Refuse([refusal], caller, delivery=Delivery(told.id, told.event.value, told.order_id))


def dead(refusals: Refusals) -> Outcome:
    return Outcome(Fortune.DEAD, refusals[0].code.value, reason_of(refusals))


def _outcome(decision: Decision) -> Outcome:
    code = decision.refusals[0].code if decision.refusals else None
    if code is RefusalCode.OVERLOADED:
        raise Overloaded(decision.refusals[0].message)
    told = code.value if code else decision.outcome or APPLIED
    match decision.fate:
        case Fate.KEPT:
            return Outcome(Fortune.TAKEN, told)
        case Fate.EARLY:
            return Outcome(Fortune.EARLY, told, reason_of(decision.refusals))
        case Fate.REJECTED:
            return Outcome(Fortune.DEAD, told, reason_of(decision.refusals))


def reason_of(refusals: Refusals) -> str:
    """Each refusal with its code and the field that is at fault, as in `lines.0.quantity`."""
    return "; ".join(
        f"{refusal.code.value} {'.'.join(refusal.field)}: {refusal.message}"
        if refusal.field
        else f"{refusal.code.value}: {refusal.message}"
        for refusal in refusals
    )
