"""Reservations by path: what an order service does with them, and that GraphQL sees the same."""

import asyncio
from typing import Any

import httpx2
import pytest

from schema.ids import global_id, read_global_id
from tests.contract.by_path import RESERVATIONS, Service, service
from tests.factories.shop import Shop, fresh

AT_ONCE = 30
RESERVE = """
mutation ($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    reservation { id orderId status lines { id sku quantityAllocated } } userErrors { code }
  }
}
"""
LOOK = "query ($id: ID!) { reservation(id: $id) { id status version } }"


@pytest.fixture
def orders(shop: Shop) -> Service:
    """The order service."""
    return service(shop)


def level(shop: Shop, sku: str) -> tuple[int, int]:
    """On hand and allocated, of a SKU with one level."""
    found = shop.level(sku)
    assert found is not None
    return found["quantityOnHand"], found["quantityAllocated"]


def test_an_order_is_reserved_confirmed_and_shipped(shop: Shop, orders: Service) -> None:
    sku = shop.stocked(10, catalogProductId="P-77")
    answer = orders.reserve({"sku": sku, "quantity": 4}, order="SO-1", channel="web", ttlSeconds=600)
    assert answer.status == 201
    made = answer.body
    assert answer.headers["location"] == f"{RESERVATIONS}/{made['reservationId']}"
    (item,) = made["items"]
    assert (made["orderId"], made["status"], made["channel"], made["version"]) == ("SO-1", "PENDING", "web", 1)
    assert (item["sku"], item["productId"], item["location"], item["quantityAllocated"]) == (sku, "P-77", "MAIN", 4)
    assert made["expiresAt"] > made["createdAt"]
    assert level(shop, sku) == (10, 4)

    assert orders.read(answer.headers["location"]) == made
    confirmed = orders.step(made, "confirm")
    assert (confirmed.status, confirmed.body["status"], confirmed.body["expiresAt"]) == (200, "CONFIRMED", None)
    shipped = orders.step(made, "commit", {"reference": "SHP-1"})
    assert (shipped.status, shipped.body["status"]) == (200, "COMMITTED")
    assert shipped.body["items"][0]["quantityCommitted"] == 4
    assert level(shop, sku) == (6, 0)


def test_what_is_not_needed_is_given_back_line_by_line_or_whole(shop: Shop, orders: Service) -> None:
    lamp, tent = shop.stocked(10), shop.stocked(10)
    made = orders.reserve({"sku": lamp, "quantity": 4}, {"sku": tent, "quantity": 2}).body
    line = next(item["lineId"] for item in made["items"] if item["sku"] == lamp)
    part = orders.step(made, "release", {"items": [{"lineId": line, "quantity": 3}], "note": "changed their mind"})
    assert (part.body["status"], level(shop, lamp), level(shop, tent)) == ("PENDING", (10, 1), (10, 2))
    shipped = orders.step(made, "commit", {"items": [{"sku": tent, "quantity": 1}]})
    assert (shipped.body["status"], level(shop, tent)) == ("CONFIRMED", (9, 1))
    rest = orders.step(made, "release", {"reasonCode": "correction"})
    assert (rest.body["status"], level(shop, lamp), level(shop, tent)) == ("COMMITTED", (10, 0), (9, 0))


def test_a_step_needs_no_body(shop: Shop, orders: Service) -> None:
    made = orders.reserved(shop.stocked(5), 5)
    assert orders.step(made, "confirm").body["status"] == "CONFIRMED"
    assert orders.step(made, "release").body["status"] == "RELEASED"


def test_the_key_may_come_in_the_body_or_quoted_in_the_header(shop: Shop, orders: Service) -> None:
    sku, key = shop.stocked(5), fresh("key")
    body = {"orderId": fresh("order"), "items": [{"sku": sku, "quantity": 1}]}
    first = orders.ask("POST", RESERVATIONS, body | {"idempotencyKey": key})
    assert first.status == 201
    for again in (
        orders.ask("POST", RESERVATIONS, body, idempotency_key=key),
        orders.ask("POST", RESERVATIONS, body, idempotency_key=f'"{key}"'),
        orders.ask("POST", RESERVATIONS, body | {"idempotencyKey": key}, idempotency_key=key),
    ):
        assert (again.status, again.body) == (200, first.body)
    assert level(shop, sku) == (5, 1)


def test_a_repeat_gives_the_reservation_as_it_is_now_and_has_no_second_effect(shop: Shop, orders: Service) -> None:
    sku, key, order = shop.stocked(10), fresh("key"), fresh("order")
    made = orders.reserve({"sku": sku, "quantity": 3}, order=order, key=key).body
    confirm, commit = fresh("key"), fresh("key")
    orders.step(made, "confirm", key=confirm)
    shipped = orders.step(made, "commit", key=commit).body
    assert orders.step(made, "confirm", key=confirm).body == shipped
    assert orders.step(made, "commit", key=commit).body == shipped
    again = orders.reserve({"sku": sku, "quantity": 3}, order=order, key=key)
    assert (again.status, again.body) == (200, shipped)
    assert level(shop, sku) == (7, 0)


