"""The check of rollups and layers: the ledger folded again, SKU by SKU, held against the rows that are kept.

Each SKU is looked at in one snapshot, so that whatever is sealed meanwhile is in both or in neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from db.keeper import Keeper
from db.layers import COLUMNS as LAYER_COLUMNS
from db.layers import layer_values
from db.ledger_seals import BY_INDEX_NOW
from db.pool import Database
from db.rollup_books import RollupBooks, RollupQueue, kept
from db.rollups import LEVEL_COLUMNS, TRANSIT_COLUMNS, level_values, transit_values
from domain.keeping import SkuRows

#: What the ledger comes to at each level: the balance that archived months left, and what came since and was folded.
_BALANCES = ("on_hand", "allocated", "unavailable", "incoming")
_FED = "SELECT unnest(entries) FROM ledger_feed WHERE tenant_id = $1"
_RIGHT = f"""
SELECT level.location, {", ".join(f"coalesce(opening.{each}, 0) + coalesce(told.{each}, 0)" for each in _BALANCES)}
FROM stock_levels AS level LEFT JOIN LATERAL (
    SELECT * FROM ledger_openings WHERE tenant_id = $1 AND sku = level.sku AND location = level.location
    ORDER BY month DESC LIMIT 1
) AS opening ON true CROSS JOIN LATERAL (
    SELECT {", ".join(f"sum({each}_change) AS {each}" for each in _BALANCES)} FROM ledger
    WHERE tenant_id = $1 AND sku = level.sku AND location = level.location AND id <> ALL ($3::uuid[])
) AS told
WHERE level.tenant_id = $1 AND level.sku = $2 ORDER BY level.location
"""
_NEWEST = f"""
SELECT DISTINCT ON (location) location, {", ".join(_BALANCES)} FROM movement_daily
WHERE tenant_id = $1 AND sku = $2 ORDER BY location, day DESC
"""
SKUS = "SELECT DISTINCT sku FROM stock_levels WHERE tenant_id = $1 ORDER BY sku"


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of a SKU, told apart by a location or a transfer and by a day or a number, and what they say."""

    name: str
    shelf: str
    place: str
    columns: Sequence[str]
    moment: str

    @property
    def reading(self) -> str:
        columns = ", ".join(self.columns)
        return (
            f"SELECT {self.shelf}, {self.place}, {columns} FROM {self.name} "
            f"WHERE tenant_id = $1 AND sku = $2 AND {self.moment} >= $3"
        )


_LEVELS = _Table("movement_daily", "location", "day", LEVEL_COLUMNS, "last_at")
_TRANSITS = _Table("transit_daily", "transfer", "day", TRANSIT_COLUMNS, "last_at")
_LAYERS = _Table("cost_layers", "location", "number", LAYER_COLUMNS, "entered_at")
_TRAVELLING = _Table("transit_layers", "transfer", "number", LAYER_COLUMNS, "entered_at")
_TABLES = (_LEVELS, _TRANSITS, _LAYERS, _TRAVELLING)

#: By a row's location or transfer, and its day or number: its values.
_Rows = dict[tuple[Any, Any], tuple[Any, ...]]


@dataclass(slots=True)
class _Reckoned:
    rows: Mapping[str, _Rows] = field(default_factory=lambda: {table.name: {} for table in _TABLES})

    def add(self, folded: SkuRows) -> None:
        for day, levels, transits in folded.days:
            self.rows[_LEVELS.name].update({(name, day): level_values(each) for name, each in levels.items()})
            self.rows[_TRANSITS.name].update({(name, day): transit_values(each) for name, each in transits.items()})
        for table, layers in ((_LAYERS, folded.layers), (_TRAVELLING, folded.travelling)):
            self.rows[table.name].update({(name, layer.number): layer_values(layer) for name, layer in layers})


@dataclass(frozen=True, slots=True)
class Checked:
    """`waits`: the SKU is to be folded anew, so nothing is known yet. `fault`: the first difference, in a sentence.
    `archived`: it lies before the floor, where nothing can be folded anew."""

    entries: int = 0
    waits: bool = False
    fault: str | None = None
    archived: bool = False


class RollupCheck:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def skus(self, tenant: UUID) -> list[str]:
        return [row[0] for row in await self._database.fetch(tenant, SKUS, [tenant])]

    async def check(self, tenant: UUID, sku: str) -> Checked:
        async with (
            self._database.acquire(tenant) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(BY_INDEX_NOW)
            books = await kept(connection, tenant)
            if books is None or await RollupQueue(connection, tenant).waiting([sku]):
                return Checked(waits=True)
            return await _checked(connection, books, sku)


async def _checked(connection: asyncpg.Connection, books: RollupBooks, sku: str) -> Checked:
    keeper, reckoned, entries = Keeper(connection, books), _Reckoned(), 0
    async for count, rows in keeper.folded(sku, books.first, await keeper.locations(sku)):
        reckoned.add(rows)
        entries += count
    for table in _TABLES:
        found = await connection.fetch(table.reading, books.tenant, sku, books.first)
        there = {(row[0], row[1]): tuple(row)[2:] for row in found}
        if fault := _difference(table, there, reckoned.rows[table.name]):
            return Checked(entries, fault=f"{sku}: {fault}")
    fault = None if books.floor is None else await _lost(connection, books.tenant, sku)
    return Checked(entries) if fault is None else Checked(entries, fault=f"{sku}: {fault}", archived=True)


async def _lost(connection: asyncpg.Connection, tenant: UUID, sku: str) -> str | None:
    """Rows from before the floor are the ground of those behind it: the first level at which they lack something."""
    fed = [row[0] for row in await connection.fetch(_FED, tenant) if row[0] is not None]
    newest = {row[0]: tuple(row)[1:] for row in await connection.fetch(_NEWEST, tenant, sku)}
    for location, *right in await connection.fetch(_RIGHT, tenant, sku, fed):
        if told := _told(_BALANCES, newest.get(location, (0,) * len(_BALANCES)), right):
            return f"the newest row of movement_daily of location {location} says {told}, with archived months"
    return None


def _difference(table: _Table, there: _Rows, reckoned: _Rows) -> str | None:
    """The first one by day or number, in words."""
    for key in sorted(there.keys() | reckoned.keys(), key=lambda key: (key[1], key[0])):
        row = f"the row of {table.name} of {table.shelf} {key[0]}, {table.place} {key[1]}"
        if key not in there:
            return f"{row} is missing"
        if key not in reckoned:
            return f"{row} is of nothing in the ledger"
        if told := _told(table.columns, there[key], reckoned[key]):
            return f"{row} says {told}"
    return None


def _told(columns: Iterable[str], there: Iterable[Any], reckoned: Iterable[Any]) -> str | None:
    for column, kept_, right in zip(columns, there, reckoned, strict=True):
        if kept_ != right:
            return f"{column} {kept_} where the ledger comes to {right}"
    return None
