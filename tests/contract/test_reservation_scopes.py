"""Whose reservations are whose: vendors see and give back lines of their own items alone, tenants nothing of others."""

from typing import Any

import pytest

from tests.contract.assortment import RESERVATIONS
from tests.contract.order_requests import WITH_LINES
from tests.contract.requests import STEPS, right
from tests.factories.operations import RESERVATION
from tests.factories.shop import RESERVATION_QUERY, Asker, Shop, fresh

FOUND = (
    f"query ($filter: ReservationFilter) {{ reservations(filter: $filter) {{ totalCount nodes {{ {RESERVATION} }} }} }}"
)
NODE = "query ($id: ID!) { node(id: $id) { id } }"
ORDER = "query ($order: String!) { reservation(orderId: $order) { id } }"


@pytest.fixture
def vendor(shop: Shop) -> Asker:
    return shop.as_("vendor", "Fjell")


@pytest.fixture
def mixed(shop: Shop) -> dict[str, Any]:
    """3 units of the vendor's item are held and 1 waits, 2 of another's."""
    own, other = shop.stocked(3, vendor="Fjell"), shop.stocked(10, vendor="Sol")
    lines = [{"sku": own, "quantity": 4}, {"sku": other, "quantity": 2}]
    given = {"orderId": fresh("ORDER"), "lines": lines, "fulfillmentPolicy": "BACKORDER"}
    return shop.system.succeed("reserveStock", **given)["reservation"]


@pytest.fixture
def foreign(shop: Shop) -> dict[str, Any]:
    """A reservation in which the vendor has no line."""
    return shop.reserve(shop.stocked(10, vendor="Sol"))


def own_part(reservation: dict[str, Any]) -> dict[str, Any]:
    """What the vendor may see: the first SKU's lines and shortages."""
    sku = reservation["lines"][0]["sku"]
    parts = {name: [each for each in reservation[name] if each["sku"] == sku] for name in ("lines", "shortages")}
    return reservation | parts


def foreign_line(reservation: dict[str, Any]) -> dict[str, Any]:
    """The first line of another SKU than the vendor's."""
    return next(line for line in reservation["lines"] if line["sku"] != reservation["lines"][0]["sku"])


def not_there(shop: Shop) -> dict[str, Any]:
    """What names a reservation that is not there: the ids of a dry run."""
    return shop.reserve(shop.stocked(10), dryRun=True)


# ---------------------------------------------------------------- a vendor reads
def test_a_vendor_sees_of_a_reservation_its_own_lines_and_shortages(vendor: Asker, mixed: dict[str, Any]) -> None:
    seen = own_part(mixed)
    assert 0 < len(seen["lines"]) < len(mixed["lines"])
    assert seen["shortages"] == mixed["shortages"] != []
    assert vendor.ask(RESERVATION_QUERY, id=mixed["id"])["reservation"] == seen
    assert vendor.ask(RESERVATION_QUERY, orderId=mixed["orderId"])["reservation"] == seen
    skus = [line["sku"] for line in mixed["lines"]]
    assert vendor.ask(FOUND, filter={"skus": skus})["reservations"] == {"totalCount": 1, "nodes": [seen]}


def test_a_vendor_finds_no_reservation_by_anothers_item(vendor: Asker, mixed: dict[str, Any]) -> None:
    other = foreign_line(mixed)["sku"]
    none = {"totalCount": 0, "nodes": []}
    assert vendor.ask(FOUND, filter={"skus": [other]})["reservations"] == none
    assert vendor.ask(FOUND, filter={"skus": [other], "orderIds": [mixed["orderId"]]})["reservations"] == none


def test_a_vendor_finds_its_own_lines_by_id_and_no_others(vendor: Asker, mixed: dict[str, Any]) -> None:
    own = {line["id"] for line in own_part(mixed)["lines"]}
    found = {line["id"] for line in mixed["lines"] if vendor.ask(NODE, id=line["id"])["node"]}
    assert found == own


