"""What an event of another system does in each state of its order: as docs/consumed-events.md says it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.reservations import ReservationStatus
from services.decisions import CALLED_OFF, NO_EFFECT, RECORDED
from services.fulfillment_events.names import FulfillmentEvent
from services.settlement import expire_reservation
from subscriptions.consumers.intake import Fortune, Outcome
from tests.fakes.fulfillment import MANAGER, TTL, Fulfillment, a_message, an_item

DOCUMENT = Path(__file__).parents[2] / "docs" / "consumed-events.md"
ROWS = [
    [cell.strip(" `") for cell in line.strip("| ").split(" | ")]
    for line in DOCUMENT.read_text().splitlines()
    if re.match(r"\| (event \| none|`\w+` \| [\w ]+ \| [\w ]+ \| [\w ]+ \|)", line)
]
STATES = ROWS[0][1:]
CELLS = [(row[0], state, cell) for row in ROWS[1:] for state, cell in zip(STATES, row[1:], strict=True)]
BACKORDERED: dict[str, Any] = {"quantity": 20, "fulfillmentPolicy": "BACKORDER"}


async def expired(shop: Fulfillment) -> None:
    await shop.order()
    shop.now += TTL
    await expire_reservation(shop.reservation().id, MANAGER, shop.commits)


async def released(shop: Fulfillment) -> None:
    await shop.order()
    await shop.release()


async def overdue(shop: Fulfillment) -> None:
    await shop.order()
    shop.now += TTL


async def paid(shop: Fulfillment) -> None:
    await shop.order()
    await shop.tell("PaymentSucceeded")


async def shipped(shop: Fulfillment) -> None:
    await shop.order()
    await shop.tell("FulfillmentConfirmed")


async def none(shop: Fulfillment) -> None:
    """Nothing is known of the order."""


SETUPS: dict[str, Callable[[Fulfillment], Awaitable[object]]] = {
    "none": none,
    "called off": lambda shop: shop.tell("OrderCancelled"),
    "PENDING": lambda shop: shop.order(),
    "overdue": overdue,
    "CONFIRMED": paid,
    "BACKORDERED": lambda shop: shop.order(**BACKORDERED),
    "COMMITTED": shipped,
    "RELEASED": released,
    "EXPIRED": expired,
    "FAILED": lambda shop: shop.order(quantity=99),
}


def lines(event: str, state: str) -> dict[str, Any]:
    """Of an order the same lines again; of a pick or a return two tents."""
    if event in ("OrderCreated", "InventoryAllocationRequested"):
        asked = BACKORDERED if state == "BACKORDERED" else {"quantity": 5}
        return {"items": [{"sku": "TENT", "quantity": asked["quantity"]}], **asked}
    return {"items": [{"sku": "TENT", "quantity": 2, "location": "A"}]} if event.startswith("Item") else {}


def totals(shop: Fulfillment) -> tuple[int, int, set[Any], bool]:
    """On hand, allocated, the reservations that stand, whether one of them is paid for."""
    levels, made = shop.books().levels.values(), shop.books().reservations.values()
    standing = {each.id for each in made if each.standing}
    paid = any(each.standing and each.confirmed for each in made)
    return sum(each.on_hand for each in levels), sum(each.allocated for each in levels), standing, paid


def effect(before: tuple[int, int, set[Any], bool], after: tuple[int, int, set[Any], bool]) -> str | None:
    if after[2] - before[2]:
        return "reserves"
    if after[0] != before[0]:
        return "ships" if after[0] < before[0] else "puts back"
    if after[1] < before[1]:
        return "gives back"
    return "confirms" if after[3] and not before[3] else None


def word(outcome: Outcome, effect: str | None) -> str:
    if outcome.fortune is not Fortune.TAKEN:
        assert effect is None
        return {Fortune.EARLY: "waits", Fortune.DEAD: "dead letter"}[outcome.fortune]
    return effect or {NO_EFFECT: "nothing", RECORDED: "recorded", CALLED_OFF: "recorded"}.get(
        outcome.told, outcome.told
    )


def test_the_table_tells_of_every_event_in_every_state() -> None:
    assert {event for event, _, _ in CELLS} == {event.value for event in FulfillmentEvent}
    assert list(SETUPS) == STATES
    assert {status for status in STATES if status.isupper()} == {*ReservationStatus} - {ReservationStatus.REQUESTED}


@pytest.mark.parametrize(("event", "state", "does"), CELLS)
async def test_an_event_does_what_the_table_says(event: str, state: str, does: str) -> None:
    shop = Fulfillment()
    await SETUPS[state](shop)
    kept, before = len(shop.outcomes()), totals(shop)

    outcome = await shop.tell(event, **lines(event, state))

    assert word(outcome, effect(before, totals(shop))) == does
    assert len(shop.outcomes()) == kept + (outcome.fortune is Fortune.TAKEN)
    if outcome.fortune is Fortune.TAKEN:
        assert shop.outcomes()[-1] == outcome.told


@pytest.mark.parametrize("event", FulfillmentEvent)
async def test_one_event_three_times_has_one_effect(event: FulfillmentEvent) -> None:
    shop = Fulfillment()
    if event not in (FulfillmentEvent.ORDER_CREATED, FulfillmentEvent.INVENTORY_ALLOCATION_REQUESTED):
        await shop.order()
    again = {"headers": {"id": "e-1"}, **lines(event.value, "PENDING")}
    await shop.tell(event.value, **again)
    after, told = totals(shop), len(shop.books().events)

    for _ in range(2):
        assert (await shop.tell(event.value, **again)).told == "REPEATED"

    assert (totals(shop), len(shop.books().events)) == (after, told)


async def test_one_id_of_two_events_tells_of_two_things() -> None:
    shop = Fulfillment()
    await shop.order(headers={"id": "1"})
    assert (await shop.tell("PaymentSucceeded", headers={"id": "1"})).told == "APPLIED"


async def test_an_order_that_cannot_be_served_is_kept_as_failed_and_told() -> None:
    shop = Fulfillment()
    outcome = await shop.order(quantity=99)
    failed = shop.reservation()
    assert (outcome.fortune, outcome.told) == (Fortune.TAKEN, "INSUFFICIENT_STOCK")
    assert (failed.status, failed.failure) == (ReservationStatus.FAILED, "INSUFFICIENT_STOCK")
    assert [(each.sku, each.requested, each.available) for each in failed.shortages] == [("TENT", 99, 13)]
    assert [event.type for event in shop.books().events] == ["InventoryReservationFailed"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"sku": "UNKNOWN", "quantity": 1}, "UNKNOWN_SKU"),
        ({"productId": "P-UNKNOWN", "quantity": 1}, "UNKNOWN_SKU"),
        ({"sku": "TENT", "quantity": 1, "warehouse": "NOWHERE"}, "UNKNOWN_LOCATION"),
    ],
)
async def test_an_order_of_what_is_not_there_is_kept_as_failed(line: dict[str, Any], code: str) -> None:
    shop = Fulfillment()
    assert (await shop.tell("OrderCreated", items=[line])).told == code
    assert shop.reservation().failure == code


async def test_other_lines_of_an_order_that_stands_are_refused_and_recorded() -> None:
    shop = Fulfillment()
    await shop.order()
    assert (await shop.order(quantity=6)).told == "ORDER_ALREADY_RESERVED"
    assert shop.allocated() == 5


async def test_the_order_says_how_it_is_served() -> None:
    shop = Fulfillment()
    asked = {"fulfillmentPolicy": "PARTIAL", "strategy": "MOST_STOCK", "channel": "web", "ttlSeconds": 60}
    await shop.order(quantity=99, **asked)
    reservation = shop.reservation()
    assert sum(moved.units for moved in reservation.held) == 13
    assert (reservation.order.channel, reservation.expires_at) == ("web", shop.now + timedelta(seconds=60))


async def test_a_product_with_one_item_is_that_item_and_a_sku_goes_first() -> None:
    shop = Fulfillment()
    await shop.tell(
        "OrderCreated", items=[{"productId": "P-STOVE", "quantity": 1}, {"productId": "TENT", "quantity": 2}]
    )
    assert {(sku, units) for sku, _, units in shop.reservation().held} == {("STOVE", 1), ("TENT", 2)}


async def test_an_event_that_was_taken_stays_so_when_its_product_has_a_second_item() -> None:
    shop = Fulfillment()
    message = a_message({"orderId": "O-1", "type": "OrderCreated", "productId": "P-STOVE", "quantity": 2})
    assert (await shop.take(message)).told == "APPLIED"
    shop.reads.all_items.append(an_item("STOVE-XL", "P-STOVE"))
    again = await shop.take(message)
    assert (again.fortune, again.told, shop.allocated("STOVE")) == (Fortune.TAKEN, "REPEATED", 2)
    assert (await shop.tell("OrderCreated", "O-2", productId="P-STOVE", quantity=2)).fortune is Fortune.DEAD


async def test_a_product_with_several_items_is_a_dead_letter_that_names_the_line() -> None:
    shop = Fulfillment()
    items = [{"sku": "TENT", "quantity": 1}, {"productId": "P-TENT", "quantity": 1}]
    outcome = await shop.tell("OrderCreated", items=items)
    assert outcome.fortune is Fortune.DEAD
    assert outcome.reason.startswith("INVALID_INPUT items.1.productId: productId 'P-TENT' is sold as 2 items")


@pytest.mark.parametrize(
    ("event", "body", "reason"),
    [
        ("OrderCreated", {}, "INVALID_INPUT lines"),
        ("OrderCreated", {"items": [{"sku": "TENT", "quantity": 0}]}, "INVALID_QUANTITY items.0.quantity"),
        ("OrderCreated", {"items": [{"sku": "TENT", "quantity": 1e300}]}, "INVALID_QUANTITY items.0.quantity"),
        ("OrderCreated", {"items": [{"sku": "", "quantity": 1}]}, "INVALID_INPUT items.0.sku"),
        ("OrderCreated", {"sku": "TENT", "quantity": 1, "ttlSeconds": 0}, "INVALID_INPUT ttlSeconds"),
        ("OrderCreated", {"items": [{"sku": "TENT", "quantity": 1}] * 1001}, "LIMIT_EXCEEDED items"),
        ("ItemPicked", {}, "INVALID_INPUT lines"),
        ("ItemPicked", {"sku": "TENT", "quantity": -1}, "INVALID_QUANTITY quantity"),
        ("ShipmentCreated", {"items": [{"sku": "TENT", "quantity": 0}]}, "INVALID_QUANTITY items.0.quantity"),
        ("ItemReturned", {}, "INVALID_INPUT lines"),
        ("ItemReturned", {"sku": "TENT", "quantity": 0}, "INVALID_QUANTITY quantity"),
        ("ItemReturned", {"sku": "UNKNOWN", "quantity": 1}, "UNKNOWN_SKU sku"),
        ("ItemReturned", {"sku": "TENT", "quantity": 1}, "LOCATION_REQUIRED location"),
        ("Rained", {}, "INVALID_INPUT type"),
    ],
)
async def test_what_can_never_be_done_is_a_dead_letter_and_not_recorded(
    event: str, body: dict[str, Any], reason: str
) -> None:
    shop = Fulfillment()
    outcome = await shop.tell(event, **body)
    assert outcome.fortune is Fortune.DEAD
    assert outcome.reason.startswith(f"{reason}: ")
    assert shop.outcomes() == []


async def test_a_pick_and_a_shipment_of_the_same_goods_count_once_and_shipments_add_up() -> None:
    shop = Fulfillment()
    await shop.order()
    three: dict[str, Any] = {"items": [{"sku": "TENT", "quantity": 3}]}
    two: dict[str, Any] = {"items": [{"sku": "TENT", "quantity": 2}]}
    told = [(await shop.tell("ItemPicked", **three)).told, (await shop.tell("ShipmentCreated", **three)).told]
    assert (told, shop.on_hand(), shop.allocated()) == (["APPLIED", "NO_EFFECT"], 6, 2)
    assert (await shop.tell("ShipmentCreated", **two)).told == "APPLIED"
    assert (await shop.tell("ItemPicked", **two)).told == "NO_EFFECT"
    assert (shop.on_hand(), shop.allocated(), shop.reservation().status) == (4, 0, ReservationStatus.COMMITTED)


async def test_more_than_there_is_of_a_line_is_a_dead_letter_and_ships_nothing() -> None:
    shop = Fulfillment()
    await shop.order()
    items = [{"sku": "TENT", "quantity": 3}, {"sku": "TENT", "quantity": 3}]
    outcome = await shop.tell("ShipmentCreated", items=items)
    assert outcome.fortune is Fortune.DEAD
    assert outcome.reason == "INVALID_QUANTITY items.1.quantity: quantity is 3: 2 of 'TENT' can have left."
    assert shop.on_hand() == 9


async def test_goods_that_still_wait_for_stock_cannot_have_left_yet() -> None:
    shop = Fulfillment()
    await shop.tell("OrderCreated", items=[{"sku": "STOVE", "quantity": 7}], fulfillmentPolicy="BACKORDER")
    assert (await shop.tell("ItemPicked", sku="STOVE", quantity=6)).fortune is Fortune.EARLY
    assert (await shop.tell("ItemPicked", sku="STOVE", quantity=8)).fortune is Fortune.DEAD
    assert (await shop.tell("ItemReturned", sku="STOVE", quantity=2)).told == "APPLIED"  # serves who waits
    assert (await shop.tell("ItemPicked", sku="STOVE", quantity=6)).told == "APPLIED"


async def test_what_is_wholly_awaited_cannot_be_confirmed_shipped() -> None:
    shop = Fulfillment()
    await shop.order("O-0", quantity=13)
    await shop.order(quantity=5, fulfillmentPolicy="BACKORDER")
    assert (await shop.tell("FulfillmentConfirmed")).fortune is Fortune.EARLY


async def test_lines_of_a_shipment_that_the_order_has_not_are_named() -> None:
    shop = Fulfillment()
    await shop.order()
    items = [{"sku": "STOVE", "quantity": 1}, {"sku": "TENT", "quantity": 1, "location": "B"}]
    outcome = await shop.tell("ShipmentCreated", items=items)
    assert outcome.fortune is Fortune.DEAD
    assert "NOT_FOUND items.0.sku" in outcome.reason and "no line of 'TENT' at 'B'" in outcome.reason


async def test_goods_come_back_under_the_orders_name() -> None:
    shop = Fulfillment()
    await shop.tell(
        "ItemReturned", items=[{"sku": "TENT", "quantity": 2, "warehouse": "B"}, {"productId": "STOVE", "qty": 1}]
    )
    entries = [(place, entry.kind, entry.cause.reference, entry.cause.actor) for place, entry in shop.books().entries]
    assert sorted(entries) == [
        (("STOVE", "A"), "RETURN", "O-1", "topic:shop.v1"),
        (("TENT", "B"), "RETURN", "O-1", "topic:shop.v1"),
    ]


async def test_a_change_happened_when_the_event_says_but_never_in_the_future() -> None:
    shop = Fulfillment()
    await shop.order(occurredAt="2026-05-03T08:00:00Z")
    await shop.tell("FulfillmentConfirmed", occurredAt="2026-05-09T08:00:00Z")
    assert [entry.stamp.occurred_at.day for _, entry in shop.books().entries] == [3, 4]


async def test_an_unknown_tenant_is_a_dead_letter() -> None:
    shop = Fulfillment()
    outcome = await shop.tell("OrderDelivered", headers={"tenant": "nobody"})
    assert (outcome.fortune, outcome.reason.split(":")[0]) == (Fortune.DEAD, "NOT_FOUND tenant")


async def test_an_order_and_its_end_in_one_batch_end_as_they_do_one_by_one() -> None:
    """Whoever waits for the same transaction sees what those before it have decided."""
    shop = Fulfillment()
    first = asyncio.ensure_future(shop.order("O-0"))
    await asyncio.sleep(0)
    told = await asyncio.gather(
        first, shop.tell("OrderCancelled"), shop.order(), shop.tell("PaymentSucceeded"), shop.order("O-2", quantity=99)
    )
    assert [each.told for each in told[1:4]] == ["CALLED_OFF", "ILLEGAL_TRANSITION", "ILLEGAL_TRANSITION"]
