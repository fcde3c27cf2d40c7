"""Cycle counts: making a list to count, counting what is on it, closing it.

What is counted goes the way of every count: refused, applied or left to wait by the same command (`services.stock`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from domain.access import Caller
from domain.cycle_counts import (
    DOCUMENT,
    REASON,
    CountLine,
    CycleCount,
    invalid_cycle_count,
    uncountable,
    unknown_cycle_count,
)
from domain.movements import Count
from domain.places import Place
from domain.refusals import Refusal
from services.audit import AuditEntry, entry_of
from services.commands import Command, Needs
from services.decisions import Claim, Decision
from services.desk import Desk
from services.group_commit import GroupCommit
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork
from services.stock import Movements


@dataclass(frozen=True, slots=True)
class CreateCycleCount:
    name: ClassVar[str] = "CreateCycleCount"
    location: str
    skus: tuple[str, ...]
    blind: bool = False
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class RecordCycleCount:
    """Units of one SKU of the list, as they were counted."""

    name: ClassVar[str] = "RecordCycleCount"
    cycle_count: UUID
    sku: str
    counted: int
    reason_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CloseCycleCount:
    name: ClassVar[str] = "CloseCycleCount"
    cycle_count: UUID


async def create_cycle_count(
    key: str, request: CreateCycleCount, caller: Caller, units: UnitOfWork, ids: Ids
) -> Decision:
    async def decide(unit: Unit) -> Decision:
        if invalid := invalid_cycle_count(request.location, request.skus, request.reference):
            return Decision((invalid,))
        if refusal := uncountable(
            request.location, request.skus, await unit.levels.sites(request.skus, [request.location])
        ):
            return Decision((refusal,))
        made = await _made(request, caller, unit, ids())
        await unit.cycle_counts.save([made], ())
        await unit.audit.add([_creation(ids(), caller, made)])
        return Decision(cycle_count=made.id)

    return await decide_once(caller, "createCycleCount", key, request, units, decide)


async def _made(request: CreateCycleCount, caller: Caller, unit: Unit, id_: UUID) -> CycleCount:
    await unit.cycle_counts.lock([id_])  # nobody else's; whoever locks is told the time
    at = unit.levels.stamp(None).recorded_at
    lines = tuple(CountLine(sku) for sku in request.skus)
    return CycleCount(id_, request.location, lines, caller.subject, at, at, request.blind, reference=request.reference)


async def close_cycle_count(
    key: str, request: CloseCycleCount, caller: Caller, units: UnitOfWork, ids: Ids
) -> Decision:
    async def decide(unit: Unit) -> Decision:
        found = await unit.cycle_counts.lock([request.cycle_count])
        if not found:
            return Decision((unknown_cycle_count(),))
        closed = found[0].close(unit.levels.stamp(None).recorded_at)
        if isinstance(closed, Refusal):
            return Decision((closed,), cycle_count=found[0].id)
        await unit.cycle_counts.save((), [(found[0], closed)])
        await unit.audit.add([_closing(ids(), caller, closed)])
        return Decision(cycle_count=closed.id)

    return await decide_once(caller, "closeCycleCount", key, request, units, decide)


# Of the lists alone: what is counted of them is told by the ledger, or by the requests that wait.
def _creation(id_: UUID, caller: Caller, made: CycleCount) -> AuditEntry:
    told = {"location": made.location, "skus": _skus(made.lines), "blind": made.blind, "reference": made.reference}
    return entry_of(id_, caller, "createCycleCount", "CycleCount", str(made.id), **told)


def _closing(id_: UUID, caller: Caller, closed: CycleCount) -> AuditEntry:
    left = _skus(line for line in closed.lines if line.counted is None)
    return entry_of(
        id_, caller, "closeCycleCount", "CycleCount", str(closed.id), location=closed.location, notCounted=left
    )


def _skus(lines: Iterable[CountLine]) -> list[str]:
    return [line.sku for line in lines]


async def record_cycle_count(key: str, request: RecordCycleCount, caller: Caller, commits: GroupCommit) -> Decision:
    """Count one SKU of the list, or refuse it."""
    return await commits.submit_once(
        key, "recordCycleCount", request, caller, lambda claim: Record(request, caller, claim)
    )


class Record(Command):
    """One count, and the line of the list that it belongs to."""

    def __init__(self, request: RecordCycleCount, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(caller, claim)
        self._request = request
        self._invalid = self._movement(None).invalid()

    @property
    def lane(self) -> str:
        return self._request.sku

    def needs(self) -> Needs:
        if self._invalid:
            return Needs()
        counting = self._counting(None).needs()
        return replace(counting, cycle_counts=(self._request.cycle_count,))

    def places(self, desk: Desk) -> Iterable[Place]:
        document = desk.cycle_counts.get(self._request.cycle_count)
        return () if document is None or self._invalid else self._counting(document).places(desk)

    def asks(self, desk: Desk) -> bool:
        return self._counting(None).asks(desk)

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        document = desk.cycle_counts.get(self._request.cycle_count)
        if document is None:
            return Decision((unknown_cycle_count(),))
        if refusal := document.refuses(self._request.sku):
            return Decision((refusal,), cycle_count=document.id)
        return self._count(document, desk)

    def _count(self, document: CycleCount, desk: Desk) -> Decision:
        level = desk.levels.get((self._request.sku, document.location))
        expected = level.on_hand if level else 0
        decision = self._counting(document).decide(desk)
        if not decision.refusals:
            request, at = self._request, desk.now
            by, made = self.caller.subject, decision.adjustment
            line = CountLine(request.sku, expected, request.counted, by, at, made)
            desk.cycle_counts.put(document.record(line, at))
        return replace(decision, cycle_count=document.id)

    def _counting(self, document: CycleCount | None) -> Movements:
        return Movements([self._movement(document)], self.caller)

    def _movement(self, document: CycleCount | None) -> Count:
        return Count(
            sku=self._request.sku,
            location=document and document.location,
            counted=self._request.counted,
            reason_code=REASON if self._request.reason_code is None else self._request.reason_code,
            note=self._request.note,
            reference_type=DOCUMENT,
            reference=document and document.document,
        )
