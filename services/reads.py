"""What the API reads: queries as values, answered by read models in `db`, each by one SQL statement.

Every read names a `Scope`: another tenant's things, and for a vendor another vendor's, read exactly like things that do
not exist. Texts in filters are assumed storable (`domain.texts.storable`); page sizes lie within 1..PAGE_SIZE_MAX.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from domain.approvals import ApprovalPolicy
from domain.items import Item
from domain.ledger import LedgerEntry, LedgerKind
from domain.levels import LevelState
from domain.locations import Location
from domain.places import Place
from domain.reasons import ReasonCode
from domain.tenants import Tenant
from services.alert_reads import AlertReads
from services.audit_reads import AuditReads
from services.cycle_count_reads import CycleCountReads
from services.insight_ports import AgingReads, HealthReads, ReportReads
from services.level_filter import LevelFilter
from services.pages import PAGE_SIZE, PAGE_SIZE_MAX, BadCursor, Edge, Page, PageRequest
from services.past_reads import PastReads
from services.reservation_reads import ReservationFilter, ReservationReads
from services.rows import Columns, Row, RowPage
from services.seal_reads import SealReads
from services.transfer_reads import TransferReads
from services.webhook_reads import WebhookReads

__all__ = [
    "PAGE_SIZE",
    "PAGE_SIZE_MAX",
    "BadCursor",
    "Edge",
    "LevelFilter",
    "Page",
    "PageRequest",
    "ReservationFilter",
    "RowPage",
]

AVAILABILITY_SKUS_MAX = 1_000

T = TypeVar("T")


class LevelSort(StrEnum):
    SKU = "SKU"
    AVAILABLE_ASC = "AVAILABLE_ASC"
    AVAILABLE_DESC = "AVAILABLE_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    LAST_MOVEMENT_ASC = "LAST_MOVEMENT_ASC"


class AdjustmentSort(StrEnum):
    REQUESTED_DESC = "REQUESTED_DESC"
    ENDED_DESC = "ENDED_DESC"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    skus: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    vendors: Sequence[str] | None = None
    catalog_product_ids: Sequence[str] | None = None
    conditions: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    barcodes: Sequence[str] | None = None
    archived: bool | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class LocationFilter:
    codes: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    zones: Sequence[str] | None = None
    parent: str | None = None
    active: bool | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """`since` (included) and `until` (excluded) compare with occurred_at."""

    skus: Sequence[str] | None = None
    locations: Sequence[str] | None = None
    kinds: Sequence[LedgerKind] | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    reason_codes: Sequence[str] | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentFilter:
    """`since` (included) and `until` (excluded) compare with requested_at."""

    ids: Sequence[UUID] | None = None
    status: Sequence[AdjustmentStatus] | None = None
    skus: Sequence[str] | None = None
    locations: Sequence[str] | None = None
    reason_codes: Sequence[str] | None = None
    requested_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """A ledger entry with its id and place; `entry.cause.actor` is shown only to those who may see it."""

    id: UUID
    sku: str
    location: Location
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class StockPoint:
    at: datetime
    on_hand: int
    available_to_promise: int


class AvailabilityRow(NamedTuple):
    """Available-to-promise of a SKU, summed over the locations asked; 0 and unknown for a SKU that is not there."""

    sku: str
    known: bool
    available_to_promise: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product of the catalog, summed over its items and the locations asked; 0 and unknown where it has no item.

    `items` counts those of its items that are not archived, `sku` is the first of them; `updated_at` is that of the
    last change of any of its levels.
    """

    product_id: str
    known: bool
    items: int
    sku: str | None
    on_hand: int
    allocated: int
    available_to_promise: int
    updated_at: datetime | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """Things as one moment saw them, with the transactions that moment had seen.

    `tx_max` and `tx_in_progress` are those of PostgreSQL's pg_snapshot: `saw(tx)` tells whether a change written by
    that transaction is in the things.
    """

    things: Sequence[T]
    tx_max: int
    tx_in_progress: frozenset[int] = field(default_factory=frozenset[int])

    def saw(self, tx: int) -> bool:
        return tx < self.tx_max and tx not in self.tx_in_progress


