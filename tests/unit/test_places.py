"""Where a movement works, and in which order the reasons against it are told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.access import Caller, Role
from domain.items import Item
from domain.ledger import Quantities, Stamp
from domain.locations import Location
from domain.movements import Adjust, Applied, Count, Receive, apply_all
from domain.places import Sites
from domain.reasons import DEFAULT_REASON_CODES, ReasonCode
from domain.refusals import PRECEDENCE, Refusal, RefusalCode
from domain.reservation_lines import LineQuantity
from domain.stock import StockLevel
from domain.strategies import Want
from services.group_commit import GroupCommit
from services.reservations import ReserveStock, reserve_stock
from services.settlement import CommitReservation, ReleaseReservation, settle_reservation
from tests.factories.pictures import FIRM
from tests.fakes.house import House
from tests.fakes.units import FakeUnitOfWork

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


def test_who_names_an_unknown_reason_is_told_where_they_stand() -> None:
    refused = Adjust(sku="TENT", change=1, reason_code="nothing").place(sites(), REASONS)
    assert isinstance(refused, Refusal)
    assert "reasonCodes" in refused.message


async def test_what_was_promised_can_be_settled_at_a_closed_location_of_an_archived_item() -> None:
    tent, main = Item(UUID(int=1), "TENT", "Tent"), Location(UUID(int=9), "MAIN", "MAIN")
    level = StockLevel(UUID(int=2), "TENT", "MAIN", NOON, Quantities(10), version=1)
    house = House(FIRM, {"TENT": tent}, {"MAIN": main}, REASONS, {("TENT", "MAIN"): level})
    units, caller = FakeUnitOfWork(house), Caller(FIRM.id, FIRM.slug, "system@lumen", frozenset({Role.SYSTEM}))
    commits = GroupCommit(units, uuid4)
    reserved = await reserve_stock("1", ReserveStock("SO-1", (Want("TENT", None, 3),)), caller, commits)
    assert reserved.reservation is not None

    units.houses[FIRM.id].items["TENT"] = replace(tent, archived_at=NOON)
    units.houses[FIRM.id].locations["MAIN"] = replace(main, active=False)

    late = await reserve_stock("2", ReserveStock("SO-2", (Want("TENT", None, 1),)), caller, commits)
    assert [refusal.code for refusal in late.refusals] == [RefusalCode.ITEM_ARCHIVED]
    one = (LineQuantity(1, sku="TENT"),)
    for key, request in (
        ("3", CommitReservation(reserved.reservation, one)),
        ("4", ReleaseReservation(reserved.reservation)),
    ):
        assert (await settle_reservation(key, request, caller, commits)).refusals == ()
    assert units.houses[FIRM.id].levels["TENT", "MAIN"].quantities == Quantities(9)


def applied(movement: Any, on_hand: int = 10) -> Any:
    level = StockLevel(UUID(int=1), "TENT", "MAIN", NOON)
    reasons = {**REASONS, "gone": ReasonCode("gone", "Gone", active=False)}
    receipt = Receive(sku="TENT", quantity=on_hand)
    stock = apply_all({("TENT", "MAIN"): level}, [(("TENT", "MAIN"), receipt)], {}, "dock", lambda _: Stamp(NOON, NOON))
    assert isinstance(stock, Applied)
    outcome = apply_all(stock.levels, [(("TENT", "MAIN"), movement)], reasons, "me", lambda _: Stamp(NOON, NOON))
    return outcome if isinstance(outcome, Applied) else outcome[0]


def test_the_version_is_asked_before_the_reasons_direction_and_that_before_the_stock() -> None:
    stale = applied(Adjust(sku="TENT", change=-99, reason_code="found", expected_version=55))
    assert stale.code == RefusalCode.STALE_VERSION
    wrong = applied(Adjust(sku="TENT", change=-99, reason_code="found", expected_version=1))
    assert wrong.code == RefusalCode.REASON_DIRECTION_MISMATCH
    short = applied(Adjust(sku="TENT", change=-99, reason_code="lost", expected_version=1))
    assert short.code == RefusalCode.INSUFFICIENT_STOCK


def test_a_count_of_a_level_that_moved_meanwhile_is_stale_whichever_way_it_would_go_now() -> None:
    counted = applied(Count(sku="TENT", counted=8, reason_code="found", expected_version=0))
    assert (counted.code, counted.current_version) == (RefusalCode.STALE_VERSION, 1)


@pytest.mark.parametrize("note", [None, "", "  "])
def test_the_reason_other_needs_a_note(note: str | None) -> None:
    assert applied(Adjust(sku="TENT", change=1, reason_code="other", note=note)).code == RefusalCode.NOTE_REQUIRED
    assert isinstance(applied(Adjust(sku="TENT", change=1, reason_code="other", note="a gift")), Applied)


def test_a_note_of_blanks_counts_as_none() -> None:
    blank = Adjust(sku="TENT", change=1, reason_code="found", note="  ")
    assert blank.invalid() is None
    assert blank.cause("me").note is None
