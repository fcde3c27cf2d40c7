"""The life of a reservation: held, confirmed, shipped, given back, extended, expired; and orders that come again."""

from typing import Any

import pytest

from tests.factories.shop import Shop, fresh
from tests.live import LiveSocket
from tests.stack import eventually

LEDGER = """
query ($sku: String!) { ledger(filter: { skus: [$sku] }, first: 250) { nodes {
  kind quantityOnHandChange quantityAllocatedChange referenceType reference reasonCode note actor } } }
"""


def quantities(shop: Shop, sku: str, location: str | None = None) -> tuple[int, int, int]:
    """On hand, allocated, available to promise."""
    level = shop.level(sku, location)
    assert level
    return level["quantityOnHand"], level["quantityAllocated"], level["availableToPromise"]


def entries(shop: Shop, sku: str) -> list[dict[str, Any]]:
    """The ledger of a SKU, newest first."""
    return shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"]


def units(reservation: dict[str, Any]) -> list[tuple[str | None, int, int, int, int, int]]:
    """Of each line its location, and what became of its units: all, held, waited for, shipped, given back."""
    return [
        (
            line["location"] and line["location"]["code"],
            line["quantity"],
            line["quantityAllocated"],
            line["quantityBackordered"],
            line["quantityCommitted"],
            line["quantityReleased"],
        )
        for line in reservation["lines"]
    ]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def expired(shop: Shop) -> dict[str, Any]:
    """A reservation whose time has come, by the database's clock."""
    sku = shop.stocked(10)
    reservation = shop.reserve(sku, ttlSeconds=1)
    query = "query ($sku: String!) { availability(skus: [$sku]) { asOf } }"
    eventually(
        lambda: shop.admin.ask(query, sku=sku)["availability"][0]["asOf"] > reservation["expiresAt"] or None,
        "the time of the reservation",
    )
    return reservation


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


# ---------------------------------------------------------------- settled
def test_a_confirmed_reservation_expires_no_more(shop: Shop) -> None:
    reservation = shop.reserve(shop.stocked(10))
    confirmed = shop.system.succeed("confirmReservation", reservationId=reservation["id"])["reservation"]
    assert (confirmed["status"], confirmed["expiresAt"], confirmed["version"]) == ("CONFIRMED", None, 2)
    assert units(confirmed) == units(reservation)
    again = shop.system.do("confirmReservation", reservationId=reservation["id"])
    assert codes(again) == ["ILLEGAL_TRANSITION"]
    assert again["reservation"] == confirmed, "a refused step shows the reservation as it is"


def test_what_is_shipped_leaves_the_shelf(shop: Shop) -> None:
    sku = shop.stocked(10)
    reservation = shop.reserve(sku)
    shipped = shop.system.succeed("commitReservation", reservationId=reservation["id"], reference="S-1")["reservation"]
    assert (shipped["status"], units(shipped)) == ("COMMITTED", [("MAIN", 3, 0, 0, 3, 0)])
    assert quantities(shop, sku) == (7, 0, 7)
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["quantityOnHandChange"], newest["quantityAllocatedChange"]) == ("PICK", -3, -3)
    assert (newest["referenceType"], newest["reference"]) == ("shipment", "S-1")


def test_shipments_in_parts_confirm_and_then_commit(shop: Shop) -> None:
    sku, other = shop.stocked(10), shop.stocked(10)
    lines = [{"sku": sku, "quantity": 3}, {"sku": other, "quantity": 2}]
    reservation = shop.system.succeed("reserveStock", orderId=fresh("ORDER"), lines=lines)["reservation"]

    def commit(*lines: dict[str, Any]) -> dict[str, Any]:
        return shop.system.succeed("commitReservation", reservationId=reservation["id"], lines=lines)["reservation"]

    part = commit({"lineId": reservation["lines"][0]["id"], "quantity": 2}, {"sku": other, "quantity": 2})
    assert (part["status"], part["expiresAt"]) == ("CONFIRMED", None)
    assert units(part) == [("MAIN", 3, 1, 0, 2, 0), ("MAIN", 2, 0, 0, 2, 0)]
    whole = commit({"sku": sku, "quantity": 1, "location": "MAIN"})
    assert (whole["status"], units(whole)[0]) == ("COMMITTED", ("MAIN", 3, 0, 0, 3, 0))
    assert (quantities(shop, sku), quantities(shop, other)) == ((7, 0, 7), (8, 0, 8))


