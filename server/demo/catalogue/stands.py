"""Stands: which item is kept where, how quickly it sells there, how much of it is kept, and when it is scarce."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import ceil
from random import Random

from domain.places import Place
from domain.status import StockPolicy
from server.demo.catalogue.items import items, locations
from server.demo.catalogue.records import ItemSeed, LocationSeed

#: Order lines a day of one tenant, over all its places.
LINES_PER_DAY = 165
#: Place -> its share of them, in the order of `locations`.
_PLACE_SHARES = (0.46, 0.22, 0.18, 0.14)
#: How many of the four places keep an item.
_PLACES, _PLACES_WEIGHTS = (1, 2, 3, 4), (10, 45, 38, 7)
#: Units in one order line and how often; grams of weighed goods.
_CHEAP, _DEAR, _WEIGHED = (1, 1, 1, 2, 2, 3, 4, 6), (1, 1, 1, 1, 1, 2), (100, 250, 250, 500, 500, 1000)


class Pace(Enum):
    """What becomes of an item at a place: sold and bought again; never sold; sold out for good; bought far too much."""

    STEADY = "steady"
    DEAD = "dead"
    ENDING = "ending"
    HEAPED = "heaped"


_PACES, _PACES_WEIGHTS = (Pace.STEADY, Pace.ENDING, Pace.HEAPED), (88, 7, 5)


@dataclass(frozen=True, slots=True)
class Stand:
    """One item at one place. Quantities are base units; `weight` shares the place's order lines out."""

    sku: str
    location: str
    pace: Pace
    weight: float
    lines_a_day: float
    line_units: tuple[int, ...]
    lead_time_days: int
    opening: int
    reorder_point: int
    safety_stock: int
    low_at: int
    order_up_to: int
    overstock_above: int


@cache
def stands(tenant_slug: str) -> tuple[Stand, ...]:
    """Every item at the one to four places that keep it, by SKU, then place."""
    rng = Random(f"{tenant_slug}:assortment")
    places = [place for place in locations(tenant_slug) if place.kind != "zone"]
    shelves = list(_shelves(tenant_slug, places, rng))
    totals = {place.code: sum(weight for _, at, _, weight in shelves if at == place.code) for place in places}
    shares = dict(zip((place.code for place in places), _PLACE_SHARES, strict=True))
    return tuple(
        _stand(item, code, pace, weight, LINES_PER_DAY * shares[code] * weight / totals[code], rng)
        for item, code, pace, weight in shelves
    )


def policies(tenant_slug: str, rng: Random) -> dict[Place, StockPolicy]:
    """Thresholds for each place where an item is kept. `rng` decides where a rule is left out and after how many days
    without movement a level is stale."""
    return {
        (stand.sku, stand.location): StockPolicy(
            reorder_point=stand.reorder_point,
            safety_stock=stand.safety_stock,
            low_stock_threshold=stand.low_at if rng.random() < 0.9 else None,
            overstock_threshold=stand.overstock_above,
            stale_after_days=rng.choice((30, 45, 60, 75)) if rng.random() < 0.6 else None,
        )
        for stand in stands(tenant_slug)
    }


def _shelves(slug: str, places: list[LocationSeed], rng: Random) -> Iterator[tuple[ItemSeed, str, Pace, float]]:
    for item, weight in _popularity(slug, rng):
        kept_at = rng.choices(_PLACES, _PLACES_WEIGHTS)[0]
        for place in sorted((places[0], *rng.sample(places[1:], kept_at - 1)), key=lambda place: place.priority):
            pace = rng.choices(_PACES, _PACES_WEIGHTS)[0] if weight else Pace.DEAD
            yield item, place.code, pace, weight * rng.uniform(0.6, 1.6)


def _popularity(slug: str, rng: Random) -> list[tuple[ItemSeed, float]]:
    """Each item's share of demand: a long tail, cheap and new goods ahead of others; one in twelve never sells."""
    catalogue = items(slug)
    worn = {item.sku: 2.2 if item.condition != "new" else 1.0 for item in catalogue}
    ranked = sorted(catalogue, key=lambda item: rng.random() * worn[item.sku] * float(_pack_price(item)) ** 0.35)
    weights = {item.sku: (rank + 6) ** -0.8 if rng.random() > 1 / 12 else 0.0 for rank, item in enumerate(ranked)}
    return [(item, weights[item.sku]) for item in catalogue]


def _pack_price(item: ItemSeed) -> float:
    """The price of what a customer takes home: a piece, or half a kilogram."""
    return float(item.price) * (500 if item.unit_of_measure == "g" else 1)


def _stand(item: ItemSeed, location: str, pace: Pace, weight: float, lines: float, rng: Random) -> Stand:
    units = _WEIGHED if item.unit_of_measure == "g" else _CHEAP if item.price < 25 else _DEAR
    typical = sum(units) / len(units)
    a_day, grain = lines * typical, 500 if item.unit_of_measure == "g" else 1
    reorder = _at_least(2 * grain, a_day * (item.lead_time_days + 4), grain)
    up_to = reorder + _at_least(4 * grain, a_day * 24, grain)
    opening = {
        Pace.STEADY: _at_least(3 * grain, up_to * rng.uniform(0.8, 1.3), grain),
        Pace.DEAD: rng.randint(3, 24) * grain,
        Pace.ENDING: _at_least(2 * grain, a_day * rng.uniform(35, 95), grain),
        Pace.HEAPED: _at_least(30 * grain, up_to * rng.uniform(5, 8), grain),
    }[pace]
    return Stand(
        sku=item.sku,
        location=location,
        pace=pace,
        weight=weight,
        lines_a_day=lines,
        line_units=units,
        lead_time_days=item.lead_time_days,
        opening=opening,
        reorder_point=reorder,
        safety_stock=_at_least(grain, a_day * 3, grain),
        low_at=_at_least(grain, reorder * 0.4, grain),
        order_up_to=up_to,
        overstock_above=max(2 * up_to, 26 * grain),
    )


def _at_least(least: int, wanted: float, grain: int) -> int:
    return max(least, ceil(wanted / grain) * grain)
