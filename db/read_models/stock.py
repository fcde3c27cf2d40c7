"""What is in stock: levels with what they are of and where they lie, each question one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.look_ups import LookUps
from db.pool import Database
from db.read_models.availability import availability, products
from db.read_models.filters import listed, pattern_of, scoped, stated
from db.read_models.listing import SHAPES_CACHED, Listing, Order
from db.read_models.statements import Statement, compiled, named, one, tenant, texts, uuids, within
from db.tables import items, locations, stock_levels
from domain.access import Scope
from domain.ledger import Quantities
from domain.levels import LevelState, only_level
from domain.places import Place
from domain.status import StockPolicy
from services.reads import AvailabilityRow, LevelFilter, LevelSort, Page, PageRequest, ProductRow, Snapshot
from services.rows import Columns, Row, RowPage

_OWN = (
    *("id", "version", "created_at", "updated_at", "last_movement_at"),
    *("on_hand", "allocated", "unavailable", "incoming"),
    *("reorder_point", "safety_stock", "low_stock_threshold", "overstock_threshold", "stale_after_days"),
)
_ITEM_AT = len(_OWN)
_LOCATION_AT = _ITEM_AT + len(ITEM_COLUMNS)
_END = _LOCATION_AT + len(LOCATION_COLUMNS)


def level_from(row: Sequence[Any]) -> LevelState:
    """A level from its own columns, its item's and its location's."""
    id_, version, created_at, updated_at, last_movement_at = row[:5]
    return LevelState(
        id_,
        item_from(row[_ITEM_AT:_LOCATION_AT]),
        location_from(row[_LOCATION_AT:_END]),
        Quantities(*row[5:9]),
        StockPolicy(*row[9:14]),
        version,
        created_at,
        updated_at,
        last_movement_at,
    )


_level = stock_levels.c
_available = _level.on_hand - _level.allocated - _level.unavailable
_moved = sa.func.coalesce(_level.last_movement_at, _level.created_at)


def _days_after(moment: sa.ColumnElement[Any], days: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Days of 24 hours: sessions run in UTC."""
    nothing = sa.literal_column("0")
    return moment + sa.func.make_interval(nothing, nothing, nothing, days)


#: As `LevelState.stale` tells it. `stale_due` is never later than the truth, and none where an archived item's was due.
_stale = sa.and_(
    _level.stale_due <= sa.func.now(),
    _days_after(_moved, _level.stale_after_days) <= sa.func.now(),
    items.c.archived_at.is_(None),
)
_place = sa.func.unnest(texts("places"), texts("places_codes")).table_valued("sku", "code").render_derived("place")


