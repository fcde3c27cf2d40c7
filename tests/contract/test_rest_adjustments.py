"""Corrections by path: as `/inventory/adjustments`, `/api/inventory/adjustments`, `/add` and `/audit` take them."""

from typing import Any

import pytest

from tests.contract.assortment import VENDOR
from tests.contract.by_path import NOBODYS, Service, assert_problem, service
from tests.factories.shop import Shop, fresh

ADJUSTMENTS = "/inventory/adjustments"
BY_PRODUCT = "/api/inventory/adjustments"
ADD = "/api/inventory/add"
AUDIT = "/api/inventory/audit"


@pytest.fixture
def manager(shop: Shop) -> Service:
    return service(shop, "manager")


def loss(**more: Any) -> dict[str, Any]:
    return {"quantity_change": -2, "reason_code": "damaged", **more}


def test_a_correction_is_made_and_may_be_looked_at(shop: Shop, manager: Service) -> None:
    sku = shop.stocked(10, catalogProductId="CAT-9")
    answer = manager.post(ADJUSTMENTS, loss(sku=sku, note="wet", reference="INC-1", expected_version=1))
    told = answer.body
    assert (answer.status, told["status"], told["sku"], told["product_id"]) == (201, "APPLIED", sku, "CAT-9")
    assert (told["quantity_change"], told["reason_code"], told["note"]) == (-2, "damaged", "wet")
    assert answer.headers["location"] == f"{ADJUSTMENTS}/{told['adjustment_id']}"
    assert manager.read(answer.headers["location"]) == told
    assert shop.level(sku)["quantityOnHand"] == 8  # pyright: ignore[reportOptionalSubscript]


def test_what_waits_is_202_and_told_as_it_is_when_it_is_asked_again(shop: Shop) -> None:
    vendor, sku = service(shop, "vendor", VENDOR), shop.stocked(10, vendor=VENDOR)
    asked, key = loss(sku=sku), fresh("key")
    answer = vendor.post(ADJUSTMENTS, asked, key)
    assert (answer.status, answer.body["status"]) == (202, "PENDING_APPROVAL")
    assert answer.body["requested_by"]
    id_ = answer.body["adjustment_id"]
    shop.as_("approver").succeed("approveAdjustment", adjustmentId=answer.body["global_id"])
    again = vendor.post(ADJUSTMENTS, asked, key)
    assert (again.status, again.body["status"], again.body["adjustment_id"]) == (201, "APPLIED", id_)
    other = vendor.post(ADJUSTMENTS, asked).body
    shop.as_("approver").succeed("rejectAdjustment", adjustmentId=other["global_id"])
    assert vendor.read(f"{ADJUSTMENTS}/{other['adjustment_id']}")["status"] == "REJECTED"
    assert_problem(vendor.post(ADJUSTMENTS, loss(sku=shop.stocked(10))), 422, "UNKNOWN_SKU", "sku")


