"""Rollups: rows of `movement_daily` and `transit_daily`, as they are read to be continued, dropped and written.

Each statement serves any number of SKUs. A row that is asked for before a moment is the newest whose last entry was
earlier; rows from a moment on are those whose last entry was then or later: none reaches from before it to behind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from db.writes import columns_of
from domain.level_totals import LevelTotals
from domain.rollups import SkuDay
from domain.transit import Transit

#: In the order of LevelTotals' fields.
LEVEL_COLUMNS = tuple(field.name for field in fields(LevelTotals))
TRANSIT_COLUMNS = tuple(field.name for field in fields(Transit))
#: The first of those that may be longer than a bigint, and all behind it; one of them may be missing.
_LONG_AT = LEVEL_COLUMNS.index("value")
_LONG = frozenset(LEVEL_COLUMNS[_LONG_AT:])
_MAY_LACK = "last_cost"
_MOMENTS = {"began_at", "last_at", "moved_at"}

#: What a row holds behind its key.
level_values = attrgetter(*LEVEL_COLUMNS)
transit_values = attrgetter(*TRANSIT_COLUMNS)


class Asked(NamedTuple):
    """Of a level or a transfer, by its location or its reference: what was before a moment."""

    sku: str
    name: str
    before: datetime


def _type(column: str) -> str:
    if column in _MOMENTS:
        return "timestamptz"
    return "numeric" if column in _LONG else "bigint"


def _read(column: str) -> str:
    """Long numbers come as text: the driver takes ten times as long to make a Decimal of one."""
    return f"row.{column}::text" if column in _LONG else f"row.{column}"


def _reading(table: str, name: str, columns: Sequence[str]) -> str:
    return f"""
    SELECT asked.sku, asked.name, {", ".join(map(_read, columns))}
    FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS asked (sku, name, before) CROSS JOIN LATERAL (
        SELECT * FROM {table} WHERE tenant_id = $1 AND sku = asked.sku AND {name} = asked.name
        AND last_at < asked.before ORDER BY day DESC LIMIT 1
    ) AS row
    """


def _writing(table: str, name: str, columns: Sequence[str]) -> str:
    names = ("sku", name, "day", *columns)
    types = ("date", *map(_type, columns))
    arrays = ", ".join(["$2::text[]", "$3::text[]", *(f"${n}::text::{type_}[]" for n, type_ in enumerate(types, 4))])
    return f"""
    INSERT INTO {table} (tenant_id, {", ".join(names)}) SELECT $1, * FROM unnest({arrays})
    ON CONFLICT (tenant_id, sku, {name}, day) DO UPDATE SET {", ".join(f"{each} = excluded.{each}" for each in columns)}
    """


#: Rows of a level lead with their day, which is at most a day off the moment's date in UTC, whatever the zone.
_DROP_LEVELS = """
DELETE FROM movement_daily AS row USING unnest($2::text[], $3::text[], $4::timestamptz[], $5::date[])
    AS asked (sku, name, before, day)
WHERE row.tenant_id = $1 AND row.sku = asked.sku AND row.location = asked.name AND row.day >= asked.day
AND row.last_at >= asked.before AND row.last_at < $6
"""
_DROP_TRANSITS = """
DELETE FROM transit_daily AS row USING unnest($2::text[], $3::timestamptz[]) AS asked (sku, before)
WHERE row.tenant_id = $1 AND row.sku = asked.sku AND row.last_at >= asked.before AND row.last_at < $4
"""
#: As if none of what came before a moment had said what it cost (`domain.level_totals`, `domain.transit`).
_FORGET_LEVELS = """
UPDATE movement_daily SET uncosted = greatest(on_hand, 0), sold_costed = 0, value = 0, last_cost = NULL, cost_sold = 0,
    cost_returned = 0, cost_shrunk = 0, uncosted_time = unit_time, value_time = 0
