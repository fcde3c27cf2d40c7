"""What every world begins with in which the write model is driven, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.adjustments import Adjustment
from domain.approvals import ApprovalPolicy, ApprovalRule
from domain.cycle_counts import CycleCount
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.locations import Location
from domain.places import Place
from domain.reservations import Reservation
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.transfers import Transfer
from services.group_commit import GroupCommit
from services.ports import UnitOfWork

#: SKU -> vendor, archived, unit cost and its currency.
GOODS: dict[str, tuple[str, bool, str | None, str | None]] = {
    "A": ("acme", False, "2.5", "EUR"),
    "B": ("acme", False, "1", "USD"),
    "C": ("other", False, None, None),
    "D": ("acme", False, "1", "EUR"),
    "NEW": ("other", False, "5", "EUR"),
    "OLD": ("x", True, None, None),
}
#: Location -> priority, zone, open.
SITES = {
    "MAIN": (20, "north", True),
    "WEST": (10, "south", True),
    "EAST": (20, "south", True),
    "ANNEX": (30, "north", True),
    "SHUT": (1, "north", False),
}
STOCK: dict[Place, int] = {
    **{(sku, code): 0 for sku in ("A", "B", "C") for code in ("MAIN", "WEST", "EAST")},
    ("A", "MAIN"): 4,
    ("A", "EAST"): 2,
    ("B", "WEST"): 3,
    ("D", "MAIN"): 4,
    ("D", "ANNEX"): 2,
    ("A", "SHUT"): 5,
    ("OLD", "MAIN"): 5,
}
TTLS: dict[str | None, int] = {None: 900, "shop": 1800}
#: A correction of more units waits for another person, for so many hours.
UNITS_OVER, WAITS_HOURS = 3, 1
POLICY = ApprovalPolicy("EUR", (ApprovalRule(units_over=UNITS_OVER),), WAITS_HOURS)
SEED = "seed"
#: What somebody does to a level by name.
BY_HAND = (
    *(LedgerKind.RECEIPT, LedgerKind.RETURN, LedgerKind.HOLD, LedgerKind.UNHOLD, LedgerKind.WASTE),
    *(LedgerKind.ADJUSTMENT, LedgerKind.COUNT),
)
_numbers = count(1)

#: On hand, allocated, unavailable, incoming; and the version, or how many entries there are.
Balance = tuple[int, int, int, int, int]


def counting_ids() -> UUID:
    """Each greater than the one before, also without its last sixteen bits."""
    return uuid7(next(_numbers), 0)


def items(archived_at: datetime) -> list[Item]:
    return [
        Item(
            *(counting_ids(), sku, sku),
            vendor=vendor,
            unit_cost=None if cost is None else Decimal(cost),
            currency=currency,
            archived_at=archived_at if archived else None,
            version=1,
        )
        for sku, (vendor, archived, cost, currency) in GOODS.items()
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
        move(units, Cause(SEED), Stamp(at, at))
    return [level for level, _ in made]


def tenant(slug: str) -> Tenant:
    return Tenant(tenant_id(slug), slug, slug.title(), "Europe/Berlin", "EUR", "MAIN")


class SeenEntry(NamedTuple):
    """Of the ledger: what was moved by hand."""

    sku: str
    location: str
    version: int
    kind: str
    on_hand: int
    unavailable: int
    actor: str
    reason: str | None
    note: str | None
    reference_type: str | None
    reference: str | None


class SeenAudit(NamedTuple):
    actor: str
    action: str
    subject_type: str
    subject: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that can be seen of one tenant from outside: reservations, adjustments, transfers and cycle counts, oldest
    first; levels; the ledger's sums, with the number of entries for a version; its entries by hand, level by level; the
    types of all events about the first three, and the audit log, in their order."""

    reservations: Sequence[Reservation]
    adjustments: Sequence[Adjustment]
    transfers: Sequence[Transfer]
    cycle_counts: Sequence[CycleCount]
    levels: Mapping[Place, Balance]
    ledger: Mapping[Place, Balance]
    entries: Sequence[SeenEntry]
    told: Sequence[str]
    audited: Sequence[SeenAudit]


class WriteWorld(Protocol):
    """`strangers` are another tenant's: the id of one of its things, by kind."""

    tenant: Tenant
    units: UnitOfWork
    strangers: Mapping[str, UUID]
    #: Seconds by which times may be off where the clock runs by itself.
    drift_s: int

    @property
    def commits(self) -> GroupCommit:
        """Of the process whose turn it is."""
        ...

    async def advance(self, seconds: int) -> None: ...

    def seconds(self, at: datetime) -> float:
        """Since the beginning."""
        ...

    async def look(self) -> Seen: ...

    async def faults(self) -> Sequence[str]:
        """What the checker of invariants finds, and whether the other tenant was touched."""
        ...


def balance(quantities: Quantities, version: int) -> Balance:
    return quantities.on_hand, quantities.allocated, quantities.unavailable, quantities.incoming, version