def _reading(read: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """Levels beside no more than is read. Items and locations are never removed: no level is without."""
    named = {part.table for each in read for part in visitors.iterate(each) if isinstance(part, sa.Column)}
    found: sa.FromClause = stock_levels
    if items in named:
        found = found.join(items, sa.and_(items.c.tenant_id == _level.tenant_id, items.c.sku == _level.sku))
    if locations in named:
        of = sa.and_(locations.c.tenant_id == _level.tenant_id, locations.c.code == _level.location)
        found = found.join(locations, of)
    return sa.select(*read).select_from(found).where(_level.tenant_id == tenant())


LEVELS = Listing(
    _reading([*named(stock_levels, _OWN), *named(items, ITEM_COLUMNS), *named(locations, LOCATION_COLUMNS)]),
    {
        "skus": within(_level.sku, texts("skus")),
        "locations": within(_level.location, texts("locations")),
        "categories": within(items.c.category, texts("categories")),
        "vendors": within(items.c.vendor, texts("vendors")),
        "conditions": within(items.c.condition, texts("conditions")),
        "status": within(_level.status, texts("status")),
        "stale_for_days": _days_after(_moved, one("stale_for_days", sa.Integer())) <= sa.func.now(),
        "stale": _stale,
        "fresh": sa.not_(sa.func.coalesce(_stale, sa.false())),
        "search": items.c.searched.like(one("search")),
        "vendor": items.c.vendor == one("vendor"),
        "ids": within(_level.id, uuids("ids")),
        "places": sa.tuple_(_level.sku, _level.location).in_(sa.select(_place.c.sku, _place.c.code)),
    },
    level_from,
    columns={
        **{path: _level[path] for path in ("id", "version", "created_at", "updated_at", "last_movement_at", "status")},
        **{f"quantities.{name}": _level[name] for name in ("on_hand", "allocated", "unavailable", "incoming")},
        "quantities.available_to_promise": _available,
        **{f"policy.{field.name}": _level[field.name] for field in fields(StockPolicy)},
        **{f"item.{name}": items.c[name] for name in ITEM_COLUMNS},
        **{f"location.{name}": locations.c[name] for name in LOCATION_COLUMNS},
        "item.sku": _level.sku,
        "location.code": _level.location,
    },
    reading=_reading,
)

_PLACE = (_level.sku, _level.location)
BY_SKU = Order("SKU", _PLACE, (str, str), twins=(items.c.sku,), walked=True)
_ORDERS = {
    LevelSort.SKU: BY_SKU,
    LevelSort.AVAILABLE_ASC: Order("AVAILABLE_ASC", (_available, *_PLACE), (int, str, str)),
    LevelSort.AVAILABLE_DESC: Order("AVAILABLE_DESC", (_available, *_PLACE), (int, str, str), falling=True),
    LevelSort.UPDATED_DESC: Order("UPDATED_DESC", (_level.updated_at, *_PLACE), (datetime, str, str), falling=True),
    LevelSort.LAST_MOVEMENT_ASC: Order("LAST_MOVEMENT_ASC", (_moved, *_PLACE), (datetime, str, str)),
}


def conditions_of(filter: LevelFilter, scope: Scope) -> dict[str, object]:
    """The conditions that a filter names, with their values."""
    asked = stated(
        skus=listed(filter.skus),
        locations=listed(filter.locations),
        categories=listed(filter.categories),
        vendors=listed(filter.vendors),
        conditions=listed(filter.conditions),
        status=listed(filter.status),
        stale_for_days=filter.stale_for_days,
        stale=filter.stale or None,
        fresh=filter.stale is False or None,
        search=pattern_of(filter.search),
    )
    return asked | scoped(scope)


@lru_cache(maxsize=SHAPES_CACHED)
def _snapshot(names: frozenset[str]) -> Statement:
    """The levels beside the snapshot that saw them; one row even where there is none."""
    select = LEVELS.narrowed(names)
    columns = [column.label(f"c{n}") for n, column in enumerate(select.selected_columns)]
    levels = select.with_only_columns(*columns).subquery("level_seen")
    always = sa.select(sa.true().label("always")).subquery("always")
    joined = sa.select(sa.func.pg_current_snapshot(), *levels.c).select_from(always.outerjoin(levels, sa.true()))
    return compiled(joined)


#: By what a row is told from others, at its end.
_WHERE = ("item.sku", "location.code")


def _at(places: Sequence[Place]) -> dict[str, object]:
    return {"places": [sku for sku, _ in places], "places_codes": [code for _, code in places]}


class PostgresStockReads:
    """Implements `services.reads.StockReads`."""

    def __init__(self, database: Database, look_ups: LookUps) -> None:
        self._database, self._look_ups = database, look_ups

    async def levels(self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest) -> Page[LevelState]:
        wanted = conditions_of(filter, scope)
        return await LEVELS.page(self._database, scope.tenant, wanted, _ORDERS[sort], page)

    async def level_rows(
        self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest, columns: Columns
    ) -> RowPage:
        wanted = conditions_of(filter, scope)
        return await LEVELS.rows(self._database, scope.tenant, wanted, _ORDERS[sort], page, columns)

    def level_row(self, scope: Scope, sku: str, location: str | None, columns: Columns) -> Awaitable[Row | None]:
        read = partial(self._rows_of if location is None else self._rows_at, (*columns, *_WHERE))
        return self._look_ups.one(scope, ("levels", location is None, columns), (sku, location), read)

    async def levels_at(self, scope: Scope, places: Sequence[Place]) -> Mapping[Place, LevelState]:
        return await self._look_ups.find(scope, "levels at", places, self._levels_at)

    async def levels_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Sequence[LevelState]]:
        return await self._look_ups.find(scope, "levels of", skus, self._levels_of)

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LevelState]:
        return await self._look_ups.find(scope, "levels by id", ids, self._levels_by_id)

    async def availability(self, scope: Scope, skus: Sequence[str], location: str | None) -> Sequence[AvailabilityRow]:
        read = partial(availability, self._database, location)
        found = await self._look_ups.find(scope, ("availability", location), skus, read)
        return [found[sku] for sku in skus]

    async def products(self, scope: Scope, ids: Sequence[str], location: str | None) -> Sequence[ProductRow]:
        return await products(self._database, scope, ids, location)

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]:
        wanted = conditions_of(filter, scope)
        statement = _snapshot(frozenset(wanted))
        arguments = statement.arguments({**wanted, "tenant": scope.tenant})
        rows = await self._database.fetch(scope.tenant, statement.sql, arguments)
        _, tx_max, tx_in_progress = rows[0][0]
        levels = [level_from(row[1:]) for row in rows if row[1] is not None]
        return Snapshot(levels, tx_max, frozenset(tx_in_progress))

    async def _all(self, scope: Scope, wanted: Mapping[str, object]) -> list[LevelState]:
        return await LEVELS.all(self._database, scope.tenant, {**wanted, **scoped(scope)})

    async def _rows_at(self, columns: Columns, scope: Scope, places: Sequence[Place]) -> Mapping[Place, Any]:
        rows = await LEVELS.all_rows(self._database, scope.tenant, _at(places) | scoped(scope), columns)
        return {(row[-2], row[-1]): Row(row) for row in rows}

    async def _rows_of(self, columns: Columns, scope: Scope, asked: Sequence[tuple[str, None]]) -> Mapping[Any, Any]:
        """Of each SKU the row of its only level."""
        wanted = {"skus": [sku for sku, _ in asked], **scoped(scope)}
        found: dict[tuple[str, None], list[Any]] = {}
        for row in await LEVELS.all_rows(self._database, scope.tenant, wanted, columns):
            found.setdefault((row[-2], None), []).append(row)
        return {key: Row(row) for key, rows in found.items() if (row := only_level(rows)) is not None}

    async def _levels_at(self, scope: Scope, places: Sequence[Place]) -> Mapping[Place, LevelState]:
        return {(level.item.sku, level.location.code): level for level in await self._all(scope, _at(places))}

    async def _levels_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Sequence[LevelState]]:
        found: dict[str, list[LevelState]] = {}
        for level in await self._all(scope, {"skus": skus}):
            found.setdefault(level.item.sku, []).append(level)
        return {sku: sorted(levels, key=lambda level: level.location.code) for sku, levels in found.items()}

    async def _levels_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LevelState]:
        return {level.id: level for level in await self._all(scope, {"ids": ids})}
