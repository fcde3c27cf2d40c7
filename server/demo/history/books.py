"""A tenant's books: its season played through the rules of stock, in memory, so that levels, entries and sums agree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from domain.adjustments import Adjustment
from domain.alerts import Alert
from domain.identity import uuid7
from domain.items import Item
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.locations import Location
from domain.movements import Adjust, Applied, Count, Hold, Movement, Receive, Return, Unhold, apply_all
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal
from domain.reservations import Reservation
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.watching import first_alerts
from server.demo.catalogue.items import items, locations
from server.demo.catalogue.records import ItemSeed, LocationSeed
from server.demo.catalogue.stands import policies
from server.demo.history.orders import Orders
from server.demo.history.season import MovementSeed, season

SEASON_DAYS = 90

_REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}


@dataclass(frozen=True, slots=True)
class Books:
    """All that one tenant has at the start; each level still holds its entries, oldest first."""

    tenant: Tenant
    items: tuple[Item, ...]
    locations: tuple[Location, ...]
    levels: tuple[StockLevel, ...]
    adjustments: tuple[Adjustment, ...]
    reservations: tuple[Reservation, ...]
    alerts: tuple[Alert, ...]

    @property
    def entry_count(self) -> int:
        return sum(len(level.entries) for level in self.levels)


class ImpossibleSeason(Exception):
    """A movement of the season was refused by the rules of stock."""


def books(tenant: Tenant, until: datetime) -> Books:
    """The tenant's books, the same for the same `until`, which has a time zone."""
    slug = tenant.slug
    rng = Random(f"{slug}:books")
    movements = list(season(slug, until, SEASON_DAYS, Random(f"{slug}:season")))
    ids = _ids(movements[0].at, rng)
    made = tuple(_item(item, ids()) for item in items(slug))
    places = tuple(_location(location, ids()) for location in locations(slug))
    shelves = _Shelves({item.sku: item for item in made}, policies(slug, Random(f"{slug}:policies")), rng)
    for movement in movements:
        shelves.play(movement)
    reservations = tuple(shelves.orders.reservations(shelves.id_at))
    levels = tuple(shelves.levels.values())
    alerts = first_alerts(levels, {item.sku: item for item in made}, lambda: shelves.id_at(until), until)
    return Books(tenant, made, places, levels, tuple(shelves.adjustments), reservations, tuple(alerts))


def _ids(at: datetime, rng: Random) -> Callable[[], UUID]:
    return lambda: uuid7(int(at.timestamp() * 1000), rng.getrandbits(80))


def _item(seed: ItemSeed, id_: UUID) -> Item:
    return Item(
        id_,
        seed.sku,
        seed.name,
        seed.category,
        seed.catalog_product_id,
        seed.vendor,
        seed.condition,
        seed.language,
        seed.price,
        seed.unit_cost,
        seed.currency,
        seed.unit_of_measure,
        seed.quantity_scale,
        seed.barcodes,
        seed.lead_time_days,
        version=1,
    )


def _location(seed: LocationSeed, id_: UUID) -> Location:
    return Location(id_, seed.code, seed.name, seed.kind, seed.zone, seed.priority, seed.parent, version=1)


@dataclass(slots=True)
class _Shelves:
    """The levels as they come to be. A season has no clock of its own: it was recorded when it occurred."""

    items: dict[str, Item]
    policies: dict[Place, StockPolicy]
    rng: Random
    levels: dict[Place, StockLevel] = field(default_factory=dict[Place, StockLevel])
    adjustments: list[Adjustment] = field(default_factory=list[Adjustment])
    orders: Orders = field(default_factory=Orders)

    def play(self, seed: MovementSeed) -> None:
        match seed.verb:
            case "allocate":
                self._settle(seed, StockLevel.allocate)
                self.orders.promised(seed)
            case "pick":
                self._settle(seed, StockLevel.pick)
                self.orders.left(seed)
            case _:
                self._move(seed, movement_of(seed))

    def _settle(
        self, seed: MovementSeed, verb: Callable[[StockLevel, int, Cause, Stamp], LedgerEntry | Refusal]
    ) -> None:
        """What an order does to a level, as a reservation would."""
        cause = Cause(seed.actor, reference_type=seed.reference_type, reference=seed.reference)
        outcome = verb(self.levels[seed.sku, seed.location], seed.quantity, cause, Stamp(seed.at, seed.at))
        if isinstance(outcome, Refusal):
            raise ImpossibleSeason(f"{seed}: {outcome}")

    def _move(self, seed: MovementSeed, movement: Movement) -> None:
        place = (seed.sku, seed.location)
        level = self.levels.get(place) or self._open(place, seed.at)
        stamp = Stamp(seed.at, seed.at)
        applied = apply_all({place: level}, [(place, movement)], _REASONS, seed.actor, lambda _: stamp)
        if not isinstance(applied, Applied):
            raise ImpossibleSeason(f"{seed}: {applied}")
        self.levels |= applied.levels
        if movement.by_hand:
            self.adjustments.append(Adjustment.of(self.id_at(seed.at), place, applied.entries[0]))

    def _open(self, place: Place, at: datetime) -> StockLevel:
        item = self.items[place[0]]
        return StockLevel(
            self.id_at(at),
            *place,
            created_at=at,
            policy=self.policies[place],
            unit_cost=item.unit_cost,
            currency=item.currency,
        )

    def id_at(self, at: datetime) -> UUID:
        return uuid7(int(at.timestamp() * 1000), self.rng.getrandbits(80))


def movement_of(seed: MovementSeed) -> Movement:
    """The seed as a movement that the services would be asked for; orders are not moved but reserved."""
    said = {
        "sku": seed.sku,
        "location": seed.location,
        "reason_code": seed.reason_code,
        "note": seed.note,
        "reference_type": seed.reference_type,
        "reference": seed.reference,
        "occurred_at": seed.at,
    }
    match seed.verb:
        case "receive":
            return Receive(**said, quantity=seed.quantity)
        case "return":
            return Return(**said, quantity=seed.quantity)
        case "hold":
            return Hold(**said, quantity=seed.quantity)
        case "unhold":
            return Unhold(**said, quantity=seed.quantity)
        case "adjust":
            return Adjust(**said, change=seed.quantity)
        case "count":
            return Count(**said, counted=seed.quantity)
        case _:
            raise ImpossibleSeason(f"{seed}: no movement")