WHERE tenant_id = $1 AND sku = $2 AND last_at < $3
"""
_FORGET_TRANSITS = """
UPDATE transit_daily SET uncosted = uncosted + costed, costed = 0, value = 0
WHERE tenant_id = $1 AND sku = $2 AND last_at < $3
"""
_LAST_DAYS = """
SELECT level.sku, max(row.day) FROM stock_levels AS level CROSS JOIN LATERAL (
    SELECT day FROM movement_daily WHERE tenant_id = $1 AND sku = level.sku AND location = level.location
    AND last_at < $3 ORDER BY day DESC LIMIT 1
) AS row WHERE level.tenant_id = $1 AND level.sku = ANY ($2::text[]) GROUP BY level.sku
"""
READ_LEVELS = _reading("movement_daily", "location", LEVEL_COLUMNS)
READ_TRANSITS = _reading("transit_daily", "transfer", TRANSIT_COLUMNS)
WRITE_LEVELS = _writing("movement_daily", "location", LEVEL_COLUMNS)
WRITE_TRANSITS = _writing("transit_daily", "transfer", TRANSIT_COLUMNS)
_DAY = timedelta(days=1)


def totals_from(values: Sequence[Any]) -> LevelTotals:
    """Totals from the columns in the order of LEVEL_COLUMNS, long numbers as text or as Decimals."""
    value, last_cost, *rest = values[_LONG_AT:]
    long = int(value), None if last_cost is None else int(last_cost), *map(int, rest)
    return LevelTotals(*itertools.chain(values[:_LONG_AT], long))


def transit_from(values: Sequence[Any]) -> Transit:
    """What is on its way, from the columns in the order of TRANSIT_COLUMNS, the same."""
    return Transit(*itertools.chain(values[:-1], [int(values[-1])]))


def _literal(column: str, values: Sequence[Any]) -> str:
    """An array of numbers, days or moments as PostgreSQL writes it: the driver takes several times as long to encode
    the elements of so many arrays one by one. As JSON it looks the same but for its brackets; JSON has no long numbers.
    """
    if column == _MAY_LACK:
        return f"{{{','.join('NULL' if each is None else str(each) for each in values)}}}"
    if column in _LONG:
        return f"{{{','.join(map(str, values))}}}"
    return f"{{{orjson.dumps(values)[1:-1].decode()}}}"


class PostgresRollups:
    """The rows of a tenant, in a transaction of who holds its books."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID) -> None:
        self._connection = connection
        self._tenant = tenant

    async def levels(self, asked: Sequence[Asked]) -> Mapping[tuple[str, str], LevelTotals]:
        """By SKU and location; those that had no entry before are left out."""
        rows = await self._fetch(READ_LEVELS, asked)
        return {(row[0], row[1]): totals_from(row[2:]) for row in rows}

    async def transits(self, asked: Sequence[Asked]) -> Mapping[tuple[str, str], Transit]:
        """By SKU and transfer; those that nothing was of before are left out."""
        rows = await self._fetch(READ_TRANSITS, asked)
        return {(row[0], row[1]): transit_from(row[2:]) for row in rows}

    async def last_days(self, skus: Sequence[str], before: datetime) -> Mapping[str, date]:
        """The newest day of each SKU that has rows from before a moment, of all its levels."""
        rows = await self._connection.fetch(_LAST_DAYS, self._tenant, list(skus), before) if skus else []
        return {row[0]: row[1] for row in rows}

    async def drop(self, levels: Sequence[Asked], skus: Mapping[str, datetime], until: datetime) -> None:
        """Those of these levels from a moment on up to another, and those of all transfers of these SKUs."""
        days = [asked.before.date() - _DAY for asked in levels]
        await self._connection.execute(_DROP_LEVELS, self._tenant, *columns_of(levels, 3), days, until)
        await self._connection.execute(_DROP_TRANSITS, self._tenant, list(skus), list(skus.values()), until)

    async def forget_costs(self, sku: str, before: datetime) -> None:
        """In all rows of a SKU from before a moment: units stay, without cost."""
        for statement in (_FORGET_LEVELS, _FORGET_TRANSITS):
            await self._connection.execute(statement, self._tenant, sku, before)

    async def write(self, days: Iterable[tuple[str, SkuDay]]) -> None:
        """Add days, each with its SKU, or put them in the place of those that are there; the last of a day counts."""
        levels: dict[tuple[object, ...], tuple[object, ...]] = {}
        transits: dict[tuple[object, ...], tuple[object, ...]] = {}
        for sku, (day, totals, travelling) in days:
            for location, level in totals.items():
                levels[sku, location, day] = level_values(level)
            for transfer, transit in travelling.items():
                transits[sku, transfer, day] = transit_values(transit)
        await self._write(WRITE_LEVELS, levels, LEVEL_COLUMNS)
        await self._write(WRITE_TRANSITS, transits, TRANSIT_COLUMNS)

    async def _write(
        self, statement: str, rows: Mapping[tuple[object, ...], tuple[object, ...]], columns: Sequence[str]
    ) -> None:
        if rows:
            skus, names, days = columns_of(list(rows), 3)
            told = map(_literal, ("day", *columns), (days, *columns_of(list(rows.values()), len(columns))))
            await self._connection.execute(statement, self._tenant, skus, names, *told)

    async def _fetch(self, statement: str, asked: Sequence[Asked]) -> list[asyncpg.Record]:
        if not asked:
            return []
        return await self._connection.fetch(statement, self._tenant, *columns_of(asked, 3))
