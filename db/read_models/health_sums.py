"""Health sums: the statements that sum up what levels have come to at some moments, put together for each shape.

Each level has its newest rollup before a moment, or none before it began; its times are extended from its last entry to
the moment. Of two moments the difference is what came between.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from db.read_models.reports import SHAPES_CACHED, Shape, microseconds, same_key, statement
from db.read_models.statements import Statement

_THERE = "greatest(kept.on_hand, 0)"
#: What a level has come to, by the names of `HealthTotals`; `opening` is that of the time that follows. Times are
#: extended as by `LevelTotals.times_at`.
_STATE: Mapping[str, str] = {
    "opening": _THERE,
    **{name: f"kept.{name}" for name in ("received", "returned", "arrived", "gained", "sold", "sold_costed")},
    **{name: f"kept.{name}" for name in ("sent", "shrunk", "cost_sold", "cost_returned")},
    "unit_time": f"kept.unit_time + {_THERE} * since.us",
    "uncosted_time": "kept.uncosted_time + kept.uncosted * since.us",
    "value_time": "kept.value_time + kept.value * since.us",
    "out_time": "kept.out_time + "
    "CASE WHEN kept.on_hand - kept.allocated - kept.unavailable <= 0 THEN since.us ELSE 0 END",
    "existed": microseconds("edge.at - kept.began_at"),
}
NAMES = tuple(_STATE)
_SINCE = microseconds("greatest(edge.at - kept.last_at, interval '0')")
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in NAMES)
_COLUMNS = ", ".join(f"coalesce(summed.{name}, 0)" for name in NAMES)

#: The moments, of which none is to come: whatever a statement sees was written before `:now`, or before it reads this
#: clock.
_EDGES = """
instant AS MATERIALIZED (SELECT coalesce(:now, clock_timestamp()) AS now),
edge AS MATERIALIZED (
    SELECT edge.n, edge.day, least(edge.at, instant.now) AS at
    FROM instant CROSS JOIN unnest(:days, :instants) WITH ORDINALITY AS edge (day, at, n)
)"""
#: What is asked for in time n, from moment n to the next; at no location where nobody named one and none could serve.
_DEMAND = """
demand AS (
    SELECT level.sku, level.location, item.category, item.vendor, level.n, level.asked, level.served
    FROM (
        SELECT sku, nullif(location, '') AS location, width_bucket(day, :days) AS n, asked, served FROM demand_daily
        WHERE tenant_id = :tenant AND day >= (SELECT min(day) FROM edge) AND day < (SELECT max(day) FROM edge)
        UNION ALL
        SELECT fed.sku, nullif(fed.location, ''), width_bucket(fed.moment, :instants), fed.asked, fed.served
        FROM demand_feed AS row
        CROSS JOIN unnest(row.skus, row.locations, row.asked, row.served, row.moments)
            AS fed (sku, location, asked, served, moment)
        WHERE row.tenant_id = :tenant
    ) AS level JOIN items AS item ON item.tenant_id = :tenant AND item.sku = level.sku
    WHERE level.n BETWEEN 1 AND (SELECT max(n) FROM edge) - 1 {met}
)"""
_TOLD = "told AS MATERIALIZED (SELECT * FROM jsonb_populate_recordset(NULL::movement_daily, CAST(:told AS jsonb)))"


@lru_cache(maxsize=SHAPES_CACHED)
def whole(shape: Shape) -> Statement:
    """For each of the moments its number and itself, the sums of NAMES, units asked for and served until the next; and
    how many items have units, between the first and the last, whose cost is not known."""
    signed = "CASE WHEN n = 1 THEN -1 WHEN n = (SELECT max(n) FROM edge) THEN 1 ELSE 0 END"
    return statement(f"""
        WITH {_parts(shape)},
        summed AS (SELECT n, {_SUMS} FROM state GROUP BY n),
        asked AS (SELECT n, sum(asked) AS asked, sum(served) AS served FROM demand GROUP BY n)
        SELECT edge.n, edge.at, {_COLUMNS}, coalesce(asked.asked, 0), coalesce(asked.served, 0), (
            SELECT count(*) FROM (
                SELECT FROM state GROUP BY sku
                HAVING sum({signed} * uncosted_time) > 0 OR sum({signed} * (sold - sold_costed)) > 0
            ) AS item
        )
        FROM edge LEFT JOIN summed ON summed.n = edge.n LEFT JOIN asked ON asked.n = edge.n
        ORDER BY edge.n
    """)


@lru_cache(maxsize=SHAPES_CACHED)
def count_levels(shape: Shape) -> Statement:
    """How many levels a report is of."""
    return statement(f"SELECT count(*) FROM ({shape.levels}) AS level")


@lru_cache(maxsize=SHAPES_CACHED)
def groups(shape: Shape) -> Statement:
    """The same without that count for each key of a page, which comes first."""
    key = shape.key
    return statement(f"""
        WITH {_parts(shape, paged=True)},
        summed AS (SELECT {key} AS key, n, {_SUMS} FROM state GROUP BY 1, 2),
        asked AS (SELECT {key} AS key, n, sum(asked) AS asked, sum(served) AS served FROM demand GROUP BY 1, 2)
        SELECT page.key, edge.n, edge.at, {_COLUMNS}, coalesce(asked.asked, 0), coalesce(asked.served, 0)
        FROM page CROSS JOIN edge
        LEFT JOIN summed ON summed.n = edge.n AND {same_key("summed.key", "page.key")}
        LEFT JOIN asked ON asked.n = edge.n AND {same_key("asked.key", "page.key")}
        ORDER BY page.key, edge.n
    """)


@lru_cache(maxsize=SHAPES_CACHED)
def count(shape: Shape) -> Statement:
    """How many groups there are."""
    told = f"{_TOLD}, " if shape.told else ""
    return statement(f"""
        WITH {_EDGES}, {told}every AS ({shape.levels}), {_DEMAND.format(met=shape.met)}
        SELECT count(*) FROM ({" UNION ".join(_keys(shape))}) AS key
    """)


@lru_cache(maxsize=SHAPES_CACHED)
def dead_stock(shape: Shape) -> Statement:
    """Of SKUs with units on hand of which none moved for `after_hours` their units, value in ticks, last movement, the
    moment, and the value by which they are ordered."""
    return statement(f"""
        WITH {_dead(shape)}
        SELECT sku, units, value, moved_at, at, worth FROM dead
        WHERE {"(-worth, sku) > (-:behind_value, :behind_sku)" if shape.behind else "true"}
        ORDER BY -worth, sku LIMIT :size
    """)


@lru_cache(maxsize=SHAPES_CACHED)
def count_dead(shape: Shape) -> Statement:
    return statement(f"WITH {_dead(shape)} SELECT count(*) FROM dead")


def _dead(shape: Shape) -> str:
    columns = f"level.sku, edge.at, {_THERE} AS units, kept.uncosted, kept.value, kept.moved_at"
    return f"""{_EDGES}, {f"{_TOLD}, " if shape.told else ""}
        level AS ({shape.levels}),
        state AS ({_state(columns, shape.told)}),
        dead AS (
            SELECT sku, sum(units)::bigint AS units, max(moved_at) AS moved_at, max(at) AS at,
                CASE WHEN sum(units) > sum(uncosted) THEN sum(value) END AS value,
                CASE WHEN sum(units) > sum(uncosted) THEN sum(value) ELSE -1 END AS worth
            FROM state GROUP BY sku
            HAVING sum(units) > 0 AND max(moved_at) <= max(at) - make_interval(hours => :after_hours)
        )"""


def _parts(shape: Shape, *, paged: bool = False) -> str:
    """What the sums are made of."""
    columns = ", ".join(["level.sku, level.location, level.category, level.vendor, edge.n", *_columns()])
    parts = [_EDGES, *([_TOLD] if shape.told else []), _DEMAND.format(met=shape.met)]
    if paged:
        same = same_key(f"level.{shape.key}", "page.key")
        parts += [
            f"every AS ({shape.levels})",
            f"page AS MATERIALIZED ({_page(shape)})",
            f"level AS (SELECT level.* FROM every AS level JOIN page ON {same})",
        ]
    else:
        parts.append(f"level AS ({shape.levels})")
    return ", ".join([*parts, f"state AS ({_state(columns, shape.told)})"])


def _columns() -> list[str]:
    return [f"{expression} AS {name}" for name, expression in _STATE.items()]


def _page(shape: Shape) -> str:
    """The keys of a page: the first of either kind, and the first of both."""
    first = "ORDER BY 1 LIMIT :size"
    return f"{' UNION '.join(f'({keys} AND {shape.follows} {first})' for keys in _keys(shape))} {first}"


def _keys(shape: Shape) -> tuple[str, str]:
    """The keys of what had been stocked by the last moment, and of what was asked for, though it never was there."""
    keys = f"SELECT DISTINCT {shape.key} AS key FROM"
    return f"{keys} every AS level WHERE {_begun(shape)}", f"{keys} demand WHERE true"


def _begun(shape: Shape) -> str:
    """The condition of a level that has an entry before the last moment."""
    kept = (
        "EXISTS (SELECT FROM movement_daily AS row WHERE row.tenant_id = :tenant AND row.sku = level.sku "
        "AND row.location = level.location AND row.day < :day)"
    )
    return f"({kept} OR (level.sku, level.location) IN (SELECT sku, location FROM told))" if shape.told else kept


def _state(columns: str, told: bool) -> str:
    """Columns of each level at each of the moments."""
    since = f"CROSS JOIN LATERAL (SELECT {_SINCE} AS us) AS since"
    kept = f"""
        SELECT {columns} FROM level CROSS JOIN edge CROSS JOIN LATERAL (
            SELECT * FROM movement_daily AS row
            WHERE row.tenant_id = :tenant AND row.sku = level.sku AND row.location = level.location
                AND row.day < edge.day
            ORDER BY row.day DESC LIMIT 1
        ) AS kept {since}"""
    if not told:
        return kept
    return f"""{kept} WHERE (level.sku, level.location, edge.day) NOT IN (SELECT sku, location, day FROM told)
        UNION ALL
        SELECT {columns} FROM told AS kept JOIN level ON level.sku = kept.sku AND level.location = kept.location
        JOIN edge ON edge.day = kept.day {since}"""
