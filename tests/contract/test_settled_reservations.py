"""What becomes of a reservation: confirmed, shipped, given back, extended, expired."""

from typing import Any

import pytest

from tests.contract.held import codes, entries, expired, quantities, units
from tests.factories.shop import Shop, fresh


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
