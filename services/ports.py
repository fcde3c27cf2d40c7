"""Ports: what the use cases need from outside, each with one fake for tests and one adapter in `db`.

A unit of work is one transaction of one tenant: everything asked of its parts is committed together when the work ends
without an exception, and undone otherwise. Rows are locked in one order whatever the caller's: transfers, cycle
counts, adjustments, reservations (all by id), item or location, levels (by SKU, then location, in code point order),
alerts of these levels; keys and deliveries are written last, sorted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.alerts import Alert
from domain.approvals import ApprovalPolicy
from domain.cycle_counts import CycleCount
from domain.demand import Demand
from domain.events import Event
from domain.items import Item
from domain.ledger import Stamp
from domain.locations import Location
from domain.places import Place, Sites
from domain.reasons import ReasonCode
from domain.reservations import Reservation, ReservationStatus
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.transfers import Transfer
from services.adjustment_ports import Adjustments
from services.audit import AuditEntry
from services.decisions import Claim, Decision, Delivery, Kept, KeyName
from services.webhook_ports import WebhookDeliveries, Webhooks

T = TypeVar("T")

#: What is waited for: a SKU at a location, or wherever it is (None).
Awaited = tuple[str, str | None]

UNAVAILABLE = "Our database cannot be reached now: send the same again in a moment."
"""What a caller is told where something ends in Unavailable."""
OVERLOADED = "We have more to do than we can do now: send the same again in a moment."
"""What a caller is told where something ends in Overloaded."""
TOO_LONG = "What you ask for takes too long: ask for less, such as a shorter range, fewer points or a narrower filter."
"""What a caller is told where something ends in TookTooLong."""


class Unavailable(Exception):
    """What a port stands for cannot be reached now; the same request, under the same key, may succeed later."""


class Held(Unavailable):
    """Somebody else holds what is asked for, for longer than we wait: nothing is amiss, and nobody else need wait."""


#: Reservations that wait for a SKU and are looked at together.
BACKORDERS_AT_ONCE = 200
#: How often at most a work looks for those who wait, where each time somebody has begun to wait behind its look.
LOOKS_MAX = 3


class Overloaded(Unavailable):
    """There is more to do than can be done now, and nothing of this was begun: ask again after `retry_after_ms`."""

    retry_after_ms = 1_000


class TookTooLong(Unavailable):
    """The answer was not found in time, and would not be the next time: what was asked for is too much at once."""


class Ids(Protocol):
    """Makes a new identifier, later ones greater."""

    def __call__(self) -> UUID: ...


class Decisions(Protocol):
    """Idempotency: what was decided under a key, kept with the effects of it."""

    async def find(self, names: Sequence[KeyName]) -> Mapping[KeyName, Kept]:
        """What was decided under these keys. Locks nothing."""
        ...

    async def keep(self, decided: Sequence[tuple[Claim, Decision]]) -> None:
        """Store what was decided, each key once. Where another was first with one, the work runs again."""
        ...


class Inbox(Protocol):
    """What other systems told us, kept with the effects of it."""

    async def known(self, ids: Sequence[str]) -> Collection[str]:
        """Those of these deliveries that were taken before. Locks nothing."""
        ...

    async def called_off(self, orders: Collection[str]) -> Collection[str]:
        """Those of these orders that an event has called off. Locks all of them, against other events of theirs, so
        that of a beginning and an end that come at once the later one sees the other."""
        ...

    async def keep(self, taken: Sequence[tuple[Delivery, str]]) -> None:
        """Store deliveries, each with what became of it. Where another was first with one, the work runs again."""
        ...


class Reservations(Protocol):
    async def lock(
        self, ids: Collection[UUID], orders: Collection[str], skus: Collection[str]
    ) -> Sequence[Reservation]:
        """Lock reservations in the one order: those of these ids, those of these orders that stand, and of those that
        wait for any of the SKUs, or for one that the former hold: the first BACKORDERS_AT_ONCE that take it from
        anywhere, and as many that insist on a location, for each where it has a level. Those that are not there are
        left out. Sorted by id, older ones first."""
        ...

    async def ended(self, orders: Collection[str]) -> Mapping[str, ReservationStatus]:
        """How the last reservation of each of these orders ended; those of which one stands are left out, and so are
        those that never had one. Where one stands that `lock` did not find, the work runs again."""
        ...

    async def save(self, made: Sequence[Reservation], changed: Sequence[tuple[Reservation, Reservation]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is. Where an order's other reservation
        stands, the work runs again."""
        ...

    async def ensure_unreserved(self, orders: Collection[str]) -> None:
        """To be asked of orders that are refused, once the levels are locked and before anything is saved. Where a
        reservation of one of them stands that `lock` did not find, the work runs again."""
        ...

    async def ensure_known(self, awaited: Collection[Awaited]) -> None:
        """To be asked once the levels are locked and before anything is saved, of what `lock` has looked at. Where one
        of the first BACKORDERS_AT_ONCE that wait for any of these was not among those it found, the work runs again. It
        looks LOOKS_MAX times at most, so that those who keep coming do not keep it from being done."""
        ...


