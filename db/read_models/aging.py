"""Aging: how old what was on hand at a moment was, from the layers that remained then, summed up in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from db.one_moment import OneMoment
from db.pool import Database
from db.read_models import aging_sums
from db.read_models.aging_tail import tail_of
from db.read_models.reports import Shape, behind, page_of, wanted
from db.read_models.statements import Statement
from db.rollup_books import NEAR
from domain.access import Scope
from domain.aging import Aged
from domain.periods import Books
from services.insight_ports import AgedGroup, ReportFilter, ReportGroupBy, WholeAging
from services.pages import Page, PageRequest


class PostgresAgingReads:
    """Implements `services.insight_ports.AgingReads`."""

    def __init__(self, database: Database | OneMoment) -> None:
        self._database = database

    async def whole(
        self, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime, bounds: Sequence[int]
    ) -> WholeAging:
        narrowed = wanted(scope, filter)
        values, complete = await self._values(scope, filter, books, as_of, bounds)
        statement = aging_sums.whole(Shape(frozenset(narrowed), told=values["told"] is not None))
        rows = await self._fetch(scope, statement, narrowed | values)
        return WholeAging(AgedGroup(None, None, as_of, bounds, _buckets(rows, bounds)), complete)

    async def groups(
        self,
        scope: Scope,
        filter: ReportFilter,
        books: Books,
        as_of: datetime,
        bounds: Sequence[int],
        by: ReportGroupBy,
        page: PageRequest,
    ) -> Page[AgedGroup]:
        where, key = behind(by, page)
        narrowed = wanted(scope, filter)
        values, _ = await self._values(scope, filter, books, as_of, bounds)
        shape = Shape(frozenset(narrowed), by, where, values["told"] is not None)
        values = narrowed | values | key | {"size": page.size + 1}
        rows = await self._fetch(scope, aging_sums.groups(shape), values)
        found = [
            AgedGroup(by, key, as_of, bounds, _buckets(_without_key(each), bounds))
            for key, each in groupby(rows, itemgetter(0))
        ]
        total = (await self._fetch(scope, aging_sums.count(shape), values))[0][0] if page.counted else None
        return page_of(by, found, lambda group: group.key, page, total)

    async def _values(
        self, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime, bounds: Sequence[int]
    ) -> tuple[dict[str, Any], bool]:
        """The parameters, and whether all that waits to be summed up is told in them."""
        told, complete = await tail_of(self._database, scope, filter, books, as_of)
        values = {"tenant": scope.tenant, "bounds": list(bounds), "told": told, "as_of": as_of}
        return values | _reach(books, as_of), complete

    async def _fetch(self, scope: Scope, statement: Statement, values: Mapping[str, object]) -> Sequence[Any]:
        return await self._database.report(scope.tenant, statement.sql, statement.arguments(values))


class AgingAtOneMoment(PostgresAgingReads):
    """What waits is read once for all parts of a report."""

    def __init__(self, moment: OneMoment) -> None:
        super().__init__(moment)
        self._found: dict[str, tuple[dict[str, Any], bool]] = {}

    async def _values(
        self, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime, bounds: Sequence[int]
    ) -> tuple[dict[str, Any], bool]:
        asked = repr((scope, filter, books, as_of, bounds))
        if asked not in self._found:
            self._found[asked] = await super()._values(scope, filter, books, as_of, bounds)
        return self._found[asked]


def _reach(books: Books, as_of: datetime) -> dict[str, object]:
    """The last day whose rollups may hold what had happened by a moment, and from when on the ledger is read for it.

    Near the floor a level's days may be later ones, and those before may be another zone's.
    """
    day = books.days.of(as_of)
    if books.floor is not None and books.floor <= as_of < books.floor + NEAR:
        return {"day": day + NEAR, "since": books.floor}
    return {"day": day, "since": books.days.start(day)}


def _without_key(rows: Iterable[Any]) -> list[Any]:
    return [row[1:] for row in rows]


def _buckets(rows: Sequence[Any], bounds: Sequence[int]) -> list[Aged]:
    """All buckets, also those in which nothing is."""
    found = [Aged()] * (len(bounds) + 1)
    for bucket, units, uncosted, value, age_time, oldest in rows:
        found[bucket] = Aged(int(units), int(uncosted), int(value), int(age_time), oldest)
    return found
