"""Reservations in the random runs: as they are drawn, and as they are sent."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.allocation import FulfillmentPolicy
from domain.reservation_lines import LineQuantity, line_id
from domain.strategies import AllocationStrategy, Want
from services.decisions import Decision
from services.reservations import ReserveStock, reserve_stock
from services.settlement import (
    CommitReservation,
    ConfirmReservation,
    ExtendReservation,
    ReleaseReservation,
    SettleReservation,
    expire_reservation,
    settle_reservation,
)
from tests.conformance.write_model.asks import (
    ANY_SKU,
    FEW,
    LOCATION,
    NUMBER,
    SKU,
    UNKNOWN,
    Ask,
    Desk,
    Send,
    asks,
    one_of,
)
from tests.conformance.write_model.people import EXPIRY
from tests.conformance.write_model.plain_books import PlainBooks

# ------------------------------------------------------------------------------------------------- as they are drawn

WANTED = st.none() | st.none() | LOCATION
_units = FEW | st.sampled_from([1, 2, 3, 0, -1, 100_000_001])
_any_location = st.none() | st.none() | LOCATION | st.sampled_from(["SHUT", "NOWHERE"])
_ttl = st.none() | st.sampled_from([60, 120, 600, 3600])
_any_ttl = st.sampled_from([60, 120, 600, 3600, 60, 120, 600, 0, 31 * 24 * 3600 + 1])


def _lines(sku: st.SearchStrategy[str], location: Any, units: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.tuples(sku, location, units), min_size=1, max_size=4).map(tuple)


_order = st.sampled_from([f"O-{number}" for number in range(12)])
_reserving = st.tuples(
    _order,
    _lines(SKU, WANTED, FEW),
    *(st.sampled_from(FulfillmentPolicy), st.sampled_from(AllocationStrategy)),
    *(st.sampled_from([None, "north", "south"]), st.sampled_from([None, "shop", "web"]), _ttl),
)
_reserving_wrongly = st.one_of(
    st.tuples(_order, _lines(ANY_SKU, _any_location, FEW), *(st.just(each) for each in ("PARTIAL", "NEAREST"))),
    st.tuples(_order, _lines(SKU, st.none(), _units), *(st.just(each) for each in ("BACKORDER", "PRIORITY"))),
    st.tuples(_order, st.just(()), *(st.just(each) for each in ("ALL_OR_NOTHING", "PRIORITY"))),
).map(lambda drawn: (*drawn, None, None, None))
#: By priority, from wherever, for as long as the tenant says.
PLAINLY = ("PRIORITY", None, None, None)
_entry = st.tuples(st.just("line"), NUMBER, st.sampled_from([1, 1, 1, 2, 2, 3, 4])) | st.tuples(
    st.just("sku"), SKU, st.none() | st.none() | LOCATION, st.sampled_from([1, 1, 1, 2, 3, 0])
)
_entries = st.none() | st.lists(_entry, min_size=1, max_size=3).map(tuple)

RESERVING = asks("reserveStock", _reserving)
RESERVING_WRONGLY = asks("reserveStock", _reserving_wrongly)
CONFIRMING = asks("confirmReservation", st.tuples(NUMBER))
COMMITTING = asks("commitReservation", st.tuples(NUMBER, _entries))
RELEASING = asks("releaseReservation", st.tuples(NUMBER, _entries))
VENDORS_RELEASING = asks("releaseReservation", st.tuples(NUMBER, _entries), st.just("vendor@acme"))
EXTENDING = asks("extendReservation", st.tuples(NUMBER, _any_ttl))
EXPIRING = asks("expireReservation", st.tuples(NUMBER), st.just(EXPIRY))

# -------------------------------------------------------------------------------------------------- as they are sent


def addressed(ask: Ask, books: PlainBooks) -> tuple[Any, ...]:
    """The arguments with the number of a reservation that there is, and mostly with those of lines of it."""
    if ask.operation == "reserveStock":
        return ask.arguments
    number = one_of(ask.arguments[0], range(len(books.promises)))
    entries, *more = ask.arguments[1:] or (None,)
    if isinstance(entries, tuple) and number is not None:
        lines = len(books.promises[number].lines)
        entries = tuple(
            (entry[0], entry[1] % (lines + 1), entry[2]) if entry[0] == "line" and entry[1] < UNKNOWN else entry
            for entry in entries
        )
    return number, *([entries] if ask.arguments[1:] else []), *more


async def _reserve(desk: Desk, ask: Ask) -> Decision:
    order, lines, policy, strategy, *rest = ask.arguments
    wants = tuple(Want(*line) for line in lines)
    request = ReserveStock(order, wants, FulfillmentPolicy(policy), AllocationStrategy(strategy), *rest)
    return await reserve_stock(ask.key, request, desk.caller(ask), desk.world.commits)


async def _settle(desk: Desk, ask: Ask) -> Decision:
    return await settle_reservation(ask.key, _request(desk, ask), desk.caller(ask), desk.world.commits)


def _request(desk: Desk, ask: Ask) -> SettleReservation:
    number, *rest = ask.arguments
    id_ = desk.id("reservation", number)
    if ask.operation == "confirmReservation":
        return ConfirmReservation(id_)
    if ask.operation == "extendReservation":
        return ExtendReservation(id_, *rest)
    kind = CommitReservation if ask.operation == "commitReservation" else ReleaseReservation
    return kind(id_, None if rest[0] is None else tuple(_line(desk, number, entry) for entry in rest[0]))


def _line(desk: Desk, number: int | None, entry: tuple[Any, ...]) -> LineQuantity:
    if entry[0] == "line":
        return LineQuantity(entry[2], line_id(desk.id("reservation", number), entry[1]))
    return LineQuantity(entry[3], None, entry[1], entry[2])


async def _expire(desk: Desk, ask: Ask) -> Decision:
    return await expire_reservation(desk.id("reservation", ask.arguments[0]), desk.caller(ask), desk.world.commits)


SEND: dict[str, Send] = {
    "reserveStock": _reserve,
    "confirmReservation": _settle,
    "extendReservation": _settle,
    "commitReservation": _settle,
    "releaseReservation": _settle,
    "expireReservation": _expire,
}
