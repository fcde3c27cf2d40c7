"""Messages of other systems: whose event they are, which one, in which lane; from headers, body and settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.identity import tenant_id
from services.fulfillment_events.names import FulfillmentEvent
from services.parking import Message
from subscriptions.consumers.reading import Reading, Unreadable, read
from subscriptions.consumers.topics import ConsumedTopic, parse_topics
from tests.fakes.fulfillment import a_message

EVERY = ConsumedTopic("shop.v1", tenant="acme")
ORDERS = ConsumedTopic("shop.v1", frozenset({FulfillmentEvent.ORDER_CREATED}), "acme")
BODY = {"orderId": "O-1", "type": "OrderCancelled"}
NAMELESS = {"orderId": "O-1"}


def reading(message: Message, topic: ConsumedTopic = EVERY) -> Reading:
    found = read(message, topic)
    assert isinstance(found, Reading), found
    return found


def unreadable(message: Message, topic: ConsumedTopic = EVERY) -> tuple[str, str]:
    """The field at fault, and why."""
    found = read(message, topic)
    assert isinstance(found, Unreadable), found
    [refusal] = found.refusals
    return ".".join(refusal.field), refusal.message


@pytest.mark.parametrize(
    "header", ["type", "Type", "eventType", "event-type", "event_type", "ce_type", "message-type", "__TypeId__"]
)
def test_a_header_says_which_event_it_is(header: str) -> None:
    found = reading(a_message(NAMELESS, {header: "com.shop.PaymentFailedEvent"}))
    assert found.told.event is FulfillmentEvent.PAYMENT_FAILED


@pytest.mark.parametrize("field", ["type", "eventType", "event_type", "event", "eventName"])
def test_else_the_body_says_it(field: str) -> None:
    assert reading(a_message({**NAMELESS, field: "IOrderFailed"})).told.event is FulfillmentEvent.ORDER_FAILED


def test_a_header_goes_before_the_body_if_it_names_an_event() -> None:
    assert reading(a_message(BODY, {"type": "PaymentFailed"})).told.event is FulfillmentEvent.PAYMENT_FAILED
    assert reading(a_message(BODY, {"type": "application/json"})).told.event is FulfillmentEvent.ORDER_CANCELLED


def test_a_topic_of_one_event_needs_no_name() -> None:
    assert reading(a_message(NAMELESS), ORDERS).told.event is FulfillmentEvent.ORDER_CREATED
    assert unreadable(a_message(NAMELESS))[0] == "type"


@pytest.mark.parametrize("type_", ["OrderCancelled", "Rained", "x" * 9_999])
def test_an_event_that_is_not_expected_on_its_topic_is_not_taken_for_the_one_that_is(type_: str) -> None:
    field, why = unreadable(a_message({**NAMELESS, "type": type_}), ORDERS)
    assert field == "type"
    assert why.endswith("shop.v1 carries OrderCreated.")
    assert len(why) < 200


def test_a_topic_may_carry_what_is_nothing_to_us() -> None:
    [topic] = parse_topics("shop.v1=OrderCreated;others=skip")
    found = read(a_message({"type": "Rained"}), topic)
    assert isinstance(found, Unreadable) and found.skipped
    found = read(a_message(b"{", {"type": "OrderCreated"}), topic)
    assert isinstance(found, Unreadable) and not found.skipped


@pytest.mark.parametrize("header", ["tenant", "Tenant-Id", "tenantId", "tenant_id", "x-tenant", "ce_tenant"])
def test_a_header_says_whose_it_is_by_short_name_or_id(header: str) -> None:
    for name in ("globex", str(tenant_id("globex"))):
        assert reading(a_message(BODY, {header: name})).lane.tenant == tenant_id("globex")


def test_else_the_topic_says_it_and_somebody_must() -> None:
    assert reading(a_message(BODY)).lane.tenant == tenant_id("acme")
    field, why = unreadable(a_message(BODY), ConsumedTopic("shop.v1"))
    assert (field, "CONSUMED_TOPICS" in why) == ("tenant", True)


@pytest.mark.parametrize("header", ["id", "event-id", "eventId", "ce_id", "message_id"])
def test_a_header_tells_an_event_apart_from_others_of_its_type(header: str) -> None:
    assert reading(a_message(BODY, {header: " e-1 "}, 7)).told.id == "OrderCancelled/e-1"


def test_else_its_place_does_on_its_topic_and_as_long_as_the_topic_is_the_same() -> None:
    places = [
        reading(a_message(BODY, offset=offset, topic=topic, partition=partition, sent_at_ms=sent_at_ms)).told.id
        for topic in ("shop.v1", "shop.v2")
        for partition in (0, 1)
        for offset in (0, 1)
        for sent_at_ms in (5, 6)
    ]
    assert len(set(places)) == 16


@pytest.mark.parametrize("id_", ["x" * 201, "a\u0000b"])
def test_an_id_that_cannot_be_kept_is_named(id_: str) -> None:
    assert unreadable(a_message(BODY, {"id": id_}))[0] == "id"


@pytest.mark.parametrize("name", ["occurredAt", "occurred_at", "OccurredOn"])
@pytest.mark.parametrize("nested", [False, True])
def test_the_time_of_a_header_goes_before_that_of_the_body_if_it_is_one(name: str, nested: bool) -> None:
    time = {name: "2026-05-03T12:00:00Z"}
    body = BODY | ({"data": time} if nested else time)
    days = {header: _day(body, header) for header in ("2026-05-04T12:00:00Z", "yesterday", "")}
    assert days == {"2026-05-04T12:00:00Z": "2026-05-04", "yesterday": "2026-05-03", "": "2026-05-03"}
    assert _day(BODY, "2026-05-04T12:00:00Z") == "2026-05-04"


def _day(body: object, header: str) -> str:
    return str(reading(a_message(body, {"ce_time": header})).told.occurred_at)[:10]


@pytest.mark.parametrize(
    ("key", "lane"),
    [
        (None, "O-1"),
        (b"", "O-1"),
        (b"K", "K"),
        (b"\xff\x00", "0xff00"),
        (b"a\x00", "0x6100"),
        (b"k" * 600, "0x" + "6b" * 249),
    ],
)
def test_order_is_kept_by_the_key_and_without_one_by_the_order(key: bytes | None, lane: str) -> None:
    found = reading(a_message(BODY, key=key))
    assert found.lane == (UUID(str(tenant_id("acme"))), "shop.v1", lane)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b"\x00\x00\x00\x00\x01{}",
        b"[" * 100_000,
        b'{"a":1e999}',
    ],
)
def test_what_is_no_object_of_an_order_is_unreadable(value: bytes | None) -> None:
    message = Message("shop.v1", 0, 0, 0, None, value, (("type", b"OrderCreated"),))
    assert isinstance(read(message, EVERY), Unreadable)


@pytest.mark.parametrize("headers", [((("type"), b"\xff"),), (("tenant", b"\xff"), ("type", b"OrderCreated"))])
def test_a_header_that_is_no_text_is_named(headers: Any) -> None:
    found = read(Message("shop.v1", 0, 0, 0, None, b'{"orderId":"O-1"}', headers), EVERY)
    assert isinstance(found, Unreadable) and "no UTF-8" in found.refusals[0].message


def test_a_header_without_a_value_says_nothing() -> None:
    headers = (("type", None), ("id", None), ("tenant", b""))
    message = Message("shop.v1", 0, 3, 5, None, b'{"orderId":"O-1","type":"OrderFailed"}', headers)
    assert reading(message).told.id == "shop.v1/0/3@5"


def test_topics_are_named_with_their_events_and_options() -> None:
    orders, payments, all_ = parse_topics(
        "orders.v1 = OrderPlaced:OrderCreated | IOrderCancelledEvent ; tenant=acme, "
        "payments=PaymentFailed;others=skip, x"
    )
    assert orders.events == {FulfillmentEvent.ORDER_CREATED, FulfillmentEvent.ORDER_CANCELLED}
    assert (orders.name, orders.tenant, orders.skips_others) == ("orders.v1", "acme", False)
    assert orders.event_named("OrderPlaced") is FulfillmentEvent.ORDER_CREATED
    assert orders.event_named("OrderCancelled") is FulfillmentEvent.ORDER_CANCELLED
    assert orders.event_named("PaymentFailed") is None
    assert (payments.only, payments.skips_others) == (FulfillmentEvent.PAYMENT_FAILED, True)
    assert (all_.events, all_.only, all_.tenant) == (frozenset(FulfillmentEvent), None, None)
    assert parse_topics("") == parse_topics(" , ") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("=OrderCreated", "names no topic"),
        ("orders v1", "names no topic"),
        ("x" * 250, "names no topic"),
        ("orders=Ordered", "expects 'Ordered' on orders, which we do not know: give InventoryAllocationRequested, "),
        ("orders=:OrderCreated", "expects ':OrderCreated'"),
        ("orders=A:B", "expects 'A:B'"),
        ("orders=OrderCreated||OrderFailed", "expects ''"),
        ("orders;tenant=", "the option 'tenant='"),
        ("orders;others=drop", "the option 'others=drop'"),
        ("orders;owner=x", "it may be tenant=NAME or others=skip"),
        ("a,b,a", "names the topic 'a' twice"),
    ],
)
def test_a_malformed_setting_says_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"^(names|expects|gives) ") as told:
        parse_topics(text)
    assert why in str(told.value)
