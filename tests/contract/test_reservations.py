"""An order reserved: what is held, what is told where there is not enough, and how a reservation is asked for."""

from typing import Any

import pytest

from tests.contract.held import codes, entries, quantities, units
from tests.factories.shop import Shop, fresh


# ---------------------------------------------------------------- reserved
def test_an_order_holds_its_units_until_it_expires(shop: Shop) -> None:
    sku = shop.stocked(10)
    order = fresh("ORDER")
    given = {"orderId": order, "lines": [{"sku": sku, "quantity": 3}], "channel": "web", "ttlSeconds": 600}
    payload = shop.system.succeed("reserveStock", **given)
    reservation = payload["reservation"]
    assert payload["shortages"] == []
    assert (reservation["status"], reservation["version"], reservation["orderId"]) == ("PENDING", 1, order)
    assert (reservation["channel"], reservation["failureCode"], reservation["shortages"]) == ("web", None, [])
    assert reservation["expiresAt"] > reservation["createdAt"] == reservation["updatedAt"]
    [line] = reservation["lines"]
    assert (line["sku"], line["item"]) == (sku, {"sku": sku})
    assert units(reservation) == [("MAIN", 3, 3, 0, 0, 0)]
    assert quantities(shop, sku) == (10, 3, 7)
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["quantityAllocatedChange"]) == ("ALLOCATION", 3)
    assert (newest["referenceType"], newest["reference"]) == ("order", order)
    assert shop.reservation(reservation["id"]) == shop.reservation(order=order) == reservation


def test_a_reservation_and_its_lines_are_nodes(shop: Shop) -> None:
    reservation = shop.reserve(shop.stocked(10))
    [line] = reservation["lines"]
    query = """query ($id: ID!) { node(id: $id) { __typename id
        ... on Reservation { orderId } ... on ReservationLine { sku quantity } } }"""
    assert shop.analyst.ask(query, id=reservation["id"])["node"] == {
        "__typename": "Reservation",
        "id": reservation["id"],
        "orderId": reservation["orderId"],
    }
    assert shop.analyst.ask(query, id=line["id"])["node"] == {
        "__typename": "ReservationLine",
        "id": line["id"],
        "sku": line["sku"],
        "quantity": 3,
    }


def test_lines_of_one_sku_are_summed_and_never_sold_twice(shop: Shop) -> None:
    sku = shop.stocked(10)
    lines = [{"sku": sku, "quantity": 6}, {"sku": sku, "quantity": 4}]
    reservation = shop.system.succeed("reserveStock", orderId=fresh("ORDER"), lines=lines)["reservation"]
    assert units(reservation) == [("MAIN", 10, 10, 0, 0, 0)]
    payload = shop.system.do("reserveStock", orderId=fresh("ORDER"), lines=lines)
    assert codes(payload) == ["INSUFFICIENT_STOCK"]
    assert payload["shortages"] == [{"sku": sku, "location": None, "requested": 10, "available": 0}]


@pytest.mark.parametrize(
    ("how", "taken"),
    [
        ({}, ["near", "far"]),
        ({"strategy": "PRIORITY"}, ["near", "far"]),
        ({"strategy": "NEAREST", "zone": "south"}, ["far", "near"]),
        ({"strategy": "NEAREST"}, ["near", "far"]),
        ({"strategy": "MOST_STOCK"}, ["far", "near"]),
        ({"strategy": "FEWEST_SPLITS"}, ["far", "near"]),
        ({"strategy": None, "fulfillmentPolicy": None, "dryRun": None, "zone": None}, ["near", "far"]),
    ],
    ids=str,
)
def test_a_strategy_chooses_among_the_locations(shop: Shop, how: dict[str, Any], taken: list[str]) -> None:
    codes = {
        "near": shop.location(priority=1, zone="north"),
        "far": shop.location(priority=2, zone="south"),
    }
    sku = shop.stocked(4, codes["near"])
    shop.manager.succeed("receiveStock", sku=sku, quantity=6, location=codes["far"])
    reservation = shop.reserve(sku, 7, **how)
    assert [where for where, *_ in units(reservation)] == [codes[name] for name in taken]
    assert sum(line["quantityAllocated"] for line in reservation["lines"]) == 7


