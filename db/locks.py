"""Every lock there is, in the one order in which they are taken: transfers first, then cycle counts, then adjustments,
then reservations, then the orders of which other systems tell, then items or the tree of locations, then locations,
then levels, then alerts of these levels; last, by the writes at the end, orders, deliveries and keys. Each kind is
sorted, texts by code point, as the "C" collation of the columns does. A tenant's own row and its lists of reason codes
and of webhooks are each locked by who locks nothing else before. Transfers, cycle counts and adjustments go before
reservations because they tell of which SKU units move, or where, and so who may wait for them; nothing leads from a
reservation to one of them.

A level that does not exist yet is held by its item's lock: nobody else makes a level of that item meanwhile, nobody
describes the item anew, and no row is seen that may never come to be. Whoever describes an item anew holds the item and
then all its levels, so that each level's next event tells the new description.

Who locks a level shares a lock of its location, and who describes a location anew holds it alone. It is an advisory
lock: shared by all movements of a warehouse, a lock of the row would be written into that one row by each of them.

Each statement tells the clock (`at`) with every row, read after that row was locked: the lock is taken below a
materialized step, the clock is read above it. A row is told even where nothing was found to lock.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import asyncpg

from db.tables import transfers
from db.transaction import Transaction
from domain.adjustments import Adjustment
from domain.alerts import Alert
from domain.items import Item
from domain.locations import Location
from domain.places import Place
from services.ports import BACKORDERS_AT_ONCE

ITEM = ", ".join(f"item.{name}" for name in Item.__dataclass_fields__)
LOCATION = ", ".join(f"location.{name}" for name in Location.__dataclass_fields__)
_KEY_OF = "hashtextextended($1::uuid::text || 'location' || {}, 0)"
_TIMED = "SELECT clock_timestamp() AS at, locked.* FROM (VALUES (true)) AS always LEFT JOIN locked ON true"
_RESERVATION = ", ".join(f"reservation.{name}" for name in (
    "id", "order_id", "wants", "strategy", "zone", "channel", "ttl_seconds", "created_at", "shortages", "failure",
    "status", "updated_at", "expires_at", "confirmed", "version",
))  # fmt: skip
_TRANSFER = ", ".join(f"transfer.{column.name}" for column in transfers.c if column.name != "tenant_id")
_ADJUSTMENT = ", ".join(f"adjustment.{name}" for name in Adjustment.__dataclass_fields__)
_ALERT = ", ".join(f"alert.{name}" for name in Alert.__dataclass_fields__)
_CYCLE_COUNT = ", ".join(f"cycle_count.{name}" for name in (
    "id", "location", "created_by", "created_at", "blind", "reference", "status", "updated_at", "version",
))  # fmt: skip
_LEVEL = """
level.id, level.sku, level.location, level.created_at,
level.on_hand, level.allocated, level.unavailable, level.incoming,
level.reorder_point, level.safety_stock, level.low_stock_threshold, level.overstock_threshold, level.stale_after_days,
level.version, level.updated_at, level.last_movement_at, level.stock_alert, level.alert_kind, level.stale_alert,
item.unit_cost, item.currency
"""

#: Levels by SKU and location. Their locations' locks are counted, so that they are taken first.
LEVELS = f"""
WITH kept AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared({_KEY_OF.format("code")})
    FROM (SELECT DISTINCT code COLLATE "C" AS code FROM unnest($3::text[]) AS wanted (code) ORDER BY 1) AS wanted
), locked AS MATERIALIZED (
    SELECT {_LEVEL}
    FROM (
        SELECT sku COLLATE "C" AS sku, location COLLATE "C" AS location
        FROM unnest($2::text[], $3::text[]) AS wanted (sku, location)
        WHERE (SELECT count(*) FROM kept) >= 0 ORDER BY 1, 2
    ) AS wanted
    CROSS JOIN LATERAL (
        SELECT * FROM stock_levels WHERE tenant_id = $1 AND sku = wanted.sku AND location = wanted.location
        LIMIT 1 FOR NO KEY UPDATE
    ) AS level
    CROSS JOIN LATERAL (
        SELECT unit_cost, currency FROM items WHERE tenant_id = $1 AND sku = wanted.sku LIMIT 1
    ) AS item
)
{_TIMED}
"""

#: Reservations: those named by id or by order, and those that wait for stock of a SKU, be it one that is named or one
#: that a named reservation holds and so may free: the oldest of those that take it from anywhere, and of those that
#: insist on a location, for each where the SKU has a level.
RESERVATIONS = f"""
WITH named AS MATERIALIZED (
    SELECT id FROM unnest($2::uuid[]) AS wanted (id)
    UNION
    SELECT standing.id FROM unnest($3::text[]) AS wanted (order_id) CROSS JOIN LATERAL (
        SELECT id FROM reservations WHERE tenant_id = $1 AND order_id = wanted.order_id
            AND status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')
        LIMIT 1
    ) AS standing
), moving AS (
    SELECT unnest($4::text[]) COLLATE "C" AS sku
    UNION
    SELECT line.sku FROM named CROSS JOIN LATERAL (
        SELECT sku FROM reservation_lines
        WHERE tenant_id = $1 AND reservation_id = named.id AND allocated > 0 ORDER BY number OFFSET 0
    ) AS line
), awaited AS MATERIALIZED (
    SELECT sku FROM moving
    WHERE EXISTS (SELECT FROM reservation_lines WHERE tenant_id = $1 AND sku = moving.sku AND backordered > 0)
), wanted AS MATERIALIZED (
    SELECT id FROM named
    UNION
    SELECT waiting.reservation_id FROM awaited CROSS JOIN LATERAL (
        SELECT DISTINCT line.reservation_id FROM reservation_lines AS line
        WHERE line.tenant_id = $1 AND line.sku = awaited.sku AND line.wanted IS NULL AND line.backordered > 0
        ORDER BY line.reservation_id LIMIT {BACKORDERS_AT_ONCE}
    ) AS waiting
    UNION
    SELECT waiting.reservation_id FROM awaited CROSS JOIN LATERAL (
        SELECT location FROM stock_levels WHERE tenant_id = $1 AND sku = awaited.sku ORDER BY location OFFSET 0
    ) AS place CROSS JOIN LATERAL (
        SELECT DISTINCT line.reservation_id FROM reservation_lines AS line
        WHERE line.tenant_id = $1 AND line.sku = awaited.sku AND line.wanted = place.location AND line.backordered > 0
        ORDER BY line.reservation_id LIMIT {BACKORDERS_AT_ONCE}
    ) AS waiting
), locked AS MATERIALIZED (
    SELECT reservation.* FROM (SELECT id FROM wanted ORDER BY id) AS wanted CROSS JOIN LATERAL (
        SELECT {_RESERVATION} FROM reservations AS reservation
        WHERE reservation.tenant_id = $1 AND reservation.id = wanted.id
        LIMIT 1 FOR NO KEY UPDATE
    ) AS reservation
)
{_TIMED}
"""

#: Transfers by id.
TRANSFERS = f"""
WITH locked AS MATERIALIZED (
    SELECT {_TRANSFER} FROM transfers AS transfer WHERE transfer.tenant_id = $1 AND transfer.id = ANY ($2::uuid[])
    ORDER BY transfer.id
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: Adjustments by id.
ADJUSTMENTS = f"""
WITH locked AS MATERIALIZED (
    SELECT {_ADJUSTMENT} FROM adjustments AS adjustment
    WHERE adjustment.tenant_id = $1 AND adjustment.id = ANY ($2::uuid[])
    ORDER BY adjustment.id
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: Alerts by id. Their levels are held by then.
ALERTS = f"""
WITH locked AS MATERIALIZED (
    SELECT {_ALERT} FROM alerts AS alert WHERE alert.tenant_id = $1 AND alert.id = ANY ($2::uuid[])
    ORDER BY alert.id
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: Cycle counts by id.
CYCLE_COUNTS = f"""
WITH locked AS MATERIALIZED (
    SELECT {_CYCLE_COUNT} FROM cycle_counts AS cycle_count
    WHERE cycle_count.tenant_id = $1 AND cycle_count.id = ANY ($2::uuid[])
    ORDER BY cycle_count.id
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: Orders, reserved or not: of two deliveries that speak of one, the second sees what the first has left.
ORDERS = f"""
WITH locked AS MATERIALIZED (
    SELECT order_id AS id, pg_advisory_xact_lock(hashtextextended($1::uuid::text || 'order' || order_id, 0))
    FROM (SELECT DISTINCT order_id COLLATE "C" AS order_id FROM unnest($2::text[]) AS wanted (order_id) ORDER BY 1) AS o
)
{_TIMED}
"""

#: All levels of one SKU, in the same way.
LEVELS_OF = f"""
WITH kept AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared({_KEY_OF.format("code")})
    FROM (SELECT location AS code FROM stock_levels WHERE tenant_id = $1 AND sku = $2 ORDER BY 1) AS there
), locked AS MATERIALIZED (
    SELECT {_LEVEL}
    FROM stock_levels AS level JOIN items AS item ON item.tenant_id = $1 AND item.sku = level.sku
    WHERE level.tenant_id = $1 AND level.sku = $2 AND (SELECT count(*) FROM kept) >= 0
    ORDER BY level.location
    FOR NO KEY UPDATE OF level
)
{_TIMED}
"""

#: Items by SKU.
ITEMS = f"""
WITH locked AS MATERIALIZED (
    SELECT {ITEM} FROM items AS item WHERE item.tenant_id = $1 AND item.sku = ANY ($2::text[])
    ORDER BY item.sku
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: A SKU that has no item yet, until the transaction ends.
NEW_ITEM = """
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text || 'item' || $2::text, 0)), clock_timestamp() AS at
"""

#: The tree of a tenant's locations, until the transaction ends.
LOCATION_TREE = """
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text || 'locations', 0)), clock_timestamp() AS at
"""

#: One location, for its describer alone.
LOCATION_ALONE = f"SELECT pg_advisory_xact_lock({_KEY_OF.format('$2::text')}), clock_timestamp() AS at"

#: One location, read under both locks.
LOCATION_OF = f"""
WITH locked AS MATERIALIZED (
    SELECT {LOCATION} FROM locations AS location WHERE location.tenant_id = $1 AND location.code = $2
    FOR NO KEY UPDATE
)
{_TIMED}
"""

#: The list of a tenant's reason codes, until the transaction ends.
REASON_CODES = """
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text || 'reason codes', 0)), clock_timestamp() AS at
"""

#: The list of a tenant's webhooks, until the transaction ends.
WEBHOOKS = """
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text || 'webhooks', 0)), clock_timestamp() AS at
"""

#: What a tenant has settled.
TENANT = """
SELECT clock_timestamp() AS at, locked.* FROM (
    SELECT currency, approval_policy::text FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE
) AS locked
"""


async def lock_reservations(
    transaction: Transaction, ids: Collection[UUID], orders: Collection[str], skus: Collection[str]
) -> list[asyncpg.Record]:
    return _found(await transaction.lock(RESERVATIONS, list(ids), list(orders), list(skus)))


async def lock_transfers(transaction: Transaction, ids: Collection[UUID]) -> list[asyncpg.Record]:
    return _found(await transaction.lock(TRANSFERS, list(ids)))


async def lock_adjustments(transaction: Transaction, ids: Collection[UUID]) -> list[asyncpg.Record]:
    return _found(await transaction.lock(ADJUSTMENTS, list(ids)))


async def lock_alerts(transaction: Transaction, ids: Collection[UUID]) -> list[asyncpg.Record]:
    return _found(await transaction.lock(ALERTS, list(ids)))


async def lock_cycle_counts(transaction: Transaction, ids: Collection[UUID]) -> list[asyncpg.Record]:
    return _found(await transaction.lock(CYCLE_COUNTS, list(ids)))


async def lock_orders(transaction: Transaction, orders: Collection[str]) -> None:
    await transaction.lock(ORDERS, list(orders))


async def lock_levels(transaction: Transaction, places: Collection[Place]) -> list[asyncpg.Record]:
    """Lock those of the places where there is a level."""
    wanted = sorted(places)
    rows = await transaction.lock(LEVELS, [sku for sku, _ in wanted], [location for _, location in wanted])
    transaction.keeps_locations(location for _, location in wanted)
    return _found(rows)


async def lock_levels_of(transaction: Transaction, sku: str) -> list[asyncpg.Record]:
    rows = _found(await transaction.lock(LEVELS_OF, sku))
    transaction.keeps_locations(row["location"] for row in rows)
    return rows


async def lock_items(transaction: Transaction, skus: Collection[str]) -> list[asyncpg.Record]:
    return _found(await transaction.lock(ITEMS, sorted(skus)))


async def lock_item(transaction: Transaction, sku: str) -> asyncpg.Record | None:
    """Lock the item, or the SKU where there is none; who waited for the maker of the item finds it."""
    if rows := await lock_items(transaction, [sku]):
        return rows[0]
    await transaction.lock(NEW_ITEM, sku)
    rows = await lock_items(transaction, [sku])
    return rows[0] if rows else None


async def lock_location(transaction: Transaction, code: str) -> asyncpg.Record | None:
    await transaction.lock(LOCATION_TREE)
    await transaction.lock(LOCATION_ALONE, code)
    rows = _found(await transaction.lock(LOCATION_OF, code))
    return rows[0] if rows else None


async def lock_reason_codes(transaction: Transaction) -> None:
    await transaction.lock(REASON_CODES)


async def lock_webhooks(transaction: Transaction) -> None:
    await transaction.lock(WEBHOOKS)


async def lock_tenant(transaction: Transaction) -> asyncpg.Record:
    rows = await transaction.lock(TENANT)
    return rows[0]


def _found(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    return [row for row in rows if row["id"] is not None]
