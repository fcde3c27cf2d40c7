"""docs/first-query.md and docs/checkout.md: their commands do what they say."""

from tests.contract.by_path import service
from tests.contract.guides import needs_curl, told_by
from tests.factories.shop import Shop


@needs_curl
def test_the_first_queries_find_stock_add_to_it_once_and_tell_who_did(shop: Shop) -> None:
    shop.stocked(10, shop.location("LDS-DC"), sku="OUT-TENT-3P-ORG")

    page, level, received, again, entry, refused = told_by("first-query.md", shop.stack.url, shop.manager.token)

    assert {"sku", "location", "quantityOnHand", "availableToPromise", "status"} == set(
        page["data"]["stockLevels"]["nodes"][0]
    )
    assert level["data"]["stockLevel"]["quantityOnHand"] == 10
    assert received == again
    assert received["data"]["receiveStock"]["stockLevel"]["quantityOnHand"] == 12
    [told] = entry["data"]["stockLevel"]["ledger"]["nodes"]
    assert (told["kind"], told["quantityOnHandChange"], told["reference"]) == ("RECEIPT", 2, "PO-1")
    [error] = refused["data"]["receiveStock"]["userErrors"]
    assert (error["code"], error["field"]) == ("UNKNOWN_SKU", ["sku"])


@needs_curl
def test_the_checkout_sells_two_units_once_and_is_refused_what_is_not_there(shop: Shop) -> None:
    shop.stocked(10, sku="OUT-TENT-3P-GRN")

    available, reserved, paid, shipped, refused = told_by("checkout.md", shop.stack.url, service(shop).token)

    assert [(each["known"], each["availableToPromise"]) for each in available["data"]["availability"]] == [
        (True, 10),
        (False, 0),
    ]
    assert reserved["data"]["reserveStock"]["reservation"]["status"] == "PENDING"
    assert paid["data"]["confirmReservation"]["reservation"]["status"] == "CONFIRMED"
    [line] = shipped["data"]["commitReservation"]["reservation"]["lines"]
    assert line == {"quantityCommitted": 2}
    [shortage] = refused["data"]["reserveStock"]["shortages"]
    assert (shortage["requested"], shortage["available"]) == (1_000, 8)
