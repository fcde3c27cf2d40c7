"""CycleCount: a list of SKUs to be counted at one location, blind or not.

    OPEN    what is on the list may be counted, and counted again
    CLOSED  nothing more is counted under it; what was not counted stays as the books have it

A line that is counted becomes a count of its own (`domain.movements.Count`), decided by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.places import Sites
from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, REFERENCE_LENGTH_MAX, SKU_LENGTH_MAX, invalid_identifier

LINES_MAX = 250
#: What the ledger says that its counts refer to, and why they were made where nothing else is said.
DOCUMENT = "cycle_count"
REASON = "cycle_count"


class CycleCountStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class CountLine:
    """`expected` is what the books had on hand right before it was counted; `adjustment` is the count's record."""

    sku: str
    expected: int | None = None
    counted: int | None = None
    counted_by: str | None = None
    counted_at: datetime | None = None
    adjustment: UUID | None = None

    @property
    def difference(self) -> int | None:
        return None if self.counted is None or self.expected is None else self.counted - self.expected


@dataclass(frozen=True, slots=True)
class CycleCount:
    """The aggregate. `version` grows by 1 with each change; whoever counts a `blind` one is not shown the books."""

    id: UUID
    location: str
    lines: tuple[CountLine, ...]
    created_by: str
    created_at: datetime
    updated_at: datetime
    blind: bool = False
    status: CycleCountStatus = CycleCountStatus.OPEN
    reference: str | None = None
    version: int = 1

    # ------------------------------------------------------------------ facts
    @property
    def document(self) -> str:
        """What the ledger's entries refer to."""
        return self.reference or str(self.id)

    def line(self, sku: str) -> CountLine | None:
        return next((line for line in self.lines if line.sku == sku), None)

    def refuses(self, sku: str) -> Refusal | None:
        """Why a SKU cannot be counted under it."""
        if refusal := self._closed("counted under"):
            return refusal
        if self.line(sku) is None:
            message = f"'{sku}' is not on the list: make another with createCycleCount."
            return Refusal(RefusalCode.NOT_FOUND, message, ("sku",), sku, self.location)
        return None

    # ------------------------------------------------------------------ verbs
    def record(self, line: CountLine, at: datetime) -> CycleCount:
        """A line as it was counted, in the place of what was there of its SKU."""
        lines = tuple(line if each.sku == line.sku else each for each in self.lines)
        return replace(self, lines=lines, updated_at=at, version=self.version + 1)

    def close(self, at: datetime) -> CycleCount | Refusal:
        if refusal := self._closed("closed again"):
            return refusal
        return replace(self, status=CycleCountStatus.CLOSED, updated_at=at, version=self.version + 1)

    def _closed(self, done: str) -> Refusal | None:
        if self.status is CycleCountStatus.OPEN:
            return None
        message = f"A cycle count that is CLOSED cannot be {done}: make another with createCycleCount."
        return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("cycleCountId",), location=self.location)


def invalid_cycle_count(location: str, skus: Sequence[str], reference: str | None) -> Refusal | None:
    """What is wrong with a list that is asked for, whatever there is."""
    return (
        invalid_identifier("location", location, CODE_LENGTH_MAX)
        or invalid_identifier("reference", reference, REFERENCE_LENGTH_MAX)
        or _invalid_list(skus)
    )


def _invalid_list(skus: Sequence[str]) -> Refusal | None:
    if not skus:
        return Refusal(RefusalCode.INVALID_INPUT, "skus is empty: name what to count.", ("skus",))
    if len(skus) > LINES_MAX:
        message = f"skus names {len(skus)}: give at most {LINES_MAX}."
        return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("skus",), requested=len(skus), limit=LINES_MAX)
    for number, sku in enumerate(skus):
        if refusal := invalid_identifier(str(number), sku, SKU_LENGTH_MAX):
            return refusal.at("skus")
        if sku in skus[:number]:
            return Refusal(RefusalCode.DUPLICATE_LINE, f"'{sku}' is on the list twice.", ("skus", str(number)), sku)
    return None


def uncountable(location: str, skus: Sequence[str], sites: Sites) -> Refusal | None:
    """Why something of a list cannot be counted: unknown things first, then closed ones."""
    for number, sku in enumerate(skus):
        place = sites.place_of(sku, location)
        if isinstance(place, Refusal):
            return _on_the_list(number, place)
    refusals = ((number, sites.closed((sku, location))) for number, sku in enumerate(skus))
    return next((_on_the_list(number, refusal) for number, refusal in refusals if refusal), None)


def unknown_cycle_count() -> Refusal:
    message = "There is no such cycle count: see the query cycleCounts."
    return Refusal(RefusalCode.NOT_FOUND, message, ("cycleCountId",))


def _on_the_list(number: int, refusal: Refusal) -> Refusal:
    return replace(refusal, field=("skus", str(number))) if refusal.field == ("sku",) else refusal
