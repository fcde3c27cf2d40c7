"""What is refused by path: in which status, with which code, naming which field."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.refusals import RefusalCode
from server.rest.problems import STATUSES
from tests.contract.by_path import NOBODYS, RESERVATIONS, Service, assert_problem, service
from tests.factories.shop import Shop, fresh
from tests.stack import eventually

KEY = "Idempotency-Key"


@pytest.fixture
def orders(shop: Shop) -> Service:
    return service(shop)


def test_every_code_of_a_refusal_has_its_status() -> None:
    assert set(STATUSES) == set(RefusalCode)


# ------------------------------------------------------------------ what cannot be reserved
@dataclass(frozen=True, slots=True)
class Case:
    """A right order made wrong: its items, or other fields."""

    status: int
    code: str
    at: str | None
    items: Any = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])


_ITEM = {"sku": "SKU", "quantity": 1}
MALFORMED = {
    "no items": Case(400, "BAD_USER_INPUT", "items", more={"items": None}),
    "empty items": Case(400, "BAD_USER_INPUT", "items", []),
    "too many items": Case(400, "BAD_USER_INPUT", "items", [_ITEM] * 1_001),
    "items no list": Case(400, "BAD_USER_INPUT", "items", {"sku": "SKU"}),
    "item no object": Case(400, "BAD_USER_INPUT", "items.0", ["SKU"]),
    "no quantity": Case(400, "BAD_USER_INPUT", "items.0.quantity", [{"sku": "SKU"}]),
    "half a unit": Case(400, "BAD_USER_INPUT", "items.0.quantity", [_ITEM | {"quantity": 1.5}]),
    "quantity in words": Case(400, "BAD_USER_INPUT", "items.0.quantity", [_ITEM | {"quantity": "1"}]),
    "quantity true": Case(400, "BAD_USER_INPUT", "items.0.quantity", [_ITEM | {"quantity": True}]),
    "quantity 2^64": Case(400, "BAD_USER_INPUT", "items.0.quantity", [_ITEM | {"quantity": 2**64}]),
    "quantity 2^63": Case(400, "INVALID_QUANTITY", "items.0.quantity", [_ITEM | {"quantity": 2**63}]),
    "quantity 0": Case(400, "INVALID_QUANTITY", "items.0.quantity", [_ITEM | {"quantity": 0}]),
    "quantity below 0": Case(400, "INVALID_QUANTITY", "items.1.quantity", [_ITEM, _ITEM | {"quantity": -1}]),
    "sku a number": Case(400, "BAD_USER_INPUT", "items.0.sku", [_ITEM | {"sku": 1}]),
    "sku empty": Case(400, "INVALID_INPUT", "items.0.sku", [_ITEM | {"sku": ""}]),
    "sku with NUL": Case(400, "INVALID_INPUT", "items.0.sku", [_ITEM | {"sku": "a\0"}]),
    "sku too long": Case(400, "INVALID_INPUT", "items.0.sku", [_ITEM | {"sku": "x" * 10_000}]),
    "product with NUL": Case(400, "BAD_USER_INPUT", "items.0.productId", [{"productId": "\0", "quantity": 1}]),
    "product empty": Case(400, "INVALID_INPUT", "items.0.productId", [{"productId": "", "quantity": 1}]),
    "unknown field of an item": Case(400, "BAD_USER_INPUT", "items.0.qty", [_ITEM | {"qty": 1}]),
    "unknown field": Case(400, "BAD_USER_INPUT", "ttl", more={"ttl": 1}),
    "no order": Case(400, "BAD_USER_INPUT", "orderId", more={"orderId": None}),
    "order blank": Case(400, "INVALID_INPUT", "orderId", more={"orderId": " "}),
    "policy unknown": Case(400, "BAD_USER_INPUT", "fulfillmentPolicy", more={"fulfillmentPolicy": "SOME"}),
    "policy in lower case": Case(400, "BAD_USER_INPUT", "fulfillmentPolicy", more={"fulfillmentPolicy": "partial"}),
    "strategy a list": Case(400, "BAD_USER_INPUT", "strategy", more={"strategy": ["PRIORITY"]}),
    "ttl 0": Case(400, "INVALID_INPUT", "ttlSeconds", more={"ttlSeconds": 0}),
    "ttl too long": Case(400, "INVALID_INPUT", "ttlSeconds", more={"ttlSeconds": 2**31}),
    "zone with control": Case(400, "INVALID_INPUT", "zone", more={"zone": "a\x1b"}),
    "unknown sku": Case(422, "UNKNOWN_SKU", "items.0.sku", [{"sku": "nowhere", "quantity": 1}]),
}


@pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED)
def test_an_order_that_cannot_be_meant_is_refused_at_its_field(orders: Service, case: Case) -> None:
    body = {"orderId": fresh("order"), "items": [_ITEM] if case.items is None else case.items, **case.more}
    assert_problem(orders.post(RESERVATIONS, body), case.status, case.code, case.at)


def test_all_that_is_wrong_is_told_at_once(orders: Service) -> None:
    answer = orders.ask("POST", RESERVATIONS, {"items": [{"sku": 1}, "x"], "ttlSeconds": "long", "more": 1})
    fields = [error["field"] for error in answer.body["errors"]]
    assert set(fields) == {"orderId", "items.0.sku", "items.0.quantity", "items.1", "ttlSeconds", "more", KEY}
    assert all(error["detail"] and error["code"] == "BAD_USER_INPUT" for error in answer.body["errors"])


def test_of_a_thousand_faults_a_hundred_are_told(orders: Service) -> None:
    answer = orders.reserve(*[{"sku": 1, "quantity": 1}] * 1_000)
    assert len(answer.body["errors"]) == 100


def test_what_is_not_there_is_told_with_how_many_there_are(shop: Shop, orders: Service) -> None:
    tent, lamp = shop.stocked(2), shop.stocked(10)
    answer = orders.reserve({"sku": lamp, "quantity": 1}, {"sku": tent, "quantity": 3})
    assert_problem(answer, 409, "INSUFFICIENT_STOCK", "items.1.quantity")
    assert answer.body["shortages"] == [{"sku": tent, "location": None, "requested": 3, "available": 2}]
    assert (answer.body["errors"][0]["requested"], answer.body["errors"][0]["available"]) == (3, 2)
    found = shop.level(lamp)
    assert found is not None
    assert found["quantityAllocated"] == 0


def test_things_that_may_not_be_promised(shop: Shop, orders: Service) -> None:
    sku, code = shop.stocked(5), shop.location()
    shop.manager.succeed("receiveStock", sku=sku, quantity=5, location=code)
    shop.admin.succeed("upsertLocation", code=code, active=False)
    item = {"sku": sku, "quantity": 1}
    assert_problem(orders.reserve(item | {"location": code}), 409, "LOCATION_INACTIVE", "items.0.location")
    assert_problem(orders.reserve(item | {"location": "nowhere"}), 422, "UNKNOWN_LOCATION", "items.0.location")
    shop.admin.succeed("upsertItem", sku=sku, archived=True)
    assert_problem(orders.reserve(item), 409, "ITEM_ARCHIVED", "items.0.sku")


def test_an_order_with_other_items_is_refused_while_it_stands(shop: Shop, orders: Service) -> None:
    sku, order = shop.stocked(10), fresh("order")
    made = orders.reserved(sku, 1, order=order)
    assert_problem(orders.reserve({"sku": sku, "quantity": 2}, order=order), 409, "ORDER_ALREADY_RESERVED", "orderId")
    orders.step(made, "release")
    assert orders.reserve({"sku": sku, "quantity": 2}, order=order).status == 201


# ------------------------------------------------------------------ steps that may not be taken
def test_a_step_from_a_state_that_does_not_allow_it_shows_the_reservation(shop: Shop, orders: Service) -> None:
    made = orders.reserved(shop.stocked(10), 2)
    shipped = orders.step(made, "commit").body
    for step in ("confirm", "release", "commit"):
        answer = orders.step(made, step)
        assert_problem(answer, 409, "ILLEGAL_TRANSITION")
        assert answer.body["reservation"] == shipped


def test_what_expired_is_not_confirmed(shop: Shop, orders: Service) -> None:
    made = orders.reserved(shop.stocked(10), 2, ttlSeconds=1)
    expires_at = datetime.fromisoformat(made["expiresAt"])
    eventually(lambda: datetime.now(UTC) > expires_at, "the reservation's time")
    assert_problem(orders.step(made, "confirm"), 409, "RESERVATION_EXPIRED")


LINES = {
    "more than is open": ([{"sku": "{sku}", "quantity": 3}], 400, "INVALID_QUANTITY", "items.0.quantity"),
    "twice": ([{"sku": "{sku}", "quantity": 1}] * 2, 400, "DUPLICATE_LINE", "items.1.sku"),
    "another sku": ([{"sku": "nowhere", "quantity": 1}], 422, "NOT_FOUND", "items.0.sku"),
    "another line": ([{"lineId": NOBODYS, "quantity": 1}], 422, "NOT_FOUND", "items.0.lineId"),
    "rubbish": ([{"lineId": "\0rubbish", "quantity": 1}], 422, "NOT_FOUND", "items.0.lineId"),
    "none": ([], 400, "BAD_USER_INPUT", "items"),
    "wrong types": ([{"lineId": 1, "quantity": 1}], 400, "BAD_USER_INPUT", "items.0.lineId"),
}


@pytest.mark.parametrize("step", ["commit", "release"])
@pytest.mark.parametrize("case", LINES)
def test_lines_that_cannot_be_meant_are_named(shop: Shop, orders: Service, step: str, case: str) -> None:
    items, status, code, at = LINES[case]
    sku = shop.stocked(10)
    made = orders.reserved(sku, 2)
    sent = [{name: sku if value == "{sku}" else value for name, value in item.items()} for item in items]
    assert_problem(orders.step(made, step, {"items": sent}), status, code, at)
    assert orders.read(f"{RESERVATIONS}/{made['reservationId']}") == made


def test_an_unknown_reason_is_told(shop: Shop, orders: Service) -> None:
    made = orders.reserved(shop.stocked(10), 2)
    answer = orders.step(made, "release", {"reasonCode": "no_such_reason"})
    assert_problem(answer, 422, "UNKNOWN_REASON_CODE", "reasonCode")


@pytest.mark.parametrize("id_", [NOBODYS, "nowhere", "UmVzZXJ2YXRpb246eA", "%00", "%F0%9F%99%82", "%2F"])
def test_a_reservation_that_is_not_there(orders: Service, id_: str) -> None:
    for step in ("confirm", "commit", "release"):
        answer = orders.step(id_, step)
        assert_problem(answer, 404, "NOT_FOUND", "reservationId")
    assert orders.get(f"{RESERVATIONS}/{id_}").status == 404


# ------------------------------------------------------------------ keys
def test_a_write_without_a_key_is_refused(shop: Shop, orders: Service) -> None:
    body = {"orderId": fresh("order"), "items": [{"sku": shop.stocked(1), "quantity": 1}]}
    assert_problem(orders.ask("POST", RESERVATIONS, body), 400, "BAD_USER_INPUT", KEY)
    made = orders.post(RESERVATIONS, body).body
    for step in ("confirm", "commit", "release"):
        path = f"{RESERVATIONS}/{made['reservationId']}/{step}"
        assert_problem(orders.ask("POST", path), 400, "BAD_USER_INPUT", KEY)


@pytest.mark.parametrize(
    ("path", "body", "named", "at"),
    [
        (RESERVATIONS, {"orderId": "A", "items": [{"sku": "B", "quantity": 1}]}, "idempotencyKey", "items.0.sku"),
        ("/api/inventory/audit", {"sku": "A", "quantity_counted": 1}, "idempotency_key", "sku"),
    ],
)
def test_who_gives_no_key_is_told_its_field_of_the_body_which_is_taken(
    shop: Shop, path: str, body: dict[str, Any], named: str, at: str
) -> None:
    caller = service(shop, "system" if path == RESERVATIONS else "manager")
    assert f"`{named}`" in caller.ask("POST", path, body).body["detail"]
    assert_problem(caller.ask("POST", path, body | {named: fresh("key")}), 422, "UNKNOWN_SKU", at)


def test_two_keys_for_one_request_are_refused(orders: Service) -> None:
    body = {"orderId": "A", "items": [{"sku": "B", "quantity": 1}], "idempotencyKey": "one"}
    assert_problem(orders.ask("POST", RESERVATIONS, body, idempotency_key="two"), 400, "BAD_USER_INPUT", KEY)


@pytest.mark.parametrize("key", ["", '""', "x" * 201, '"\u00e9"', "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(orders: Service, key: str) -> None:
    body = {"orderId": fresh("order"), "items": [{"sku": "B", "quantity": 1}]}
    content = json.dumps(body).encode()
    headers = [(b"authorization", f"Bearer {orders.token}".encode()), (b"content-type", b"application/json")]
    headers.append((KEY.lower().encode(), key.encode()))
    answer = orders.stack.http.post(f"{orders.stack.url}{RESERVATIONS}", content=content, headers=headers)
    code = "BAD_USER_INPUT" if not key.isascii() else "INVALID_INPUT"
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_key_with_another_request_is_422_and_shows_the_reservation(shop: Shop, orders: Service) -> None:
    made, key = orders.reserved(shop.stocked(10), 2), fresh("key")
    orders.step(made, "release", {"note": "one"}, key)
    answer = orders.step(made, "release", {"note": "two"}, key)
    assert_problem(answer, 422, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert answer.body["reservation"]["status"] == "RELEASED"
