"""Transfers by example: what each verb changes at both ends, writes down and refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.items import Item
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.locations import Location
from domain.places import Sites
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.stock import StockLevel
from domain.transfers import Ends, Moved, Route, Transfer, TransferAct, TransferStatus, invalid_transfer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=3)
CAUSE, STAMP = Cause("manager@acme"), Stamp(NOON, NOON)
ROUTE = Route("TENT", "MAIN", "SHOP")
SITES = Sites(
    {"TENT": Item(UUID(int=1), "TENT", "Tent")},
    {code: Location(UUID(int=number), code, code) for number, code in enumerate(("MAIN", "SHOP"), 2)},
    {"TENT": ["MAIN"]},
    "MAIN",
)
SENT = Transfer(UUID(int=9), ROUTE, 5, NOON, NOON)


def ends(sender: Quantities, receiver: Quantities) -> Ends:
    return Ends(
        StockLevel(UUID(int=1), "TENT", "MAIN", NOON, sender, version=3),
        StockLevel(UUID(int=2), "TENT", "SHOP", NOON, receiver, version=4),
    )


def moved(outcome: Moved | Refusal) -> Moved:
    assert isinstance(outcome, Moved), outcome
    return outcome


def refusal(outcome: object) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def after(act: TransferAct, units: int, before: Ends) -> Ends:
    outcome = before.after(act, units, CAUSE, STAMP)
    assert isinstance(outcome, Ends), outcome
    return outcome


# ---------------------------------------------------------------- the transfer
def test_a_transfer_is_in_transit_until_all_of_it_was_received() -> None:
    some, units = moved(SENT.receive(2, LATER))
    assert (some.status, some.received, some.open, units) == (TransferStatus.IN_TRANSIT, 2, 3, 2)
    assert (some.version, some.created_at, some.updated_at) == (2, NOON, LATER)
    all_, units = moved(some.receive(3, LATER))
    assert (all_.status, all_.received, all_.open, units) == (TransferStatus.RECEIVED, 5, 0, 3)


def test_what_has_not_arrived_can_be_cancelled_and_what_has_stays_received() -> None:
    some = moved(SENT.receive(2, NOON)).transfer
    cancelled, units = moved(some.cancel(LATER))
    assert (cancelled.status, cancelled.received, cancelled.open, units) == (TransferStatus.CANCELLED, 2, 0, 3)


@pytest.mark.parametrize("ended", [moved(SENT.receive(5, NOON)).transfer, moved(SENT.cancel(NOON)).transfer])
def test_nothing_becomes_of_a_transfer_that_has_ended(ended: Transfer) -> None:
    for outcome in (ended.receive(1, LATER), ended.cancel(LATER)):
        assert refusal(outcome).code is RefusalCode.ILLEGAL_TRANSITION
        assert ended.status.value in refusal(outcome).message


def test_no_more_is_received_than_is_on_its_way() -> None:
    some = moved(SENT.receive(2, NOON)).transfer
    much = refusal(some.receive(4, NOON))
    assert (much.code, much.field, much.requested, much.available) == (
        RefusalCode.INVALID_QUANTITY,
        ("quantity",),
        4,
        3,
    )


def test_the_ledger_names_the_document_or_else_the_transfer() -> None:
    assert SENT.cause("manager@acme", None).reference == str(SENT.id)
    told = replace(SENT, reference="TO-7").cause("manager@acme", "by van")
    assert (told.reference_type, told.reference, told.note) == ("transfer", "TO-7", "by van")


# ---------------------------------------------------------------- the two levels
def test_units_that_leave_are_incoming_at_the_other_end() -> None:
    sender, receiver = after(TransferAct.SENT, 4, ends(Quantities(10, 3), Quantities(1)))
    assert (sender.quantities, receiver.quantities) == (Quantities(6, 3), Quantities(1, incoming=4))
    assert [level.entries[-1].kind for level in (sender, receiver)] == [
        LedgerKind.TRANSFER_OUT,
        LedgerKind.TRANSFER_IN,
    ]
    assert (sender.version, receiver.version, receiver.available_to_promise) == (4, 5, 1)


def test_units_that_arrive_turn_from_incoming_into_on_hand() -> None:
    sender, receiver = after(TransferAct.RECEIVED, 3, ends(Quantities(6), Quantities(1, incoming=4)))
    assert (sender.changed, receiver.quantities) == (False, Quantities(4, incoming=1))
    assert receiver.entries[-1].change == Quantities(3, incoming=-3)


def test_units_that_are_cancelled_are_the_senders_again() -> None:
    sender, receiver = after(TransferAct.CANCELLED, 4, ends(Quantities(6), Quantities(1, incoming=4)))
    assert (sender.quantities, receiver.quantities) == (Quantities(10), Quantities(1))
    assert sender.entries[-1].kind is LedgerKind.TRANSFER_OUT, "so that the kind's sum is what really left"


def test_more_than_the_sender_has_available_changes_neither_end() -> None:
    before = ends(Quantities(10, 3, 2), Quantities())
    short = refusal(before.after(TransferAct.SENT, 6, CAUSE, STAMP))
    assert (short.code, short.location, short.requested, short.available) == (
        RefusalCode.INSUFFICIENT_STOCK,
        "MAIN",
        6,
        5,
    )
    assert not any(level.changed for level in before)


def test_more_than_the_receiver_can_hold_changes_neither_end() -> None:
    before = ends(Quantities(10), Quantities(incoming=LEVEL_MAX - 3))
    much = refusal(before.after(TransferAct.SENT, 4, CAUSE, STAMP))
    assert (much.code, much.location) == (RefusalCode.LIMIT_EXCEEDED, "SHOP")
    assert not any(level.changed or level.entries for level in before)


def test_a_sender_that_is_full_takes_nothing_back() -> None:
    full = ends(Quantities(LEVEL_MAX), Quantities(incoming=4))
    refused = refusal(full.after(TransferAct.CANCELLED, 4, CAUSE, STAMP))
    assert (refused.code, refused.field, refused.location) == (RefusalCode.LIMIT_EXCEEDED, ("transferId",), "MAIN")


@pytest.mark.parametrize("act", [TransferAct.RECEIVED, TransferAct.CANCELLED])
def test_books_that_disagree_on_what_is_on_its_way_are_a_fault(act: TransferAct) -> None:
    with pytest.raises(RuntimeError, match="the books disagree"):
        ends(Quantities(1), Quantities(1, incoming=3)).after(act, 4, CAUSE, STAMP)


# ---------------------------------------------------------------- what is asked
def test_a_transfer_leads_to_another_location() -> None:
    circle = refusal(invalid_transfer(Route("TENT", "MAIN", "MAIN"), 1, None))
    assert (circle.code, circle.field) == (RefusalCode.INVALID_INPUT, ("toLocation",))


@pytest.mark.parametrize(
    ("route", "quantity", "reference", "field"),
    [
        (Route("", "A", "B"), 1, None, "sku"),
        (Route("T", " ", "B"), 1, None, "fromLocation"),
        (Route("T", "A", "b\0"), 1, None, "toLocation"),
        (Route("T", "A", "B"), 1, "", "reference"),
        (Route("T", "A", "B"), 0, None, "quantity"),
        (Route("T", "A", "B"), LEVEL_MAX + 1, None, "quantity"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(route: Route, quantity: int, reference: str | None, field: str) -> None:
    assert refusal(invalid_transfer(route, quantity, reference)).field == (field,)


def test_a_route_between_open_locations_is_usable() -> None:
    assert ROUTE.unusable(SITES) is None


@pytest.mark.parametrize(
    ("route", "code", "field"),
    [
        (Route("GHOST", "MAIN", "SHOP"), RefusalCode.UNKNOWN_SKU, "sku"),
        (Route("TENT", "NOWHERE", "SHOP"), RefusalCode.UNKNOWN_LOCATION, "fromLocation"),
        (Route("TENT", "MAIN", "NOWHERE"), RefusalCode.UNKNOWN_LOCATION, "toLocation"),
    ],
)
def test_what_does_not_exist_is_named_by_its_field(route: Route, code: RefusalCode, field: str) -> None:
    refused = refusal(route.unusable(SITES))
    assert (refused.code, refused.field) == (code, (field,))


@pytest.mark.parametrize(("code", "field"), [("MAIN", "fromLocation"), ("SHOP", "toLocation")])
def test_a_closed_location_neither_sends_nor_receives(code: str, field: str) -> None:
    shut = replace(SITES.locations[code], active=False)
    refused = refusal(ROUTE.unusable(replace(SITES, locations={**SITES.locations, code: shut})))
    assert (refused.code, refused.field) == (RefusalCode.LOCATION_INACTIVE, (field,))


def test_an_archived_item_goes_nowhere() -> None:
    archived = replace(SITES.items["TENT"], archived_at=NOON)
    refused = refusal(ROUTE.unusable(replace(SITES, items={"TENT": archived})))
    assert (refused.code, refused.field) == (RefusalCode.ITEM_ARCHIVED, ("sku",))