def test_a_foreign_reservation_reads_to_a_vendor_like_one_that_is_not_there(
    shop: Shop, vendor: Asker, foreign: dict[str, Any]
) -> None:
    missing = not_there(shop)
    for named in (foreign, missing):
        assert vendor.ask(NODE, id=named["id"]) == vendor.ask(NODE, id=named["lines"][0]["id"]) == {"node": None}
        assert vendor.ask(RESERVATION_QUERY, id=named["id"]) == {"reservation": None}
        assert vendor.ask(ORDER, order=named["orderId"]) == {"reservation": None}
        filter = {"orderIds": [named["orderId"]]}
        assert vendor.ask(FOUND, filter=filter)["reservations"] == {"totalCount": 0, "nodes": []}
    assert shop.admin.ask(NODE, id=foreign["id"])["node"]


def test_of_an_order_a_vendor_is_told_the_newest_reservation_that_it_may_see(shop: Shop, vendor: Asker) -> None:
    order = fresh("ORDER")
    first = shop.reserve(shop.stocked(5, vendor="Fjell"), orderId=order)
    shop.system.succeed("releaseReservation", reservationId=first["id"])
    second = shop.reserve(shop.stocked(5, vendor="Sol"), orderId=order)
    assert vendor.ask(ORDER, order=order) == {"reservation": {"id": first["id"]}}
    assert shop.analyst.ask(ORDER, order=order) == {"reservation": {"id": second["id"]}}


def test_a_vendor_lists_what_holds_its_items_page_by_page(shop: Shop) -> None:
    name = fresh("vendor")
    own, other = shop.stocked(10, vendor=name), shop.stocked(10, vendor="Sol")
    made = []
    for _ in range(3):
        made.append(shop.reserve(own, 1)["id"])
        shop.reserve(other, 1)
    asker = shop.as_("vendor", name)
    found: list[str] = []
    cursor = None
    while True:
        page = asker.ask(RESERVATIONS, first=2, after=cursor)["page"]
        assert page["totalCount"] == 3
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    assert found == made[::-1]


# ---------------------------------------------------------------- a vendor gives back
def test_a_vendor_gives_back_its_own_lines_and_leaves_the_others(
    shop: Shop, vendor: Asker, mixed: dict[str, Any]
) -> None:
    own, other = mixed["lines"][0]["sku"], foreign_line(mixed)["sku"]
    payload = vendor.succeed("releaseReservation", reservationId=mixed["id"], note="out of print")
    left = shop.reservation(mixed["id"])
    assert left
    assert payload["reservation"] == own_part(left)
    assert left["status"] == "PENDING"
    assert {line["sku"]: line["quantityReleased"] for line in left["lines"] if line["sku"] == other} == {other: 0}
    assert sum(line["quantityReleased"] for line in left["lines"] if line["sku"] == own) == 4
    levels = [shop.level(sku) for sku in (own, other)]
    assert [level and level["quantityAllocated"] for level in levels] == [0, 2]
    again = vendor.do("releaseReservation", reservationId=mixed["id"])
    assert [error["code"] for error in again["userErrors"]] == ["ILLEGAL_TRANSITION"], "nothing of its items is open"
    assert again["reservation"] == payload["reservation"]


def test_a_vendor_cannot_name_anothers_lines(shop: Shop, vendor: Asker, mixed: dict[str, Any]) -> None:
    foreign = foreign_line(mixed)
    missing = not_there(shop)["lines"][0]
    told = []
    for line in (foreign, missing):
        for named in ({"lineId": line["id"]}, {"sku": line["sku"]}):
            lines = [{**named, "quantity": 1}]
            [error] = vendor.do("releaseReservation", reservationId=mixed["id"], lines=lines)["userErrors"]
            told.append(str(error).replace(line["sku"], "?"))
            assert error["code"] == "NOT_FOUND"
    assert told[:2] == told[2:]
    assert shop.reservation(mixed["id"]) == mixed


