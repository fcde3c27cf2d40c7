"""What was in stock as of a moment: levels with what they are of and where they lie, each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db.pool import Database
from db.read_models.filters import scoped
from db.read_models.listing import SHAPES_CACHED, Listing, Order, bounded
from db.read_models.statements import Statement, compiled, moment, one, tenant
from db.read_models.stock import BY_SKU, LEVELS, conditions_of, level_from
from db.read_models.then import COLUMNS, THEN, check_told, id_behind
from db.tables import ledger, ledger_openings, stock_levels
from domain.access import Scope
from domain.ledger import Quantities
from domain.levels import LevelState, PastLevel
from domain.places import Place
from services.level_filter import LevelFilter
from services.pages import Page, PageRequest

_level = stock_levels.c


class _Then(NamedTuple):
    """A row of COLUMNS, and the moment."""

    on_hand: int
    allocated: int
    unavailable: int
    incoming: int
    version: int
    recorded_at: datetime | None
    moved_at: datetime | None
    archived: str | None
    at: datetime


def _told_of(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    own = table.c.tenant_id == tenant(), table.c.sku == _level.sku, table.c.location == _level.location
    return sa.exists().where(*own, *conditions).correlate(stock_levels)


#: Made by then, or changed: what a replay or an event tells late changed a level before it was made here. That was
#: recorded after the level was made, so of one that was made later no month before the moment is looked into.
_there = sa.or_(
    _level.created_at <= moment("at"),
    _told_of(ledger, ledger.c.occurred_at <= moment("at"), ledger.c.recorded_at >= moment("at")),
    _told_of(ledger_openings),
)
_then = (
    sa.text(THEN)
    .bindparams(tenant(), moment("at"), one("at_id", sa.UUID()))
    .columns(*(sa.column(name) for name in COLUMNS))
    .lateral("past")
)


def _as_of(found: sa.Select[Any]) -> tuple[Any, Any]:
    """Levels that were found first, so that the past is looked up of these alone; and they with their past."""
    columns = [column.label(f"c{n}") for n, column in enumerate(found.selected_columns)]
    place = _level.sku.label("sku"), _level.location.label("location")
    level = found.with_only_columns(*columns, *place, maintain_column_froms=True).subquery("level")
    shown = [level.c[column.name] for column in columns]
    return level, sa.select(*shown, *_then.c, moment("at").label("at")).join_from(level, _then, sa.true())


def _paged(listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool) -> Any:
    level, shown = _as_of(bounded(listing.narrowed(names), order, backward, continued))
    keys = [level.c[column.name] for column in order.columns]
    return shown.add_columns(*keys).order_by(*order.turned(keys, backward))


def _past_level_from(row: Sequence[Any]) -> PastLevel:
    """Raises Archived."""
    then, level = _Then(*row[-len(_Then._fields) :]), level_from(row)
    check_told(then.archived, then.at)
    if level.updated_at <= then.at:
        return _past(level, level.quantities, level.version, level.updated_at, level.last_movement_at, then.at)
    quantities = Quantities(then.on_hand, then.allocated, then.unavailable, then.incoming)
    return _past(level, quantities, then.version, then.recorded_at or level.created_at, then.moved_at, then.at)


def _past(
    level: LevelState,
    quantities: Quantities,
    version: int,
    updated_at: datetime,
    moved_at: datetime | None,
    as_of: datetime,
) -> PastLevel:
    if level.last_movement_at is not None and level.last_movement_at <= as_of:
        moved_at = level.last_movement_at  # also where what moved last lies in an archive
    return PastLevel(
        level.id,
        level.item,
        level.location,
        quantities,
        level.policy,
        version,
        level.created_at,
        updated_at,
        moved_at,
        as_of,
    )


_past_levels = Listing(LEVELS.select.where(_there), LEVELS.conditions, _past_level_from, way=_paged)


@lru_cache(maxsize=SHAPES_CACHED)
def _unpaged(names: frozenset[str]) -> Statement:
    """For few levels: those that there were not yet are left out of what was read."""
    return compiled(_as_of(LEVELS.narrowed(names))[1])


class PostgresPastReads:
    """Implements `services.past_reads.PastReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def levels(self, scope: Scope, filter: LevelFilter, page: PageRequest, at: datetime) -> Page[PastLevel]:
        wanted = conditions_of(filter, scope) | _moment(at)
        return await _past_levels.page(self._database, scope.tenant, wanted, BY_SKU, page, f"@{at.isoformat()}")

    async def levels_at(self, scope: Scope, places: Sequence[Place], at: datetime) -> Mapping[Place, PastLevel]:
        wanted = {"places": [sku for sku, _ in places], "places_codes": [code for _, code in places]}
        return {(level.item.sku, level.location.code): level for level in await self._all(scope, wanted, at)}

    async def levels_of(self, scope: Scope, skus: Sequence[str], at: datetime) -> Mapping[str, Sequence[PastLevel]]:
        found: dict[str, list[PastLevel]] = {}
        for level in await self._all(scope, {"skus": list(skus)}, at):
            found.setdefault(level.item.sku, []).append(level)
        return {sku: sorted(levels, key=lambda level: level.location.code) for sku, levels in found.items()}

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, PastLevel]:
        return {level.id: level for level in await self._all(scope, {"ids": list(ids)}, at)}

    async def _all(self, scope: Scope, wanted: Mapping[str, object], at: datetime) -> list[PastLevel]:
        wanted = {**wanted, **scoped(scope), **_moment(at)}
        statement = _unpaged(frozenset(wanted))
        rows: list[Any] = await self._database.fetch(
            scope.tenant, statement.sql, statement.arguments({**wanted, "tenant": scope.tenant})
        )
        return [level for level in map(_past_level_from, rows) if level.version or level.created_at <= at]


def _moment(at: datetime) -> dict[str, object]:
    return {"at": at, "at_id": id_behind(at)}
