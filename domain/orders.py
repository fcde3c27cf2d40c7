"""Orders: what is wrong with an order before anything is looked up, and with what it names once it is."""

from __future__ import annotations

from collections.abc import Sequence

from domain.allocation import SHARES_MAX, Allocation, FulfillmentPolicy, Shortage, allocate
from domain.places import Sites, unknown_location, unknown_sku
from domain.quantities import LEVEL_MAX, invalid_quantity
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LINES_MAX
from domain.reservations import TTL_SECONDS_MAX, Order, Reservation
from domain.strategies import Shelves, Want
from domain.texts import CODE_LENGTH_MAX, REFERENCE_LENGTH_MAX, SKU_LENGTH_MAX, invalid_identifier
from domain.value import value

#: Events after which an order is not reserved any more, even if it comes only then.
CALLS_OFF = frozenset({"OrderCancelled", "OrderFailed"})


def invalid_order(
    order_id: str, lines: Sequence[Want], zone: str | None, channel: str | None, ttl_seconds: int | None
) -> tuple[Refusal, ...]:
    """What is wrong with the request itself, whatever the stock; of its lines, each that is wrong."""
    refusal = (
        invalid_identifier("orderId", order_id, REFERENCE_LENGTH_MAX)
        or invalid_identifier("zone", zone, CODE_LENGTH_MAX)
        or invalid_identifier("channel", channel, CODE_LENGTH_MAX)
        or (None if ttl_seconds is None else invalid_ttl(ttl_seconds))
        or _invalid_number_of_lines(len(lines))
    )
    if refusal:
        return (refusal,)
    refusals = tuple(
        refusal.at("lines", str(number)) for number, line in enumerate(lines) if (refusal := _invalid_line(line))
    )
    return refusals or _too_many(lines)


def invalid_ttl(ttl_seconds: int) -> Refusal | None:
    if 1 <= ttl_seconds <= TTL_SECONDS_MAX:
        return None
    message = f"ttlSeconds is {ttl_seconds}: give 1 to {TTL_SECONDS_MAX} seconds (31 days)."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("ttlSeconds",), limit=TTL_SECONDS_MAX)


def _invalid_number_of_lines(count: int) -> Refusal | None:
    if not count:
        return Refusal(RefusalCode.INVALID_INPUT, "lines is empty: give at least one line.", ("lines",))
    if count > LINES_MAX:
        message = f"lines has {count}: give at most {LINES_MAX}, and the rest as another order."
        return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("lines",), requested=count, limit=LINES_MAX)
    return None


def _invalid_line(line: Want) -> Refusal | None:
    return (
        invalid_identifier("sku", line.sku, SKU_LENGTH_MAX)
        or invalid_identifier("location", line.location, CODE_LENGTH_MAX)
        or invalid_quantity(line.units, line.sku, line.location)
    )


def _too_many(lines: Sequence[Want]) -> tuple[Refusal, ...]:
    """More of one SKU over several lines than any line may ask."""
    units: dict[str, int] = {}
    for number, line in enumerate(lines):
        units[line.sku] = units.get(line.sku, 0) + line.units
        if units[line.sku] > LEVEL_MAX:
            refusal = invalid_quantity(units[line.sku], line.sku, None)
            assert refusal is not None
            return (refusal.at("lines", str(number)),)
    return ()


def unusable(lines: Sequence[Want], sites: Sites) -> tuple[Refusal, ...]:
    """What the lines name that does not exist; where all exists, what may not be promised from."""
    return _told([_unknown(line, sites) for line in lines]) or _told([_closed(line, sites) for line in lines])


def _told(refusals: Sequence[Refusal | None]) -> tuple[Refusal, ...]:
    if not any(refusals):
        return ()
    return tuple(refusal.at("lines", str(number)) for number, refusal in enumerate(refusals) if refusal)


def _unknown(line: Want, sites: Sites) -> Refusal | None:
    if line.sku not in sites.items:
        return unknown_sku(line.sku, line.location)
    if line.location is not None and line.location not in sites.locations:
        return unknown_location(line.location, line.sku)
    return None


def _closed(line: Want, sites: Sites) -> Refusal | None:
    """Where no location is named, those that are closed are only passed over."""
    if line.location is None:
        return sites.archived(line.sku, None)
    return sites.closed((line.sku, line.location))


def already_reserved(reservation: Reservation) -> Refusal:
    return Refusal(
        RefusalCode.ORDER_ALREADY_RESERVED,
        f"Order '{reservation.order.id}' has a reservation of other lines that is {reservation.status.value}: "
        "release it first, or give the new lines an order id of their own.",
        ("orderId",),
    )


def called_off(order_id: str) -> Refusal:
    message = f"Order '{order_id}' was called off before it came: nothing is reserved for it."
    return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("orderId",))


@value
class Unserved:
    """Why an order is refused, and of which of its wants there was too little."""

    refusals: tuple[Refusal, ...]
    shortages: tuple[Shortage, ...] = ()


def serve(
    order: Order, lines: Sequence[Want], policy: FulfillmentPolicy, sites: Sites, shelves: Shelves
) -> Allocation | Unserved:
    """Which location serves what of an order, or why it is refused. `lines` are its wants as they were sent."""
    if refusals := unusable(lines, sites):
        return Unserved(refusals)
    allocation = allocate(order.wants, shelves, order.strategy, order.zone)
    if refusals := refusals_of(lines, order.wants, allocation, policy):
        return Unserved(refusals, tuple(allocation.shortages.values()))
    return allocation


def refusals_of(
    lines: Sequence[Want], wants: Sequence[Want], allocation: Allocation, policy: FulfillmentPolicy
) -> tuple[Refusal, ...]:
    """Why an order is not served, a refusal for each want that is short; each names the first line that asks for it.

    A partial order is refused only when nothing of it can be had, a queued one never.
    """
    if len(allocation.shares) > SHARES_MAX:
        message = f"The order would be split into more than {SHARES_MAX} parts: order less at once, or name locations."
        return (Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("lines",), limit=SHARES_MAX),)
    if not allocation.shortages or policy is FulfillmentPolicy.BACKORDER:
        return ()
    if policy is FulfillmentPolicy.PARTIAL and allocation.shares:
        return ()
    first: dict[tuple[str, str | None], int] = {}
    for number, line in enumerate(lines):
        first.setdefault((line.sku, line.location), number)
    return tuple(
        shortage.refusal(first[wants[want].sku, wants[want].location])
        for want, shortage in allocation.shortages.items()
    )
