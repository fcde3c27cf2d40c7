"""What each mutation does when it succeeds, and that a request of the wrong type reaches no rule at all."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.contract.requests import ALL, CYCLE_COUNTS, LEVEL_MAX, MOVEMENTS, QUANTITY, STEPS, TRANSFERS, right
from tests.factories.operations import ENTRY, MUTATIONS, mutation
from tests.factories.shop import Shop, fresh

LEDGER = f"query ($sku: String!) {{ ledger(filter: {{ skus: [$sku] }}, first: 250) {{ nodes {{ {ENTRY} }} }} }}"


def entries(shop: Shop, sku: str) -> list[dict[str, Any]]:
    """The ledger of a SKU, newest first."""
    return shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"]


def default_location(shop: Shop) -> str:
    viewer = shop.admin.ask("{ viewer { tenant { defaultLocation { code } } } }")["viewer"]
    return viewer["tenant"]["defaultLocation"]["code"]


def test_a_receipt_raises_on_hand_at_the_default_location(shop: Shop) -> None:
    sku = shop.item()
    payload = shop.manager.succeed(
        "receiveStock", sku=sku, quantity=12, unitCost="3.50", reference="PO-7", note="dock 2"
    )
    level = payload["stockLevel"]
    assert level == shop.level(sku)
    assert (level["sku"], level["location"]["code"], level["version"]) == (sku, default_location(shop), 1)
    assert (level["quantityOnHand"], level["availableToPromise"], level["status"]) == (12, 12, "IN_STOCK")
    [entry] = entries(shop, sku)
    assert (entry["kind"], entry["quantityOnHandChange"], entry["quantityOnHandAfter"]) == ("RECEIPT", 12, 12)
    assert (entry["reference"], entry["note"], entry["levelVersion"]) == ("PO-7", "dock 2", 1)
    assert entry["actor"]


def test_an_adjustment_is_applied_and_told(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = {"sku": sku, "quantityChange": -3, "reasonCode": "damaged", "note": "wet box", "reference": "INC-1"}
    payload = shop.manager.succeed("adjustStock", **given, expectedVersion=1)
    adjustment, level = payload["adjustment"], payload["stockLevel"]
    assert (adjustment["status"], adjustment["quantityChange"], adjustment["quantityCounted"]) == ("APPLIED", -3, None)
    assert (adjustment["reasonCode"], adjustment["note"], adjustment["sku"]) == ("damaged", "wet box", sku)
    assert adjustment["location"] == level["location"]
    assert adjustment["requestedBy"]
    assert adjustment["requestedAt"]
    assert (level["quantityOnHand"], level["version"]) == (7, 2)
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["reasonCode"], newest["quantityOnHandChange"]) == ("ADJUSTMENT", "damaged", -3)
    assert newest["reference"] == "INC-1"


@pytest.mark.parametrize(("counted", "change"), [(4, -6), (15, 5), (10, 0), (0, -10)])
def test_a_count_sets_on_hand_and_tells_the_difference(shop: Shop, counted: int, change: int) -> None:
    sku = shop.stocked(10)
    payload = shop.manager.succeed("countStock", sku=sku, quantityCounted=counted, reasonCode="cycle_count")
    adjustment = payload["adjustment"]
    assert (adjustment["status"], adjustment["quantityChange"], adjustment["quantityCounted"]) == (
        "APPLIED",
        change,
        counted,
    )
    assert payload["stockLevel"]["quantityOnHand"] == counted
    assert entries(shop, sku)[0]["kind"] == "COUNT"


def test_a_return_raises_on_hand(shop: Shop) -> None:
    sku = shop.stocked(10)
    payload = shop.manager.succeed("returnStock", sku=sku, quantity=2, reasonCode="returned", reference="RMA-1")
    assert payload["stockLevel"]["quantityOnHand"] == 12
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["reasonCode"], newest["reference"]) == ("RETURN", "returned", "RMA-1")


def test_what_is_set_aside_stays_on_hand_and_goes_back_on_sale(shop: Shop) -> None:
    sku = shop.stocked(10)
    held = shop.manager.succeed("holdStock", sku=sku, quantity=4, reasonCode="quality_hold", reference="QC-1")
    level = held["stockLevel"]
    assert (level["quantityOnHand"], level["quantityUnavailable"], level["availableToPromise"]) == (10, 4, 6)
    level = shop.manager.succeed("unholdStock", sku=sku, quantity=3, reference="QC-1")["stockLevel"]
    assert (level["quantityOnHand"], level["quantityUnavailable"], level["availableToPromise"]) == (10, 1, 9)
    told = [(e["kind"], e["quantityUnavailableChange"], e["referenceType"], e["reference"]) for e in entries(shop, sku)]
    assert told[:2] == [("UNHOLD", -3, "hold", "QC-1"), ("HOLD", 4, "hold", "QC-1")]


def test_what_is_thrown_away_leaves_on_hand_and_what_was_on_hold_leaves_that_too(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("holdStock", sku=sku, quantity=4)
    level = shop.manager.succeed("wasteStock", sku=sku, quantity=5, reasonCode="waste")["stockLevel"]
    assert (level["quantityOnHand"], level["quantityUnavailable"], level["availableToPromise"]) == (5, 4, 1)
    level = shop.manager.succeed("wasteStock", sku=sku, quantity=3, fromHold=True, reference="W-1")["stockLevel"]
    assert (level["quantityOnHand"], level["quantityUnavailable"], level["availableToPromise"]) == (2, 1, 1)
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["quantityOnHandChange"], newest["quantityUnavailableChange"]) == ("WASTE", -3, -3)
    assert (newest["referenceType"], newest["reference"], newest["reasonCode"]) == ("waste", "W-1", None)


def test_what_goes_back_on_sale_serves_those_who_wait(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("holdStock", sku=sku, quantity=10)
    waiting = shop.reserve(sku, 3, fulfillmentPolicy="BACKORDER")
    level = shop.manager.succeed("unholdStock", sku=sku, quantity=4)["stockLevel"]
    assert (level["quantityAllocated"], level["availableToPromise"]) == (3, 1)
    served = shop.reservation(waiting["id"])
    assert served
    assert served["status"] == "PENDING"


def test_a_level_holds_its_limit_and_not_one_more(shop: Shop) -> None:
    sku = shop.stocked(LEVEL_MAX)
    assert shop.manager.do("receiveStock", sku=sku, quantity=1)["userErrors"][0]["code"] == "LIMIT_EXCEEDED"
    assert shop.adjust(sku, -LEVEL_MAX)["status"] == "OUT_OF_STOCK"


def test_thresholds_decide_the_status_left_out_stays_and_null_clears(shop: Shop) -> None:
    sku = shop.stocked(10)

    def policy(**fields: Any) -> dict[str, Any]:
        return shop.manager.succeed("setStockPolicy", sku=sku, **fields)["stockLevel"]

    assert policy(reorderPoint=10)["status"] == "LOW"
    level = policy(lowStockThreshold=9, safetyStock=3, staleAfterDays=30)
    assert (level["status"], level["reorderPoint"], level["lowStockThreshold"]) == ("IN_STOCK", 10, 9)
    assert (level["safetyStock"], level["availableToPromise"]) == (3, 10), "safety stock does not lower the promise"
    level = policy(lowStockThreshold=None, reorderPoint=None, overstockThreshold=9)
    assert (level["status"], level["reorderPoint"], level["staleAfterDays"]) == ("OVERSTOCK", None, 30)
    assert level["version"] == 4


def test_thresholds_that_were_seen_are_set_anew_however_much_was_sold_meanwhile(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=5)
    shop.adjust(sku, -1)
    seen = {"reorderPoint": 5, "safetyStock": 0, "lowStockThreshold": None}
    level = shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=6, expected=seen)["stockLevel"]
    assert (level["reorderPoint"], level["quantityOnHand"]) == (6, 9)


def test_thresholds_that_somebody_else_has_set_are_told_and_nothing_of_what_was_sent_is_set(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=7, safetyStock=2)
    seen = {"reorderPoint": 5, "safetyStock": 2}
    payload = shop.manager.do("setStockPolicy", sku=sku, staleAfterDays=30, reorderPoint=6, expected=seen)
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("STALE_VERSION", ["expected", "reorderPoint"])
    assert (error["sku"], error["location"], error["currentVersion"]) == (sku, default_location(shop), 2)
    assert "reorderPoint is 7, you expected 5" in error["message"]
    assert payload["stockLevel"] == shop.level(sku)
    assert (payload["stockLevel"]["reorderPoint"], payload["stockLevel"]["staleAfterDays"]) == (7, None)


def test_a_refused_policy_makes_no_level(shop: Shop) -> None:
    sku = shop.item()
    given = {"sku": sku, "staleAfterDays": 30, "expected": {"staleAfterDays": 7}}
    payload = shop.manager.do("setStockPolicy", **given)
    assert [error["code"] for error in payload["userErrors"]] == ["STALE_VERSION"]
    assert payload["stockLevel"] is None, "no level was made for it"
    level = shop.manager.succeed("setStockPolicy", **given | {"expected": {"staleAfterDays": None}})["stockLevel"]
    assert level["staleAfterDays"] == 30


def test_a_policy_may_come_before_the_first_stock(shop: Shop) -> None:
    sku = shop.item()
    level = shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=5)["stockLevel"]
    assert (level["quantityOnHand"], level["reorderPoint"], level["status"]) == (0, 5, "OUT_OF_STOCK")
    assert entries(shop, sku) == [], "nothing moved"


def test_an_item_keeps_what_is_left_out_and_loses_what_is_null(shop: Shop) -> None:
    sku = fresh("SKU")
    made = shop.admin.succeed(
        "upsertItem", sku=sku, name="Tent", category="Tents", vendor="Nordlys", condition="new", language="en",
        price="129.90", unitCost="70.1234", currency="EUR", barcodes=["4006381333931"], leadTimeDays=7,
        catalogProductId="cat-1",
    )["item"]  # fmt: skip
    assert (made["price"], made["unitCost"], made["currency"]) == ("129.90", "70.1234", "EUR")
    assert (made["unitOfMeasure"], made["quantityScale"], made["archivedAt"]) == ("each", 0, None)
    changed = shop.admin.succeed("upsertItem", sku=sku, name="Tent", category=None, price="99.00")["item"]
    assert changed == made | {"category": None, "price": "99.00"}


def test_an_archived_item_stays_readable_and_comes_back(shop: Shop) -> None:
    sku = shop.stocked(3)
    archived_at = shop.admin.succeed("upsertItem", sku=sku, archived=True)["item"]["archivedAt"]
    assert datetime.fromisoformat(archived_at).utcoffset() is not None
    assert shop.level(sku) is not None
    assert shop.admin.succeed("upsertItem", sku=sku, archived=False)["item"]["archivedAt"] is None
    assert shop.adjust(sku, 1)["quantityOnHand"] == 4


def test_a_location_keeps_what_is_left_out_and_lies_where_it_is_put(shop: Shop) -> None:
    house = shop.location(kind="warehouse", zone="north", priority=5)
    code = fresh("LOC")
    made = shop.admin.succeed("upsertLocation", code=code, name="Aisle 1", kind="aisle", parent=house)["location"]
    assert (made["parent"], made["active"], made["kind"]) == ({"code": house}, True, "aisle")
    changed = shop.admin.succeed("upsertLocation", code=code, name="Aisle 1", zone="east", parent=None)["location"]
    assert changed == made | {"zone": "east", "parent": None}


def test_a_sku_is_told_apart_by_case_and_kept_as_it_was_written(shop: Shop) -> None:
    lower, upper = shop.item("abc-é-1"), shop.item("ABC-É-1")
    shop.manager.succeed("receiveStock", sku=lower, quantity=1)
    assert shop.level(upper) is None
    found = shop.level(lower)
    assert found is not None
    assert found["sku"] == "abc-é-1"


@pytest.mark.parametrize(("name", "slot"), [("upsertItem", "sku"), ("upsertLocation", "code")])
def test_an_upsert_names_what_it_makes(shop: Shop, name: str, slot: str) -> None:
    document = mutation(name)
    answer = shop.admin.send(document, input={"idempotencyKey": fresh("key"), slot: fresh("NEW")})
    assert answer.errors
    assert "name" in answer.errors[0]["message"]


# ---------------------------------------------------------------- the wrong type in a slot
INTS = ("1.5", '"1"', "2147483648", "-2147483649", "9223372036854775808", "1e400", "true", "[1, 2]", "{}", "null")
INT_SLOTS = [
    *((name, QUANTITY[name]) for name in MOVEMENTS),
    ("setStockPolicy", "reorderPoint"),
    ("setStockPolicy", "staleAfterDays"),
    ("upsertItem", "quantityScale"),
    ("upsertItem", "leadTimeDays"),
    ("upsertLocation", "priority"),
    ("reserveStock", "ttlSeconds"),
    ("extendReservation", "ttlSeconds"),
    ("transferStock", "quantity"),
    ("receiveTransfer", "quantity"),
    ("recordCycleCount", "quantityCounted"),
]
MONEY = (
    '"abc"', '"-1"', '"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"', '"1e400"', '"1e-400"', '"1.00001"', '"1,5"', '""',
    '" "', '"\\u0000"', '"9999999999999999999"', "1e400", "true", "[]", "{}", '"0x10"',
)  # fmt: skip
OTHER_SLOTS = [
    *(("adjustStock", "expectedVersion", raw) for raw in ("1.5", '"x"', "9007199254740993", "1e400", "true", "[1, 2]")),
    *(("countStock", "expectedVersion", raw) for raw in ("0.5", "-9007199254740993", "{}")),
    *(("setStockPolicy", "expected", raw) for raw in ("1", '"x"', "[1]", '{"expected": {}}', '{"reorderPoint": "1"}')),
    *(("receiveStock", "unitCost", raw) for raw in MONEY),
    *(("upsertItem", slot, raw) for slot in ("price", "unitCost") for raw in MONEY),
    *(("upsertItem", "name", raw) for raw in ("1", "true", "{}", '["a", "b"]')),
    *(("upsertItem", "barcodes", raw) for raw in ("1", "[1]", "[null]", "{}")),
    *(("upsertItem", "archived", raw) for raw in ('"yes"', "1", "[]")),
    *(("upsertLocation", "active", raw) for raw in ('"yes"', "1", "{}")),
    *(("adjustStock", "sku", raw) for raw in ("null", "1", "[]", "{}", "true")),
    *(("reserveStock", "lines", raw) for raw in ("1", '"x"', "[1]", "[null]", '[{"sku": "A"}]', '[{"quantity": 1}]')),
    *(("reserveStock", slot, '"SOON"') for slot in ("fulfillmentPolicy", "strategy", "dryRun")),
    *((name, "lines", raw) for name in ("commitReservation", "releaseReservation") for raw in ("1", "[{}]", "[null]")),
    *((name, "reservationId", raw) for name in STEPS for raw in ("1.5", "true", "[]", "{}", "null")),
    *((name, "transferId", raw) for name in TRANSFERS[1:] for raw in ("1.5", "true", "[]", "{}", "null")),
    *((name, "cycleCountId", raw) for name in CYCLE_COUNTS[1:] for raw in ("1.5", "true", "[]", "{}", "null")),
    *(("acknowledgeAlert", "alertId", raw) for raw in ("1.5", "true", "[]", "{}", "null")),
    *(("createCycleCount", "skus", raw) for raw in ("1", "[1]", "[null]", "{}", "null")),
    *((name, "idempotencyKey", raw) for name in ALL for raw in ("null", "1", "[]", "{}")),
    *((name, "noSuchField", "1") for name in ALL),
]
WRONG_TYPES = [(name, slot, raw) for name, slot in INT_SLOTS for raw in INTS] + OTHER_SLOTS


def may_be_null(name: str, slot: str) -> bool:
    if name == "reserveStock":
        return slot == "ttlSeconds"
    return name in ("setStockPolicy", "upsertItem", "upsertLocation") and slot not in ("sku", "code", "idempotencyKey")


@pytest.mark.parametrize(
    ("name", "slot", "raw"), [case for case in WRONG_TYPES if not (case[2] == "null" and may_be_null(*case[:2]))]
)
def test_a_value_of_the_wrong_type_is_refused_by_name_and_changes_nothing(
    shop: Shop, name: str, slot: str, raw: str
) -> None:
    good = right(name, shop)
    before = shop.picture_of(good)
    given = {"idempotencyKey": fresh("key"), **good, slot: "@"}
    body = json.dumps({"query": mutation(name), "variables": {"input": given}})
    status, answer = post(shop, body.replace('"@"', raw))
    assert status in (200, 400), answer
    if answer.get("errors"):
        assert not (answer.get("data") or {}).get(name)
        assert slot in str(answer["errors"][0]["message"]) or (status == 400 and raw == "1e400")
        assert answer["errors"][0]["extensions"]["code"] not in (None, "INTERNAL")
    else:
        [error] = answer["data"][name]["userErrors"]
        assert error["code"] == "INVALID_INPUT"
        assert error["field"][-1] == slot
    assert shop.picture_of(good) == before


#: A slot of each input that takes any text and is not its subject.
TEXT_SLOTS = dict.fromkeys((*MOVEMENTS, *TRANSFERS), "note") | {
    "setStockPolicy": "location",
    "reserveStock": "channel",
    "commitReservation": "reference",
    "releaseReservation": "note",
    "createCycleCount": "reference",
    "recordCycleCount": "note",
    "closeCycleCount": "cycleCountId",
    "acknowledgeAlert": "alertId",
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("slot", ["its subject", "idempotencyKey", "a text"])
def test_half_of_a_surrogate_pair_is_refused(shop: Shop, name: str, slot: str) -> None:
    good = right(name, shop)
    if slot == "its subject":
        subjects = ("code", "sku", "orderId", "reservationId", "transferId", "location", "cycleCountId", "alertId")
        slot = next((each for each in subjects if each in good), "idempotencyKey")
    elif slot == "a text":
        slot = TEXT_SLOTS.get(name) or ("reservationId" if name in STEPS else "name")
    given = {"idempotencyKey": fresh("key"), **good, slot: "a\ud800b"}
    status, answer = post(shop, json.dumps({"query": mutation(name), "variables": {"input": given}}))
    if status == 400 or answer.get("errors"):
        assert answer["errors"][0]["extensions"]["code"] in ("BAD_REQUEST", "BAD_USER_INPUT")
    else:
        assert [error["code"] for error in answer["data"][name]["userErrors"]] == ["INVALID_INPUT"]


def post(shop: Shop, body: str) -> tuple[int, dict[str, Any]]:
    """A body that Python would not write itself."""
    asker = shop.admin
    response = shop.stack.http.post(
        shop.stack.graphql_url,
        content=body.encode(),
        headers={"Authorization": f"Bearer {asker.token}", "Content-Type": "application/json"},
    )
    return response.status_code, response.json()


INT_SLOT = QUANTITY | {
    "reserveStock": "ttlSeconds",
    "extendReservation": "ttlSeconds",
    "setStockPolicy": "reorderPoint",
    "upsertItem": "leadTimeDays",
    "upsertLocation": "priority",
}


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_literals_are_checked_as_variables_are(shop: Shop, name: str) -> None:
    slot = INT_SLOT.get(name, "reservationId")
    for raw in ("1.5", '"1"', "2147483648", "1e400", "true", "[1, 2]", "{}", "$undefined", "ENUM"):
        answer = shop.admin.send(f"mutation {{ {name}(input: {{ {slot}: {raw} }}) {{ userErrors {{ code }} }} }}")
        assert answer.status in (200, 400)
        assert answer.errors
        assert not (answer.body.get("data") or {}).get(name)
        assert "INTERNAL" not in answer.codes


def test_times_are_rfc_3339_in_utc(shop: Shop) -> None:
    level = shop.level(shop.stocked(1))
    assert level is not None
    for name in ("updatedAt", "lastMovementAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", level[name])
