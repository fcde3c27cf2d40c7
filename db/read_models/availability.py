"""Availability: what can be promised of many SKUs, or of many products of the catalog, each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.pool import Database
from domain.access import Scope
from services.reads import AvailabilityRow, ProductRow

#: As `LevelState.promisable` tells it. Each SKU that is known, with what can be promised of it, in one row: a row for
#: each would cost twice as much to read. The planner does not see how many SKUs an array holds that a subquery gives:
#: so one plan serves all, and none is made anew for each small batch, which took longer than the reading.
AVAILABILITY = """
SELECT array_agg(item.sku),
    array_agg(CASE WHEN item.archived_at IS NULL THEN coalesce(there.promisable, 0) ELSE 0 END),
    statement_timestamp()
FROM items AS item
LEFT JOIN (
    SELECT level.sku, sum(level.on_hand - level.allocated - level.unavailable)::bigint AS promisable
    FROM stock_levels AS level
    JOIN locations AS location
        ON location.tenant_id = $1 AND location.code = level.location AND location.active
    WHERE level.tenant_id = $1 AND level.sku = ANY((SELECT $2::text[])::text[])
        AND ($3::text IS NULL OR level.location = $3)
    GROUP BY level.sku
) AS there ON there.sku = item.sku
WHERE item.tenant_id = $1 AND item.sku = ANY((SELECT $2::text[])::text[]) AND ($4::text IS NULL OR item.vendor = $4)
"""

#: Each product of the catalog asked, in the order asked, with what there is of its items.
PRODUCTS = """
SELECT asked.id, count(item.sku) > 0,
    count(DISTINCT item.sku) FILTER (WHERE item.archived_at IS NULL),
    min(item.sku) FILTER (WHERE item.archived_at IS NULL),
    coalesce(sum(level.on_hand), 0)::bigint, coalesce(sum(level.allocated), 0)::bigint,
    coalesce(sum(level.on_hand - level.allocated - level.unavailable)
        FILTER (WHERE item.archived_at IS NULL AND location.active), 0)::bigint,
    max(level.updated_at), statement_timestamp()
FROM unnest($2::text[]) WITH ORDINALITY AS asked (id, n)
LEFT JOIN items AS item
    ON item.tenant_id = $1 AND item.catalog_product_id = asked.id AND ($4::text IS NULL OR item.vendor = $4)
LEFT JOIN stock_levels AS level
    ON level.tenant_id = $1 AND level.sku = item.sku AND ($3::text IS NULL OR level.location = $3)
LEFT JOIN locations AS location ON location.tenant_id = $1 AND location.code = level.location
GROUP BY asked.n, asked.id ORDER BY asked.n
"""


async def availability(
    database: Database, location: str | None, scope: Scope, skus: Sequence[str]
) -> Mapping[str, AvailabilityRow]:
    """Of each SKU asked. Raises DatabaseUnavailable."""
    arguments = [scope.tenant, skus, location, scope.vendor]
    [(known, promisable, as_of)] = await database.fetch(scope.tenant, AVAILABILITY, arguments)
    units: dict[str, int] = dict(zip(known or (), promisable or (), strict=True))
    return {sku: AvailabilityRow(sku, sku in units, units.get(sku, 0), as_of) for sku in skus}


async def products(database: Database, scope: Scope, ids: Sequence[str], location: str | None) -> Sequence[ProductRow]:
    """Of each product asked, in the order asked. Raises DatabaseUnavailable."""
    rows = await database.fetch(scope.tenant, PRODUCTS, [scope.tenant, list(ids), location, scope.vendor])
    return [ProductRow(*row) for row in rows]
