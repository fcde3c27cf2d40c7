"""FakeHealthReads, FakeAgingReads: reports out of what they were given; they neither filter nor sum up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from domain.access import Scope
from domain.aging import Aged
from domain.health import HealthTotals
from domain.periods import Books, Period
from services.insight_ports import (
    AgedGroup,
    DeadStock,
    Health,
    HealthGroup,
    ReportFilter,
    ReportGroupBy,
    UnknownNames,
    WholeAging,
    WholeHealth,
)
from services.pages import Edge, Page, PageRequest

T = TypeVar("T")


def _page(things: Sequence[T], page: PageRequest) -> Page[T]:
    edges = [Edge(str(place), thing) for place, thing in enumerate(things[: page.size])]
    return Page(edges, len(things) > page.size, False, len(things) if page.counted else None)


@dataclass
class FakeHealthReads:
    """`asked` holds the name of each read, with what it was asked for."""

    own_books: Books | None = None
    names: UnknownNames = field(default_factory=UnknownNames)
    totals: HealthTotals = field(default_factory=HealthTotals)
    items_without_value: int = 0
    complete: bool = True
    keys: Sequence[str | None] = ()
    dead: Sequence[DeadStock] = ()
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    levels_there: int = 1

    async def books(self, tenant: UUID) -> Books | None:
        return self.own_books

    async def unknown(self, scope: Scope, filter: ReportFilter) -> UnknownNames:
        self.asked.append(("unknown", filter))
        return self.names

    async def whole(self, scope: Scope, filter: ReportFilter, period: Period) -> WholeHealth:
        self.asked.append(("whole", scope, filter, period))
        return WholeHealth(Health(period.span, self.totals), self.items_without_value, self.complete)

    async def levels(self, scope: Scope, filter: ReportFilter) -> int:
        return self.levels_there

    async def series(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> Sequence[Health]:
        self.asked.append(("series", scope, filter, parts))
        return [Health(part.span, self.totals) for part in parts]

    async def groups(
        self, scope: Scope, filter: ReportFilter, period: Period, by: ReportGroupBy, page: PageRequest
    ) -> Page[HealthGroup]:
        self.asked.append(("groups", scope, filter, period, by))
        return _page([HealthGroup(by, key, Health(period.span, self.totals)) for key in self.keys], page)

    async def dead_stock(
        self, scope: Scope, filter: ReportFilter, period: Period, after_days: int, page: PageRequest
    ) -> Page[DeadStock]:
        self.asked.append(("dead_stock", scope, filter, period, after_days))
        return _page(self.dead, page)


@dataclass
class FakeAgingReads:
    """As `FakeHealthReads`; each group has the same of each bucket."""

    aged: Aged = field(default_factory=Aged)
    complete: bool = True
    keys: Sequence[str | None] = ()
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])

    async def whole(
        self, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime, bounds: Sequence[int]
    ) -> WholeAging:
        self.asked.append(("whole", scope, filter, books, as_of, bounds))
        return WholeAging(self._group(None, None, as_of, bounds), self.complete)

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
        self.asked.append(("groups", scope, filter, books, as_of, bounds, by))
        return _page([self._group(by, key, as_of, bounds) for key in self.keys], page)

    def _group(self, by: ReportGroupBy | None, key: str | None, as_of: datetime, bounds: Sequence[int]) -> AgedGroup:
        return AgedGroup(by, key, as_of, bounds, [self.aged] * (len(bounds) + 1))
