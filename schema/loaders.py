"""Loaders: what nested fields need, collected and read by one statement for all of them."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import NamedTuple, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.alert_state import AlertState
from domain.cycle_counts import CycleCount
from domain.items import Item
from domain.levels import LevelState, PastLevel
from domain.locations import Location
from domain.places import Place
from domain.reasons import ReasonCode
from domain.reservation_state import ReservationState
from domain.tenants import Tenant
from domain.transfer_state import TransferState
from domain.webhooks import Webhook, WebhookDelivery
from services.audit_reads import AuditRecord
from services.reads import LedgerRecord, Page, PageRequest, Reads, StockPoint
from services.seal_reads import EntrySeal, Recorded

#: The most keys that one statement is given.
BATCH_SIZE_MAX = 1_000

K = TypeVar("K")
V = TypeVar("V")
#: What is looked up, and as of when.
AsOf = tuple[K, datetime]


class LevelPage(NamedTuple):
    """A page of one level's ledger."""

    level: UUID
    page: PageRequest
    #: Of what had occurred by then alone.
    until: datetime | None = None


class Span(NamedTuple):
    """A time for which one level's history is told at so many points."""

    level: UUID
    since: datetime
    until: datetime
    points: int


class Loaders:
    """One loader for each kind of look-up, made when it is first used; a key without an answer gives None."""

    def __init__(self, reads: Reads, scope: Scope) -> None:
        self._reads = reads
        self._scope = scope

    @cached_property
    def tenants(self) -> DataLoader[UUID, Tenant | None]:
        return _loader(self._tenants)

    @cached_property
    def items(self) -> DataLoader[str, Item | None]:
        return _loader(partial(self._reads.catalog.items_of, self._scope))

    @cached_property
    def items_by_id(self) -> DataLoader[UUID, Item | None]:
        return _loader(partial(self._reads.catalog.items_by_id, self._scope))

    @cached_property
    def locations(self) -> DataLoader[str, Location | None]:
        return _loader(partial(self._reads.catalog.locations_of, self._scope))

    @cached_property
    def locations_by_id(self) -> DataLoader[UUID, Location | None]:
        return _loader(partial(self._reads.catalog.locations_by_id, self._scope))

    @cached_property
    def levels_at(self) -> DataLoader[Place, LevelState | None]:
        return _loader(partial(self._reads.stock.levels_at, self._scope))

    @cached_property
    def levels_of(self) -> DataLoader[str, Sequence[LevelState] | None]:
        return _loader(partial(self._reads.stock.levels_of, self._scope))

    @cached_property
    def levels_by_id(self) -> DataLoader[UUID, LevelState | None]:
        return _loader(partial(self._reads.stock.levels_by_id, self._scope))

    @cached_property
    def past_levels_at(self) -> DataLoader[AsOf[Place], PastLevel | None]:
        return _loader(partial(self._as_of, self._reads.past.levels_at))

    @cached_property
    def past_levels_of(self) -> DataLoader[AsOf[str], Sequence[PastLevel] | None]:
        return _loader(partial(self._as_of, self._reads.past.levels_of))

    @cached_property
    def past_levels_by_id(self) -> DataLoader[AsOf[UUID], PastLevel | None]:
        return _loader(partial(self._as_of, self._reads.past.levels_by_id))

    @cached_property
    def entries_by_id(self) -> DataLoader[UUID, LedgerRecord | None]:
        return _loader(partial(self._reads.ledger.entries_by_id, self._scope))

    @cached_property
    def seals(self) -> DataLoader[Recorded, EntrySeal | None]:
        return _loader(partial(self._reads.seals.of_entries, self._scope.tenant))

    @cached_property
    def adjustments_by_id(self) -> DataLoader[UUID, AdjustmentState | None]:
        return _loader(partial(self._reads.adjustments.adjustments_by_id, self._scope))

    @cached_property
    def alerts_by_id(self) -> DataLoader[UUID, AlertState | None]:
        return _loader(partial(self._reads.alerts.by_id, self._scope))

    @cached_property
    def reason_codes(self) -> DataLoader[str, ReasonCode | None]:
        return _loader(self._reason_codes)

    @cached_property
    def audit_entries_by_id(self) -> DataLoader[UUID, AuditRecord | None]:
        return _loader(partial(self._reads.audit.audited_by_id, self._scope.tenant))

    @cached_property
    def reservations_by_id(self) -> DataLoader[UUID, ReservationState | None]:
        return _loader(partial(self._reads.reservations.by_id, self._scope))

    @cached_property
    def reservations_of(self) -> DataLoader[str, ReservationState | None]:
        return _loader(partial(self._reads.reservations.of_orders, self._scope))

    @cached_property
    def transfers_by_id(self) -> DataLoader[UUID, TransferState | None]:
        return _loader(partial(self._reads.transfers.by_id, self._scope))

    @cached_property
    def cycle_counts_by_id(self) -> DataLoader[UUID, CycleCount | None]:
        return _loader(partial(self._reads.cycle_counts.by_id, self._scope))

    @cached_property
    def webhooks_by_id(self) -> DataLoader[UUID, Webhook | None]:
        return _loader(partial(self._reads.webhooks.webhooks_by_id, self._scope.tenant))

    @cached_property
    def webhook_payloads(self) -> DataLoader[UUID, str | None]:
        return _loader(partial(self._reads.webhooks.payloads, self._scope.tenant))

    @cached_property
    def webhook_deliveries_by_id(self) -> DataLoader[UUID, WebhookDelivery | None]:
        return _loader(partial(self._reads.webhooks.deliveries_by_id, self._scope.tenant))

    @cached_property
    def entries_of(self) -> DataLoader[LevelPage, Page[LedgerRecord] | None]:
        return _loader(self._entries_of)

    @cached_property
    def histories(self) -> DataLoader[Span, Sequence[StockPoint] | None]:
        return _loader(self._histories)

    async def _tenants(self, ids: Sequence[UUID]) -> Mapping[UUID, Tenant]:
        # Nobody sees another tenant than the own one, so there is at most one to read.
        own = self._scope.tenant
        found = await self._reads.catalog.tenant(own) if own in ids else None
        return {own: found} if found else {}

    async def _reason_codes(self, codes: Sequence[str]) -> Mapping[str, ReasonCode]:
        return {reason.code: reason for reason in await self._reads.catalog.reason_codes(self._scope.tenant)}

    async def _entries_of(self, keys: Sequence[LevelPage]) -> Mapping[LevelPage, Page[LedgerRecord]]:
        wanted: defaultdict[tuple[PageRequest, datetime | None], list[UUID]] = defaultdict(list)
        for level, page, until in keys:
            wanted[page, until].append(level)
        found: dict[LevelPage, Page[LedgerRecord]] = {}
        for page, levels in wanted.items():
            pages = await self._reads.ledger.entries_of(self._scope, levels, *page)
            found |= {LevelPage(level, *page): entries for level, entries in pages.items()}
        return found

    async def _as_of(
        self, read: Callable[[Scope, Sequence[K], datetime], Awaitable[Mapping[K, V]]], keys: Sequence[AsOf[K]]
    ) -> Mapping[AsOf[K], V]:
        """Each moment takes a statement of its own."""
        wanted: defaultdict[datetime, list[K]] = defaultdict(list)
        for key, at in keys:
            wanted[at].append(key)
        found: dict[AsOf[K], V] = {}
        for at, asked in wanted.items():
            found |= {(key, at): value for key, value in (await read(self._scope, asked, at)).items()}
        return found

    async def _histories(self, keys: Sequence[Span]) -> Mapping[Span, Sequence[StockPoint]]:
        wanted: defaultdict[tuple[datetime, datetime, int], list[UUID]] = defaultdict(list)
        for level, since, until, points in keys:
            wanted[since, until, points].append(level)
        found: dict[Span, Sequence[StockPoint]] = {}
        for span, levels in wanted.items():
            histories = await self._reads.ledger.histories(self._scope, levels, *span)
            found |= {Span(level, *span): points for level, points in histories.items()}
        return found


def _loader(read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> DataLoader[K, V | None]:
    async def load(keys: list[K]) -> list[V | None]:
        found = await read(keys)
        return [found.get(key) for key in keys]

    return DataLoader(load, max_batch_size=BATCH_SIZE_MAX)
