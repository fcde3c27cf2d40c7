"""FakeReads: read models over plain lists, which count how often they were asked."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.approvals import ApprovalPolicy
from domain.items import Item
from domain.ledger import NOTHING
from domain.levels import LevelState, only_level
from domain.locations import Location
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES, ReasonCode
from domain.reservation_state import ReservationState
from domain.tenants import Tenant
from services.audit_reads import AuditFilter, AuditRecord
from services.insight_ports import ReportReads
from services.reads import (
    AdjustmentFilter,
    AdjustmentSort,
    AvailabilityRow,
    BadCursor,
    Edge,
    ItemFilter,
    LedgerFilter,
    LedgerRecord,
    LevelFilter,
    LevelSort,
    LocationFilter,
    Page,
    PageRequest,
    ProductRow,
    ReservationFilter,
    Snapshot,
    StockPoint,
)
from services.rows import Columns, Row, RowPage
from services.seal_reads import EntrySeal, Recorded
from tests.fakes.alert_reads import FakeAlertReads
from tests.fakes.cycle_count_reads import FakeCycleCountReads
from tests.fakes.insight_reads import FakeAgingReads, FakeHealthReads
from tests.fakes.past_reads import FakePastReads
from tests.fakes.transfer_reads import FakeTransferReads
from tests.fakes.webhooks import FakeWebhookReads

T = TypeVar("T")


@dataclass
class FakeReads:
    """All read models of one tenant. `asked` holds each read by its name, `filters` the last filter of each."""

    firm: Tenant
    now: datetime
    all_items: list[Item] = field(default_factory=list[Item])
    all_locations: list[Location] = field(default_factory=list[Location])
    all_levels: list[LevelState] = field(default_factory=list[LevelState])
    all_entries: list[LedgerRecord] = field(default_factory=list[LedgerRecord])
    all_adjustments: list[AdjustmentState] = field(default_factory=list[AdjustmentState])
    all_reservations: list[ReservationState] = field(default_factory=list[ReservationState])
    all_audited: list[AuditRecord] = field(default_factory=list[AuditRecord])
    asked: Counter[str] = field(default_factory=Counter[str])
    filters: dict[str, Any] = field(default_factory=dict[str, Any])
    counted: list[str] = field(default_factory=list[str])
    failure: Exception | None = None
    transfers: FakeTransferReads = field(default_factory=FakeTransferReads)
    cycle_counts: FakeCycleCountReads = field(default_factory=FakeCycleCountReads)
    alerts: FakeAlertReads = field(default_factory=FakeAlertReads)
    past: FakePastReads = field(default_factory=FakePastReads)
    webhooks: FakeWebhookReads = field(default_factory=FakeWebhookReads)
    health: FakeHealthReads = field(default_factory=FakeHealthReads)
    aging: FakeAgingReads = field(default_factory=FakeAgingReads)
    #: For how many questions reports were read.
    moments: int = 0

    @asynccontextmanager
    async def at_one_moment(self, tenant: UUID) -> AsyncIterator[ReportReads]:
        self.moments += 1
        yield ReportReads(self.health, self.aging)

    @property
    def stock(self) -> "FakeReads":
        return self

    @property
    def catalog(self) -> "FakeReads":
        return self

    @property
    def ledger(self) -> "FakeReads":
        return self

    @property
    def seals(self) -> "FakeReads":
        return self

    @property
    def reservations(self) -> "FakeReads":
        return self

    @property
    def audit(self) -> "FakeReads":
        return self

    @property
    def adjustments(self) -> "FakeReads":
        return self

    # ------------------------------------------------------------------ stock
    async def levels(self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest) -> Page[LevelState]:
        self._ask("levels", filter)
        return self._page("levels", self._seen(scope), page)

    async def level_rows(
        self, scope: Scope, filter: LevelFilter, sort: LevelSort, page: PageRequest, columns: Columns
    ) -> RowPage:
        return _in_rows(await self.levels(scope, filter, sort, page), columns)

    async def level_row(self, scope: Scope, sku: str, location: str | None, columns: Columns) -> Row | None:
        level = only_level((await self.levels_of(scope, [sku])).get(sku, ()))
        if location is not None:
            level = (await self.levels_at(scope, [(sku, location)])).get((sku, location))
        return None if level is None else Row(_row(level, columns))

    async def levels_at(self, scope: Scope, places: Sequence[Place]) -> Mapping[Place, LevelState]:
        self._ask("levels_at")
        found = {(level.item.sku, level.location.code): level for level in self._seen(scope)}
        return {place: found[place] for place in places if place in found}

    async def levels_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Sequence[LevelState]]:
        self._ask("levels_of")
        found = {sku: [level for level in self._seen(scope) if level.item.sku == sku] for sku in skus}
        return {sku: levels for sku, levels in found.items() if levels}

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LevelState]:
        self._ask("levels_by_id")
        return {level.id: level for level in self._seen(scope) if level.id in ids}

    async def availability(self, scope: Scope, skus: Sequence[str], location: str | None) -> Sequence[AvailabilityRow]:
        self._ask("availability")
        known = await self.items_of(scope, skus)
        return [AvailabilityRow(sku, sku in known, self._available(scope, sku, location), self.now) for sku in skus]

    async def products(self, scope: Scope, ids: Sequence[str], location: str | None) -> Sequence[ProductRow]:
        self._ask("products")
        return [self._product(scope, id_, location) for id_ in ids]

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot:
        self._ask("snapshot", filter)
        return Snapshot(self._seen(scope), 1)

    # ------------------------------------------------------------------ catalog
    async def tenant(self, tenant: UUID) -> Tenant | None:
        self._ask("tenant")
        return self.firm if tenant == self.firm.id else None

    async def items(self, scope: Scope, filter: ItemFilter, page: PageRequest) -> Page[Item]:
        self._ask("items", filter)
        return self._page("items", self._items_seen(scope), page)

    async def item_rows(self, scope: Scope, filter: ItemFilter, page: PageRequest, columns: Columns) -> RowPage:
        return _in_rows(await self.items(scope, filter, page), columns)

    async def item_row(self, scope: Scope, sku: str, columns: Columns) -> Row | None:
        item = (await self.items_of(scope, [sku])).get(sku)
        return None if item is None else Row(_row(item, columns))

    async def items_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Item]:
        self._ask("items_of")
        return {item.sku: item for item in self._items_seen(scope) if item.sku in skus}

    async def items_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Item]:
        self._ask("items_by_id")
        return {item.id: item for item in self._items_seen(scope) if item.id in ids}

    async def locations(self, scope: Scope, filter: LocationFilter, page: PageRequest) -> Page[Location]:
        self._ask("locations", filter)
        return self._page("locations", self.all_locations, page)

    async def locations_of(self, scope: Scope, codes: Sequence[str]) -> Mapping[str, Location]:
        self._ask("locations_of")
        return {location.code: location for location in self.all_locations if location.code in codes}

    async def locations_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Location]:
        self._ask("locations_by_id")
        return {location.id: location for location in self.all_locations if location.id in ids}

    async def reservation_ttls(self, tenant: UUID) -> Mapping[str | None, int]:
        return {}

    async def approval_policy(self, tenant: UUID) -> ApprovalPolicy:
        self._ask("approval_policy")
        return ApprovalPolicy(self.firm.currency)

    async def reason_codes(self, tenant: UUID) -> Sequence[ReasonCode]:
        self._ask("reason_codes")
        return DEFAULT_REASON_CODES

    # ------------------------------------------------------------------ ledger
    async def entries(self, scope: Scope, filter: LedgerFilter, page: PageRequest) -> Page[LedgerRecord]:
        self._ask("entries", filter)
        return self._page("entries", self._entries_seen(scope), page)

    async def entries_of(
        self, scope: Scope, levels: Sequence[UUID], page: PageRequest, until: datetime | None = None
    ) -> Mapping[UUID, Page[LedgerRecord]]:
        self._ask("entries_of")
        wanted = [level for level in self._seen(scope) if level.id in levels]
        return {level.id: self._page("entries_of", self._entries_at(level, until), page) for level in wanted}

    async def entries_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LedgerRecord]:
        self._ask("entries_by_id")
        return {record.id: record for record in self._entries_seen(scope) if record.id in ids}

    async def histories(
        self, scope: Scope, levels: Sequence[UUID], since: datetime, until: datetime, points: int
    ) -> Mapping[UUID, Sequence[StockPoint]]:
        self._ask("histories")
        moments = [since + (until - since) * each / (points - 1) for each in range(points)]
        return {level: [StockPoint(moment, 0, 0) for moment in moments] for level in levels}

    async def of_entries(self, tenant: UUID, entries: Sequence[Recorded]) -> Mapping[Recorded, EntrySeal]:
        self._ask("seals")
        return {}

    # ------------------------------------------------------------------ adjustments
    async def newest(
        self,
        scope: Scope,
        filter: AdjustmentFilter,
        page: PageRequest,
        by: AdjustmentSort = AdjustmentSort.REQUESTED_DESC,
    ) -> Page[AdjustmentState]:
        self._ask("adjustments", filter)
        return self._page("adjustments", self._adjustments_seen(scope), page)

    async def adjustments_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AdjustmentState]:
        self._ask("adjustments_by_id")
        return {state.id: state for state in self._adjustments_seen(scope) if state.id in ids}

    # ------------------------------------------------------------------ reservations
    async def matching(self, scope: Scope, filter: ReservationFilter, page: PageRequest) -> Page[ReservationState]:
        self._ask("reservations", filter)
        return self._page("reservations", self._reservations_seen(scope), page)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, ReservationState]:
        self._ask("reservations_by_id")
        return {state.id: state for state in self._reservations_seen(scope) if state.id in ids}

    async def of_orders(self, scope: Scope, orders: Sequence[str]) -> Mapping[str, ReservationState]:
        """The newest comes last in the list."""
        self._ask("reservations_of")
        found = {state.reservation.order.id: state for state in self._reservations_seen(scope)}
        return {order: found[order] for order in orders if order in found}

    # ------------------------------------------------------------------ audit
    async def audited(self, tenant: UUID, filter: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        self._ask("audited", filter)
        return self._page("audited", self.all_audited, page)

    async def audited_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, AuditRecord]:
        self._ask("audited_by_id")
        return {record.entry.id: record for record in self.all_audited if record.entry.id in ids}

    # ------------------------------------------------------------------ what a caller sees
    def _ask(self, read: str, filter: object = None) -> None:
        self.asked[read] += 1
        self.filters[read] = filter
        if self.failure is not None:
            raise self.failure

    def _page(self, read: str, things: Sequence[T], page: PageRequest) -> Page[T]:
        """Pages of a list whose cursors are places in it."""
        if page.cursor is not None and not page.cursor.isdigit():
            raise BadCursor
        if page.counted:
            self.counted.append(read)
        end = len(things) if page.cursor is None else int(page.cursor)
        start = max(end - page.size, 0) if page.backward else (0 if page.cursor is None else int(page.cursor) + 1)
        end = end if page.backward else min(start + page.size, len(things))
        edges = [Edge(str(place), things[place]) for place in range(start, end)]
        return Page(edges, end < len(things), start > 0, len(things) if page.counted else None)

    def _items_seen(self, scope: Scope) -> list[Item]:
        mine = scope.tenant == self.firm.id
        return [item for item in self.all_items if mine and scope.vendor in (None, item.vendor)]

    def _seen(self, scope: Scope) -> list[LevelState]:
        skus = {item.sku for item in self._items_seen(scope)}
        return [level for level in self.all_levels if level.item.sku in skus]

    def _entries_seen(self, scope: Scope) -> list[LedgerRecord]:
        skus = {item.sku for item in self._items_seen(scope)}
        return [record for record in self.all_entries if record.sku in skus]

    def _reservations_seen(self, scope: Scope) -> list[ReservationState]:
        mine = self.all_reservations if scope.tenant == self.firm.id else ()
        return [seen for state in mine if (seen := state.seen_by(scope.vendor))]

    def _adjustments_seen(self, scope: Scope) -> list[AdjustmentState]:
        mine = self.all_adjustments if scope.tenant == self.firm.id else ()
        return [state for state in mine if state.seen_by(scope.vendor)]

    def _entries_at(self, level: LevelState, until: datetime | None) -> list[LedgerRecord]:
        place = level.item.sku, level.location.code
        own = [record for record in self.all_entries if (record.sku, record.location.code) == place]
        return [record for record in own if until is None or record.entry.stamp.occurred_at <= until]

    def _available(self, scope: Scope, sku: str, location: str | None) -> int:
        levels = [level for level in self._seen(scope) if level.item.sku == sku]
        there = [level for level in levels if location in (None, level.location.code)]
        return sum(level.promisable for level in there)

    def _product(self, scope: Scope, id_: str, location: str | None) -> ProductRow:
        items = [item for item in self._items_seen(scope) if item.catalog_product_id == id_]
        used = sorted(item.sku for item in items if not item.archived)
        levels = [level for level in self._seen(scope) if level.item in items]
        there = [level for level in levels if location in (None, level.location.code)]
        total = sum((level.quantities for level in there), NOTHING)
        changed = max((level.updated_at for level in there), default=None)
        first = used[0] if used else None
        units = total.on_hand, total.allocated, sum(level.promisable for level in there)
        return ProductRow(id_, bool(items), len(used), first, *units, changed, self.now)


def _in_rows(page: Page[Any], columns: Columns) -> RowPage:
    """A row ends with its cursor, as those of PostgreSQL end with what makes theirs."""
    rows = [[*_row(edge.node, columns), edge.cursor] for edge in page.edges]
    return RowPage(rows, lambda row: row[-1], page.has_next, page.has_previous, page.total)


def _row(thing: object, columns: Columns) -> list[object]:
    """Nothing of what has no such attributes."""
    try:
        return [attrgetter(path)(thing) for path in columns]
    except Exception:  # noqa: BLE001 - things of tests fail in every way
        return []
