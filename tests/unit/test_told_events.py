"""What an event of another system says: under every name that it may have, in every style of our sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.allocation import FulfillmentPolicy
from domain.refusals import Refusal, RefusalCode
from domain.strategies import AllocationStrategy
from services.fulfillment_events.names import FulfillmentEvent, event_named
from services.fulfillment_events.told import Told, ToldLine, read_told

CREATED = FulfillmentEvent.ORDER_CREATED
TENTS = ToldLine("TENT", None, None, 2)


def told(payload: dict[str, Any], event: FulfillmentEvent = CREATED) -> Told:
    outcome = read_told(event, "1", payload)
    assert isinstance(outcome, Told), outcome
    return outcome


def refusal(payload: dict[str, Any]) -> Refusal:
    outcome = read_told(CREATED, "1", payload)
    assert isinstance(outcome, Refusal), outcome
    return outcome


def line(**fields: Any) -> ToldLine:
    lines = told({"orderId": "O-1", "items": [fields]}).lines
    assert lines is not None
    return lines[0]


def test_there_are_the_twelve_events_that_our_sources_name() -> None:
    assert {event.value for event in FulfillmentEvent} == {
        *("InventoryAllocationRequested", "OrderCreated", "ItemPicked", "FulfillmentConfirmed", "ShipmentCreated"),
        *("ShipmentCancelled", "OrderCancelled", "OrderFailed", "PaymentSucceeded", "PaymentFailed"),
        *("ItemReturned", "OrderDelivered"),
    }


@pytest.mark.parametrize("event", FulfillmentEvent)
@pytest.mark.parametrize(
    "name",
    [
        "{}",
        "I{}",
        "{}Event",
        "I{}Event",
        "com.shop.orders.{}Event",
        "urn:message:Shop.Contracts:I{}",
        "Shop+{}",
        "a/{}",
    ],
)
def test_an_event_is_known_by_its_name_with_prefix_suffix_and_namespace(event: FulfillmentEvent, name: str) -> None:
    assert event_named(name.format(event.value)) is event


@pytest.mark.parametrize(
    "name", ["", "Order", "ordercreated", "IIOrderCreated", "OrderCreatedEvents", "OrderCreated.v2"]
)
def test_other_names_are_no_event_of_ours(name: str) -> None:
    assert event_named(name) is None


@pytest.mark.parametrize("order", ["orderId", "order_id", "OrderId", "ORDER_ID", "order"])
def test_the_order_is_found_in_every_style(order: str) -> None:
    assert told({order: "O-1"}).order_id == "O-1"


@pytest.mark.parametrize("lines", ["items", "lines", "Items", "orderItems", "order_lines", "line-items"])
def test_lines_are_found_in_every_style(lines: str) -> None:
    assert told({"orderId": "O-1", lines: [{"sku": "TENT", "quantity": 2}]}).lines == (TENTS,)


@pytest.mark.parametrize("sku", ["sku", "SKU", "productSku", "product_sku", "ItemSku"])
@pytest.mark.parametrize("quantity", ["quantity", "Quantity", "qty", "units"])
def test_a_line_is_read_in_every_style(sku: str, quantity: str) -> None:
    assert line(**{sku: "TENT", quantity: 2}) == TENTS


@pytest.mark.parametrize("product", ["productId", "product_id", "ProductId", "product"])
def test_a_line_may_name_a_product_of_the_catalog(product: str) -> None:
    assert line(**{product: "P-1", "quantity": 2}) == ToldLine(None, "P-1", None, 2)


@pytest.mark.parametrize(
    "payload",
    [
        {"data": {"orderId": "O-1", "items": [{"sku": "TENT", "quantity": 2}]}},
        {"payload": {"order_id": "O-1", "items": [{"sku": "TENT", "quantity": 2}]}, "data": None},
        {"order": {"id": "O-1", "items": [{"sku": "TENT", "quantity": 2}]}},
        {"data": {"order": {"id": "O-1"}, "items": [{"sku": "TENT", "quantity": 2}]}},
        {"orderId": "O-1", "sku": "TENT", "quantity": 2},
    ],
)
def test_an_event_may_be_wrapped_or_be_its_only_line(payload: dict[str, Any]) -> None:
    assert told(payload) == Told(CREATED, "1", "O-1", (TENTS,))


def test_numbers_are_ids_too() -> None:
    assert told({"orderId": 4711}).order_id == "4711"
    assert line(productId=12, quantity=1) == ToldLine(None, "12", None, 1)


@pytest.mark.parametrize(
    "field", ["location", "locationCode", "location_id", "warehouse", "warehouseId", "WarehouseCode"]
)
def test_a_line_names_its_location(field: str) -> None:
    assert line(sku="TENT", quantity=2, **{field: "A"}).location == "A"
    assert line(sku="TENT", quantity=2, **{field: {"code": "A"}}).location == "A"


def test_a_warehouse_of_all_lines_is_that_of_those_that_name_none() -> None:
    items = [{"sku": "TENT", "quantity": 2}, {"sku": "TENT", "quantity": 1, "location": "B"}]
    lines = told({"orderId": "O-1", "warehouseId": "A", "location": "Berlin", "items": items}).lines
    assert lines == (ToldLine("TENT", None, "A", 2), ToldLine("TENT", None, "B", 1))


def test_an_order_says_how_it_wants_to_be_served() -> None:
    asked = {"fulfillmentPolicy": "backorder", "allocation_strategy": "most-stock", "zone": "north"}
    more = {"channel": "web", "ttlSeconds": 60, "occurredAt": "2026-05-04T14:00:00+02:00"}
    assert told({"orderId": "O-1", "sku": "TENT", "quantity": 2, **asked, **more}) == Told(
        *(
            CREATED,
            "1",
            "O-1",
            (TENTS,),
            FulfillmentPolicy.BACKORDER,
            AllocationStrategy.MOST_STOCK,
            "north",
            "web",
            60,
        ),
        datetime(2026, 5, 4, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize("listed", [{}, {"items": None}, {"items": []}])
def test_no_lines_are_none(listed: dict[str, Any]) -> None:
    assert told({"orderId": "O-1", **listed}).lines is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-04T12:00:00Z", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("2026-05-04T12:00:00.123456789Z", datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-05-04T12:00:00", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        (1777896000, None),
    ],
)
def test_a_time_that_makes_no_sense_is_passed_over(text: Any, at: datetime | None) -> None:
    assert told({"orderId": "O-1", "occurredAt": text}).occurred_at == at


@pytest.mark.parametrize(
    ("payload", "code", "field"),
    [
        ({}, "INVALID_INPUT", "orderId"),
        ({"orderId": ""}, "INVALID_INPUT", "orderId"),
        ({"orderId": " "}, "INVALID_INPUT", "orderId"),
        ({"orderId": "O\u0000"}, "INVALID_INPUT", "orderId"),
        ({"orderId": "O" * 201}, "INVALID_INPUT", "orderId"),
        ({"orderId": True}, "INVALID_INPUT", "orderId"),
        ({"orderId": ["O-1"]}, "INVALID_INPUT", "orderId"),
        ({"orderId": 1.5}, "INVALID_INPUT", "orderId"),
        ({"orderId": "O-1", "items": "TENT"}, "INVALID_INPUT", "items"),
        ({"orderId": "O-1", "items": {"TENT": 1}}, "INVALID_INPUT", "items"),
        ({"orderId": "O-1", "items": ["TENT"]}, "INVALID_INPUT", "items.0"),
        ({"orderId": "O-1", "items": [{"quantity": 1}]}, "INVALID_INPUT", "items.0.sku"),
        ({"orderId": "O-1", "items": [{"sku": 1.5, "quantity": 1}]}, "INVALID_INPUT", "items.0.sku"),
        ({"orderId": "O-1", "items": [{"productId": "P\u0000", "quantity": 1}]}, "INVALID_INPUT", "items.0.productId"),
        ({"orderId": "O-1", "sku": "TENT"}, "INVALID_QUANTITY", "quantity"),
        (
            {"OrderId": "O-1", "line_items": [{"productSku": "TENT", "Qty": "2"}]},
            "INVALID_QUANTITY",
            "line_items.0.Qty",
        ),
        ({"orderId": "O-1", "fulfillmentPolicy": "SOME"}, "INVALID_INPUT", "fulfillmentPolicy"),
        ({"orderId": "O-1", "strategy": 7}, "INVALID_INPUT", "strategy"),
        ({"orderId": "O-1", "ttlSeconds": "long"}, "INVALID_INPUT", "ttlSeconds"),
    ],
)
def test_what_cannot_be_meant_is_named(payload: dict[str, Any], code: str, field: str) -> None:
    found = refusal(payload)
    assert (found.code, ".".join(found.field)) == (RefusalCode(code), field)


@pytest.mark.parametrize("quantity", ["2", 1.5, True, [], {}, float("nan"), float("inf"), "x" * 999])
def test_a_quantity_is_a_whole_number(quantity: Any) -> None:
    found = refusal({"orderId": "O-1", "items": [{"sku": "A", "quantity": 1}, {"sku": "TENT", "quantity": quantity}]})
    assert (found.code, found.field) == (RefusalCode.INVALID_QUANTITY, ("items", "1", "quantity"))
    assert "give a whole number" in found.message
    assert len(found.message) < 200


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"items": [{"SKU": "TENT", "qty": 2}]}, "items.0.qty"),
        ({"data": {"orderLines": [{"sku": "TENT", "units": 2}]}}, "orderLines.0.units"),
        ({"lines": [{"sku": "TENT", "quantity": 2}]}, "lines.0.quantity"),
        ({"sku": "TENT", "Quantity": 2}, "Quantity"),
    ],
)
def test_what_is_refused_later_is_named_as_the_sender_names_it(payload: dict[str, Any], field: str) -> None:
    ours = Refusal(RefusalCode.INVALID_QUANTITY, "Too many.", ("lines", "0", "quantity"))
    [named] = told({"orderId": "O-1", **payload}).as_told([ours])
    assert ".".join(named.field) == field


def test_what_an_event_does_not_need_is_passed_over() -> None:
    odd = {"items": "all", "strategy": 7, "ttlSeconds": "long", "channel": ["web"]}
    assert told({"orderId": "O-1", **odd}, FulfillmentEvent.ORDER_CANCELLED).lines is None
    assert told({"orderId": "O-1", **odd, "items": []}, FulfillmentEvent.SHIPMENT_CREATED).channel is None


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert line(sku="TENT", quantity=2.0) == TENTS
