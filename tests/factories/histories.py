"""Histories of a SKU as its ledger tells them, and strategies for any that might be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from domain.ledger import NOTHING, Cause, LedgerEntry, LedgerKind, Quantities, Stamp

BEGIN = datetime(2026, 3, 27, 23, tzinfo=UTC)
_RECORDED = datetime(2026, 6, 1, tzinfo=UTC)


class Told(NamedTuple):
    """What an entry may say; `units` are signed where the kind allows both."""

    after: timedelta
    kind: LedgerKind
    units: int
    reason: str | None = None
    unit_cost: Decimal | None = None
    currency: str | None = "EUR"
    location: str = "MAIN"
    transfer: str | None = None


def change_of(kind: LedgerKind, units: int) -> Quantities:
    match kind:
        case LedgerKind.PICK:
            return Quantities(on_hand=-units, allocated=-units)
        case LedgerKind.ALLOCATION:
            return Quantities(allocated=units)
        case LedgerKind.DEALLOCATION:
            return Quantities(allocated=-units)
        case LedgerKind.HOLD:
            return Quantities(unavailable=units)
        case LedgerKind.UNHOLD:
            return Quantities(unavailable=-units)
        case LedgerKind.TRANSFER_OUT | LedgerKind.WASTE:
            return Quantities(on_hand=-units)
        case LedgerKind.TRANSFER_IN:
            return Quantities(on_hand=units, incoming=-units)
        case _:
            return Quantities(on_hand=units)


def entry(
    kind: LedgerKind,
    units: int,
    at: datetime,
    version: int,
    unit_cost: Decimal | str | None = None,
    reason: str | None = None,
    transfer: str | None = None,
    currency: str | None = "EUR",
) -> LedgerEntry:
    """`units` as `change_of` takes them: of a PICK, a WASTE and a TRANSFER_OUT those that leave."""
    cost = Decimal(unit_cost) if isinstance(unit_cost, str) else unit_cost
    cause = Cause("manager@acme", reason, None, None if transfer is None else "transfer", transfer)
    return LedgerEntry(kind, change_of(kind, units), NOTHING, version, cause, Stamp(at, _RECORDED), cost, currency)


def entries(history: Sequence[Told], begin: datetime = BEGIN) -> list[tuple[str, LedgerEntry]]:
    """Each with its location, in the order of arrival: each has the next version, whenever it happened."""
    return [(told.location, _entry(told, begin, version)) for version, told in enumerate(history, 1)]


def _entry(told: Told, begin: datetime, version: int) -> LedgerEntry:
    at = begin + told.after
    return entry(told.kind, told.units, at, version, told.unit_cost, told.reason, told.transfer, told.currency)


_SIGNED = (LedgerKind.ADJUSTMENT, LedgerKind.COUNT, LedgerKind.TRANSFER_OUT)
_REASONS = ("damaged", "theft", "found", "received", "returned", "sample", "promotion", "correction", "ours", None)
#: Shares of these leave fractions of a tick.
_costs = st.none() | st.sampled_from(["0", "0.0001", "1", "3.3333", "9.99", "10.01", "7"]).map(Decimal)


@st.composite
def tellings(draw: st.DrawFn, step: timedelta, steps: int) -> Told:
    kind = draw(st.sampled_from(list(LedgerKind)))
    units = draw(st.integers(-7, 7) if kind in _SIGNED else st.integers(1, 9))
    currency = draw(st.sampled_from(["EUR", "EUR", "EUR", "USD"]))
    after = draw(st.integers(0, steps)) * step
    moved = kind in (LedgerKind.TRANSFER_OUT, LedgerKind.TRANSFER_IN)
    transfer = draw(st.sampled_from(["t", "u", None])) if moved else None
    location = draw(st.sampled_from(["MAIN", "MAIN", "SHOP"]))
    return Told(after, kind, units, draw(st.sampled_from(_REASONS)), draw(_costs), currency, location, transfer)


def histories(step: timedelta, steps: int, size: int = 14) -> st.SearchStrategy[list[Told]]:
    """Of a SKU at two locations, in any order of arrival, so that some are late, some before all others, books fall
    below zero, and transfers arrive before they were sent."""
    return st.lists(tellings(step, steps), max_size=size)
