"""Health: how levels did over spans of days, from two looks at the rollups of each, summed up in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from db.one_moment import OneMoment
from db.pool import Database
from db.read_models import cursors, health_sums
from db.read_models.fed_entries import Tail
from db.read_models.health_tail import tail_of
from db.read_models.report_names import unknown_names
from db.read_models.reports import Shape, behind, page_of, wanted, whole_number
from db.read_models.statements import Statement
from db.rollup_books import BOOKS
from domain.access import Scope
from domain.days import MICROSECOND, Span
from domain.health import HealthTotals
from domain.periods import Books, Period
from services.insight_ports import (
    DeadStock,
    Health,
    HealthGroup,
    ReportFilter,
    ReportGroupBy,
    UnknownNames,
    WholeHealth,
)
from services.pages import Edge, Page, PageRequest

_DEAD = "DEAD_STOCK"
#: Of a row of `health_sums.whole`.
_AT = 1
_FIRST_SUM = 2
_ASKED = _FIRST_SUM + len(health_sums.NAMES)


class PostgresHealthReads:
    """Implements `services.insight_ports.HealthReads`."""

    def __init__(self, database: Database | OneMoment) -> None:
        self._database = database

    async def books(self, tenant: UUID) -> Books | None:
        rows = await self._database.fetch(tenant, BOOKS, [tenant])
        return Books(*rows[0]) if rows else None

    async def unknown(self, scope: Scope, filter: ReportFilter) -> UnknownNames:
        return await unknown_names(self._database, scope, filter)

    async def whole(self, scope: Scope, filter: ReportFilter, period: Period) -> WholeHealth:
        rows, complete = await self._sums(scope, filter, [period])
        [health] = _spans(rows)
        return WholeHealth(health, rows[0][-1], complete)

    async def levels(self, scope: Scope, filter: ReportFilter) -> int:
        narrowed = wanted(scope, filter)
        counting = health_sums.count_levels(Shape(frozenset(narrowed)))
        return (await self._fetch(scope, counting, narrowed | {"tenant": scope.tenant}))[0][0]

    async def series(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> Sequence[Health]:
        rows, _ = await self._sums(scope, filter, parts)
        return _spans(rows)

    async def groups(
        self, scope: Scope, filter: ReportFilter, period: Period, by: ReportGroupBy, page: PageRequest
    ) -> Page[HealthGroup]:
        where, key = behind(by, page)
        narrowed, looks = wanted(scope, filter), await self._looks(scope, filter, [period])
        shape = Shape(frozenset(narrowed), by, where, looks.tail.told is not None)
        values = narrowed | looks.values | key | {"size": page.size + 1, "day": period.end}
        rows = await self._fetch(scope, health_sums.groups(shape), values)
        found = [HealthGroup(by, key, *_spans(_without_key(each))) for key, each in groupby(rows, itemgetter(0))]
        total = (await self._fetch(scope, health_sums.count(shape), values))[0][0] if page.counted else None
        return page_of(by, found, lambda group: group.key, page, total)

    async def dead_stock(
        self, scope: Scope, filter: ReportFilter, period: Period, after_days: int, page: PageRequest
    ) -> Page[DeadStock]:
        narrowed, looks = wanted(scope, filter), await self._looks(scope, filter, [period])
        shape = Shape(frozenset(narrowed), behind="place" if page.cursor else "", told=looks.tail.told is not None)
        last = {name: looks.values[name][-1:] for name in ("days", "instants")}
        values = narrowed | looks.values | last | {"after_hours": 24 * after_days, "size": page.size + 1}
        rows = await self._fetch(scope, health_sums.dead_stock(shape), values | _behind_dead(page))
        edges = [Edge(cursors.encode(_DEAD, [str(int(row[-1])), row[0]]), _dead_from(row)) for row in rows[: page.size]]
        total = (await self._fetch(scope, health_sums.count_dead(shape), values))[0][0] if page.counted else None
        return Page(edges, len(rows) > page.size, page.cursor is not None, total)

    async def _sums(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> tuple[Sequence[Any], bool]:
        narrowed, looks = wanted(scope, filter), await self._looks(scope, filter, parts)
        shape = Shape(frozenset(narrowed), told=looks.tail.told is not None)
        return await self._fetch(scope, health_sums.whole(shape), narrowed | looks.values), looks.tail.complete

    async def _looks(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> _Looks:
        tail = await tail_of(self._database, scope, filter, parts)
        days = [*(part.first for part in parts), parts[-1].end]
        instants = [*(part.span.since for part in parts), parts[-1].span.until]
        return _Looks(
            tail, {"tenant": scope.tenant, "days": days, "instants": instants, "told": tail.told, "now": None}
        )

    async def _fetch(self, scope: Scope, statement: Statement, values: Mapping[str, object]) -> Sequence[Any]:
        return await self._database.report(scope.tenant, statement.sql, statement.arguments(values))


class HealthAtOneMoment(PostgresHealthReads):
    """What waits is read once for all parts of a report, and now is the same for all."""

    def __init__(self, moment: OneMoment) -> None:
        super().__init__(moment)
        self._now = moment.now
        self._found: dict[str, _Looks] = {}

    async def _looks(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> _Looks:
        asked = repr((scope, filter, parts))
        if asked not in self._found:
            tail, values = await super()._looks(scope, filter, parts)
            self._found[asked] = _Looks(tail, values | {"now": self._now})
        return self._found[asked]


class _Looks(NamedTuple):
    """When levels are looked at, and what is told of them that waits to be summed up, as a statement's parameters."""

    tail: Tail
    values: dict[str, Any]


def _without_key(rows: Iterable[Any]) -> list[Any]:
    return [row[1:] for row in rows]


def _spans(rows: Sequence[Any]) -> list[Health]:
    """What came between each moment and the next, from rows of `health_sums.whole`."""
    return [_between(before, end) for before, end in pairwise(rows)]


def _between(before: Sequence[Any], end: Sequence[Any]) -> Health:
    sums = {
        name: int(late) - int(early)
        for name, early, late in zip(health_sums.NAMES, before[_FIRST_SUM:], end[_FIRST_SUM:], strict=False)
    }
    sums["opening"] = int(before[_FIRST_SUM])
    totals = HealthTotals(**sums, asked=int(before[_ASKED]), served=int(before[_ASKED + 1]))
    # At the very moment at which its first day begins a span has no length yet, and nothing can be divided by it.
    return Health(Span(before[_AT], max(end[_AT], before[_AT] + MICROSECOND)), totals)


def _dead_from(row: Sequence[Any]) -> DeadStock:
    sku, units, value, moved_at, at, _ = row
    return DeadStock(sku, units, None if value is None else int(value), moved_at, at)


def _behind_dead(page: PageRequest) -> dict[str, object]:
    """Raises BadCursor."""
    if page.cursor is None:
        return {}
    worth, sku = cursors.decode(page.cursor, _DEAD, (str, str))
    return {"behind_value": whole_number(worth), "behind_sku": sku}