def test_a_vendor_gives_back_no_foreign_reservation(shop: Shop, vendor: Asker, foreign: dict[str, Any]) -> None:
    told = [vendor.do("releaseReservation", reservationId=each["id"]) for each in (foreign, not_there(shop))]
    assert told[0] == told[1]
    assert [error["code"] for error in told[0]["userErrors"]] == ["NOT_FOUND"]
    assert told[0]["reservation"] is None
    assert shop.reservation(foreign["id"]) == foreign


def test_a_repeat_shows_a_vendor_what_it_may_see(vendor: Asker, mixed: dict[str, Any]) -> None:
    given = {"idempotencyKey": fresh("key"), "reservationId": mixed["id"]}
    first = vendor.succeed("releaseReservation", **given)
    assert vendor.succeed("releaseReservation", **given) == first


def test_a_vendor_without_items_sees_and_gives_back_nothing(shop: Shop, mixed: dict[str, Any]) -> None:
    nobody = shop.as_("vendor", fresh("vendor"))
    assert nobody.ask(RESERVATION_QUERY, id=mixed["id"]) == {"reservation": None}
    assert nobody.ask(FOUND)["reservations"] == {"totalCount": 0, "nodes": []}
    payload = nobody.do("releaseReservation", reservationId=mixed["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]


# ---------------------------------------------------------------- tenants
def test_another_tenants_reservation_reads_like_one_that_is_not_there(shop: Shop, other_shop: Shop) -> None:
    theirs, missing = other_shop.reserve(other_shop.stocked(10)), not_there(shop)
    for named in (theirs, missing):
        assert (
            shop.admin.ask(NODE, id=named["id"]) == shop.admin.ask(NODE, id=named["lines"][0]["id"]) == {"node": None}
        )
        assert shop.reservation(named["id"]) is None
        assert shop.reservation(order=named["orderId"]) is None
        found = shop.admin.ask(FOUND, filter={"orderIds": [named["orderId"]]})["reservations"]
        assert found == {"totalCount": 0, "nodes": []}


@pytest.mark.parametrize("step", STEPS)
def test_another_tenants_reservation_cannot_be_settled(shop: Shop, other_shop: Shop, step: str) -> None:
    given = right(step, other_shop)
    before = other_shop.reservation(given["reservationId"])
    told = [shop.admin.do(step, **given | {"reservationId": id_}) for id_ in (given["reservationId"], "rubbish")]
    assert told[0] == told[1]
    assert [error["code"] for error in told[0]["userErrors"]] == ["NOT_FOUND"]
    assert other_shop.reservation(given["reservationId"]) == before


@pytest.mark.parametrize("step", WITH_LINES)
def test_another_tenants_line_is_as_unknown_as_a_missing_one(shop: Shop, other_shop: Shop, step: str) -> None:
    theirs, missing = other_shop.reserve(other_shop.stocked(10)), not_there(shop)
    own = shop.reserve(shop.stocked(10))
    told = [
        shop.admin.do(step, reservationId=own["id"], lines=[{"lineId": each["lines"][0]["id"], "quantity": 1}])
        for each in (theirs, missing)
    ]
    assert told[0] == told[1]
    assert [error["field"] for error in told[0]["userErrors"]] == [["lines", "0", "lineId"]]


def test_one_order_id_means_each_tenants_own_order(shop: Shop, other_shop: Shop) -> None:
    order = fresh("SAME")
    mine, theirs = (of.reserve(of.stocked(10), orderId=order) for of in (shop, other_shop))
    assert mine["id"] != theirs["id"]
    assert shop.reservation(order=order) == mine
    assert other_shop.reservation(order=order) == theirs


def test_an_order_for_another_tenants_item_is_refused_like_one_for_none(shop: Shop, other_shop: Shop) -> None:
    foreign, missing = other_shop.stocked(5), fresh("SKU")
    order = fresh("ORDER")
    told = [
        str(shop.system.do("reserveStock", orderId=order, lines=[{"sku": sku, "quantity": 1}])).replace(sku, "?")
        for sku in (foreign, missing)
    ]
    assert told[0] == told[1]
    assert "UNKNOWN_SKU" in told[0]