def test_what_is_given_back_can_be_promised_again(shop: Shop) -> None:
    sku = shop.stocked(10)
    reservation = shop.reserve(sku)
    given = {"reservationId": reservation["id"], "reasonCode": "other", "note": "called off by phone"}
    part = shop.system.succeed("releaseReservation", **given, lines=[{"sku": sku, "quantity": 1}])["reservation"]
    assert (part["status"], part["expiresAt"]) == ("PENDING", reservation["expiresAt"])
    assert units(part) == [("MAIN", 3, 2, 0, 0, 1)]
    rest = shop.system.succeed("releaseReservation", **given)["reservation"]
    assert (rest["status"], rest["expiresAt"], units(rest)) == ("RELEASED", None, [("MAIN", 3, 0, 0, 0, 3)])
    assert quantities(shop, sku) == (10, 0, 10)
    newest = entries(shop, sku)[0]
    assert (newest["kind"], newest["quantityAllocatedChange"]) == ("DEALLOCATION", -2)
    assert (newest["reasonCode"], newest["note"]) == ("other", "called off by phone")


def test_shipped_in_part_and_the_rest_given_back_is_committed(shop: Shop) -> None:
    sku = shop.stocked(10)
    id_ = shop.reserve(sku)["id"]
    shop.system.succeed("commitReservation", reservationId=id_, lines=[{"sku": sku, "quantity": 1}])
    ended = shop.system.succeed("releaseReservation", reservationId=id_)["reservation"]
    assert (ended["status"], units(ended)) == ("COMMITTED", [("MAIN", 3, 0, 0, 1, 2)])


def test_what_only_waits_is_given_up_before_what_is_held(shop: Shop) -> None:
    sku = shop.stocked(2)
    waiting = shop.reserve(sku, 5, fulfillmentPolicy="BACKORDER")
    lines = [{"lineId": line["id"], "quantity": line["quantity"]} for line in waiting["lines"] if not line["location"]]
    left = shop.system.succeed("releaseReservation", reservationId=waiting["id"], lines=lines)["reservation"]
    assert (left["status"], units(left)) == ("PENDING", [("MAIN", 2, 2, 0, 0, 0), (None, 3, 0, 0, 0, 3)])
    assert left["expiresAt"], "what waits no more expires like any other"


def test_a_pending_reservation_may_be_given_more_time_or_less(shop: Shop) -> None:
    reservation = shop.reserve(shop.stocked(10), ttlSeconds=600)
    id_ = reservation["id"]
    longer = shop.system.succeed("extendReservation", reservationId=id_, ttlSeconds=7_200)["reservation"]
    shorter = shop.system.succeed("extendReservation", reservationId=id_, ttlSeconds=60)["reservation"]
    assert shorter["expiresAt"] < reservation["expiresAt"] < longer["expiresAt"]
    assert (shorter["status"], shorter["version"]) == ("PENDING", 3)
    shop.system.succeed("confirmReservation", reservationId=id_)
    assert codes(shop.system.do("extendReservation", reservationId=id_, ttlSeconds=60)) == ["ILLEGAL_TRANSITION"]