def test_a_refusal_is_given_again_though_its_cause_is_gone(shop: Shop, orders: Service) -> None:
    sku, key, order = shop.stocked(1), fresh("key"), fresh("order")
    first = orders.reserve({"sku": sku, "quantity": 2}, order=order, key=key)
    shop.adjust(sku, 10)
    again = orders.reserve({"sku": sku, "quantity": 2}, order=order, key=key)
    assert first.status == again.status == 409
    assert {**first.body, "requestId": ""} == {**again.body, "requestId": ""}
    assert orders.reserve({"sku": sku, "quantity": 2}, order=order).status == 201


def test_an_order_of_which_part_is_there_is_held_or_queued_as_asked(shop: Shop, orders: Service) -> None:
    part = orders.reserve({"sku": shop.stocked(2), "quantity": 5}, fulfillmentPolicy="PARTIAL").body
    assert part["status"] == "PENDING"
    assert part["shortages"] == [{"sku": part["items"][0]["sku"], "location": None, "requested": 5, "available": 2}]
    sku = shop.stocked(2)
    queued = orders.reserve({"sku": sku, "quantity": 5}, fulfillmentPolicy="BACKORDER").body
    assert (queued["status"], queued["expiresAt"]) == ("BACKORDERED", None)
    assert [(item["location"], item["quantityBackordered"]) for item in queued["items"]] == [("MAIN", 0), (None, 3)]
    shop.manager.succeed("receiveStock", sku=sku, quantity=3)
    assert orders.read(f"{RESERVATIONS}/{queued['reservationId']}")["status"] == "PENDING"


def test_a_strategy_chooses_the_location(shop: Shop, orders: Service) -> None:
    near = shop.location(zone="north", priority=900)
    sku = shop.stocked(5, "MAIN", near)
    made = orders.reserve({"sku": sku, "quantity": 1}, strategy="NEAREST", zone="north").body
    assert [item["location"] for item in made["items"]] == [near]
    insisted = orders.reserve({"sku": sku, "quantity": 1, "location": near}).body
    assert [item["location"] for item in insisted["items"]] == [near]


# ------------------------------------------------------------------ by product
def test_a_product_stands_for_its_only_item_in_use(shop: Shop, orders: Service) -> None:
    product = fresh("P")
    sku = shop.stocked(5, catalogProductId=product)
    old = shop.item(catalogProductId=product)
    shop.admin.succeed("upsertItem", sku=old, archived=True)
    made = orders.reserve({"productId": product, "quantity": 2})
    assert (made.status, made.body["items"][0]["sku"]) == (201, sku)


def test_a_product_that_stands_for_no_one_item_is_not_guessed(shop: Shop, orders: Service) -> None:
    product = fresh("P")
    for _ in range(2):
        shop.stocked(5, catalogProductId=product)
    several = orders.reserve({"sku": shop.stocked(1), "quantity": 1}, {"productId": product, "quantity": 1})
    assert (several.status, several.body["code"], several.body["field"]) == (400, "INVALID_INPUT", "items.1.productId")
    unknown = orders.reserve({"productId": "nowhere", "quantity": 1})
    assert (unknown.status, unknown.body["code"], unknown.body["field"]) == (422, "UNKNOWN_SKU", "items.0.productId")
    neither = orders.reserve({"quantity": 1}, {"sku": "A", "productId": "B", "quantity": 1})
    assert neither.status == 400
    assert [error["field"] for error in neither.body["errors"]] == ["items.0", "items.1"]


def test_an_item_whose_sku_is_the_product_goes_before_the_items_of_the_product(shop: Shop, orders: Service) -> None:
    sku = shop.stocked(5)
    for _ in range(2):
        shop.stocked(5, catalogProductId=sku)
    made = orders.reserve({"productId": sku, "quantity": 2})
    assert (made.status, made.body["items"][0]["sku"]) == (201, sku)


def test_a_repeat_by_product_gets_its_decision_whatever_the_catalog_has_by_then(shop: Shop, orders: Service) -> None:
    product, key, order = fresh("P"), fresh("key"), fresh("order")
    sku = shop.stocked(5, catalogProductId=product)
    made = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key).body
    other = shop.stocked(5, catalogProductId=product)
    of_several = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key)
    shop.admin.succeed("upsertItem", sku=sku, archived=True)
    of_another = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key)
    shop.admin.succeed("upsertItem", sku=other, archived=True)
    of_none = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key)
    assert [(each.status, each.body["reservationId"]) for each in (of_several, of_another, of_none)] == [
        (200, made["reservationId"])
    ] * 3
    assert (level(shop, sku), level(shop, other)) == ((5, 2), (5, 0))


