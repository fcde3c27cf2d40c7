"""Movements: the ways stock is asked to change, each a small command that knows its own rules. What is promised to an
order, and taken from the shelf for it, is no movement by itself: reservations do that (`domain.reservations`).

A movement is examined before anything is looked up (`invalid`), then applied to its level. `apply_all` carries out
several all-or-nothing and leaves the levels it was given untouched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from domain.items import invalid_amount
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.places import Place, Sites, unknown_reason
from domain.quantities import invalid_change, invalid_count, invalid_quantity
from domain.reasons import ReasonCode
from domain.refusals import Refusal
from domain.stock import StockLevel
from domain.texts import (
    CODE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    SKU_LENGTH_MAX,
    invalid_identifier,
    invalid_note,
    said,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement(ABC):
    """What every movement says. `location` None: the SKU's only level, or the tenant's default location."""

    sku: str
    location: str | None = None
    reason_code: str | None = None
    note: str | None = None
    reference_type: str | None = None
    reference: str | None = None
    expected_version: int | None = None
    occurred_at: datetime | None = None

    #: Whether it is a correction by hand, of which a record is kept (`domain.adjustments`).
    by_hand: ClassVar[bool] = False
    #: What `reference` names, unless `reference_type` says it.
    document: ClassVar[str | None] = None
    #: What it is called in fingerprints that are kept (`services.idempotency`): never changed, whatever the class is.
    name: ClassVar[str]

    def invalid(self) -> Refusal | None:
        """What is wrong with the request itself, whatever the stock."""
        return (
            invalid_identifier("sku", self.sku, SKU_LENGTH_MAX)
            or invalid_identifier("location", self.location, CODE_LENGTH_MAX)
            or invalid_identifier("reasonCode", self.reason_code, CODE_LENGTH_MAX)
            or invalid_note("note", said(self.note))
            or invalid_identifier("reference", self.reference, REFERENCE_LENGTH_MAX)
            or self.invalid_quantity()
        )

    def place(self, sites: Sites, reasons: Mapping[str, ReasonCode]) -> Place | Refusal:
        """The level it works on, or why it cannot: unknown things first, then closed ones."""
        place = sites.place_of(self.sku, self.location)
        if isinstance(place, Refusal):
            return place
        return unknown_reason(self.reason_code, reasons) or sites.closed(place) or place

    @abstractmethod
    def invalid_quantity(self) -> Refusal | None:
        """What is wrong with the quantity asked."""

    @abstractmethod
    def on_hand_change(self, level: StockLevel) -> int:
        """Signed units by which on hand would change; what a reason code's direction is held against."""

    @abstractmethod
    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Change the level, or say why not."""

    def cause(self, actor: str) -> Cause:
        referred = self.reference_type or (None if self.reference is None else self.document)
        return Cause(actor, self.reason_code, said(self.note), referred, self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units(Movement):
    quantity: int

    def invalid_quantity(self) -> Refusal | None:
        return invalid_quantity(self.quantity, self.sku, self.location)

    def on_hand_change(self, level: StockLevel) -> int:
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(_Units):
    name: ClassVar[str] = "Receive"
    document: ClassVar[str | None] = "receipt"
    unit_cost: Decimal | None = None

    def invalid_quantity(self) -> Refusal | None:
        # Named in full: a dataclass with slots is a new class, which a bare super() does not know.
        return invalid_amount("unitCost", self.unit_cost) or _Units.invalid_quantity(self)

    def on_hand_change(self, level: StockLevel) -> int:
        return self.quantity

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.receive(self.quantity, cause, stamp, self.unit_cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(_Units):
    name: ClassVar[str] = "Return"
    document: ClassVar[str | None] = "return"

    def on_hand_change(self, level: StockLevel) -> int:
        return self.quantity

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.return_(self.quantity, cause, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(_Units):
    name: ClassVar[str] = "Hold"
    document: ClassVar[str | None] = "hold"

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.hold(self.quantity, cause, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold(_Units):
    name: ClassVar[str] = "Unhold"
    document: ClassVar[str | None] = "hold"

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.unhold(self.quantity, cause, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste(_Units):
    """`from_hold`: of the units that were set aside, which are never on sale in between."""

    name: ClassVar[str] = "Waste"
    document: ClassVar[str | None] = "waste"
    from_hold: bool = False

    def on_hand_change(self, level: StockLevel) -> int:
        return -self.quantity

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.waste(self.quantity, cause, stamp, from_hold=self.from_hold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Movement):
    name: ClassVar[str] = "Adjust"
    document: ClassVar[str | None] = "adjustment"
    by_hand: ClassVar[bool] = True
    change: int

    def invalid_quantity(self) -> Refusal | None:
        return invalid_change(self.change, self.sku, self.location)

    def on_hand_change(self, level: StockLevel) -> int:
        return self.change

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.adjust(self.change, cause, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Movement):
    name: ClassVar[str] = "Count"
    document: ClassVar[str | None] = "count"
    by_hand: ClassVar[bool] = True
    counted: int

    def invalid_quantity(self) -> Refusal | None:
        return invalid_count(self.counted, self.sku, self.location)

    def on_hand_change(self, level: StockLevel) -> int:
        return self.counted - level.on_hand

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.count(self.counted, cause, stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCount(Movement):
    """The difference that a count found earlier: what has moved since the count was right as it moved."""

    name: ClassVar[str] = "PostCount"
    document: ClassVar[str | None] = "count"
    difference: int

    def invalid_quantity(self) -> Refusal | None:
        return None if self.difference == 0 else invalid_change(self.difference, self.sku, self.location)

    def on_hand_change(self, level: StockLevel) -> int:
        return self.difference

    def apply(self, level: StockLevel, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        return level.post_count(self.difference, cause, stamp)


#: Gives the stamp of a change: when it occurred if the movement says so, and when it is recorded.
Clock = Callable[[datetime | None], Stamp]


@dataclass(frozen=True, slots=True)
class Applied:
    """The levels as they are after all movements, and an entry for each movement in its order."""

    levels: Mapping[Place, StockLevel]
    entries: tuple[LedgerEntry, ...]


def apply_all(
    levels: Mapping[Place, StockLevel],
    movements: Sequence[tuple[Place, Movement]],
    reasons: Mapping[str, ReasonCode],
    actor: str,
    clock: Clock,
) -> Applied | list[Refusal | None]:
    """Carry out every movement or none; if none, the list tells for each why not, None where it was not at fault."""
    after = {place: level.draft() for place, level in levels.items()}
    outcomes = [_apply(after[place], movement, reasons, actor, clock) for place, movement in movements]
    entries = tuple(outcome for outcome in outcomes if isinstance(outcome, LedgerEntry))
    if len(entries) == len(outcomes):
        return Applied(after, entries)
    return [outcome if isinstance(outcome, Refusal) else None for outcome in outcomes]


def _apply(
    level: StockLevel, movement: Movement, reasons: Mapping[str, ReasonCode], actor: str, clock: Clock
) -> LedgerEntry | Refusal:
    # Before the reason: which way a count goes says nothing once the level is another than who counted saw.
    if refusal := level.expects(movement.expected_version):
        return refusal
    if movement.reason_code is not None:
        reason = reasons[movement.reason_code]
        if refusal := reason.refuses(movement.on_hand_change(level), movement.note):
            return refusal
    return movement.apply(level, movement.cause(actor), clock(movement.occurred_at))
