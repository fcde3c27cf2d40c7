"""One idempotency key, one effect: a repeat gives the decision again with the things in it as they are now."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.contract.requests import ALL, AT_A_LEVEL, MOVEMENTS, right
from tests.factories.operations import mutation
from tests.factories.shop import Asker, Shop, fresh

AT_ONCE = 50
COUNT = "query ($sku: String!) { ledger(filter: { skus: [$sku] }, first: 250) { nodes { id } } }"


def entries(shop: Shop, sku: str) -> int:
    return len(shop.admin.ask(COUNT, sku=sku)["ledger"]["nodes"])


def again(first: dict[str, Any]) -> dict[str, Any]:
    """What a repeat is answered: all but a secret, which is told once."""
    return first | ({"secret": None} if "secret" in first else {})


@pytest.mark.parametrize("name", ALL)
def test_a_repeat_gives_the_same_answer_and_no_second_effect(shop: Shop, name: str) -> None:
    given = {"idempotencyKey": fresh("key"), **right(name, shop)}
    first = shop.admin.succeed(name, **given)
    before = shop.picture_of(given)
    assert shop.admin.succeed(name, **given) == again(first)
    assert shop.picture_of(given) == before


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_repeat_shows_the_level_as_it_is_now(shop: Shop, name: str) -> None:
    given = {"idempotencyKey": fresh("key"), **right(name, shop)}
    before = entries(shop, given["sku"])
    first = shop.manager.succeed(name, **given)
    now = shop.adjust(given["sku"], 5)
    repeat = shop.manager.succeed(name, **given)
    assert repeat["stockLevel"] == now
    assert repeat.get("adjustment") == first.get("adjustment")
    assert entries(shop, given["sku"]) == before + 2


def test_a_repeat_of_an_upsert_shows_the_thing_as_it_is_now(shop: Shop) -> None:
    sku, code = shop.item(), shop.location()
    item = {"idempotencyKey": fresh("key"), "sku": sku, "name": "Old"}
    place = {"idempotencyKey": fresh("key"), "code": code, "name": "Old"}
    for name, given, of in (("upsertItem", item, {"sku": sku}), ("upsertLocation", place, {"code": code})):
        shop.admin.succeed(name, **given)
        shop.admin.succeed(name, **of, name="New")
        thing = shop.admin.succeed(name, **given)[name.removeprefix("upsert").lower()]
        assert thing["name"] == "New"


def test_a_refusal_is_given_again_though_its_cause_is_gone(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = {"sku": sku, "quantityChange": -50, "reasonCode": "correction", "idempotencyKey": fresh("key")}
    first = shop.manager.do("adjustStock", **given)
    now = shop.adjust(sku, 100)
    repeat = shop.manager.do("adjustStock", **given)
    assert repeat["userErrors"] == first["userErrors"]
    assert first["userErrors"][0]["code"] == "INSUFFICIENT_STOCK"
    assert repeat["stockLevel"] == now
    assert repeat["adjustment"] is None


OTHERWISE: dict[str, dict[str, Any]] = {
    "adjustStockBatch": {"lines": []},
    "approveAdjustment": {"note": "another"},
    "rejectAdjustment": {"note": "another"},
    "acknowledgeAlert": {"alertId": "another"},
    "adjustStock": {"quantityChange": 2},
    "countStock": {"note": "again"},
    "receiveStock": {"unitCost": "1.00"},
    "returnStock": {"reference": "RMA-2"},
    "holdStock": {"quantity": 2},
    "unholdStock": {"note": "again"},
    "wasteStock": {"fromHold": True},
    "setStockPolicy": {"reorderPoint": None},
    "transferStock": {"quantity": 2},
    "receiveTransfer": {"quantity": 2},
    "cancelTransfer": {"note": "again"},
    "createCycleCount": {"blind": True},
    "recordCycleCount": {"quantityCounted": 6},
    "closeCycleCount": {"cycleCountId": "another"},
    "reserveStock": {"ttlSeconds": 77},
    "confirmReservation": {"reservationId": "another"},
    "commitReservation": {"reference": "S-2"},
    "releaseReservation": {"note": "again"},
    "extendReservation": {"ttlSeconds": 601},
    "upsertItem": {"category": None},
    "upsertLocation": {"active": True},
    "upsertReasonCode": {"requiresNote": False},
    "setApprovalPolicy": {"expiresAfterHours": 8_000},
    "createWebhook": {"description": "another"},
    "updateWebhook": {"active": False},
    "deleteWebhook": {"webhookId": "another"},
    "rotateWebhookSecret": {"webhookId": "another"},
    "replayWebhookDeliveries": {"deliveryIds": []},
}


@pytest.mark.parametrize("name", ALL)
def test_the_same_key_with_another_request_is_refused_and_does_nothing(shop: Shop, name: str) -> None:
    given = {"idempotencyKey": fresh("key"), **right(name, shop)}
    first = shop.admin.succeed(name, **given)
    before = shop.picture_of(given)
    payload = shop.admin.do(name, **given | OTHERWISE[name])
    [error] = payload["userErrors"]
    assert (error["code"], error["field"][-1]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    if name in AT_A_LEVEL:
        assert payload["stockLevel"] == first["stockLevel"]
    assert shop.picture_of(given) == before
    assert shop.admin.succeed(name, **given) == again(first), "the first request stays the owner of its key"


def test_a_reused_key_is_told_before_anything_else_that_is_wrong(shop: Shop) -> None:
    given = {"idempotencyKey": fresh("key"), **right("adjustStock", shop)}
    shop.manager.succeed("adjustStock", **given)
    for wrong in ({"quantityChange": 0}, {"sku": fresh("NOWHERE")}, {"expectedVersion": 77}, {"reference": ""}):
        [error] = shop.manager.do("adjustStock", **given | wrong)["userErrors"]
        assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_field_that_is_left_out_and_one_at_its_default_are_one_request(shop: Shop) -> None:
    given = {"idempotencyKey": fresh("key"), **right("adjustStock", shop)}
    first = shop.manager.succeed("adjustStock", **given)
    nulls = dict.fromkeys(("location", "note", "expectedVersion", "reference"))
    assert shop.manager.succeed("adjustStock", **given, **nulls) == first


def test_thresholds_that_are_compared_with_nothing_are_the_request_that_names_none(shop: Shop) -> None:
    given = {"idempotencyKey": fresh("key"), **right("setStockPolicy", shop)}
    first = shop.manager.succeed("setStockPolicy", **given)
    for nothing in (None, {}):
        assert shop.manager.succeed("setStockPolicy", **given, expected=nothing) == first
    [error] = shop.manager.do("setStockPolicy", **given, expected={"reorderPoint": 5})["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_key_belongs_to_one_subject_one_operation_and_one_tenant(shop: Shop, other_shop: Shop) -> None:
    key = fresh("key")
    sku = shop.stocked(10)
    foreign = other_shop.stocked(10)
    one, two = (
        Asker(shop.stack, shop.stack.token("manager", shop.tenant, subject=name)) for name in ("manager-1", "manager-2")
    )
    given = {"idempotencyKey": key, "sku": sku, "quantity": 1}
    levels = [
        asker.succeed(name, **given)["stockLevel"]["quantityOnHand"]
        for asker, name in ((one, "receiveStock"), (two, "receiveStock"), (one, "returnStock"))
    ]
    assert levels == [11, 12, 13]
    elsewhere = Asker(shop.stack, shop.stack.token("manager", other_shop.tenant, subject="manager-1"))
    assert elsewhere.succeed("receiveStock", **given | {"sku": foreign})["stockLevel"]["quantityOnHand"] == 11


async def test_one_key_fifty_times_at_once_has_one_effect_and_one_answer(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = {"idempotencyKey": fresh("key"), "sku": sku, "quantityChange": 7, "reasonCode": "found"}
    answers = await at_once(shop, "adjustStock", [given] * AT_ONCE)
    assert all(answer["userErrors"] == [] for answer in answers)
    assert len({answer["adjustment"]["id"] for answer in answers}) == 1
    assert {answer["stockLevel"]["quantityOnHand"] for answer in answers} == {17}
    assert entries(shop, sku) == 2


async def test_one_key_with_other_requests_at_once_is_won_by_one_of_them(shop: Shop) -> None:
    sku = shop.stocked(100)
    key = fresh("key")
    given = [
        {"idempotencyKey": key, "sku": sku, "quantityChange": n + 1, "reasonCode": "found"} for n in range(AT_ONCE)
    ]
    answers = await at_once(shop, "adjustStock", given)
    told = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert told == ["IDEMPOTENCY_KEY_REUSED"] * (AT_ONCE - 1)
    assert entries(shop, sku) == 2


async def test_writers_at_once_lose_nothing_and_versions_have_no_gap(shop: Shop) -> None:
    sku = shop.stocked(100)
    given = [
        {"idempotencyKey": fresh("key"), "sku": sku, "quantityChange": (-1) ** n * 2, "reasonCode": "correction"}
        for n in range(AT_ONCE)
    ]
    answers = await at_once(shop, "adjustStock", given)
    assert all(answer["userErrors"] == [] for answer in answers)
    level = shop.level(sku)
    assert level is not None
    assert (level["quantityOnHand"], level["version"]) == (100, AT_ONCE + 1)


async def test_of_two_compare_and_set_at_once_one_wins_and_the_other_is_told(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = {"sku": sku, "quantityChange": 1, "reasonCode": "correction", "expectedVersion": 1}
    answers = await at_once(shop, "adjustStock", [given | {"idempotencyKey": fresh("key")} for _ in range(10)])
    told = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert told == ["STALE_VERSION"] * 9
    level = shop.level(sku)
    assert level is not None
    assert level["quantityOnHand"] == 11


async def test_of_many_who_set_the_thresholds_that_all_saw_one_wins_and_the_others_are_told(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = [
        {"idempotencyKey": fresh("key"), "sku": sku, "reorderPoint": 20 + n, "expected": {"reorderPoint": None}}
        for n in range(10)
    ]
    answers = await at_once(shop, "setStockPolicy", given)
    told = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert told == ["STALE_VERSION"] * 9
    level = shop.level(sku)
    assert level is not None
    assert level["version"] == 2
    assert {answer["stockLevel"]["reorderPoint"] for answer in answers} == {level["reorderPoint"]}


async def at_once(shop: Shop, name: str, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send all without waiting for any answer; the payloads in the order of the inputs."""
    headers = {"Authorization": f"Bearer {shop.manager.token}"}
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with httpx2.AsyncClient(timeout=30, trust_env=False, headers=headers, limits=limits) as http:

        async def send(given: dict[str, Any]) -> dict[str, Any]:
            body = {"query": mutation(name), "variables": {"input": given}}
            response = await http.post(shop.stack.graphql_url, json=body)
            assert response.status_code == 200, response.text
            return response.json()["data"][name]

        return await asyncio.gather(*(send(given) for given in inputs))
