"""Reservations of tents and stoves, as the domain makes them, and short words for what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.allocation import Shortage, allocate
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import reservation_id
from domain.reservations import Changed, Order, Reservation, ReservationStatus
from domain.strategies import Want
from tests.factories.shelves import shelves

ID = reservation_id(UUID("0198a0c0-1111-7222-8333-444455556666"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOON, LATER = NOON + timedelta(seconds=60), NOON + timedelta(seconds=600)
TTL = 600
TENTS = Order("O-1", (Want("TENT", None, 5),), ttl_seconds=TTL)
BOTH = Order("O-2", (Want("TENT", None, 7), Want("STOVE", "A", 2)), ttl_seconds=TTL)

S, R = ReservationStatus, RefusalCode


def reserved(order: Order, stock: Mapping[str, Mapping[str, int]], *, queued: bool = False) -> Reservation:
    return Reservation.made(ID, order, allocate(order.wants, shelves(**stock), order.strategy), NOON, queued=queued)[0]


def done(outcome: Changed | list[Refusal] | None) -> Reservation:
    assert isinstance(outcome, Changed), outcome
    return outcome.reservation


def refused(outcome: Changed | list[Refusal] | None) -> list[RefusalCode]:
    assert isinstance(outcome, list), outcome
    return [refusal.code for refusal in outcome]


def pending() -> Reservation:
    return reserved(TENTS, {"TENT": {"A": 5}})


def waiting() -> Reservation:
    """Two tents held, three awaited."""
    return reserved(TENTS, {"TENT": {"A": 2}}, queued=True)


def failed() -> Reservation:
    return Reservation.failed(ID, TENTS, R.INSUFFICIENT_STOCK, [Shortage("TENT", None, 5, 0)], NOON)


def spread() -> Reservation:
    """Tents: 3 at C (line 0), 4 at A (line 1); stoves: 2 at A (line 2), in some order of lines."""
    return reserved(BOTH, {"TENT": {"A": 4, "C": 3}, "STOVE": {"A": 2}})


def units(reservation: Reservation) -> dict[tuple[str, str | None], tuple[int, int, int, int]]:
    """(SKU, location) -> allocated, backordered, committed, released."""
    return {
        (line.sku, line.location): (line.allocated, line.backordered, line.committed, line.released)
        for line in reservation.lines
    }


def number_at(reservation: Reservation, sku: str, location: str | None) -> int:
    return next(line.number for line in reservation.lines if (line.sku, line.location) == (sku, location))


def changed(outcome: Changed | list[Refusal] | None) -> Changed:
    assert isinstance(outcome, Changed), outcome
    return outcome
