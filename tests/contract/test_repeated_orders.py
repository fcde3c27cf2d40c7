"""Orders that come again, and orders that are only tried."""

from tests.contract.held import codes, expired, quantities, units
from tests.factories.shop import Shop, fresh
from tests.live import LiveSocket


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
