"""Events of reservations: each act as the domain's own verbs lead to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

from domain.allocation import Shortage
from domain.events import ReservationChanged, ReservationRefused
from domain.ledger import Cause
from domain.locations import Location
from domain.refusals import Refusal
from domain.reservation_lines import LineQuantity
from domain.reservation_state import ReservationState
from domain.reservations import Changed, Order, Reservation, ReservationAct
from domain.strategies import AllocationStrategy, Want
from tests.factories.events import TENANT, a_level, event_id
from tests.factories.reservations import BOTH, ID, LATER, NOON, SOON, TENTS, R, failed, pending, reserved, waiting
from tests.factories.shelves import SITES, shelves

CAUSE = Cause("checkout@acme", "customer", "changed\nher mind", "order", "O-1")
#: Whatever an order may say of itself.
TOLD_ALL = Order("Ö-3", (Want("TENT", "A", 2), Want("GHOST", None, 1)), AllocationStrategy.NEAREST, "north", "web", 60)


def life() -> list[ReservationChanged | ReservationRefused]:
    """Events of each type: the whole and a part, held and awaited, kept and not."""
    return [*_made(), *_kept(), *_settled(), *_refused()]


def _made() -> list[ReservationChanged]:
    empty = reserved(TENTS, {}, queued=True)
    part = reserved(BOTH, {"TENT": {"A": 4, "C": 2}, "STOVE": {"A": 2}})
    return [_new(ReservationAct.RESERVED, each) for each in (pending(), waiting(), empty, part)]


def _kept() -> list[ReservationChanged]:
    some, all_ = (shelves(TENT={"B": units}) for units in (1, 3))
    paid = _after(waiting().confirm(SOON)).reservation
    return [
        _done(ReservationAct.CONFIRMED, pending(), pending().confirm(SOON)),
        _done(ReservationAct.CONFIRMED, waiting(), waiting().confirm(SOON)),
        _done(ReservationAct.EXTENDED, pending(), pending().extend(900, SOON)),
        _done(ReservationAct.FILLED, waiting(), waiting().fill("TENT", some, SOON)),
        _done(ReservationAct.FILLED, waiting(), waiting().fill("TENT", all_, SOON)),
        _done(ReservationAct.FILLED, paid, paid.fill("TENT", all_, SOON)),
    ]


def _settled() -> list[ReservationChanged]:
    two = [LineQuantity(2, sku="TENT")]
    awaited = [LineQuantity(3, sku="TENT")]
    return [
        *(_done(ReservationAct.COMMITTED, pending(), pending().commit(asked, SOON)) for asked in (None, two)),
        _done(ReservationAct.COMMITTED, waiting(), waiting().commit(None, SOON)),
        *(_done(ReservationAct.RELEASED, pending(), pending().release(asked, SOON)) for asked in (None, two)),
        _done(ReservationAct.RELEASED, waiting(), waiting().release(awaited, SOON)),
        _done(ReservationAct.EXPIRED, pending(), pending().expire(LATER + timedelta(days=1))),
    ]


def _refused() -> list[ReservationChanged | ReservationRefused]:
    unknown = Reservation.failed(ID, TOLD_ALL, R.UNKNOWN_SKU, (), NOON)
    shortages = (Shortage("TENT", "A", 2, 1), Shortage("TENT", None, 7, 0))
    return [
        _new(ReservationAct.FAILED, failed()),
        _new(ReservationAct.FAILED, unknown),
        ReservationRefused(event_id(), TENTS, R.INSUFFICIENT_STOCK, shortages, CAUSE, NOON),
        ReservationRefused(event_id(), TOLD_ALL, R.UNKNOWN_SKU, (), CAUSE, NOON),
    ]


def _new(act: ReservationAct, reservation: Reservation) -> ReservationChanged:
    moved, at = reservation.held, reservation.updated_at
    return ReservationChanged(event_id(), act, _state(reservation), None, moved, CAUSE, at)


def _done(act: ReservationAct, before: Reservation, outcome: Changed | list[Refusal] | None) -> ReservationChanged:
    reservation, moved = _after(outcome)
    at = reservation.updated_at
    return ReservationChanged(event_id(), act, _state(reservation), before.status, moved, CAUSE, at)


def _after(outcome: Changed | list[Refusal] | None) -> Changed:
    assert isinstance(outcome, Changed), outcome
    return outcome


def _state(reservation: Reservation) -> ReservationState:
    """There are tents, of a product of the catalog, and stoves, of none; of anything else there is nothing."""
    tent, stove = a_level("TENT").item, a_level("STOVE").item
    items = {"TENT": replace(tent, catalog_product_id="P-1"), "STOVE": stove}
    locations = {code: Location(uuid5(TENANT, code), code, code, zone=zone) for code, (zone, _) in SITES.items()}
    return ReservationState.of(reservation, items, locations)