STEPS: dict[str, dict[str, Any]] = {
    "confirmReservation": {},
    "commitReservation": {},
    "releaseReservation": {},
    "extendReservation": {"ttlSeconds": 60},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("end", ["commitReservation", "releaseReservation"])
def test_nothing_follows_the_end_of_a_reservation(shop: Shop, end: str, step: str) -> None:
    id_ = shop.reserve(shop.stocked(10))["id"]
    ended = shop.system.succeed(end, reservationId=id_)["reservation"]
    payload = shop.system.do(step, reservationId=id_, **STEPS[step])
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("ILLEGAL_TRANSITION", None)
    assert ended["status"] in error["message"]
    assert payload["reservation"] == ended


@pytest.mark.parametrize("step", STEPS)
def test_nothing_follows_the_time_of_a_reservation(shop: Shop, step: str) -> None:
    reservation = expired(shop)
    payload = shop.system.do(step, reservationId=reservation["id"], **STEPS[step])
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("RESERVATION_EXPIRED", None)
    assert payload["reservation"]["orderId"] == reservation["orderId"]


# ---------------------------------------------------------------- again
def test_the_same_order_under_another_key_gives_its_reservation(shop: Shop) -> None:
    sku = shop.stocked(10)
    given = {"orderId": fresh("ORDER"), "lines": [{"sku": sku, "quantity": 2}, {"sku": shop.stocked(5), "quantity": 1}]}
    first = shop.system.succeed("reserveStock", **given)
    turned = given | {"lines": given["lines"][::-1], "ttlSeconds": 60, "strategy": "MOST_STOCK"}
    assert shop.system.succeed("reserveStock", **turned) == first
    confirmed = shop.system.succeed("confirmReservation", reservationId=first["reservation"]["id"])["reservation"]
    again = shop.system.succeed("reserveStock", **given)
    assert again == first | {"reservation": confirmed}
    assert quantities(shop, sku) == (10, 2, 8)


def test_an_order_with_other_lines_is_refused_while_its_reservation_stands(shop: Shop) -> None:
    sku, order = shop.stocked(10), fresh("ORDER")
    reservation = shop.reserve(sku, 2, orderId=order)
    other = {"orderId": order, "lines": [{"sku": sku, "quantity": 3}]}
    payload = shop.system.do("reserveStock", **other)
    [error] = payload["userErrors"]
    assert (error["code"], error["field"], payload["reservation"]) == ("ORDER_ALREADY_RESERVED", ["orderId"], None)
    shop.system.succeed("releaseReservation", reservationId=reservation["id"])
    anew = shop.system.succeed("reserveStock", **other)["reservation"]
    assert anew["id"] != reservation["id"]
    assert shop.reservation(order=order) == anew, "the newest of the order is told"
    shop.system.succeed("commitReservation", reservationId=anew["id"])
    assert codes(shop.system.do("reserveStock", **other | {"lines": [{"sku": sku, "quantity": 1}]})) == [
        "ORDER_ALREADY_RESERVED"
    ]


def test_an_order_whose_time_has_come_is_reserved_anew(shop: Shop) -> None:
    old = expired(shop)
    [sku] = {line["sku"] for line in old["lines"]}
    anew = shop.reserve(sku, 10, orderId=old["orderId"])
    assert anew["id"] != old["id"], "its own units are free again for it"
    ended = shop.reservation(old["id"])
    assert ended
    assert (ended["status"], units(ended)) == ("EXPIRED", [("MAIN", 3, 0, 0, 0, 3)])


def test_a_refused_order_is_refused_again_under_its_key_and_may_be_served_under_a_new_one(shop: Shop) -> None:
    sku = shop.item()
    given = {"orderId": fresh("ORDER"), "lines": [{"sku": sku, "quantity": 2}], "idempotencyKey": fresh("key")}
    refused = shop.system.do("reserveStock", **given)
    assert codes(refused) == ["INSUFFICIENT_STOCK"]
    shop.manager.succeed("receiveStock", sku=sku, quantity=5)
    assert shop.system.do("reserveStock", **given) == refused
    served = shop.system.succeed("reserveStock", **given | {"idempotencyKey": fresh("key")})
    assert served["reservation"]["status"] == "PENDING"


def test_a_repeat_tells_its_decision_and_the_reservation_as_it_is_now(shop: Shop) -> None:
    sku = shop.stocked(2)
    lines = [{"sku": sku, "quantity": 5}]
    key = fresh("key")
    given = {"orderId": fresh("ORDER"), "lines": lines, "fulfillmentPolicy": "PARTIAL", "idempotencyKey": key}
    first = shop.system.succeed("reserveStock", **given)
    released = shop.system.succeed("releaseReservation", reservationId=first["reservation"]["id"])["reservation"]
    assert shop.system.succeed("reserveStock", **given) == first | {"reservation": released}


def test_a_reused_key_is_told_before_anything_else_that_is_wrong(shop: Shop) -> None:
    reservation = shop.reserve(shop.stocked(10))
    given = {"idempotencyKey": fresh("key"), "reservationId": reservation["id"]}
    shop.system.succeed("commitReservation", **given)
    for wrong in ({"reservationId": "rubbish"}, {"lines": []}, {"lines": [{"quantity": 0}]}, {"reference": ""}):
        assert codes(shop.system.do("commitReservation", **given | wrong)) == ["IDEMPOTENCY_KEY_REUSED"]


# ---------------------------------------------------------------- dry run
def test_a_dry_run_answers_and_keeps_nothing(shop: Shop) -> None:
    sku = shop.stocked(4)
    key, order = fresh("key"), fresh("ORDER")
    lines = [{"sku": sku, "quantity": 5}]
    given = {"idempotencyKey": key, "orderId": order, "lines": lines, "fulfillmentPolicy": "BACKORDER"}
    before = shop.picture(sku, "MAIN")
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        events = socket.watch(filter={"skus": [sku]}, snapshot=True)
        events.until_caught_up()
        tried = shop.system.succeed("reserveStock", **given, dryRun=True)
        assert shop.picture(sku, "MAIN") == before
        assert shop.reservation(order=order) is None
        assert shop.reservation(tried["reservation"]["id"]) is None
        shop.adjust(sku, 1)
        assert events.next_change()["level"]["quantityAllocated"] == 0, "the dry run told nobody anything"
    shop.adjust(sku, -1)
    held = shop.system.succeed("reserveStock", **given)
    assert units(tried["reservation"]) == units(held["reservation"]) == [("MAIN", 4, 4, 0, 0, 0), (None, 1, 0, 1, 0, 0)]
    assert tried["shortages"] == held["shortages"]
    assert tried["reservation"]["status"] == held["reservation"]["status"] == "BACKORDERED"


def test_a_dry_run_is_refused_as_the_order_would_be(shop: Shop) -> None:
    sku = shop.stocked(1)
    for lines in (
        [{"sku": sku, "quantity": 2}],
        [{"sku": sku, "quantity": 0}],
        [{"sku": fresh("NOWHERE"), "quantity": 1}],
        [{"sku": sku, "quantity": 1, "location": fresh("NOWHERE")}],
        [],
    ):
        given = {"orderId": fresh("ORDER"), "lines": lines}
        tried = shop.system.do("reserveStock", **given, dryRun=True)
        assert tried == shop.system.do("reserveStock", **given)
        assert tried["userErrors"]


def test_a_dry_run_of_an_order_that_is_reserved_is_answered_as_the_order_would_be(shop: Shop) -> None:
    sku = shop.stocked(10)
    held = shop.reserve(sku, 3)
    same = {"orderId": held["orderId"], "lines": [{"sku": sku, "quantity": 3}], "dryRun": True}
    assert shop.system.succeed("reserveStock", **same)["reservation"] == held
    other = same | {"lines": [{"sku": sku, "quantity": 4}]}
    assert codes(shop.system.do("reserveStock", **other)) == ["ORDER_ALREADY_RESERVED"]
    shop.system.succeed("releaseReservation", reservationId=held["id"])
    tried = shop.system.succeed("reserveStock", **other)["reservation"]
    assert units(tried) == [("MAIN", 4, 4, 0, 0, 0)]


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
