"""Reservations as the suites of the unit of work save and lock them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.refusals import RefusalCode
from domain.reservation_lines import ReservationLine, reservation_id
from domain.reservations import STANDING, Order, Reservation, ReservationStatus
from domain.strategies import Want
from tests.conformance.units_worlds import World, ids

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
BLUE_HELD = ReservationLine(0, "blue", "MAIN", 2, allocated=2)
RED_AWAITED = ReservationLine(1, "red", None, 3, backordered=3)
PENDING, BACKORDERED = ReservationStatus.PENDING, ReservationStatus.BACKORDERED
ENDED = frozenset(ReservationStatus) - STANDING


def made(order_id: str, status: ReservationStatus = PENDING, lines: Iterable[ReservationLine] = ()) -> Reservation:
    """A reservation with what its status asks for beside it."""
    lines = tuple(lines) or (RED_AWAITED if status is BACKORDERED else BLUE_HELD,)
    if status in ENDED | {ReservationStatus.COMMITTED}:
        done = "committed" if status is ReservationStatus.COMMITTED else "released"
        lines = tuple(replace(line, allocated=0, backordered=0, **{done: line.quantity}) for line in lines)
    wants = tuple(Want(line.sku, line.wanted, line.quantity) for line in lines)
    return Reservation(
        reservation_id(ids()),
        Order(order_id, wants),
        status,
        lines,
        NOON,
        NOON,
        expires_at=NOON + timedelta(minutes=15) if status is PENDING else None,
        failure=RefusalCode.INSUFFICIENT_STOCK if status is ReservationStatus.FAILED else None,
    )


def in_a_row(*reservations: Reservation) -> tuple[Reservation, ...]:
    """The same with rising ids, in this order, so that it is known which of them is older."""
    sorted_ids = sorted(each.id for each in reservations)
    return tuple(replace(each, id=id_) for each, id_ in zip(reservations, sorted_ids, strict=True))


async def save(world: World, *reservations: Reservation) -> None:
    await world.run(lambda unit: unit.reservations.save(reservations, ()))


async def lock(
    world: World, ids: Iterable[UUID] = (), orders: Iterable[str] = (), skus: Iterable[str] = ()
) -> list[Reservation]:
    return list(await world.run(lambda unit: unit.reservations.lock({*ids}, {*orders}, {*skus})))
