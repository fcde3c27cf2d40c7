"""Ninety believable days: opening receipts, orders, deliveries, returns, mishaps and counts, in the order of time.

The season keeps a running picture of each shelf and never asks for what a shelf cannot give, so that the movements,
played in their order through the rules of stock, are never refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import accumulate, count
from random import Random
from types import MappingProxyType
from typing import Literal, NamedTuple

from server.demo.catalogue.stands import LINES_PER_DAY, Pace, Stand, stands
from server.demo.mishaps import Mishap, one_of_many

Verb = Literal["receive", "allocate", "pick", "return", "adjust", "count", "hold", "unhold"]


class MovementSeed(NamedTuple):
    """One change of a level. `quantity` is in base units: signed for adjust, what was counted for count, else ≥ 1."""

    at: datetime
    sku: str
    location: str
    verb: Verb
    quantity: int
    reason_code: str | None = None
    note: str | None = None
    reference_type: str | None = None
    reference: str | None = None
    actor: str = "demo"


_MISHAPS_PER_DAY, _HOLDS_PER_DAY = 7, 1.5
#: Each level is counted about once in so many days.
_COUNT_EVERY_DAYS = 100
_RETURNED_SHARE = 0.03
#: Monday to Sunday against the average day.
_WEEK = (1.02, 0.90, 0.92, 0.98, 1.12, 1.24, 0.82)
#: When a tenant's working day begins, in UTC.
_OPENS = MappingProxyType({"meridian": time(7), "lumen": time(12)})
_WORKING_HOURS = 11


@dataclass(slots=True)
class Shelf:
    """The running picture of one level."""

    stand: Stand
    on_hand: int = 0
    allocated: int = 0
    unavailable: int = 0
    on_order: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.allocated - self.unavailable


class Place:
    """One location's shelves, the order lines it sees a day, and how the shelves share them."""

    def __init__(self, code: str, shelves: list[Shelf], lines_a_day: float) -> None:
        self.code, self.shelves, self.lines_a_day = code, shelves, lines_a_day
        self._odds = list(accumulate(shelf.stand.weight for shelf in shelves))

    def bought(self, lines: int, rng: Random) -> list[Shelf]:
        """The shelves that one order takes from, each once."""
        chosen = rng.choices(self.shelves, cum_weights=self._odds, k=lines)
        return list({id(shelf): shelf for shelf in chosen}.values())


Step = Callable[[datetime], MovementSeed | None]