def test_a_key_stands_for_the_product_that_was_sent(shop: Shop, orders: Service) -> None:
    product, key, order = fresh("P"), fresh("key"), fresh("order")
    sku = shop.stocked(5, catalogProductId=product)
    assert orders.reserve({"productId": product, "quantity": 2}, order=order, key=key).status == 201
    for item in ({"sku": sku}, {"sku": product}, {"productId": sku}):
        other = orders.reserve({**item, "quantity": 2}, order=order, key=key)
        assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_refused_product_is_refused_again_under_its_key(shop: Shop, orders: Service) -> None:
    product, key, order = fresh("P"), fresh("key"), fresh("order")
    refused = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key)
    shop.stocked(5, catalogProductId=product)
    again = orders.reserve({"productId": product, "quantity": 2}, order=order, key=key)
    assert [(each.status, each.body["code"], each.body["field"]) for each in (refused, again)] == [
        (422, "UNKNOWN_SKU", "items.0.productId")
    ] * 2
    assert orders.reserve({"productId": product, "quantity": 2}, order=order).status == 201


# ------------------------------------------------------------------ GraphQL beside it
def test_the_same_order_over_both_is_one_reservation(shop: Shop, orders: Service) -> None:
    sku, order = shop.stocked(10), fresh("order")
    made = orders.reserve({"sku": sku, "quantity": 4}, order=order).body
    given = {"idempotencyKey": fresh("key"), "orderId": order, "lines": [{"sku": sku, "quantity": 4}]}
    payload = shop.as_("system").ask(RESERVE, input=given)["reserveStock"]
    assert payload["userErrors"] == []
    kind, uuid = read_global_id(payload["reservation"]["id"]) or ("", None)
    assert (kind, str(uuid)) == ("Reservation", made["reservationId"])
    assert made["globalId"] == payload["reservation"]["id"]
    assert orders.read(f"{RESERVATIONS}/{made['globalId']}")["reservationId"] == made["reservationId"]
    assert level(shop, sku) == (10, 4)


def test_a_key_means_one_request_over_both(shop: Shop, orders: Service) -> None:
    sku, order, key = shop.stocked(10), fresh("order"), fresh("key")
    given = {"idempotencyKey": key, "orderId": order, "lines": [{"sku": sku, "quantity": 4}]}
    payload = shop.as_("system").ask(RESERVE, input=given)["reserveStock"]
    again = orders.reserve({"sku": sku, "quantity": 4}, order=order, key=key)
    assert again.status == 200
    assert global_id("Reservation", again.body["reservationId"]) == payload["reservation"]["id"]
    other = orders.reserve({"sku": sku, "quantity": 5}, order=order, key=key)
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_reservation_is_found_by_the_id_that_graphql_tells(shop: Shop, orders: Service) -> None:
    sku = shop.stocked(10)
    given = {"idempotencyKey": fresh("key"), "orderId": fresh("order"), "lines": [{"sku": sku, "quantity": 4}]}
    told = shop.as_("system").ask(RESERVE, input=given)["reserveStock"]["reservation"]
    assert orders.read(f"{RESERVATIONS}/{told['id']}")["items"][0]["sku"] == sku
    line = told["lines"][0]["id"]
    assert orders.step(told["id"], "commit", {"items": [{"lineId": line, "quantity": 4}]}).body["status"] == "COMMITTED"
    assert shop.as_("system").ask(LOOK, id=told["id"])["reservation"] == {
        "id": told["id"],
        "status": "COMMITTED",
        "version": 2,
    }


# ------------------------------------------------------------------ at once
async def at_once(orders: Service, requests: list[tuple[str, dict[str, Any]]]) -> list[httpx2.Response]:
    """Send reservations, each with its key, without waiting for any answer."""
    limits = httpx2.Limits(max_connections=AT_ONCE)
    headers = {"authorization": f"Bearer {orders.token}"}
    async with httpx2.AsyncClient(timeout=30, trust_env=False, headers=headers, limits=limits) as http:
        url = f"{orders.stack.url}{RESERVATIONS}"
        return await asyncio.gather(
            *(http.post(url, json=body, headers={"idempotency-key": key}) for key, body in requests)
        )


async def test_one_key_many_times_at_once_holds_once(shop: Shop, orders: Service) -> None:
    sku = shop.stocked(100)
    body = {"orderId": fresh("order"), "items": [{"sku": sku, "quantity": 2}]}
    answers = await at_once(orders, [(fresh("key"), body)] * AT_ONCE)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["reservationId"] for answer in answers}) == 1
    assert level(shop, sku) == (100, 2)


async def test_checkouts_at_once_never_oversell(shop: Shop, orders: Service) -> None:
    sku = shop.stocked(10)
    answers = await at_once(
        orders,
        [(fresh("key"), {"orderId": fresh("order"), "items": [{"sku": sku, "quantity": 1}]}) for _ in range(AT_ONCE)],
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * (AT_ONCE - 10)
    assert level(shop, sku) == (10, 10)
