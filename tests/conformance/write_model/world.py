"""A world in which the write model is driven: the real services over units of work in memory; and what every such world
begins with and shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol
from uuid import UUID

from domain.adjustments import Adjustment
from domain.approvals import ApprovalPolicy, ApprovalRule
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, Quantities, Stamp
from domain.locations import Location
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.reservations import Reservation
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.transfers import Transfer
from services.group_commit import Batches, GroupCommit
from tests.fakes.units import FakeUnitOfWork, House

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
GOODS = {"A": ("acme", False), "B": ("acme", False), "C": ("other", False), "NEW": ("other", False), "OLD": ("x", True)}
SITES = {
    "MAIN": (20, "north", True),
    "WEST": (10, "south", True),
    "EAST": (20, "south", True),
    "SHUT": (1, "north", False),
}
STOCK: dict[Place, int] = {
    **{(sku, code): 0 for sku in ("A", "B", "C") for code in ("MAIN", "WEST", "EAST")},
    ("A", "MAIN"): 4,
    ("A", "EAST"): 2,
    ("B", "WEST"): 3,
    ("A", "SHUT"): 5,
    ("OLD", "MAIN"): 5,
}
TTLS: dict[str | None, int] = {None: 900, "shop": 1800}
POLICY = ApprovalPolicy("EUR", (ApprovalRule(units_over=3),), expires_after_hours=1)
_numbers = count(1)

#: On hand, allocated, unavailable, incoming, version.
Balance = tuple[int, int, int, int, int]


def counting_ids() -> UUID:
    """Each greater than the one before, also without its last sixteen bits."""
    return uuid7(next(_numbers), 0)


def items() -> list[Item]:
    return [
        Item(counting_ids(), sku, sku, vendor=vendor, archived_at=NOON if archived else None, version=1)
        for sku, (vendor, archived) in GOODS.items()
    ]


def locations() -> list[Location]:
    return [
        Location(counting_ids(), code, code, zone=zone, priority=priority, active=active, version=1)
        for code, (priority, zone, active) in SITES.items()
    ]


def levels(at: datetime) -> list[StockLevel]:
    made = [(StockLevel(counting_ids(), *place, at), units) for place, units in STOCK.items()]
    for level, units in made:
        move = level.receive if units else level.count
        move(units, Cause("seed"), Stamp(at, at))
    return [level for level, _ in made]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that can be seen from outside: reservations, adjustments and transfers, the oldest first; levels; the
    ledger's sums, with the number of entries for a version; and the types of all events about the first three, in their
    order."""

    reservations: Sequence[Reservation]
    adjustments: Sequence[Adjustment]
    levels: Mapping[Place, Balance]
    ledger: Mapping[Place, Balance]
    told: Sequence[str]
    transfers: Sequence[Transfer]


class WriteWorld(Protocol):
    tenant: Tenant
    commits: GroupCommit
    #: Seconds by which times may be off where the clock runs by itself.
    drift_s: int

    async def advance(self, seconds: int) -> None: ...

    def seconds(self, at: datetime) -> float:
        """Since the beginning."""
        ...

    async def look(self) -> Seen: ...

    async def faults(self) -> Sequence[str]:
        """What the checker of invariants finds."""
        ...


class MemoryWorld:
    """Its clock stands still until it is moved."""

    drift_s = 0

    def __init__(self, bounds: Batches) -> None:
        self.tenant = tenant("acme")
        seeded = levels(NOON)
        house = House(
            self.tenant,
            {item.sku: item for item in items()},
            {location.code: location for location in locations()},
            {reason.code: reason for reason in DEFAULT_REASON_CODES},
            {(level.sku, level.location): level for level in seeded},
            [((level.sku, level.location), entry) for level in seeded for entry in level.entries],
            ttls=dict(TTLS),
            approvals=POLICY,
        )
        self._now = NOON
        self._units = FakeUnitOfWork(house, now=lambda: self._now)
        self.commits = GroupCommit(self._units, counting_ids, bounds)

    @property
    def _house(self) -> House:
        return self._units.houses[self.tenant.id]

    async def advance(self, seconds: int) -> None:
        self._now += timedelta(seconds=seconds)

    def seconds(self, at: datetime) -> float:
        return (at - NOON).total_seconds()

    async def look(self) -> Seen:
        house = self._house
        levels = {place: balance(level.quantities, level.version) for place, level in house.levels.items()}
        sums: dict[Place, Balance] = {}
        for place, entry in house.entries:
            before = sums.get(place, (0, 0, 0, 0, 0))
            sums[place] = tuple(map(sum, zip(before, balance(entry.change, 1), strict=True)))  # type: ignore[assignment]
        return Seen(
            [house.reservations[id_] for id_ in sorted(house.reservations)],
            [house.adjustments[id_] for id_ in sorted(house.adjustments)],
            levels,
            sums,
            [event.type for event in house.events if event.type.startswith(("Inventory", "Adjustment"))],
            [house.transfers[id_] for id_ in sorted(house.transfers)],
        )

    async def faults(self) -> Sequence[str]:
        """The plain books tell all of them."""
        return []


def balance(quantities: Quantities, version: int) -> Balance:
    return quantities.on_hand, quantities.allocated, quantities.unavailable, quantities.incoming, version


def tenant(slug: str) -> Tenant:
    return Tenant(tenant_id(slug), slug, slug.title(), "Europe/Berlin", "EUR", "MAIN")
