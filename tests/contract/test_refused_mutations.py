"""Every refusal a mutation can give: its code, the field at fault, its details, and no effect."""

import pytest

from tests.contract import (
    adjustment_requests,
    alert_requests,
    cycle_count_requests,
    order_requests,
    requests,
    transfer_requests,
    webhook_requests,
)
from tests.contract.requests import AT_A_LEVEL, CYCLE_COUNTS, ORDERS, TRANSFERS, Case, right
from tests.factories.operations import MUTATIONS
from tests.factories.shop import Asker, Shop, fresh

CASES = [
    *requests.everywhere(),
    *requests.quantities(),
    *requests.reasons(),
    *requests.stock(),
    *requests.texts(),
    *requests.descriptions(),
    *order_requests.orders(),
    *order_requests.steps(),
    *order_requests.lines(),
    *order_requests.texts(),
    *transfer_requests.cases(),
    *cycle_count_requests.cases(),
    *adjustment_requests.cases(),
    *alert_requests.cases(),
    *webhook_requests.cases(),
]


def asker(shop: Shop, mutation: str) -> Asker:
    """The least of those who may."""
    return (
        shop.manager
        if mutation in (*AT_A_LEVEL, *TRANSFERS, *CYCLE_COUNTS)
        else shop.system
        if mutation in ORDERS
        else shop.admin
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_request_is_refused_with_its_code_and_field_and_changes_nothing(shop: Shop, case: Case) -> None:
    good = right(case.mutation, shop)
    wrong = case.spoil(shop, good)
    before = shop.picture_of(good)
    payload = asker(shop, case.mutation).do(case.mutation, **wrong)
    errors = payload["userErrors"]
    assert [error["code"] for error in errors] == [case.code]
    error = errors[0]
    assert error["field"], "an error names its field"
    assert case.at_fault(error["field"])
    assert error["message"].strip()
    assert {name: error[name] for name in case.told} == case.told
    if "sku" in wrong and case.code in ("UNKNOWN_SKU", "INSUFFICIENT_STOCK", "STALE_VERSION"):
        assert error["sku"] == wrong["sku"]
    assert shop.picture_of(good) == before


@pytest.mark.parametrize("case", [case for case in CASES if case.mutation in AT_A_LEVEL and case.level_known], ids=str)
def test_a_refusal_shows_the_level_as_it_is(shop: Shop, case: Case) -> None:
    wrong = case.spoil(shop, right(case.mutation, shop))
    payload = shop.manager.do(case.mutation, **wrong)
    assert payload["userErrors"]
    assert payload["stockLevel"] == shop.level(wrong["sku"], wrong.get("location"))


def test_an_unknown_sku_and_one_of_another_tenant_are_refused_alike(shop: Shop, other_shop: Shop) -> None:
    foreign, missing = other_shop.stocked(5), fresh("SKU")
    for name in AT_A_LEVEL:
        given = right(name, shop)
        told = [shop.manager.do(name, **given | {"sku": sku}) for sku in (foreign, missing)]
        assert str(told[0]).replace(foreign, "?") == str(told[1]).replace(missing, "?")
        assert told[0]["userErrors"][0]["code"] == "UNKNOWN_SKU"


def test_a_location_cannot_lie_in_itself_or_below_itself(shop: Shop) -> None:
    top = shop.location()
    middle = shop.location(parent=top)
    bottom = shop.location(parent=middle)
    for parent in (top, middle, bottom):
        [error] = shop.admin.do("upsertLocation", code=top, parent=parent)["userErrors"]
        assert (error["code"], error["field"][-1]) == ("INVALID_INPUT", "parent")
    assert shop.admin.ask("query ($c: String!) { location(code: $c) { parent { code } } }", c=top) == {
        "location": {"parent": None}
    }


def test_a_parent_that_is_not_there_is_an_unknown_location(shop: Shop) -> None:
    code = fresh("LOC")
    [error] = shop.admin.do("upsertLocation", code=code, name="Shelf", parent=fresh("NOWHERE"))["userErrors"]
    assert (error["code"], error["field"][-1]) == ("UNKNOWN_LOCATION", "parent")
    assert shop.admin.ask("query ($c: String!) { location(code: $c) { id } }", c=code) == {"location": None}


def test_the_default_location_cannot_be_closed(shop: Shop) -> None:
    code = shop.admin.ask("{ viewer { tenant { defaultLocation { code } } } }")["viewer"]["tenant"]["defaultLocation"]
    [error] = shop.admin.do("upsertLocation", code=code["code"], active=False)["userErrors"]
    assert (error["code"], error["field"][-1]) == ("INVALID_INPUT", "active")


def test_unit_and_scale_are_fixed_once_stock_has_moved(shop: Shop) -> None:
    sku = shop.item(unitOfMeasure="g", quantityScale=3)
    shop.admin.succeed("upsertItem", sku=sku, unitOfMeasure="ml", quantityScale=2)
    shop.manager.succeed("receiveStock", sku=sku, quantity=1)
    for field, value in {"unitOfMeasure": "g", "quantityScale": 3}.items():
        [error] = shop.admin.do("upsertItem", sku=sku, **{field: value})["userErrors"]
        assert (error["code"], error["field"][-1]) == ("INVALID_INPUT", field)


def test_an_overstock_threshold_must_lie_above_the_low_one(shop: Shop) -> None:
    sku = shop.stocked(10)
    [error] = shop.manager.do("setStockPolicy", sku=sku, lowStockThreshold=9, overstockThreshold=9)["userErrors"]
    assert error["code"] == "INVALID_INPUT"
    assert error["field"][-1] in ("lowStockThreshold", "overstockThreshold")


#: Two faults at once; the one that is told comes first. Validity, existence, stale version, reason, stock.
FAULTS: list[tuple[str, requests.Spoil]] = [
    ("INVALID_INPUT", requests.with_(reference="")),
    ("INVALID_QUANTITY", requests.with_(quantityChange=0)),
    ("UNKNOWN_SKU", requests.unknown_sku),
    ("UNKNOWN_LOCATION", requests.unknown_location),
    ("UNKNOWN_REASON_CODE", requests.with_(reasonCode="no_such_reason")),
    ("ITEM_ARCHIVED", requests.archived),
    ("LOCATION_INACTIVE", requests.closed),
    ("STALE_VERSION", requests.with_(expectedVersion=99)),
    ("REASON_DIRECTION_MISMATCH", requests.with_(reasonCode="found", quantityChange=-1000)),
    ("NOTE_REQUIRED", requests.with_(reasonCode="other")),
    ("INSUFFICIENT_STOCK", requests.with_(quantityChange=-1000)),
]
#: Faults that cannot be there at once, because both lie in one field.
APART = {
    frozenset(pair)
    for pair in (
        ("INVALID_QUANTITY", "REASON_DIRECTION_MISMATCH"),
        ("INVALID_QUANTITY", "INSUFFICIENT_STOCK"),
        ("UNKNOWN_LOCATION", "LOCATION_INACTIVE"),
        ("UNKNOWN_REASON_CODE", "REASON_DIRECTION_MISMATCH"),
        ("UNKNOWN_REASON_CODE", "NOTE_REQUIRED"),
        ("UNKNOWN_SKU", "ITEM_ARCHIVED"),
        ("UNKNOWN_SKU", "LOCATION_INACTIVE"),
        ("REASON_DIRECTION_MISMATCH", "NOTE_REQUIRED"),
    )
}
PAIRS = [
    (first, second)
    for i, first in enumerate(FAULTS)
    for second in FAULTS[i + 1 :]
    if frozenset((first[0], second[0])) not in APART
]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda fault: fault[0])
def test_of_two_faults_the_one_that_comes_first_in_the_precedence_is_told(
    shop: Shop, first: tuple[str, requests.Spoil], second: tuple[str, requests.Spoil]
) -> None:
    given = right("adjustStock", shop)
    for _, spoil in sorted((second, first), key=lambda fault: fault[0] == "UNKNOWN_SKU"):
        given = spoil(shop, given)
    payload = shop.manager.do("adjustStock", **given)
    assert [error["code"] for error in payload["userErrors"]] == [first[0]]


def test_every_mutation_has_a_wrong_request_for_each_of_its_fields() -> None:
    assert {case.mutation for case in CASES} == set(MUTATIONS)
