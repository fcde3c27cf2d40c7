"""Lists by path: stock levels and corrections, narrowed and a page at a time."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.contract.assortment import VENDOR
from tests.contract.by_path import Service, assert_problem, service
from tests.factories.shop import Shop, fresh

INVENTORY = "/api/inventory"
ADJUSTMENTS = "/inventory/adjustments"
LISTS = (INVENTORY, ADJUSTMENTS)


@pytest.fixture
def analyst(shop: Shop) -> Service:
    return service(shop, "analyst")


def listed(asker: Service, path: str, **query: Any) -> list[Any]:
    """A page."""
    return asker.read(f"{path}?{urlencode(query, doseq=True)}")["items"]


def paged(asker: Service, path: str, limit: int, **query: Any) -> list[list[Any]]:
    """All pages."""
    pages: list[list[Any]] = []
    after: dict[str, str] = {}
    while True:
        page = asker.read(f"{path}?{urlencode({'limit': limit, **query, **after}, doseq=True)}")
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        after = {"after": page["next_cursor"]}


# ------------------------------------------------------------------ levels
def test_levels_are_told_with_what_they_are_of(shop: Shop, analyst: Service) -> None:
    product = fresh("P")
    sku = shop.stocked(10, catalogProductId=product)
    shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=5, safetyStock=2)
    service(shop).reserved(sku, 3)
    [told] = listed(analyst, INVENTORY, sku=sku)
    assert (told["sku"], told["product_id"], told["location"], told["status"]) == (sku, product, "MAIN", "IN_STOCK")
    assert (told["quantity_on_hand"], told["quantity_allocated"], told["available_to_promise"]) == (10, 3, 7)
    assert (told["reorder_point"], told["safety_stock"], told["version"]) == (5, 2, 3)


def test_levels_are_found_by_what_the_address_names(shop: Shop, analyst: Service) -> None:
    product, category, north = fresh("P"), fresh("category"), shop.location()
    new = shop.stocked(10, "MAIN", north, catalogProductId=product, category=category)
    used = shop.stocked(10, catalogProductId=product, vendor=VENDOR)
    other = shop.stocked(10, catalogProductId=fresh("P"), category=category)
    shop.adjust(used, -10)

    def found(**query: Any) -> list[tuple[str, str]]:
        return [(level["sku"], level["location"]) for level in listed(analyst, INVENTORY, **query)]

    assert found(product_id=product) == [(new, north), (new, "MAIN"), (used, "MAIN")]
    assert found(product_id=product, status="OUT_OF_STOCK") == [(used, "MAIN")]
    assert found(product_id=product, status=["OUT_OF_STOCK", "IN_STOCK"], location=north) == [(new, north)]
    assert found(product_id=product, sku=[used, other]) == [(used, "MAIN")]
    assert found(sku=[new, other], location="MAIN") == [(new, "MAIN"), (other, "MAIN")]
    assert found(category=category) == [(new, north), (new, "MAIN"), (other, "MAIN")]
    assert found(product_id=product, vendor=VENDOR) == [(used, "MAIN")]
    for nothing in ({"product_id": fresh("P")}, {"location": "nowhere"}, {"product_id": product, "sku": other}):
        assert found(**nothing) == []


def test_a_product_of_more_items_than_a_page_is_found_whole(shop: Shop, analyst: Service) -> None:
    product = fresh("P")
    skus = {shop.item(catalogProductId=product) for _ in range(252)}
    last = max(skus)
    shop.manager.succeed("receiveStock", sku=last, quantity=1)
    assert [level["sku"] for level in listed(analyst, INVENTORY, product_id=product)] == [last]


def test_a_vendor_lists_its_own_alone(shop: Shop) -> None:
    product = fresh("P")
    mine = shop.stocked(10, catalogProductId=product, vendor=VENDOR)
    shop.stocked(10, catalogProductId=product)
    vendor = service(shop, "vendor", VENDOR)
    assert [level["sku"] for level in listed(vendor, INVENTORY, product_id=product)] == [mine]
    assert listed(service(shop, "vendor", "another"), INVENTORY, product_id=product) == []


# ------------------------------------------------------------------ corrections
def test_corrections_are_listed_the_newest_first_and_found_by_what_the_address_names(
    shop: Shop, analyst: Service
) -> None:
    manager, vendor = service(shop, "manager"), service(shop, "vendor", VENDOR)
    mine, other = shop.stocked(10, vendor=VENDOR), shop.stocked(10)
    made = [
        asker.post(ADJUSTMENTS, {"sku": sku, "quantity_change": -1, "reason_code": reason}).body
        for asker, sku, reason in ((manager, mine, "damaged"), (vendor, mine, "lost"), (manager, other, "lost"))
    ]
    ids = [each["adjustment_id"] for each in made]

    def found(asker: Service = analyst, **query: Any) -> list[int]:
        return [ids.index(each["adjustment_id"]) for each in listed(asker, ADJUSTMENTS, **query)]

    both = [mine, other]
    assert listed(analyst, ADJUSTMENTS, sku=both) == [*reversed(made)]
    assert found(sku=mine, status="PENDING_APPROVAL") == [1]
    assert found(sku=both, status=["APPLIED", "REJECTED"]) == [2, 0]
    assert found(sku=both, reason_code="lost") == [2, 1]
    assert found(sku=both, location=["MAIN", "nowhere"]) == [2, 1, 0]
    assert found(sku=both, location="nowhere") == []
    assert found(sku=both, requested_by=made[0]["requested_by"]) == [2, 0]
    assert found(sku=both, **{"from": made[1]["requested_at"]}) == [2, 1]
    assert found(sku=both, to=made[1]["requested_at"]) == [0]
    assert found(sku=both, to="2020-01-01T00:00:00+02:00") == []
    assert found(vendor, sku=both) == [1, 0]
    own = [each["requested_by"] for each in listed(vendor, ADJUSTMENTS, sku=both)]
    assert own == [made[1]["requested_by"], None]
    assert found(vendor, sku=both, requested_by=made[1]["requested_by"]) == [1]


def test_a_vendor_does_not_find_requests_by_others_names(shop: Shop) -> None:
    answer = service(shop, "vendor", VENDOR).get(f"{ADJUSTMENTS}?requested_by=manager")
    assert_problem(answer, 403, "FORBIDDEN")


# ------------------------------------------------------------------ pages
def test_pages_follow_on_one_another_without_a_gap(shop: Shop, analyst: Service) -> None:
    skus = [shop.stocked(10) for _ in range(3)]
    for sku in skus:
        shop.adjust(sku, -1)
    for path in LISTS:
        whole = listed(analyst, path, sku=skus)
        pages = paged(analyst, path, 2, sku=skus)
        assert [len(page) for page in pages] == [2, 1]
        assert [each for page in pages for each in page] == whole
        assert [len(page) for page in paged(analyst, path, 3, sku=skus)] == [3]
        assert paged(analyst, path, 1, sku=fresh("SKU")) == [[]]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "251", "1.5", "x", "1e2", "9" * 400, "%D9%A1"])
def test_a_page_has_a_size(analyst: Service, path: str, limit: str) -> None:
    assert_problem(analyst.get(f"{path}?limit={limit}"), 400, "BAD_USER_INPUT", "limit")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "after",
    [
        "",
        "rubbish",
        "%00",
        "x" * 5_000,
        "WyJTS1VfIiwiQSIsIk1BSU4iXQ",
    ],
)
def test_a_cursor_that_no_page_told_is_named(analyst: Service, path: str, after: str) -> None:
    assert_problem(analyst.get(f"{path}?after={after}"), 400, "BAD_USER_INPUT", "after")


def test_a_cursor_of_another_list_is_named(shop: Shop, analyst: Service) -> None:
    skus = [shop.stocked(10) for _ in range(2)]
    cursor = analyst.read(f"{INVENTORY}?{urlencode({'sku': skus, 'limit': 1}, doseq=True)}")["next_cursor"]
    assert_problem(analyst.get(f"{ADJUSTMENTS}?after={cursor}"), 400, "BAD_USER_INPUT", "after")


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        (INVENTORY, "status=GONE", "status"),
        (INVENTORY, "status=low", "status"),
        (INVENTORY, "status=", "status"),
        (INVENTORY, "sku=%00", "sku"),
        (INVENTORY, "product_id=" + "x" * 201, "product_id"),
        (INVENTORY, "limit=5&limit=5", "limit"),
        (INVENTORY, "warehouse=A", "query"),
        (INVENTORY, "sku=A&" * 1_001, "sku"),
        (ADJUSTMENTS, "status=WAITS", "status"),
        (ADJUSTMENTS, "from=2025-01-01", "from"),
        (ADJUSTMENTS, "from=2025-01-01T00:00:00", "from"),
        (ADJUSTMENTS, "to=0001-01-01T00:00:00%2B14:00", "to"),
        (ADJUSTMENTS, "to=yesterday", "to"),
        (ADJUSTMENTS, "requested_by=a&requested_by=b", "requested_by"),
    ],
)
def test_what_cannot_be_meant_is_named(analyst: Service, path: str, query: str, field: str) -> None:
    assert_problem(analyst.get(f"{path}?{query}"), 400, "BAD_USER_INPUT", field)


def test_all_that_is_wrong_is_told_at_once(analyst: Service) -> None:
    answer = analyst.get(f"{ADJUSTMENTS}?status=A&from=B&limit=C")
    assert [error["field"] for error in answer.body["errors"]] == ["status", "from", "limit"]