class Season:
    """A calendar of steps. A step, when due, looks at its shelf and moves stock, plans later steps, or both."""

    def __init__(self, tenant_slug: str, until: datetime, days: int, rng: Random) -> None:
        self._until, self._rng, self._opens = until, rng, _OPENS[tenant_slug]
        self._first = until.date() - timedelta(days=days)
        self._days = days
        self._steps: list[tuple[datetime, int, Step]] = []
        self._turn, self._orders, self._purchases = count(), count(20_000 + days), count(4_000 + days)
        self._places = _places(tenant_slug)

    def movements(self) -> Iterator[MovementSeed]:
        for place in self._places:
            self._open(place)
        for day in range(self._days + 1):
            for place in self._places:
                self._plan(place, self._morning(day))
            yield from self._play(min(self._morning(day + 1) - timedelta(hours=2), self._until))

    def _play(self, end: datetime) -> Iterator[MovementSeed]:
        while self._steps and self._steps[0][0] <= end:
            at, _, step = heappop(self._steps)
            if movement := step(at):
                yield movement

    def _morning(self, day: int) -> datetime:
        return datetime.combine(self._first + timedelta(days=day), self._opens, UTC)

    def _plan_step(self, at: datetime, step: Step) -> None:
        heappush(self._steps, (at, next(self._turn), step))

    def _sometime(self, morning: datetime, first_hour: float = 0.0, last_hour: float = _WORKING_HOURS) -> datetime:
        # Whole milliseconds: every store and every client keeps them exactly.
        return morning + timedelta(milliseconds=int(self._rng.uniform(first_hour, last_hour) * 3_600_000))

    # ------------------------------------------------------------------ plans
    def _open(self, place: Place) -> None:
        dock = self._morning(0) - timedelta(hours=1.5)
        for number, shelf in enumerate(place.shelves):
            quantity = shelf.stand.opening
            reference = f"OPENING-{place.code}"
            at = dock + timedelta(seconds=2 * number)
            self._plan_step(at, lambda at, s=shelf, q=quantity, r=reference: self._receive(at, s, q, "opening", r))

    def _plan(self, place: Place, morning: datetime) -> None:
        rng = self._rng
        lines = place.lines_a_day * _WEEK[morning.weekday()] * rng.gauss(1.0, 0.08)
        while lines > 0:
            wanted = rng.choice((1, 1, 1, 2, 2, 3))
            self._plan_order(place, self._sometime(morning), wanted)
            lines -= wanted
        share = place.lines_a_day / LINES_PER_DAY
        for _ in range(self._rounded(_MISHAPS_PER_DAY * share)):
            self._plan_mishap(rng.choice(place.shelves), self._sometime(morning))
        for _ in range(self._rounded(_HOLDS_PER_DAY * share)):
            shelf = rng.choice(place.shelves)
            self._plan_step(self._sometime(morning), lambda at, s=shelf: self._hold(at, s, "Quality check", None))
        for shelf in rng.sample(place.shelves, self._rounded(len(place.shelves) / _COUNT_EVERY_DAYS)):
            if shelf.stand.pace is not Pace.DEAD:
                self._plan_step(self._sometime(morning, 0, 2), lambda at, s=shelf: self._count(at, s))

    def _rounded(self, number: float) -> int:
        """A whole number that is `number` on average."""
        return int(number + self._rng.random())

    def _plan_order(self, place: Place, at: datetime, lines: int) -> None:
        reference = f"SO-{next(self._orders)}"
        for number, shelf in enumerate(place.bought(lines, self._rng)):
            quantity = self._rng.choice(shelf.stand.line_units)
            moment = at + timedelta(milliseconds=number)
            self._plan_step(moment, lambda at, s=shelf, q=quantity, r=reference: self._allocate(at, s, q, r))

    def _plan_mishap(self, shelf: Shelf, at: datetime) -> None:
        mishap = one_of_many(self._rng)
        if shelf.stand.pace is not Pace.DEAD:
            self._plan_step(at, lambda at: self._adjust(at, shelf, mishap))

    # ------------------------------------------------------------------ steps
    def _receive(self, at: datetime, shelf: Shelf, quantity: int, kind: str, reference: str) -> MovementSeed:
        shelf.on_hand += quantity
        return self._moved(at, shelf, "receive", quantity, "goods-in", reference_type=kind, reference=reference)

    def _deliver(self, at: datetime, shelf: Shelf, quantity: int, reference: str) -> MovementSeed:
        shelf.on_order -= quantity
        return self._receive(at, shelf, quantity, "purchase_order", reference)

    def _allocate(self, at: datetime, shelf: Shelf, quantity: int, order: str) -> MovementSeed | None:
        if shelf.available < quantity:
            return None  # a lost sale leaves no trace in the ledger
        shelf.allocated += quantity
        wait = timedelta(milliseconds=self._rng.randint(20 * 60_000, 9 * 3_600_000))
        self._plan_step(at + wait, lambda at: self._pick(at, shelf, quantity, order))
        return self._moved(at, shelf, "allocate", quantity, "orders", reference_type="order", reference=order)

    def _pick(self, at: datetime, shelf: Shelf, quantity: int, order: str) -> MovementSeed:
        shelf.on_hand -= quantity
        shelf.allocated -= quantity
        self._buy(at, shelf)
        if self._rng.random() < _RETURNED_SHARE:
            back = at + timedelta(days=self._rng.randint(3, 20), minutes=self._rng.randint(0, 90))
            self._plan_step(back, lambda at: self._return(at, shelf, self._rng.randint(1, quantity), order))
        return self._moved(at, shelf, "pick", quantity, "picking", reference_type="order", reference=order)

    def _buy(self, at: datetime, shelf: Shelf) -> None:
        stand = shelf.stand
        if stand.pace is not Pace.STEADY or shelf.on_hand + shelf.on_order > stand.reorder_point:
            return
        quantity, reference = stand.order_up_to - shelf.on_hand, f"PO-{next(self._purchases)}"
        shelf.on_order += quantity
        days = max(1, round(stand.lead_time_days * self._rng.triangular(0.8, 1.7, 1.0)))
        arrival = self._sometime(datetime.combine(at.date() + timedelta(days=days), self._opens, UTC), 0, 3)
        self._plan_step(arrival, lambda at: self._deliver(at, shelf, quantity, reference))

    def _return(self, at: datetime, shelf: Shelf, quantity: int, order: str) -> MovementSeed:
        shelf.on_hand += quantity
        if self._rng.random() < 0.25:
            inspection = at + timedelta(minutes=self._rng.randint(2, 30))
            self._plan_step(inspection, lambda at: self._hold(at, shelf, "Returned unsealed", quantity))
        return self._moved(at, shelf, "return", quantity, "returns", "returned", None, "order", order)

    def _adjust(self, at: datetime, shelf: Shelf, mishap: Mishap) -> MovementSeed | None:
        quantity = min(self._rng.choice(shelf.stand.line_units), max(shelf.available, 0) if mishap.sign < 0 else 10**6)
        if not quantity:
            return None
        shelf.on_hand += mishap.sign * quantity
        note = self._rng.choice(mishap.notes)
        return self._moved(at, shelf, "adjust", mishap.sign * quantity, "floor", mishap.reason_code, note)

    def _count(self, at: datetime, shelf: Shelf) -> MovementSeed:
        off = self._rng.choice((0, 0, 0, 0, 0, -1, 1, -2)) * min(shelf.stand.line_units)
        shelf.on_hand = max(shelf.on_hand + off, shelf.allocated + shelf.unavailable)
        return self._moved(at, shelf, "count", shelf.on_hand, "counting", "cycle_count")

    def _hold(self, at: datetime, shelf: Shelf, note: str, quantity: int | None) -> MovementSeed | None:
        quantity = min(quantity or self._rng.choice(shelf.stand.line_units), shelf.available)
        if quantity < 1:
            return None
        shelf.unavailable += quantity
        cleared = at + timedelta(minutes=self._rng.randint(6 * 60, 9 * 24 * 60))
        self._plan_step(cleared, lambda at: self._unhold(at, shelf, quantity))
        return self._moved(at, shelf, "hold", quantity, "quality", "quality_hold", note)

    def _unhold(self, at: datetime, shelf: Shelf, quantity: int) -> MovementSeed:
        shelf.unavailable -= quantity
        return self._moved(at, shelf, "unhold", quantity, "quality", "quality_hold", "Released")

    def _moved(
        self,
        at: datetime,
        shelf: Shelf,
        verb: Verb,
        quantity: int,
        desk: str,
        reason_code: str | None = None,
        note: str | None = None,
        reference_type: str | None = None,
        reference: str | None = None,
    ) -> MovementSeed:
        stand = shelf.stand
        actor = f"{desk}@{stand.location.lower()}"
        return MovementSeed(
            at, stand.sku, stand.location, verb, quantity, reason_code, note, reference_type, reference, actor
        )


def season(tenant_slug: str, until: datetime, days: int, rng: Random) -> Iterator[MovementSeed]:
    """What happened from the morning `days` days before `until` (aware) up to `until`, in the order of time.

    Rising by level; two movements of different levels may share an instant. The same arguments give the same season.
    """
    return Season(tenant_slug, until.astimezone(UTC), days, rng).movements()


def _places(tenant_slug: str) -> list[Place]:
    shelves: dict[str, list[Shelf]] = {}
    lines: dict[str, float] = {}
    for stand in stands(tenant_slug):
        shelves.setdefault(stand.location, []).append(Shelf(stand))
        lines[stand.location] = lines.get(stand.location, 0.0) + stand.lines_a_day
    return [Place(code, kept, lines[code]) for code, kept in shelves.items()]
