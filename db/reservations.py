"""Reservations: locking and writing them with their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from db import locks
from db.transaction import Outdated, Transaction
from db.writes import Kind, columns_of, unnested
from domain.allocation import Shortage
from domain.refusals import RefusalCode
from domain.reservation_lines import ReservationLine
from domain.reservations import STANDING, Order, Reservation, ReservationStatus
from domain.strategies import AllocationStrategy, Want
from services.ports import BACKORDERS_AT_ONCE, LOOKS_MAX, Awaited

#: What changes in the life of a reservation.
_STATE = (
    ("status", "text"),
    ("updated_at", "timestamptz"),
    ("expires_at", "timestamptz"),
    ("confirmed", "boolean"),
    ("version", "bigint"),
)
_MADE = (
    ("id", "uuid"),
    ("order_id", "text"),
    ("wants", "jsonb"),
    ("strategy", "text"),
    ("zone", "text"),
    ("channel", "text"),
    ("ttl_seconds", "int"),
    ("created_at", "timestamptz"),
    ("shortages", "jsonb"),
    ("failure", "text"),
    *_STATE,
)
_CHANGED = (("id", "uuid"), ("version_read", "bigint"), *_STATE)
_LINE = (
    ("reservation_id", "uuid"),
    ("number", "int"),
    ("sku", "text"),
    ("location", "text"),
    ("quantity", "int"),
    ("allocated", "int"),
    ("backordered", "int"),
    ("committed", "int"),
    ("released", "int"),
    ("wanted", "text"),
    ("told", "jsonb"),
)

#: Columns of a reservation, in the order that `reservation_from` takes; and of a line, for `line_from`.
COLUMNS = tuple(name for name, _ in _MADE)
LINE_COLUMNS = tuple(name for name, _ in _LINE[1:])


def _names(columns: Iterable[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


#: New reservations, and their lines.
MAKE = Kind(
    "reservations_made",
    f"""
    INSERT INTO reservations (tenant_id, {_names(_MADE)}) SELECT $1, {_names(_MADE)}
    FROM {unnested(_MADE)} AS given ({_names(_MADE)}) ORDER BY order_id RETURNING id
    """,
    len(_MADE),
    counted=True,
)
MAKE_LINES = Kind(
    "reservation_lines_made",
    f"""
    INSERT INTO reservation_lines (tenant_id, {_names(_LINE)}) SELECT $1, {_names(_LINE)}
    FROM {unnested(_LINE)} AS given ({_names(_LINE)})
    """,
    len(_LINE),
)

#: Reservations as they have become.
CHANGE = Kind(
    "reservations_changed",
    f"""
    UPDATE reservations AS reservation SET {", ".join(f"{name} = given.{name}" for name, _ in _STATE)}
    FROM {unnested(_CHANGED)} AS given ({_names(_CHANGED)})
    WHERE reservation.tenant_id = $1 AND reservation.id = given.id AND reservation.version = given.version_read
    RETURNING reservation.id
    """,
    len(_CHANGED),
    counted=True,
)

#: Their lines, new or as they have become.
CHANGE_LINES = Kind(
    "reservation_lines_changed",
    f"""
    INSERT INTO reservation_lines (tenant_id, {_names(_LINE)}) SELECT $1, {_names(_LINE)}
    FROM {unnested(_LINE)} AS given ({_names(_LINE)})
    ON CONFLICT (tenant_id, reservation_id, number) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name, _ in _LINE[3:])}
    """,
    len(_LINE),
)

#: Those who wait for what there is more of now, and whom the work does not know: SKUs wanted wherever they are, SKUs at
#: locations, and whom it knows.
#:
#: Nobody waits unseen for the units of a level that he knew of. Who begins to wait holds the lock of each such level
#: from before he decides until he has committed; so does this work, and it takes this snapshot after it was given the
#: lock. Whichever was first with the lock of a level of which there is more now:
#:
#: - He was: he had committed when this work was given the lock. The snapshot shows him and the work runs again, with
#:   later snapshots, of which the first finds him.
#: - This work was: he is given the lock when it has committed, and reads the row that he stood at as it is by then. He
#:   takes what is left of the units before he waits for more. That he was first with the lock of another level of the
#:   SKU changes nothing: he decides when he has them all.
#:
#: Who decides without that level, because it was made or its location opened again after he had looked which levels
#: there are, may be missed: he is left to the sweep (`workers.waiting`), and so are those who keep coming (LOOKS_MAX).
OTHERS_WAITING = Kind(
    "others_waiting",
    f"""
    SELECT waiting.reservation_id FROM (
        SELECT line.reservation_id FROM unnest({{0}}::text[]) AS grown (sku) CROSS JOIN LATERAL (
            SELECT DISTINCT reservation_id FROM reservation_lines
            WHERE tenant_id = $1 AND sku = grown.sku AND wanted IS NULL AND backordered > 0
            ORDER BY reservation_id LIMIT {BACKORDERS_AT_ONCE}
        ) AS line
        UNION ALL
        SELECT line.reservation_id FROM unnest({{1}}::text[], {{2}}::text[]) AS grown (sku, location)
        CROSS JOIN LATERAL (
            SELECT DISTINCT reservation_id FROM reservation_lines
            WHERE tenant_id = $1 AND sku = grown.sku AND wanted = grown.location AND backordered > 0
            ORDER BY reservation_id LIMIT {BACKORDERS_AT_ONCE}
        ) AS line
    ) AS waiting
    EXCEPT SELECT unnest({{3}}::uuid[])
    """,
    4,
    counted=True,
    contested=True,
)

#: Reservations that stand of orders that were refused, but for those that the work knows: whoever was first with a
#: level that both orders want had committed when this work was given the lock.
OTHERS_STANDING = Kind(
    "others_standing",
    """
    SELECT standing.id FROM unnest({0}::text[]) AS refused (order_id) CROSS JOIN LATERAL (
        SELECT id FROM reservations WHERE tenant_id = $1 AND order_id = refused.order_id
            AND status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')
        LIMIT 1
    ) AS standing
    EXCEPT SELECT unnest({1}::uuid[])
    """,
    2,
    counted=True,
    contested=True,
)

#: The lines of locked reservations, in a statement of its own: it sees what whoever held the locks before has written.
LINES_OF = f"""
SELECT wanted.id, line.* FROM unnest($2::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT {", ".join(LINE_COLUMNS)} FROM reservation_lines
    WHERE tenant_id = $1 AND reservation_id = wanted.id ORDER BY number OFFSET 0
) AS line
"""


#: The last reservation of each order.
LAST_OF = """
SELECT last.* FROM unnest($2::text[]) AS wanted (order_id) CROSS JOIN LATERAL (
    SELECT order_id, id, status FROM reservations
    WHERE tenant_id = $1 AND order_id = wanted.order_id ORDER BY order_id DESC, id DESC LIMIT 1
) AS last
"""


class PostgresReservations:
    """Implements `services.ports.Reservations`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._known: set[UUID] = set()

    async def lock(
        self, ids: Collection[UUID], orders: Collection[str], skus: Collection[str]
    ) -> Sequence[Reservation]:
        rows = await locks.lock_reservations(self._transaction, ids, orders, skus)
        if not rows:
            return ()
        lines: defaultdict[UUID, list[ReservationLine]] = defaultdict(list)
        for row in await self._transaction.read(LINES_OF, [row["id"] for row in rows]):
            lines[row[0]].append(line_from(row[1:]))
        found = [reservation_from(row[1:], lines[row["id"]]) for row in rows]
        for reservation in found:
            self._transaction.passed(reservation.updated_at)
        self._known.update(reservation.id for reservation in found)
        return found

    async def ended(self, orders: Collection[str]) -> Mapping[str, ReservationStatus]:
        ended: dict[str, ReservationStatus] = {}
        for order_id, id_, name in await self._transaction.read(LAST_OF, list(orders)):
            status = ReservationStatus(name)
            if status not in STANDING:
                ended[order_id] = status
            elif id_ not in self._known:
                raise Outdated
        return ended

    async def save(self, made: Sequence[Reservation], changed: Sequence[tuple[Reservation, Reservation]]) -> None:
        if changed:
            rows = [[now.id, read.version, *_state(now)] for read, now in changed]
            await self._transaction.write(CHANGE, columns_of(rows, len(_CHANGED)), expected=len(rows))
            if lines := [_line_row(now, line) for read, now in changed for line in _changed_lines(read, now)]:
                await self._transaction.write(CHANGE_LINES, columns_of(lines, len(_LINE)))
        if {each.order.id for each in made} & {now.order.id for _, now in changed}:
            # An order that was ended and reserved anew: its end must be written before its new beginning.
            await self._transaction.flush()
        if made:
            self._known.update(each.id for each in made)
            rows = [_row(each) for each in made]
            await self._transaction.write(MAKE, columns_of(rows, len(_MADE)), expected=len(rows))
            if lines := [_line_row(each, line) for each in made for line in each.lines]:
                await self._transaction.write(MAKE_LINES, columns_of(lines, len(_LINE)))

    async def ensure_unreserved(self, orders: Collection[str]) -> None:
        await self._transaction.write(OTHERS_STANDING, [list(orders), list(self._known)], expected=0)

    async def ensure_known(self, awaited: Collection[Awaited]) -> None:
        if self._transaction.tries >= LOOKS_MAX - 1:
            return
        anywhere = [sku for sku, location in awaited if location is None]
        here = columns_of([place for place in awaited if place[1] is not None], 2)
        await self._transaction.write(OTHERS_WAITING, [anywhere, *here, list(self._known)], expected=0)