class Transfers(Protocol):
    async def lock(self, ids: Collection[UUID]) -> Sequence[Transfer]:
        """Lock transfers in the one order; those that are not there are left out. Sorted by id."""
        ...

    async def save(self, made: Sequence[Transfer], changed: Sequence[tuple[Transfer, Transfer]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is."""
        ...


class CycleCounts(Protocol):
    async def lock(self, ids: Collection[UUID]) -> Sequence[CycleCount]:
        """Lock cycle counts in the one order; those that are not there are left out. Sorted by id."""
        ...

    async def save(self, made: Sequence[CycleCount], changed: Sequence[tuple[CycleCount, CycleCount]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is."""
        ...


class Levels(Protocol):
    async def sites(self, skus: Collection[str], locations: Collection[str]) -> Sites:
        """The items, locations and existing levels of these names. Locks nothing."""
        ...

    async def lock(self, places: Collection[Place], ids: Ids) -> Mapping[Place, StockLevel]:
        """Lock each level in the one order; a place without one yet gets a level at version 0, kept if it changes."""
        ...

    async def lock_all_of(self, sku: str) -> Mapping[Place, StockLevel]:
        """Lock every existing level of a SKU."""
        ...

    async def save(self, levels: Collection[StockLevel]) -> None:
        """Write the changed levels with their new ledger entries; those that did not change stay as they are."""
        ...

    async def watch(self, levels: Mapping[Place, tuple[StockLevel, datetime | None]]) -> None:
        """Write of levels that did not change which alerts stand, and when to look at them again."""
        ...

    def stamp(self, occurred_at: datetime | None) -> Stamp:
        """The time of a change: recorded by the database's clock, read after the last lock was granted."""
        ...


class Items(Protocol):
    async def lock(self, sku: str) -> Item | None:
        """The item, locked; of two callers who make one new SKU at once, the second waits for the first."""
        ...

    async def save(self, item: Item) -> None: ...


class Locations(Protocol):
    async def lock(self, code: str) -> Location | None:
        """The location, locked together with the shape of the tree, so that two moves cannot make a circle."""
        ...

    async def path(self, code: str) -> Sequence[str]:
        """The code and those above it, the nearest first; empty where there is no such location."""
        ...

    async def save(self, location: Location) -> None: ...


class ReasonCodes(Protocol):
    async def named(self, codes: Collection[str]) -> Mapping[str, ReasonCode]:
        """The reason codes of these names that exist, active or not."""
        ...

    async def lock(self) -> Mapping[str, ReasonCode]:
        """All of the tenant's, by code, locked together: nobody else makes or changes one meanwhile."""
        ...

    async def save(self, reason: ReasonCode) -> None: ...


class Approvals(Protocol):
    async def lock(self) -> ApprovalPolicy:
        """The tenant's policy, locked. Who changes stock reads it with `Levels.sites`, unlocked, and has it compared by
        `Adjustments.save`."""
        ...

    async def save(self, policy: ApprovalPolicy) -> None: ...


class Alerts(Protocol):
    async def find(self, id_: UUID) -> Alert | None:
        """An alert by its id. Locks nothing: what it is of and where never changes."""
        ...

    async def lock(self, ids: Collection[UUID]) -> Sequence[Alert]:
        """The alerts of these ids, locked; to be asked by who holds their levels. Sorted by id."""
        ...

    async def save(self, made: Collection[Alert], changed: Collection[tuple[Alert, Alert]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is."""
        ...


class DemandFeed(Protocol):
    async def feed(self, asked: Iterable[Demand]) -> None:
        """Keep what orders asked for, to be added up by day; of each SKU, location and moment the sum."""
        ...


class Audit(Protocol):
    async def add(self, entries: Sequence[AuditEntry]) -> None:
        """Write down who did what, for nobody to change."""
        ...


class Outbox(Protocol):
    async def add(self, events: Sequence[Event], traces: Mapping[UUID, str] | None = None) -> None:
        """Keep events for the relay, in this order, and for each active webhook that listens to one of them.

        `traces` holds the `traceparent` of what caused an event, by the event's id; None: all were caused by what the
        current task works for.
        """
        ...


class Unit(Protocol):
    """One transaction."""

    async def tenant(self) -> Tenant: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def reservations(self) -> Reservations: ...
    @property
    def transfers(self) -> Transfers: ...
    @property
    def cycle_counts(self) -> CycleCounts: ...
    @property
    def demand(self) -> DemandFeed: ...
    @property
    def levels(self) -> Levels: ...
    @property
    def items(self) -> Items: ...
    @property
    def locations(self) -> Locations: ...
    @property
    def reason_codes(self) -> ReasonCodes: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def adjustments(self) -> Adjustments: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def webhook_deliveries(self) -> WebhookDeliveries: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def outbox(self) -> Outbox: ...


class UnitOfWork(Protocol):
    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Do `work` in one transaction and commit it; returns what `work` returned.

        A deadlock, a serialization failure, a key that another kept meanwhile or a connection lost before COMMIT reruns
        `work` from its start, so it keeps nothing of an earlier try. An exception from `work` undoes everything. Where
        the answer to COMMIT was lost, the database is asked what became of it; where nobody can be asked `work` runs
        again, and must find by its key, or by the state of things, what it did already.
        """
        ...
