"""Things that are kept by their id and change under a version, as the fake unit of work has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

from domain.adjustments import Adjustment, AdjustmentStatus
from domain.alerts import Alert
from domain.cycle_counts import CycleCount
from domain.transfers import Transfer
from tests.fakes.house import Clock, House

D = TypeVar("D", Transfer, CycleCount, Alert)


class FakeDocuments(Generic[D]):
    """Transfers, cycle counts, or alerts."""

    def __init__(self, documents: dict[UUID, D], clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def lock(self, ids: Collection[UUID]) -> Sequence[D]:
        found = [self._documents[id_] for id_ in sorted({*ids}) if id_ in self._documents]
        self._clock.locked(*(each.updated_at for each in found))
        return found

    async def save(self, made: Collection[D], changed: Collection[tuple[D, D]]) -> None:
        for read, now in changed:
            if self._documents[now.id].version != read.version:
                raise RuntimeError(f"{now.id} is not at version {read.version}")
        self._documents |= {each.id: each for each in (*made, *(now for _, now in changed))}


class FakeAlerts(FakeDocuments[Alert]):
    def __init__(self, house: House, clock: Clock) -> None:
        super().__init__(house.alerts, clock)
        self._alerts = house.alerts

    async def find(self, id_: UUID) -> Alert | None:
        return self._alerts.get(id_)


class FakeAdjustments:
    def __init__(self, house: House, clock: Clock) -> None:
        self._adjustments = house.adjustments
        self._items = house.items
        self._clock = clock

    async def lock(self, ids: Collection[UUID]) -> Sequence[Adjustment]:
        self._clock.locked()
        return [self._adjustments[id_] for id_ in sorted(ids) if id_ in self._adjustments]

    async def pending(self) -> Mapping[str, int]:
        return Counter(each.requested_by for each in self._adjustments.values() if each.pending)

    async def pending_of(self, vendors: Collection[str]) -> Mapping[str, int]:
        waiting = (self._items[each.sku].vendor or "" for each in self._adjustments.values() if each.pending)
        return Counter(vendor for vendor in waiting if vendor in vendors)

    async def withdrawn(self, requesters: Collection[str]) -> Mapping[str, int]:
        since = self._clock.read() - timedelta(hours=24)
        cancelled = (each for each in self._adjustments.values() if each.status is AdjustmentStatus.CANCELLED)
        late = [each.requested_by for each in cancelled if each.decided_at and each.decided_at > since]
        return Counter(each for each in late if each in requesters)

    async def counted_later(self, counts: Collection[Adjustment]) -> Sequence[Adjustment]:
        return [each for each in self._adjustments.values() if any(earlier.overtaken_by(each) for earlier in counts)]

    async def save(self, made: Collection[Adjustment], changed: Collection[tuple[Adjustment, Adjustment]]) -> None:
        self._adjustments |= {adjustment.id: adjustment for adjustment in made}
        for read, now in changed:
            if self._adjustments[now.id].version != read.version:
                raise RuntimeError(f"{now.id} is not at version {read.version}")
            self._adjustments[now.id] = now