def test_a_location_that_is_named_is_the_only_one_taken_from(shop: Shop) -> None:
    north, south = shop.location(), shop.location()
    sku = shop.stocked(5, north, south)
    lines = [{"sku": sku, "quantity": 4, "location": south}]
    reservation = shop.system.succeed("reserveStock", orderId=fresh("ORDER"), lines=lines)["reservation"]
    assert units(reservation) == [(south, 4, 4, 0, 0, 0)]
    payload = shop.system.do("reserveStock", orderId=fresh("ORDER"), lines=lines)
    assert payload["shortages"] == [{"sku": sku, "location": south, "requested": 4, "available": 1}]


# ---------------------------------------------------------------- not enough
def test_an_order_that_cannot_be_served_whole_holds_nothing_and_tells_every_shortage(shop: Shop) -> None:
    order, one, two, three = fresh("ORDER"), shop.stocked(1), shop.stocked(2), shop.stocked(30)
    lines = [{"sku": sku, "quantity": 5} for sku in (one, two, three)]
    payload = shop.system.do("reserveStock", orderId=order, lines=lines)
    assert payload["reservation"] is None
    assert [(error["code"], error["field"], error["sku"]) for error in payload["userErrors"]] == [
        ("INSUFFICIENT_STOCK", ["lines", "0", "quantity"], one),
        ("INSUFFICIENT_STOCK", ["lines", "1", "quantity"], two),
    ]
    assert payload["shortages"] == [
        {"sku": one, "location": None, "requested": 5, "available": 1},
        {"sku": two, "location": None, "requested": 5, "available": 2},
    ]
    assert [quantities(shop, sku)[1] for sku in (one, two, three)] == [0, 0, 0]
    assert shop.reservation(order=order) is None, "a refused order keeps nothing"


def test_a_partial_order_holds_what_there_is_and_gives_up_the_rest(shop: Shop) -> None:
    some, none = shop.stocked(2), shop.item()
    lines = [{"sku": some, "quantity": 5}, {"sku": none, "quantity": 1}]
    given = {"orderId": fresh("ORDER"), "lines": lines, "fulfillmentPolicy": "PARTIAL"}
    payload = shop.system.succeed("reserveStock", **given)
    short = [
        {"sku": some, "location": None, "requested": 5, "available": 2},
        {"sku": none, "location": None, "requested": 1, "available": 0},
    ]
    assert payload["shortages"] == payload["reservation"]["shortages"] == short
    assert payload["reservation"]["status"] == "PENDING"
    assert units(payload["reservation"]) == [("MAIN", 2, 2, 0, 0, 0)]
    payload = shop.system.do("reserveStock", **given | {"orderId": fresh("ORDER")})
    assert (payload["reservation"], codes(payload)) == (None, ["INSUFFICIENT_STOCK"] * 2), "there is nothing of it now"


def test_a_backorder_is_filled_by_what_comes_in_and_expires_only_then(shop: Shop) -> None:
    sku = shop.stocked(2)
    waiting = shop.reserve(sku, 5, fulfillmentPolicy="BACKORDER", ttlSeconds=600)
    assert (waiting["status"], waiting["expiresAt"]) == ("BACKORDERED", None)
    assert units(waiting) == [("MAIN", 2, 2, 0, 0, 0), (None, 3, 0, 3, 0, 0)]
    assert waiting["shortages"] == [{"sku": sku, "location": None, "requested": 5, "available": 2}]
    shop.manager.succeed("receiveStock", sku=sku, quantity=1)
    filling = shop.reservation(waiting["id"])
    assert filling
    assert filling["status"] == "BACKORDERED"
    assert sum(line["quantityBackordered"] for line in filling["lines"]) == 2
    shop.manager.succeed("receiveStock", sku=sku, quantity=10)
    filled = shop.reservation(waiting["id"])
    assert filled
    assert (filled["status"], filled["version"]) == ("PENDING", 3)
    assert filled["expiresAt"] > filled["updatedAt"]
    assert sum(line["quantityAllocated"] for line in filled["lines"]) == sum(line[1] for line in units(filled)) == 5
    assert quantities(shop, sku) == (13, 5, 8)