class StockReads(Protocol):
    async def levels(
        self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest
    ) -> Page[LevelState]: ...

    async def level_rows(
        self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest, columns: Columns
    ) -> RowPage:
        """As `levels`, of no more than these columns."""
        ...

    def level_row(self, scope: Scope, sku: str, location: str | None, columns: Columns) -> Awaitable[Row | None]:
        """The level at the location or, where none is named, the SKU's only one."""
        ...

    async def levels_at(self, scope: Scope, places: Sequence[Place]) -> Mapping[Place, LevelState]: ...

    async def levels_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Sequence[LevelState]]:
        """All levels of each SKU, by location; a SKU without any is left out."""
        ...

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LevelState]: ...

    async def availability(self, scope: Scope, skus: Sequence[str], location: str | None) -> Sequence[AvailabilityRow]:
        """One row for each SKU, in the order asked."""
        ...

    async def products(self, scope: Scope, ids: Sequence[str], location: str | None) -> Sequence[ProductRow]:
        """One row for each catalog product id, in the order asked."""
        ...

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]:
        """All matching levels at one moment, read on the primary; at most the tenant's levels."""
        ...


class CatalogReads(Protocol):
    """Items, locations, reason codes and the tenant itself."""

    async def tenant(self, tenant: UUID) -> Tenant | None: ...

    async def items(self, scope: Scope, filter: ItemFilter, page: PageRequest) -> Page[Item]: ...

    async def item_rows(self, scope: Scope, filter: ItemFilter, page: PageRequest, columns: Columns) -> RowPage:
        """As `items`, of no more than these columns."""
        ...

    def item_row(self, scope: Scope, sku: str, columns: Columns) -> Awaitable[Row | None]: ...

    async def items_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Item]: ...

    async def items_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Item]: ...

    async def locations(self, scope: Scope, filter: LocationFilter, page: PageRequest) -> Page[Location]: ...

    async def locations_of(self, scope: Scope, codes: Sequence[str]) -> Mapping[str, Location]: ...

    async def locations_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Location]: ...

    async def reason_codes(self, tenant: UUID) -> Sequence[ReasonCode]: ...

    async def approval_policy(self, tenant: UUID) -> ApprovalPolicy: ...

    async def reservation_ttls(self, tenant: UUID) -> Mapping[str | None, int]:
        """Seconds for which a reservation holds by channel; that of None is the tenant's."""
        ...


class LedgerReads(Protocol):
    async def entries(self, scope: Scope, filter: LedgerFilter, page: PageRequest) -> Page[LedgerRecord]:
        """Newest first by occurred_at. `Page.total` is None where counting would cost too much."""
        ...

    async def entries_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LedgerRecord]: ...

    async def entries_of(
        self, scope: Scope, levels: Sequence[UUID], page: PageRequest, until: datetime | None = None
    ) -> Mapping[UUID, Page[LedgerRecord]]:
        """The page of each level's own entries, as `entries` orders them, all by one statement; never counted.

        `until`: those alone that had occurred by then.
        """
        ...

    async def histories(
        self, scope: Scope, levels: Sequence[UUID], since: datetime, until: datetime, points: int
    ) -> Mapping[UUID, Sequence[StockPoint]]:
        """Each level at `points` evenly spaced instants, `since` and `until` included; 0 before its first entry.

        Raises Archived.
        """
        ...


class AdjustmentReads(Protocol):
    async def newest(
        self,
        scope: Scope,
        filter: AdjustmentFilter,
        page: PageRequest,
        by: AdjustmentSort = AdjustmentSort.REQUESTED_DESC,
    ) -> Page[AdjustmentState]:
        """Newest first by requested_at; by ENDED_DESC those alone that waited and do no more, by decided_at."""
        ...

    async def adjustments_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AdjustmentState]: ...


class Reads(Protocol):
    @property
    def stock(self) -> StockReads: ...
    @property
    def past(self) -> PastReads: ...
    @property
    def catalog(self) -> CatalogReads: ...
    @property
    def ledger(self) -> LedgerReads: ...
    @property
    def seals(self) -> SealReads: ...
    @property
    def reservations(self) -> ReservationReads: ...
    @property
    def audit(self) -> AuditReads: ...
    @property
    def transfers(self) -> TransferReads: ...
    @property
    def adjustments(self) -> AdjustmentReads: ...
    @property
    def cycle_counts(self) -> CycleCountReads: ...
    @property
    def alerts(self) -> AlertReads: ...
    @property
    def webhooks(self) -> WebhookReads: ...
    @property
    def health(self) -> HealthReads: ...
    @property
    def aging(self) -> AgingReads: ...

    def at_one_moment(self, tenant: UUID) -> AbstractAsyncContextManager[ReportReads]:
        """Reads that all tell of one moment, for as long as the reports of one question are read."""
        ...
