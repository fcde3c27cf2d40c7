"""Aging sums: the statements that tell how old what was on hand at a moment was, put together for each shape.

Of a level the layers that had come by then, and how many units were there then, tell what remained: as many of the
first ones that ever came have left as are not there (`domain.layers`).
"""

from __future__ import annotations

from functools import lru_cache

from db.read_models.reports import SHAPES_CACHED, Shape, microseconds, same_key, statement
from db.read_models.statements import Statement

#: A rollup tells what is on hand after the last entry of its day. Where the moment lies within that day, it is what was
#: there before that day and what has come and gone since: of the levels that went on after the moment, all together, in
#: one reading of that part of the day in the ledger, with what came too late to count where it happened. What is
#: recorded is never recorded before it happened, but for clocks that do not agree.
_THERE = """
    kept AS MATERIALIZED (
        SELECT level.*, newest.on_hand, newest.last_at > :as_of AS goes_on
        FROM level CROSS JOIN LATERAL (
            SELECT last_at, on_hand FROM movement_daily AS row
            WHERE row.tenant_id = :tenant AND row.sku = level.sku AND row.location = level.location AND row.day <= :day
            ORDER BY row.day DESC LIMIT 1
        ) AS newest
    ),
    begun AS MATERIALIZED (
        SELECT kept.sku, kept.location, coalesce(before.last_at, '-infinity') AS last_at,
            coalesce(before.on_hand, 0) AS on_hand
        FROM kept LEFT JOIN LATERAL (
            SELECT last_at, on_hand FROM movement_daily AS row
            WHERE row.tenant_id = :tenant AND row.sku = kept.sku AND row.location = kept.location AND row.day <= :day
                AND row.last_at <= :as_of
            ORDER BY row.day DESC LIMIT 1
        ) AS before ON true WHERE kept.goes_on
    ),
    moved AS MATERIALIZED (
        SELECT sku, location, occurred_at AS at, on_hand_change FROM ledger
        WHERE tenant_id = :tenant AND occurred_at >= :since AND occurred_at <= :as_of AND on_hand_change <> 0
            AND recorded_at >= :since - interval '1 day' AND EXISTS (SELECT FROM begun)
        UNION ALL
        SELECT overdue.sku, entry.location, overdue.counted_at, entry.on_hand_change
        FROM overdue_entries AS overdue CROSS JOIN LATERAL (
            SELECT location, on_hand_change FROM ledger
            WHERE tenant_id = :tenant AND recorded_at = overdue.recorded_at AND id = overdue.id LIMIT 1
        ) AS entry
        WHERE overdue.tenant_id = :tenant AND overdue.counted_at >= :since AND overdue.counted_at <= :as_of
            AND overdue.sku IN (SELECT sku FROM begun)
    ),
    there AS (
        SELECT kept.sku, kept.location, category, vendor, kept.on_hand FROM kept WHERE NOT goes_on
        UNION ALL
        SELECT kept.sku, kept.location, category, vendor, until.on_hand
        FROM kept JOIN (
            SELECT begun.sku, begun.location, begun.on_hand + coalesce(sum(moved.on_hand_change), 0) AS on_hand
            FROM begun LEFT JOIN moved
                ON moved.sku = begun.sku AND moved.location = begun.location AND moved.at > begun.last_at
            GROUP BY begun.sku, begun.location, begun.on_hand
        ) AS until ON until.sku = kept.sku AND until.location = kept.location
    )"""
#: What was not there any more is never read, however long the history: a level's last layer leads to those that remain.
#: OFFSET 0 keeps the planner from reading a level's layers before it has that one.
_REMAINING = """
    remaining AS (
        SELECT there.sku, there.location, there.category, there.vendor,
            least(layer.quantity, layer.cumulative - last.cumulative + there.on_hand) AS quantity,
            layer.received_at, layer.unit_cost
        FROM there CROSS JOIN LATERAL (
            SELECT cumulative FROM cost_layers AS layer
            WHERE layer.tenant_id = :tenant AND layer.sku = there.sku AND layer.location = there.location
                AND layer.entered_at <= :as_of
            ORDER BY layer.entered_at DESC, layer.cumulative DESC LIMIT 1
        ) AS last CROSS JOIN LATERAL (
            SELECT * FROM cost_layers AS layer
            WHERE layer.tenant_id = :tenant AND layer.sku = there.sku AND layer.location = there.location
                AND layer.cumulative > last.cumulative - there.on_hand AND layer.cumulative <= last.cumulative
            OFFSET 0
        ) AS layer
        WHERE there.on_hand > 0
    )"""
#: Each parcel stands for itself; a level of which nothing remains has one of no units.
_TOLD = """
    told AS MATERIALIZED (
        SELECT * FROM jsonb_populate_recordset(NULL::cost_layers, CAST(:told AS jsonb))
    )"""
_AGE = microseconds(":as_of - parcel.received_at")
_BUCKET = f"width_bucket(greatest({_AGE} / 86400000000, 0)::int - 1, :bounds)"
_SUMS = f"""
    {_BUCKET} AS bucket, sum(parcel.quantity) AS units,
    coalesce(sum(parcel.quantity) FILTER (WHERE parcel.unit_cost IS NULL), 0) AS uncosted,
    coalesce(sum(parcel.quantity * parcel.unit_cost), 0) AS value,
    sum(parcel.quantity::numeric * {_AGE}) AS age_time, min(parcel.received_at) AS oldest
"""


@lru_cache(maxsize=SHAPES_CACHED)
def whole(shape: Shape) -> Statement:
    """Of each bucket in which anything is: its number, units, those without cost, ticks, age, the first receipt."""
    return statement(f"WITH {_parcels(shape)} SELECT {_SUMS} FROM parcel GROUP BY bucket ORDER BY bucket")


@lru_cache(maxsize=SHAPES_CACHED)
def groups(shape: Shape) -> Statement:
    """The same for each key of a page, which comes first."""
    return statement(f"""
        WITH {_parcels(shape)},
        page AS (
            SELECT DISTINCT {shape.key} AS key FROM parcel AS level WHERE {shape.follows} ORDER BY 1 LIMIT :size
        )
        SELECT page.key, {_SUMS} FROM page JOIN parcel ON {same_key(f"parcel.{shape.key}", "page.key")}
        GROUP BY 1, 2 ORDER BY 1, 2
    """)


@lru_cache(maxsize=SHAPES_CACHED)
def count(shape: Shape) -> Statement:
    """How many groups there are."""
    keys = f"SELECT DISTINCT {shape.key} AS key FROM parcel"
    return statement(f"WITH {_parcels(shape)} SELECT count(*) FROM ({keys}) AS key")


def _parcels(shape: Shape) -> str:
    """What was on hand, in parcels of one age and one cost."""
    columns = "sku, location, category, vendor, quantity, received_at, unit_cost"
    kept = f"level AS ({shape.levels}), {_THERE}, {_REMAINING}"
    if not shape.told:
        return f"{kept}, parcel AS (SELECT {columns} FROM remaining)"
    return f"""{_TOLD}, {kept}, parcel AS (
        SELECT {columns} FROM remaining WHERE (sku, location) NOT IN (SELECT sku, location FROM told)
        UNION ALL
        SELECT level.sku, level.location, level.category, level.vendor, told.quantity, told.received_at, told.unit_cost
        FROM told JOIN level ON level.sku = told.sku AND level.location = told.location WHERE told.quantity > 0
    )"""
