"""The world in memory: the real services over units of work that keep everything in dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.ledger import LedgerEntry
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.tenants import Tenant
from services.group_commit import Batches, GroupCommit
from services.ports import UnitOfWork
from tests.conformance.write_model.strangers import moved_in
from tests.conformance.write_model.world import (
    BY_HAND,
    POLICY,
    SEED,
    TTLS,
    Balance,
    Seen,
    SeenAudit,
    SeenEntry,
    balance,
    counting_ids,
    items,
    levels,
    locations,
    tenant,
)
from tests.fakes.house import House
from tests.fakes.units import FakeUnitOfWork

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class MemoryWorld:
    """Its clock stands still until it is moved."""

    drift_s = 0
    strangers: Mapping[str, UUID]
    _untouched: House

    def __init__(self, bounds: Batches) -> None:
        self.tenant = tenant("acme")
        self._others = tenant("strangers")
        self._now = NOON
        self._kept = FakeUnitOfWork(_house(self.tenant), _house(self._others), now=lambda: self._now)
        self.units: UnitOfWork = self._kept
        self.commits = GroupCommit(self.units, counting_ids, bounds)

    @classmethod
    async def opened(cls, bounds: Batches) -> MemoryWorld:
        world = cls(bounds)
        world.strangers = await moved_in(world._others, world.commits, world.units)
        world._untouched = world._kept.houses[world._others.id]
        return world

    async def advance(self, seconds: int) -> None:
        self._now += timedelta(seconds=seconds)

    def seconds(self, at: datetime) -> float:
        return (at - NOON).total_seconds()

    async def look(self) -> Seen:
        house = self._kept.houses[self.tenant.id]
        return Seen(
            [house.reservations[id_] for id_ in sorted(house.reservations)],
            [house.adjustments[id_] for id_ in sorted(house.adjustments)],
            [house.transfers[id_] for id_ in sorted(house.transfers)],
            [house.cycle_counts[id_] for id_ in sorted(house.cycle_counts)],
            {place: balance(level.quantities, level.version) for place, level in house.levels.items()},
            _sums(house),
            sorted(_seen(place, entry) for place, entry in house.entries if _by_hand(entry)),
            [event.type for event in house.events if event.type.startswith(("Inventory", "Adjustment"))],
            [SeenAudit(each.actor, each.action, each.subject_type, each.subject) for each in house.audited],
        )

    async def faults(self) -> Sequence[str]:
        """The plain books tell all the others."""
        return [] if self._kept.houses[self._others.id] is self._untouched else ["the other tenant's books changed"]


def _house(owner: Tenant) -> House:
    seeded = levels(NOON)
    return House(
        owner,
        {item.sku: item for item in items(NOON)},
        {location.code: location for location in locations()},
        {reason.code: reason for reason in DEFAULT_REASON_CODES},
        {(level.sku, level.location): level for level in seeded},
        [((level.sku, level.location), entry) for level in seeded for entry in level.entries],
        ttls=dict(TTLS),
        approvals=POLICY,
    )


def _sums(house: House) -> Mapping[Place, Balance]:
    sums: dict[Place, Balance] = {}
    for place, entry in house.entries:
        before = sums.get(place, (0, 0, 0, 0, 0))
        sums[place] = tuple(map(sum, zip(before, balance(entry.change, 1), strict=True)))  # type: ignore[assignment]
    return sums


def _by_hand(entry: LedgerEntry) -> bool:
    return entry.kind in BY_HAND and entry.cause.actor != SEED


def _seen(place: Place, entry: LedgerEntry) -> SeenEntry:
    change, cause = entry.change, entry.cause
    why = cause.actor, cause.reason_code, cause.note, cause.reference_type, cause.reference
    return SeenEntry(*place, entry.level_version, entry.kind.value, change.on_hand, change.unavailable, *why)