def test_a_key_of_one_path_is_that_of_the_other_and_of_graphql(shop: Shop, manager: Service) -> None:
    sku, key = shop.stocked(10), fresh("key")
    first = manager.post(ADJUSTMENTS, loss(sku=sku), key).body
    assert manager.post(BY_PRODUCT, loss(sku=sku, idempotency_key=key), key).body == first
    given = {"sku": sku, "quantityChange": -2, "reasonCode": "damaged", "idempotencyKey": key}
    assert shop.manager.succeed("adjustStock", **given)["stockLevel"]["quantityOnHand"] == 8
    assert_problem(manager.post(ADD, {"sku": sku, "quantity": 1}, key), 422, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


@pytest.mark.parametrize("path", [ADJUSTMENTS, BY_PRODUCT])
def test_goods_are_named_by_their_product_too(shop: Shop, manager: Service, path: str) -> None:
    product, key = fresh("CAT"), fresh("key")
    sku = shop.stocked(10, catalogProductId=product)
    first = manager.post(path, loss(product_id=product), key)
    assert (first.status, first.body["sku"]) == (201, sku)
    shop.stocked(10, catalogProductId=product)
    assert manager.post(path, loss(product_id=product), key).body == first.body
    assert_problem(manager.post(path, loss(product_id=product)), 400, "INVALID_INPUT", "product_id")
    assert_problem(manager.post(path, loss(product_id=fresh("NONE"))), 422, "UNKNOWN_SKU", "product_id")


@pytest.mark.parametrize("named", [{}, {"sku": "a", "product_id": "b"}])
def test_goods_have_one_name(manager: Service, named: dict[str, str]) -> None:
    assert_problem(manager.post(ADJUSTMENTS, loss(**named)), 400, "INVALID_INPUT", "sku")


def test_stock_is_added_and_the_reason_may_be_left_out(shop: Shop, manager: Service) -> None:
    sku = shop.item()
    answer = manager.post(ADD, {"sku": sku, "quantity": 5})
    assert (answer.status, answer.body["quantity_change"], answer.body["reason_code"]) == (201, 5, "received")
    assert manager.post(ADD, {"sku": sku, "quantity": 2, "reason_code": "found"}).body["reason_code"] == "found"
    assert shop.level(sku)["quantityOnHand"] == 7  # pyright: ignore[reportOptionalSubscript]
    for wrong in (0, -1):
        assert_problem(manager.post(ADD, {"sku": sku, "quantity": wrong}), 400, "INVALID_QUANTITY", "quantity")
    assert_problem(manager.post(ADD, {"sku": sku, "quantity": 10**9}), 400, "INVALID_QUANTITY", "quantity")


@pytest.mark.parametrize(
    ("status", "code", "field", "wrong"),
    [
        (409, "INSUFFICIENT_STOCK", "quantity_change", {"quantity_change": -11}),
        (409, "STALE_VERSION", "expected_version", {"expected_version": 7}),
        (400, "INVALID_QUANTITY", "quantity_change", {"quantity_change": 0}),
        (422, "UNKNOWN_REASON_CODE", "reason_code", {"reason_code": "none"}),
        (422, "REASON_DIRECTION_MISMATCH", "reason_code", {"reason_code": "found"}),
        (422, "NOTE_REQUIRED", "note", {"reason_code": "other"}),
        (422, "UNKNOWN_LOCATION", "location", {"location": "NOWHERE"}),
        (400, "INVALID_INPUT", "note", {"note": "a\0b"}),
    ],
)
def test_a_refusal_names_the_field_and_shows_the_level_as_it_is(
    shop: Shop, manager: Service, status: int, code: str, field: str, wrong: dict[str, Any]
) -> None:
    sku = shop.stocked(10)
    answer = manager.post(ADJUSTMENTS, loss(sku=sku) | wrong)
    assert_problem(answer, status, code, field)
    if code == "STALE_VERSION":
        assert answer.body["errors"][0]["currentVersion"] == answer.body["level"]["version"] == 1
    if code != "UNKNOWN_LOCATION":
        assert answer.body["level"]["quantity_on_hand"] == 10


@pytest.mark.parametrize("name", [NOBODYS, "rubbish", "%00", "x" * 999])
def test_an_adjustment_that_is_not_there_is_404(manager: Service, name: str) -> None:
    assert_problem(manager.get(f"{ADJUSTMENTS}/{name}"), 404, "NOT_FOUND", "adjustmentId")


def test_another_tenants_or_vendors_adjustment_reads_like_none(shop: Shop, other_shop: Shop, manager: Service) -> None:
    foreign = service(other_shop, "manager").post(ADJUSTMENTS, loss(sku=other_shop.stocked(5))).body["adjustment_id"]
    assert manager.get(f"{ADJUSTMENTS}/{foreign}").status == 404
    mine = manager.post(ADJUSTMENTS, loss(sku=shop.stocked(5, vendor=VENDOR))).body["adjustment_id"]
    assert service(shop, "vendor", "another").get(f"{ADJUSTMENTS}/{mine}").status == 404
    assert service(shop, "vendor", VENDOR).read(f"{ADJUSTMENTS}/{mine}")["requested_by"] is None


# ------------------------------------------------------------------ what was counted
def test_what_was_counted_becomes_what_is_on_hand(shop: Shop, manager: Service) -> None:
    product, north = fresh("CAT"), shop.location()
    sku = shop.stocked(10, "MAIN", north, catalogProductId=product)
    answer = manager.post(AUDIT, {"product_id": product, "location": north, "quantity_counted": 7, "note": "shelf 4"})
    told = answer.body
    assert (answer.status, told["status"], told["sku"], told["location"]) == (201, "APPLIED", sku, north)
    assert (told["quantity_counted"], told["quantity_change"], told["reason_code"]) == (7, -3, "cycle_count")
    assert manager.read(answer.headers["location"]) == told
    assert shop.level(sku, north)["quantityOnHand"] == 7  # pyright: ignore[reportOptionalSubscript]
    same = manager.post(AUDIT, {"sku": sku, "location": north, "quantity_counted": 7, "reason_code": "correction"})
    assert (same.status, same.body["quantity_change"], same.body["reason_code"]) == (201, 0, "correction")
    assert_problem(manager.post(AUDIT, {"sku": sku, "quantity_counted": 7}), 422, "LOCATION_REQUIRED", "location")


def test_a_count_is_held_against_the_version_that_who_counted_knew(shop: Shop, manager: Service) -> None:
    sku = shop.stocked(10)
    [level] = manager.read(f"/api/inventory?sku={sku}")["items"]
    counted = {"sku": sku, "location": level["location"], "quantity_counted": 7, "expected_version": level["version"]}
    shop.adjust(sku, -1)
    stale = manager.post(AUDIT, counted)
    assert_problem(stale, 409, "STALE_VERSION", "expected_version")
    assert (stale.body["level"]["quantity_on_hand"], stale.body["level"]["version"]) == (9, level["version"] + 1)
    answer = manager.post(AUDIT, counted | {"expected_version": stale.body["errors"][0]["currentVersion"]})
    assert (answer.status, answer.body["quantity_change"]) == (201, -2)


def test_a_count_under_one_key_counts_once_by_path_and_by_graphql(shop: Shop, manager: Service) -> None:
    sku, key = shop.stocked(10), fresh("key")
    first = manager.post(AUDIT, {"sku": sku, "quantity_counted": 7}, key).body
    shop.adjust(sku, 2)
    assert manager.post(AUDIT, {"sku": sku, "quantity_counted": 7}, key).body == first
    given = {"sku": sku, "quantityCounted": 7, "reasonCode": "cycle_count", "idempotencyKey": key}
    assert shop.manager.succeed("countStock", **given)["adjustment"]["id"] == first["global_id"]
    reused = manager.post(AUDIT, {"sku": sku, "quantity_counted": 8}, key)
    assert_problem(reused, 422, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert reused.body["level"]["quantity_on_hand"] == 9


def test_a_vendors_count_waits(shop: Shop) -> None:
    vendor, sku = service(shop, "vendor", VENDOR), shop.stocked(10, vendor=VENDOR)
    answer = vendor.post(AUDIT, {"sku": sku, "quantity_counted": 7})
    assert (answer.status, answer.body["status"], answer.body["quantity_change"]) == (202, "PENDING_APPROVAL", -3)
    assert vendor.read(answer.headers["location"])["quantity_counted"] == 7
    assert shop.level(sku)["quantityOnHand"] == 10  # pyright: ignore[reportOptionalSubscript]


@pytest.mark.parametrize(
    ("status", "code", "field", "wrong"),
    [
        (409, "INSUFFICIENT_STOCK", "quantity_counted", {"quantity_counted": 3}),
        (400, "INVALID_QUANTITY", "quantity_counted", {"quantity_counted": -1}),
        (400, "INVALID_QUANTITY", "quantity_counted", {"quantity_counted": 10**9}),
        (400, "BAD_USER_INPUT", "quantity_counted", {"quantity_counted": None}),
        (400, "BAD_USER_INPUT", "quantity_change", {"quantity_change": 1}),
        (422, "REASON_DIRECTION_MISMATCH", "reason_code", {"reason_code": "found"}),
        (422, "UNKNOWN_SKU", "sku", {"sku": "nowhere"}),
    ],
)
def test_a_count_that_is_refused_names_the_field(
    shop: Shop, manager: Service, status: int, code: str, field: str, wrong: dict[str, Any]
) -> None:
    sku = shop.stocked(10)
    shop.reserve(sku, 4)
    answer = manager.post(AUDIT, {"sku": sku, "quantity_counted": 7} | wrong)
    assert_problem(answer, status, code, field)
    assert shop.level(sku)["quantityOnHand"] == 10  # pyright: ignore[reportOptionalSubscript]
