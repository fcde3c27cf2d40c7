"""A tenant's books: its season played through the rules of stock, in memory, so that levels, entries and sums agree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from domain.adjustments import Adjustment
from domain.identity import uuid7
from domain.items import Item
from domain.ledger import Stamp
from domain.locations import Location
from domain.movements import (
    Adjust,
    Allocate,
    Applied,
    Count,
    Hold,
    Movement,
    Pick,
    Receive,
    Return,
    Unhold,
    apply_all,
)
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.tenants import Tenant
from server.demo.catalogue.items import items, locations
from server.demo.catalogue.records import ItemSeed, LocationSeed
from server.demo.catalogue.stands import policies
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
    return Books(tenant, made, places, tuple(shelves.levels.values()), tuple(shelves.adjustments))


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

    def play(self, seed: MovementSeed) -> None:
        place = (seed.sku, seed.location)
        level = self.levels.get(place) or self._open(place, seed.at)
        movement = movement_of(seed)
        stamp = Stamp(seed.at, seed.at)
        applied = apply_all({place: level}, [(place, movement)], _REASONS, seed.actor, lambda _: stamp)
        if not isinstance(applied, Applied):
            raise ImpossibleSeason(f"{seed}: {applied}")
        self.levels |= applied.levels
        if movement.by_hand:
            self.adjustments.append(Adjustment.of(self._id(seed.at), place, applied.entries[0]))

    def _open(self, place: Place, at: datetime) -> StockLevel:
        item = self.items[place[0]]
        return StockLevel(
            self._id(at),
            *place,
            created_at=at,
            policy=self.policies[place],
            unit_cost=item.unit_cost,
            currency=item.currency,
        )

    def _id(self, at: datetime) -> UUID:
        return uuid7(int(at.timestamp() * 1000), self.rng.getrandbits(80))


def movement_of(seed: MovementSeed) -> Movement:
    """The seed as a movement that the services would be asked for."""
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
        case "allocate":
            return Allocate(**said, quantity=seed.quantity)
        case "pick":
            return Pick(**said, quantity=seed.quantity)
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