def test_who_waits_is_served_before_who_comes_later(shop: Shop) -> None:
    sku = shop.item()
    waiting = shop.reserve(sku, 3, fulfillmentPolicy="BACKORDER")
    shop.manager.succeed("receiveStock", sku=sku, quantity=4)
    later = shop.system.do("reserveStock", orderId=fresh("ORDER"), lines=[{"sku": sku, "quantity": 2}])
    assert later["shortages"] == [{"sku": sku, "location": None, "requested": 2, "available": 1}]
    filled = shop.reservation(waiting["id"])
    assert filled
    assert filled["status"] == "PENDING"


def test_a_backorder_that_was_paid_for_is_confirmed_once_it_is_full(shop: Shop) -> None:
    sku = shop.item()
    waiting = shop.reserve(sku, 3, fulfillmentPolicy="BACKORDER")
    paid = shop.system.succeed("confirmReservation", reservationId=waiting["id"])["reservation"]
    assert paid["status"] == "BACKORDERED"
    shop.manager.succeed("receiveStock", sku=sku, quantity=3)
    filled = shop.reservation(waiting["id"])
    assert filled
    assert (filled["status"], filled["expiresAt"]) == ("CONFIRMED", None)


# ---------------------------------------------------------------- a thousand lines
def test_an_order_of_a_thousand_lines_is_answered_line_by_line(shop: Shop) -> None:
    skus, places = [shop.item() for _ in range(20)], [shop.location() for _ in range(50)]
    lines = [{"sku": sku, "location": place, "quantity": 1} for sku in skus for place in places]
    refused = shop.system.do("reserveStock", orderId=fresh("ORDER"), lines=lines)
    assert len(refused["shortages"]) == len(refused["userErrors"]) == 1_000
    assert refused["userErrors"][-1]["field"] == ["lines", "999", "quantity"]
    given = {"orderId": fresh("ORDER"), "lines": lines, "fulfillmentPolicy": "BACKORDER"}
    waiting = shop.system.succeed("reserveStock", **given)["reservation"]
    assert len(waiting["lines"]) == 1_000
    assert shop.reservation(waiting["id"]) == waiting
    named = [{"lineId": line["id"], "quantity": 1} for line in waiting["lines"]]
    ended = shop.system.succeed("releaseReservation", reservationId=waiting["id"], lines=named)["reservation"]
    assert ended["status"] == "RELEASED"


# ---------------------------------------------------------------- asked for
@pytest.mark.parametrize("arguments", ["", 'id: "x", orderId: "y"', "id: null", "id: null, orderId: null"])
def test_a_reservation_is_asked_for_by_exactly_one_argument(shop: Shop, arguments: str) -> None:
    answer = shop.admin.send(f"{{ reservation{f'({arguments})' if arguments else ''} {{ id }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "give one of the two" in answer.errors[0]["message"]
    assert answer.body["data"] == {"reservation": None}


@pytest.mark.parametrize("id_", ["", "rubbish", "UmVzZXJ2YXRpb246eA", "a\0b"])
def test_an_id_that_names_no_reservation_gives_null(shop: Shop, id_: str) -> None:
    assert shop.reservation(id_) is None


def test_neither_an_item_nor_a_line_is_a_reservation(shop: Shop) -> None:
    reservation = shop.reserve(shop.stocked(10))
    item = shop.admin.ask("query ($sku: String!) { item(sku: $sku) { id } }", sku=reservation["lines"][0]["sku"])
    for id_ in (item["item"]["id"], reservation["lines"][0]["id"]):
        assert shop.reservation(id_) is None
