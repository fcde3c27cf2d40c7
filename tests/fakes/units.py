"""FakeUnitOfWork: the port's promises kept in memory, one unit at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from domain.approvals import ApprovalPolicy
from domain.demand import Demand, summed
from domain.events import Event
from domain.items import Item
from domain.ledger import Stamp
from domain.locations import Location
from domain.orders import CALLS_OFF
from domain.places import Place, Sites
from domain.reasons import ReasonCode
from domain.reservations import Reservation, ReservationStatus
from domain.stock import StockLevel
from domain.tenants import Tenant
from services import trace
from services.audit import AuditEntry
from services.decisions import Claim, Decision, Delivery, Kept, KeyName
from services.ports import BACKORDERS_AT_ONCE, LOOKS_MAX, Awaited, Ids, Unit
from tests.fakes.documents import FakeAdjustments, FakeAlerts, FakeDocuments
from tests.fakes.house import Clock, Collision, House
from tests.fakes.webhooks import FakeWebhookDeliveries, FakeWebhooks, queue

TRIES_MAX = 6
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class FakeUnitOfWork:
    """Implements `services.ports.UnitOfWork` over `houses`, by tenant id."""

    def __init__(
        self, *houses: House, now: Callable[[], datetime] = _now, nudge: Callable[[], None] = lambda: None
    ) -> None:
        self.houses = {house.tenant.id: house for house in houses}
        self._now = now
        self._nudge = nudge
        self._one_at_a_time = asyncio.Lock()

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        for number in range(TRIES_MAX):
            try:
                async with self._one_at_a_time:
                    return await self._try(tenant, work, number)
            except Collision:
                continue
        raise TimeoutError(f"{TRIES_MAX} tries collided")

    async def _try(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]], tries: int) -> T:
        house = self.houses[tenant]
        draft = house.draft()
        result = await work(FakeUnit(draft, self._now, tries))
        self.houses[tenant] = draft
        if len(draft.events) > len(house.events):
            self._nudge()
        return result


class FakeUnit:
    """Implements `services.ports.Unit`; its parts share the draft and the moment of the last lock."""

    def __init__(self, house: House, now: Callable[[], datetime], tries: int) -> None:
        self._house = house
        clock = Clock(now)
        self.decisions = FakeDecisions(house)
        self.inbox = FakeInbox(house)
        self.reservations = FakeReservations(house, clock, tries)
        self.transfers = FakeDocuments(house.transfers, clock)
        self.cycle_counts = FakeDocuments(house.cycle_counts, clock)
        self.demand = FakeDemand(house)
        self.levels = FakeLevels(house, clock)
        self.items = FakeItems(house, clock)
        self.locations = FakeLocations(house, clock)
        self.reason_codes = FakeReasonCodes(house, clock)
        self.approvals = FakeApprovals(house, clock)
        self.adjustments = FakeAdjustments(house, clock)
        self.alerts = FakeAlerts(house, clock)
        self.webhooks = FakeWebhooks(house, clock)
        self.webhook_deliveries = FakeWebhookDeliveries(house, clock)
        self.audit = FakeAudit(house)
        self.outbox = FakeOutbox(house, clock)

    async def tenant(self) -> Tenant:
        return self._house.tenant


class FakeDecisions:
    def __init__(self, house: House) -> None:
        self._decisions = house.decisions

    async def find(self, names: Sequence[KeyName]) -> Mapping[KeyName, Kept]:
        return {name: self._decisions[name] for name in names if name in self._decisions}

    async def keep(self, decided: Sequence[tuple[Claim, Decision]]) -> None:
        for claim, decision in decided:
            if claim.name in self._decisions:
                raise Collision(f"the key {claim.name.key} was kept meanwhile")
            self._decisions[claim.name] = Kept(claim.fingerprint, replace(decision, seen=None, secret=None))


class FakeInbox:
    def __init__(self, house: House) -> None:
        self._inbox = house.inbox
        self._outcomes = house.outcomes

    async def known(self, ids: Sequence[str]) -> Collection[str]:
        return {id_ for id_ in ids if id_ in self._inbox}

    async def called_off(self, orders: Collection[str]) -> Collection[str]:
        return {each.order_id for each in self._inbox.values() if each.type in CALLS_OFF and each.order_id} & {*orders}

    async def keep(self, taken: Sequence[tuple[Delivery, str]]) -> None:
        for delivery, outcome in taken:
            if delivery.id in self._inbox:
                raise Collision(f"{delivery.id} was taken meanwhile")
            self._inbox[delivery.id] = delivery
            self._outcomes[delivery.id] = outcome


class FakeDemand:
    def __init__(self, house: House) -> None:
        self._asked = house.asked

    async def feed(self, asked: Iterable[Demand]) -> None:
        self._asked += summed(asked)


class FakeReservations:
    def __init__(self, house: House, clock: Clock, tries: int) -> None:
        self._reservations = house.reservations
        self._levels = house.levels
        self._clock = clock
        self._tries = tries
        self._known: set[UUID] = set()

    async def lock(
        self, ids: Collection[UUID], orders: Collection[str], skus: Collection[str]
    ) -> Sequence[Reservation]:
        every = self._reservations.values()
        named = [each for each in every if each.id in ids or (each.order.id in orders and each.standing)]
        moving = {*skus, *(sku for each in named for sku, _, _ in each.held)}
        found = {each.id: each for each in named}
        for sku in moving:
            places = [None, *(location for what, location in self._levels if what == sku)]
            found |= {each.id: each for wanted in places for each in self._waiting(sku, wanted)[:BACKORDERS_AT_ONCE]}
        self._clock.locked(*(each.updated_at for each in found.values()))
        self._known |= found.keys()
        return [found[id_] for id_ in sorted(found)]

    def _waiting(self, sku: str, wanted: str | None) -> list[Reservation]:
        """Who waits for a SKU at a location, or wherever it is, the oldest first."""
        every = [self._reservations[id_] for id_ in sorted(self._reservations)]
        return [
            each
            for each in every
            if any(line.backordered and (line.sku, line.wanted) == (sku, wanted) for line in each.lines)
        ]

    async def ended(self, orders: Collection[str]) -> Mapping[str, ReservationStatus]:
        named = sorted((each for each in self._reservations.values() if each.order.id in orders), key=lambda e: e.id)
        last = {each.order.id: each for each in named}
        if any(each.standing and each.id not in self._known for each in last.values()):
            raise Collision("an order was reserved meanwhile")
        return {order_id: each.status for order_id, each in last.items() if not each.standing}

    async def save(self, made: Sequence[Reservation], changed: Sequence[tuple[Reservation, Reservation]]) -> None:
        for read, now in changed:
            if self._reservations[now.id].version != read.version:
                raise RuntimeError(f"{now.id} is not at version {read.version}")
            self._reservations[now.id] = now
        for reservation in made:
            if reservation.id in self._reservations or (reservation.standing and self._stands(reservation.order.id)):
                raise Collision(f"the order {reservation.order.id} was reserved meanwhile")
            self._reservations[reservation.id] = reservation
            self._known.add(reservation.id)

    async def ensure_unreserved(self, orders: Collection[str]) -> None:
        standing = {each.id for each in self._reservations.values() if each.order.id in orders and each.standing}
        if not standing <= self._known:
            raise Collision("a refused order was reserved meanwhile")

    async def ensure_known(self, awaited: Collection[Awaited]) -> None:
        found = {each.id for what in awaited for each in self._waiting(*what)[:BACKORDERS_AT_ONCE]}
        if self._tries < LOOKS_MAX - 1 and not found <= self._known:
            raise Collision("somebody began to wait meanwhile")

    def _stands(self, order_id: str) -> bool:
        return any(each.order.id == order_id and each.standing for each in self._reservations.values())


class FakeLevels:
    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def sites(self, skus: Collection[str], locations: Collection[str]) -> Sites:
        house = self._house
        levels = {sku: sorted(where for what, where in house.levels if what == sku) for sku in skus}
        wanted = {*locations, house.tenant.default_location, *(code for codes in levels.values() for code in codes)}
        return Sites(
            {sku: house.items[sku] for sku in skus if sku in house.items},
            {code: house.locations[code] for code in wanted if code in house.locations},
            {sku: codes for sku, codes in levels.items() if codes},
            house.tenant.default_location,
            house.ttls,
            house.approvals or ApprovalPolicy(house.tenant.currency),
        )

    async def lock(self, places: Collection[Place], ids: Ids) -> Mapping[Place, StockLevel]:
        known = {
            place: replace(self._house.levels[place], entries=[]) for place in places if place in self._house.levels
        }
        self._clock.locked(*(level.updated_at or level.created_at for level in known.values()))
        return known | {place: self._new(place, ids) for place in sorted(set(places) - known.keys())}

    def _new(self, place: Place, ids: Ids) -> StockLevel:
        item = self._house.items[place[0]]
        return StockLevel(ids(), *place, self._clock.read(), unit_cost=item.unit_cost, currency=item.currency)

    async def lock_all_of(self, sku: str) -> Mapping[Place, StockLevel]:
        places = sorted(place for place in self._house.levels if place[0] == sku)
        self._clock.locked(*(self._house.levels[place].updated_at or _now() for place in places))
        return {place: replace(self._house.levels[place], entries=[]) for place in places}

    async def save(self, levels: Collection[StockLevel]) -> None:
        for level in levels:
            if level.changed:
                place = (level.sku, level.location)
                self._house.levels[place] = replace(level)
                self._house.entries += [(place, entry) for entry in level.entries]

    async def watch(self, levels: Mapping[Place, tuple[StockLevel, datetime | None]]) -> None:
        for place, (level, next_at) in levels.items():
            if self._house.levels[place].version != level.version:
                raise RuntimeError(f"{place} is not at version {level.version}")
            self._house.levels[place] = replace(level)
            self._house.looks[place] = next_at

    def stamp(self, occurred_at: datetime | None) -> Stamp:
        now = self._clock.read()
        return Stamp(occurred_at or now, now)


class FakeItems:
    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def lock(self, sku: str) -> Item | None:
        self._clock.locked()
        return self._house.items.get(sku)

    async def save(self, item: Item) -> None:
        self._house.items[item.sku] = item


class FakeLocations:
    def __init__(self, house: House, clock: Clock) -> None:
        self._locations = house.locations
        self._clock = clock

    async def lock(self, code: str) -> Location | None:
        self._clock.locked()
        return self._locations.get(code)

    async def path(self, code: str) -> Sequence[str]:
        above: list[str] = []
        here = self._locations.get(code)
        while here:
            above.append(here.code)
            here = self._locations.get(here.parent or "")
        return above

    async def save(self, location: Location) -> None:
        self._locations[location.code] = location


class FakeReasonCodes:
    def __init__(self, house: House, clock: Clock) -> None:
        self._reason_codes = house.reason_codes
        self._clock = clock

    async def named(self, codes: Collection[str]) -> Mapping[str, ReasonCode]:
        return {code: self._reason_codes[code] for code in codes if code in self._reason_codes}

    async def lock(self) -> Mapping[str, ReasonCode]:
        self._clock.locked()
        return dict(self._reason_codes)

    async def save(self, reason: ReasonCode) -> None:
        self._reason_codes[reason.code] = reason


class FakeApprovals:
    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def lock(self) -> ApprovalPolicy:
        self._clock.locked()
        return self._house.approvals or ApprovalPolicy(self._house.tenant.currency)

    async def save(self, policy: ApprovalPolicy) -> None:
        self._house.approvals = policy


class FakeAudit:
    def __init__(self, house: House) -> None:
        self._audited = house.audited

    async def add(self, entries: Sequence[AuditEntry]) -> None:
        self._audited += entries


class FakeOutbox:
    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def add(self, events: Sequence[Event], traces: Mapping[UUID, str] | None = None) -> None:
        self._house.events += events
        current = trace.current() if traces is None else None
        self._house.traces += [(traces or {}).get(event.id, current) for event in events]
        queue(self._house, events, self._clock.now())
