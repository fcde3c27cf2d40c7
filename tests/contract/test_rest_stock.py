"""Stock by path: levels of a SKU, what a product of the catalog has, what can be promised."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.assortment import VENDOR, Assortment
from tests.contract.by_path import Service, service
from tests.factories.shop import Shop, fresh

AVAILABILITY = "/internal/inventory/availability"
CHECK = "/api/inventory/check"


@pytest.fixture
def analyst(shop: Shop) -> Service:
    return service(shop, "analyst")


def available(asker: Service, query: str) -> list[tuple[Any, ...]]:
    """What was asked, whether it is known, and how many there are."""
    rows = asker.read(f"{AVAILABILITY}?{query}")["items"]
    return [(row["sku"] or row["productId"], row["known"], row["availableToPromise"]) for row in rows]


# ------------------------------------------------------------------ levels
def test_a_sku_is_told_at_each_location_and_summed(shop: Shop, analyst: Service) -> None:
    north = shop.location()
    sku = shop.stocked(10, "MAIN", north)
    shop.manager.succeed("setStockPolicy", sku=sku, location=north, lowStockThreshold=50)
    service(shop).reserved(sku, 3)
    told = analyst.read(f"/inventory/stock_levels/{sku}")
    assert (told["sku"], told["status"]) == (sku, "LOW")
    assert (told["quantity_on_hand"], told["quantity_allocated"], told["available_to_promise"]) == (20, 3, 17)
    assert (told["quantity_unavailable"], told["quantity_incoming"]) == (0, 0)
    levels = {level["location"]: level for level in told["levels"]}
    assert set(levels) == {"MAIN", north}
    assert sum(level["quantity_allocated"] for level in levels.values()) == 3
    assert (levels[north]["status"], levels[north]["quantity_on_hand"]) == ("LOW", 10)


@pytest.mark.parametrize("name", ["nowhere", "%00", "a%0Ab", "x" * 1_000, "%F0%9F%99%82"])
def test_what_is_not_there_is_404(analyst: Service, name: str) -> None:
    for path, field in (("/inventory/stock_levels", "sku"), ("/api/inventory", "productId")):
        answer = analyst.get(f"{path}/{name}")
        assert (answer.status, answer.body["code"], answer.body["field"]) == (404, "NOT_FOUND", field)


def test_an_item_that_was_never_stocked_has_no_levels(shop: Shop, analyst: Service) -> None:
    told = analyst.read(f"/inventory/stock_levels/{shop.item()}")
    assert (told["quantity_on_hand"], told["status"], told["levels"]) == (0, "OUT_OF_STOCK", [])


@pytest.mark.parametrize("name", ["a/b", "ä?#%2F", "..", "50%", "a b", "+", "check"])
def test_a_sku_may_hold_any_letter(shop: Shop, analyst: Service, name: str) -> None:
    sku = shop.item(f"{fresh('SKU')}{name}")
    path = f"/inventory/stock_levels/{quote(sku, safe='')}"
    assert analyst.read(path)["sku"] == sku


# ------------------------------------------------------------------ products
def test_a_product_is_summed_over_its_items(shop: Shop, analyst: Service) -> None:
    product, north = fresh("P"), shop.location()
    new = shop.stocked(10, "MAIN", north, catalogProductId=product)
    shop.stocked(5, catalogProductId=product, condition="used")
    service(shop).reserved(new, 4)
    told = analyst.read(f"/api/inventory/{product}")
    assert (told["product_id"], told["quantity"], told["reserved"]) == (product, 25, 4)
    assert told["available_to_promise"] == 21
    assert told["updated_at"]


def test_a_product_that_was_never_stocked_has_nothing(shop: Shop, analyst: Service) -> None:
    product = fresh("P")
    shop.item(catalogProductId=product)
    told = analyst.read(f"/api/inventory/{product}")
    assert (told["quantity"], told["available_to_promise"], told["updated_at"]) == (0, 0, None)


def test_a_cart_is_checked_as_a_map_of_id_to_quantity(shop: Shop) -> None:
    one, two, none = fresh("P"), fresh("P"), fresh("P")
    shop.stocked(10, catalogProductId=one)
    shop.stocked(3, catalogProductId=two)
    cart = service(shop)
    assert cart.ask("POST", CHECK, [two, none, one, one]).body == {one: 10, two: 3, none: 0}
    assert cart.ask("POST", CHECK, []).body == {}
    for wrong, field in ((["", "P"], "body.0"), ([one, 1], "body.1"), ({one: 1}, "body"), (["\0"], "body.0")):
        answer = cart.ask("POST", CHECK, wrong)
        assert (answer.status, answer.body["code"], answer.body["field"]) == (400, "BAD_USER_INPUT", field)
    assert len(cart.ask("POST", CHECK, [f"P-{n}" for n in range(1_000)]).body) == 1_000


# ------------------------------------------------------------------ availability
def test_availability_is_told_in_the_order_asked(shop: Shop, analyst: Service) -> None:
    tent, lamp = shop.stocked(10), shop.stocked(2)
    expected = [(lamp, True, 2), ("nowhere", False, 0), (tent, True, 10), (lamp, True, 2)]
    assert available(analyst, f"sku={lamp}&sku=nowhere&sku={tent}&sku={lamp}") == expected
    assert available(analyst, f"skus={lamp},nowhere,{tent},{lamp}") == expected
    assert available(analyst, f"sku={lamp}&skus=nowhere,{tent}&skus={lamp}") == expected


def test_availability_is_told_of_a_location(shop: Shop, analyst: Service) -> None:
    north = shop.location()
    sku = shop.stocked(10, "MAIN", north, catalogProductId=(product := fresh("P")))
    service(shop).reserve({"sku": sku, "quantity": 4, "location": north})
    assert available(analyst, f"sku={sku}&location={north}") == [(sku, True, 6)]
    assert available(analyst, f"productId={product}&productId=none") == [(product, True, 16), ("none", False, 0)]
    assert available(analyst, f"productId={product}&location={north}") == [(product, True, 6)]
    assert available(analyst, f"productId={product}&sku={sku}") == [(sku, True, 16), (product, True, 16)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "sku"),
        ("location=MAIN", "sku"),
        ("sku=", "sku"),
        ("skus=A,,B", "skus"),
        ("sku=%00", "sku"),
        ("sku=" + "x" * 201, "sku"),
        ("sku=A&location=B&location=C", "location"),
        ("sku=A&channel=web", "query"),
    ],
)
def test_parameters_that_cannot_be_meant_are_named(analyst: Service, query: str, field: str) -> None:
    answer = analyst.get(f"{AVAILABILITY}?{query}")
    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, "BAD_USER_INPUT", field)


@pytest.mark.parametrize("what", ["sku", "productId"])
def test_a_location_that_is_not_there_is_told_and_not_answered_with_nothing(analyst: Service, what: str) -> None:
    answer = analyst.get(f"{AVAILABILITY}?{what}=A&location=nowhere")
    assert (answer.status, answer.body["code"], answer.body["field"]) == (422, "UNKNOWN_LOCATION", "location")
    assert "'nowhere'" in answer.body["detail"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"{AVAILABILITY}?sku=A&channel=web", "There is no parameter channel here: there are sku, "),
        ("/inventory/stock_levels/A?location=MAIN", "There is no parameter location here: there are none."),
    ],
)
def test_a_parameter_that_is_not_known_is_named(analyst: Service, path: str, told: str) -> None:
    assert analyst.get(path).body["detail"].startswith(told)


def test_more_than_a_thousand_are_too_many(analyst: Service) -> None:
    skus = [f"skus={','.join(str(n) for n in range(49))}" for _ in range(21)]
    answer = analyst.get(f"{AVAILABILITY}?{'&'.join(skus)}")
    assert (answer.status, answer.body["field"]) == (400, "sku")
    many = analyst.get(f"{AVAILABILITY}?{'&'.join(['sku=A'] * 2_000)}")
    assert (many.status, many.body["code"]) == (400, "BAD_REQUEST")


# ------------------------------------------------------------------ who sees what
def test_a_vendor_sees_its_own_items_alone(assortment: Assortment) -> None:
    vendor = service(assortment.shop, "vendor", VENDOR)
    assert vendor.read("/inventory/stock_levels/TENT-1")["quantity_on_hand"] > 0
    assert vendor.get("/inventory/stock_levels/LAMP-2").status == 404
    assert vendor.read("/api/inventory/CAT-1")["quantity"] > 0
    assert vendor.get("/api/inventory/CAT-2").status == 404
    assert available(vendor, "sku=LAMP-2&sku=TENT-2") == [("LAMP-2", False, 0), ("TENT-2", True, 3)]
    assert vendor.ask("POST", CHECK, ["CAT-2"]).body == {"CAT-2": 0}


def test_another_tenants_stock_reads_like_none(shop: Shop, other_shop: Shop) -> None:
    product = fresh("P")
    foreign = other_shop.stocked(10, catalogProductId=product)
    analyst = service(shop, "analyst")
    for path in ("/inventory/stock_levels/{}", "/api/inventory/{}"):
        name = foreign if "levels" in path else product
        there, nowhere = analyst.get(path.format(name)), analyst.get(path.format("nowhere"))
        assert there.status == nowhere.status == 404
        assert {**there.body, "requestId": ""} == {**nowhere.body, "requestId": ""}
    assert available(analyst, f"sku={foreign}") == [(foreign, False, 0)]
    assert available(analyst, f"productId={product}") == [(product, False, 0)]
