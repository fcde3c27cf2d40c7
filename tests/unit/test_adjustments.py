"""Adjustments: which movements are corrections by hand, and what is kept of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.adjustments import Adjustment
from domain.ledger import Quantities, Stamp
from domain.movements import Adjust, Applied, Count, Hold, Movement, Receive, Return, Unhold, Waste, apply_all
from domain.reasons import DEFAULT_REASON_CODES
from domain.stock import StockLevel

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PLACE = ("TENT", "MAIN")
REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}


def entry_of(movement: Movement) -> Any:
    level = StockLevel(UUID(int=1), *PLACE, NOON, Quantities(10), version=1)
    applied = apply_all({PLACE: level}, [(PLACE, movement)], REASONS, "manager@acme", lambda _: Stamp(NOON, NOON))
    assert isinstance(applied, Applied), applied
    return applied.entries[0]


def record_of(movement: Movement) -> Adjustment:
    return Adjustment.of(UUID(int=7), PLACE, entry_of(movement))


def test_an_adjustment_tells_the_change_who_asked_and_why() -> None:
    made = record_of(Adjust(sku="TENT", change=-3, reason_code="damaged", note="wet"))
    assert made == Adjustment(UUID(int=7), *PLACE, -3, None, "damaged", "wet", "manager@acme", NOON)


def test_a_count_tells_what_was_counted_and_the_difference() -> None:
    made = record_of(Count(sku="TENT", counted=8, reason_code="cycle_count"))
    assert (made.quantity_change, made.quantity_counted) == (-2, 8)


def test_a_correction_that_names_no_reason_is_a_correction() -> None:
    assert record_of(Adjust(sku="TENT", change=1)).reason_code == "correction"


def test_adjusting_and_counting_is_done_by_hand_and_nothing_else() -> None:
    by_hand = {kind for kind in (Adjust, Count, Hold, Receive, Return, Unhold, Waste) if kind.by_hand}
    assert by_hand == {Adjust, Count}


@pytest.mark.parametrize(
    ("said", "told"), [(None, (None, None)), ("R-1", ("receipt", "R-1"))], ids=["no reference", "a reference"]
)
def test_a_reference_names_the_movements_own_document(said: str | None, told: tuple[str | None, str | None]) -> None:
    cause = entry_of(Receive(sku="TENT", quantity=1, reference=said)).cause
    assert (cause.reference_type, cause.reference) == told


def test_a_reference_of_another_document_says_which() -> None:
    cause = entry_of(Receive(sku="TENT", quantity=1, reference="PO-1", reference_type="purchase_order")).cause
    assert cause.reference_type == "purchase_order"
