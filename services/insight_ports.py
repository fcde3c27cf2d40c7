"""What the API reads of how healthy and how old stock is, as `services.reads` has it of all else.

Everything is told as sums of whole numbers (`domain.health`, `domain.aging`): what is divided is divided once, where it
is shown. A vendor's sums are those of its own items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.access import Scope
from domain.aging import Aged
from domain.days import Span
from domain.health import HealthMetrics, HealthTotals, metrics
from domain.periods import Books, Period
from services.pages import Page, PageRequest


class ReportGroupBy(StrEnum):
    CATEGORY = "CATEGORY"
    VENDOR = "VENDOR"
    LOCATION = "LOCATION"
    SKU = "SKU"


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """None: any. An empty sequence matches nothing."""

    skus: Sequence[str] | None = None
    locations: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    vendors: Sequence[str] | None = None


class UnknownNames(NamedTuple):
    """Of the names in a filter those that no item and no location bears, or none that may be seen."""

    skus: Sequence[str] = ()
    locations: Sequence[str] = ()
    categories: Sequence[str] = ()
    vendors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What a group's totals over a span come to; the span ends now where its last day is not over."""

    span: Span
    totals: HealthTotals

    @property
    def metrics(self) -> HealthMetrics:
        return metrics(self.totals, self.span)


@dataclass(frozen=True, slots=True)
class WholeHealth:
    """Of all that a report is of; how many of its items have units without a known cost in the report's currency; and
    whether all that was written is summed up in it."""

    health: Health
    items_without_value: int
    complete: bool


@dataclass(frozen=True, slots=True)
class HealthGroup:
    """`key` is None of items that have no category, or no vendor, and of what was asked for at no location."""

    by: ReportGroupBy
    key: str | None
    health: Health


@dataclass(frozen=True, slots=True)
class DeadStock:
    """A SKU that has units on hand and has not moved; `value` in ticks, None where no unit's cost is known."""

    sku: str
    on_hand: int
    value: int | None
    moved_at: datetime
    #: Up to when it has not moved.
    at: datetime


@dataclass(frozen=True, slots=True)
class AgedGroup:
    """Sums for each bucket, the youngest first. `by` is None of all that a report is of."""

    by: ReportGroupBy | None
    key: str | None
    as_of: datetime
    bounds: Sequence[int]
    buckets: Sequence[Aged]

    @property
    def total(self) -> Aged:
        return sum(self.buckets, Aged())


@dataclass(frozen=True, slots=True)
class WholeAging:
    """Of all that a report is of; and whether all that was written is summed up in it."""

    group: AgedGroup
    complete: bool


class HealthReads(Protocol):
    async def books(self, tenant: UUID) -> Books | None:
        """None: nothing was summed up yet."""
        ...

    async def unknown(self, scope: Scope, filter: ReportFilter) -> UnknownNames: ...

    async def whole(self, scope: Scope, filter: ReportFilter, period: Period) -> WholeHealth: ...

    async def levels(self, scope: Scope, filter: ReportFilter) -> int:
        """How many levels a report is of."""
        ...

    async def series(self, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> Sequence[Health]:
        """Of each of some periods that follow one another."""
        ...

    async def groups(
        self, scope: Scope, filter: ReportFilter, period: Period, by: ReportGroupBy, page: PageRequest
    ) -> Page[HealthGroup]:
        """Of what had been stocked by the end of the period, or was asked for in it: by key, None last.

        Raises BadCursor.
        """
        ...

    async def dead_stock(
        self, scope: Scope, filter: ReportFilter, period: Period, after_days: int, page: PageRequest
    ) -> Page[DeadStock]:
        """As of the end of the period, the most valuable first, then by SKU. Raises BadCursor."""
        ...


class AgingReads(Protocol):
    async def whole(
        self, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime, bounds: Sequence[int]
    ) -> WholeAging: ...

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
        """Of what was on hand then, by key, None last. Raises BadCursor."""
        ...


@dataclass(frozen=True, slots=True)
class ReportReads:
    health: HealthReads
    aging: AgingReads
