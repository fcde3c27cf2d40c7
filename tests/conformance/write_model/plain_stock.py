"""What the plain books write down: levels, reservations and their lines; and how they choose locations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

#: What a quantity may be, and what one level holds.
UNITS_MAX = 100_000_000
#: SKU, location, units asked and units that were there.
Shortage = tuple[str, str | None, int, int]


class Site(NamedTuple):
    priority: int
    zone: str | None
    active: bool = True


class Goods(NamedTuple):
    vendor: str
    archived: bool = False
    #: Of one unit, and of which currency.
    cost: str | None = None
    currency: str | None = None


class Reason(NamedTuple):
    direction: str = "BOTH"
    needs_note: bool = False
    active: bool = True


class Why(NamedTuple):
    """What is said of a change of stock."""

    reason: str | None = None
    note: str | None = None
    reference: str | None = None


class Answer(NamedTuple):
    """Refusal codes, or what was made or changed; `available` and `version` are what a refusal tells, where it does."""

    codes: tuple[str, ...] = ()
    reservation: int | None = None
    shortages: tuple[Shortage, ...] = ()
    transfer: int | None = None
    adjustment: int | None = None
    cycle_count: int | None = None
    lines: tuple[Answer, ...] = ()
    available: int | None = None
    version: int | None = None


@dataclass(slots=True)
class Level:
    """`entries` are those of the ledger: a new description of the item makes a version and no entry."""

    on_hand: int = 0
    allocated: int = 0
    version: int = 0
    incoming: int = 0
    unavailable: int = 0
    entries: int = 0

    def move(self, on_hand: int = 0, allocated: int = 0, incoming: int = 0, unavailable: int = 0) -> None:
        self.on_hand += on_hand
        self.allocated += allocated
        self.incoming += incoming
        self.unavailable += unavailable
        self.version += 1
        self.entries += 1

    @property
    def available(self) -> int:
        return self.on_hand - self.allocated - self.unavailable


@dataclass(slots=True, eq=False)
class Line:
    sku: str
    location: str | None
    wanted: str | None
    allocated: int = 0
    backordered: int = 0
    committed: int = 0
    released: int = 0

    @property
    def units(self) -> tuple[int, int, int, int]:
        return self.allocated, self.backordered, self.committed, self.released


@dataclass(slots=True)
class Promise:
    """A reservation."""

    order: str
    wants: dict[tuple[str, str | None], int]
    strategy: str
    zone: str | None
    ttl: int
    status: str = "PENDING"
    paid: bool = False
    expires_at: int | None = None
    lines: list[Line] = field(default_factory=list[Line])
    shortages: tuple[Shortage, ...] = ()
    changes: int = 1


class Refused(Exception):
    def __init__(self, *codes: str, available: int | None = None, version: int | None = None) -> None:
        self.answer = Answer(codes, available=available, version=version)


Want = tuple[str, str | None]
Places = dict[tuple[str, str], int]


class Choice:
    """From which locations wants are served: those that name theirs first, the others by the strategy."""

    def __init__(self, wants: Sequence[tuple[Want, int]], left: Places, sites: Mapping[str, Site]) -> None:
        self.asked, self.short, self.left, self.sites = dict(wants), dict(wants), left, sites
        self.shares: list[tuple[Want, str, int]] = []

    def made(self, strategy: str, zone: str | None) -> Choice:
        for want in self.asked:
            if want[1] is not None:
                self._take(want, want[1])
        open_ = [want for want in self.asked if want[1] is None]
        if strategy == "FEWEST_SPLITS":
            self._in_few_places(open_)
        else:
            for want in open_:
                held = {location: units for (sku, location), units in self.left.items() if sku == want[0]}
                for location in sorted(held, key=lambda code: self._rank(code, held[code], strategy, zone)):
                    self._take(want, location)
        # Lines stand in the order in which they were asked for.
        self.shares.sort(key=lambda share: list(self.asked).index(share[0]))
        return self

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        return tuple((*want, units, units - self.short[want]) for want, units in self.asked.items() if self.short[want])

    def _take(self, want: Want, location: str) -> None:
        if units := min(self.short[want], self.left.get((want[0], location), 0)):
            self.left[want[0], location] -= units
            self.short[want] -= units
            self.shares.append((want, location, units))

    def _rank(self, code: str, held: int, strategy: str, zone: str | None) -> tuple[object, ...]:
        site = self.sites[code]
        near = 0 if zone is not None and site.zone == zone else 1
        return {"PRIORITY": 0, "NEAREST": near, "MOST_STOCK": -held}[strategy], site.priority, code

    def _in_few_places(self, wants: Sequence[Want]) -> None:
        """Each time the location that serves most wants whole; where none does, the one with most units of the rest."""
        while open_ := [want for want in wants if self.short[want]]:
            best = min(self.sites, key=lambda code: self._use(code, open_))
            if not self._units(best, open_):
                return
            for want in self._whole(best, open_) or open_:
                self._take(want, best)

    def _use(self, code: str, wants: Sequence[Want]) -> tuple[object, ...]:
        return -len(self._whole(code, wants)), -self._units(code, wants), self.sites[code].priority, code

    def _whole(self, code: str, wants: Sequence[Want]) -> list[Want]:
        return [want for want in wants if self.left.get((want[0], code), 0) >= self.short[want]]

    def _units(self, code: str, wants: Sequence[Want]) -> int:
        return sum(min(self.left.get((want[0], code), 0), self.short[want]) for want in wants)
