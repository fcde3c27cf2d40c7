"""Cycle counts with their lines: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.cycle_counts import COLUMNS, LINE_COLUMNS, cycle_count_from, line_from
from db.pool import Database
from db.read_models.filters import listed, stated
from db.read_models.listing import Listing, Order
from db.read_models.sharing import sharing, shortened
from db.read_models.statements import named, tenant, texts, uuids, within
from db.tables import cycle_count_lines, cycle_counts
from domain.access import Scope
from domain.cycle_counts import CycleCount
from services.cycle_count_reads import CycleCountFilter
from services.pages import Page, PageRequest

_LINES_AT = len(COLUMNS)
_count, _line = cycle_counts.c, cycle_count_lines.c


def _of(cycle_count: sa.FromClause, told: Any) -> sa.ScalarSelect[Any]:
    """Read for the rows of a page alone: PostgreSQL sorts and cuts off before it looks at what a row selects."""
    lines = sa.select(told).where(_line.tenant_id == tenant(), _line.cycle_count_id == cycle_count.c.id)
    return lines.select_from(cycle_count_lines).correlate(cycle_count).scalar_subquery()


def _lines_of(cycle_count: sa.FromClause) -> sa.ScalarSelect[Any]:
    line = sa.func.row(*named(cycle_count_lines, LINE_COLUMNS))
    return _of(cycle_count, sa.func.array_agg(aggregate_order_by(line, _line.number)))


def _held_by(cycle_count: sa.FromClause) -> sa.ScalarSelect[Any]:
    return _of(cycle_count, sa.func.count())


_WITH_SKU = sa.select(_line.cycle_count_id).where(_line.tenant_id == tenant(), within(_line.sku, texts("skus")))


def _from(row: Sequence[Any]) -> CycleCount:
    return cycle_count_from(row[:_LINES_AT], [line_from(each) for each in row[_LINES_AT] or ()])


_cycle_counts = Listing(
    sa.select(*named(cycle_counts, COLUMNS), _lines_of(cycle_counts)).where(_count.tenant_id == tenant()),
    {
        "status": within(_count.status, texts("status")),
        "locations": within(_count.location, texts("locations")),
        "skus": _count.id.in_(_WITH_SKU),
        "ids": within(_count.id, uuids("ids")),
    },
    _from,
    way=sharing(cycle_counts, COLUMNS, _lines_of, _held_by),
)
#: The same without their lines.
_unlined = replace(
    _cycle_counts,
    select=sa.select(*named(cycle_counts, COLUMNS), sa.null()).where(_count.tenant_id == tenant()),
    way=None,
)
#: An id begins with the time at which it was made.
_NEWEST_FIRST = Order("CYCLE_COUNT", (_count.id,), (UUID,), falling=True)


class PostgresCycleCountReads:
    """Implements `services.cycle_count_reads.CycleCountReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matching(self, scope: Scope, filter: CycleCountFilter, page: PageRequest) -> Page[CycleCount]:
        if scope.vendor is not None:
            return Page(())
        wanted = stated(status=listed(filter.status), locations=listed(filter.locations), skus=listed(filter.skus))
        listing = _cycle_counts if page.lined else _unlined
        found = await listing.page(self._database, scope.tenant, wanted, _NEWEST_FIRST, page)
        return shortened(found, page, lambda cycle_count: cycle_count.lines) if page.lined else found

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, CycleCount]:
        if scope.vendor is not None:
            return {}
        return {each.id: each for each in await _cycle_counts.all(self._database, scope.tenant, {"ids": list(ids)})}
