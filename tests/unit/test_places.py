"""Where a movement works, and in which order the reasons against it are told."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.items import Item
from domain.ledger import Stamp
from domain.locations import Location
from domain.movements import Adjust, Applied, Pick, Receive, apply_all
from domain.places import Sites
from domain.reasons import DEFAULT_REASON_CODES, ReasonCode
from domain.refusals import PRECEDENCE, Refusal, RefusalCode
from domain.stock import StockLevel

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}


def sites(levels: tuple[str, ...] = (), archived: bool = False, active: bool = True) -> Sites:
    item = Item(UUID(int=1), "TENT", "Tent", archived_at=NOON if archived else None)
    places = {code: Location(UUID(int=9), code, code, active=active) for code in ("MAIN", "SHOP")}
    return Sites({"TENT": item}, places, {"TENT": levels}, "MAIN")


def place(movement: Any, where: Sites) -> Any:
    found = movement.place(where, REASONS)
    return found.code if isinstance(found, Refusal) else found


def test_without_a_location_the_only_level_is_meant_else_the_default_location() -> None:
    assert place(Receive(sku="TENT", quantity=1), sites()) == ("TENT", "MAIN")
    assert place(Receive(sku="TENT", quantity=1), sites(("SHOP",))) == ("TENT", "SHOP")


def test_with_levels_at_several_locations_one_must_be_named() -> None:
    assert place(Receive(sku="TENT", quantity=1), sites(("MAIN", "SHOP"))) == RefusalCode.LOCATION_REQUIRED
    assert place(Receive(sku="TENT", location="SHOP", quantity=1), sites(("MAIN", "SHOP"))) == ("TENT", "SHOP")


@pytest.mark.parametrize(
    ("movement", "where", "code"),
    [
        (Adjust(sku="NONE", change=1, location="NOWHERE", reason_code="nothing"), sites(), RefusalCode.UNKNOWN_SKU),
        (
            Adjust(sku="TENT", change=1, location="NOWHERE", reason_code="nothing"),
            sites(),
            RefusalCode.UNKNOWN_LOCATION,
        ),
        (Adjust(sku="TENT", change=1, reason_code="nothing"), sites(archived=True), RefusalCode.UNKNOWN_REASON_CODE),
        (
            Adjust(sku="TENT", change=1, reason_code="found"),
            sites(archived=True, active=False),
            RefusalCode.ITEM_ARCHIVED,
        ),
        (Adjust(sku="TENT", change=1, reason_code="found"), sites(active=False), RefusalCode.LOCATION_INACTIVE),
    ],
)
def test_of_several_reasons_the_first_in_the_documented_order_is_told(movement: Any, where: Sites, code: str) -> None:
    assert place(movement, where) == code
    assert RefusalCode(code) in PRECEDENCE


def test_what_was_promised_can_be_settled_at_a_closed_location_of_an_archived_item() -> None:
    assert place(Pick(sku="TENT", quantity=1), sites(("MAIN",), archived=True, active=False)) == ("TENT", "MAIN")


def applied(movement: Any, on_hand: int = 10) -> Any:
    level = StockLevel(UUID(int=1), "TENT", "MAIN", NOON)
    reasons = {**REASONS, "gone": ReasonCode("gone", "Gone", active=False)}
    receipt = Receive(sku="TENT", quantity=on_hand)
    stock = apply_all({("TENT", "MAIN"): level}, [(("TENT", "MAIN"), receipt)], {}, "dock", lambda _: Stamp(NOON, NOON))
    assert isinstance(stock, Applied)
    outcome = apply_all(stock.levels, [(("TENT", "MAIN"), movement)], reasons, "me", lambda _: Stamp(NOON, NOON))
    return outcome if isinstance(outcome, Applied) else outcome[0]


def test_a_reason_is_held_against_the_direction_before_version_and_stock() -> None:
    wrong = applied(Adjust(sku="TENT", change=-99, reason_code="found", expected_version=55))
    assert wrong.code == RefusalCode.REASON_DIRECTION_MISMATCH
    stale = applied(Adjust(sku="TENT", change=-99, reason_code="lost", expected_version=55))
    assert stale.code == RefusalCode.STALE_VERSION
    short = applied(Adjust(sku="TENT", change=-99, reason_code="lost", expected_version=1))
    assert short.code == RefusalCode.INSUFFICIENT_STOCK


@pytest.mark.parametrize("note", [None, "", "  "])
def test_the_reason_other_needs_a_note(note: str | None) -> None:
    assert applied(Adjust(sku="TENT", change=1, reason_code="other", note=note)).code == RefusalCode.NOTE_REQUIRED
    assert isinstance(applied(Adjust(sku="TENT", change=1, reason_code="other", note="a gift")), Applied)


def test_a_note_of_blanks_counts_as_none() -> None:
    blank = Adjust(sku="TENT", change=1, reason_code="found", note="  ")
    assert blank.invalid() is None
    assert blank.cause("me").note is None