def _changed_lines(read: Reservation, now: Reservation) -> list[ReservationLine]:
    before = {line.number: line for line in read.lines}
    return [line for line in now.lines if line != before.get(line.number)]


def _state(reservation: Reservation) -> list[object]:
    return [
        reservation.status.value,
        reservation.updated_at,
        reservation.expires_at,
        reservation.confirmed,
        reservation.version,
    ]


def _row(reservation: Reservation) -> list[object]:
    order = reservation.order
    return [
        reservation.id,
        order.id,
        _dumped([[want.sku, want.location, want.units] for want in order.wants]),
        order.strategy.value,
        order.zone,
        order.channel,
        order.ttl_seconds,
        reservation.created_at,
        _dumped([[each.sku, each.location, each.requested, each.available] for each in reservation.shortages])
        if reservation.shortages
        else None,
        reservation.failure and reservation.failure.value,
        *_state(reservation),
    ]


def _line_row(reservation: Reservation, line: ReservationLine) -> list[object]:
    return [
        reservation.id,
        line.number,
        line.sku,
        line.location,
        line.quantity,
        line.allocated,
        line.backordered,
        line.committed,
        line.released,
        line.wanted,
        _dumped(line.told) if line.told else None,
    ]


def _dumped(value: object) -> str:
    return orjson.dumps(value).decode()


def reservation_from(values: Sequence[Any] | Record, lines: Sequence[ReservationLine]) -> Reservation:
    """A reservation from its columns in the order of COLUMNS."""
    id_, order_id, wants, strategy, zone, channel, ttl_seconds, created_at, shortages, failure = values[:10]
    status, updated_at, expires_at, confirmed, version = values[10:15]
    asked = tuple(Want(*want) for want in orjson.loads(wants))
    return Reservation(
        id_,
        Order(order_id, asked, AllocationStrategy(strategy), zone, channel, ttl_seconds),
        ReservationStatus(status),
        tuple(lines),
        created_at,
        updated_at,
        expires_at,
        confirmed,
        tuple(Shortage(*each) for each in orjson.loads(shortages)) if shortages else (),
        RefusalCode(failure) if failure else None,
        version,
    )


def line_from(values: Sequence[Any] | Record) -> ReservationLine:
    """A line from its columns in the order of LINE_COLUMNS."""
    number, sku, location, quantity, allocated, backordered, committed, released, wanted, told = values
    units: Mapping[str, int] | None = orjson.loads(told) if told else None
    return ReservationLine(number, sku, location, quantity, allocated, backordered, committed, released, wanted, units)
