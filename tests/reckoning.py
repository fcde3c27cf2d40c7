"""Insight reckoned a second way: from the raw entries, from the beginning each time, with fractions and long decimals.

Slow on purpose and without a word of `domain.level_totals`: what both agree on is not one mistake made twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from domain.ledger import LedgerEntry

_LONG = Context(prec=80, rounding=ROUND_HALF_UP)
_TICK = Decimal("0.0001")


def rounded(number: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    exact = _LONG.divide(Decimal(number.numerator), Decimal(number.denominator))
    return exact.quantize(Decimal(1).scaleb(-places), context=_LONG)


def ratio(numerator: Fraction | int, denominator: Fraction | int, places: int) -> Decimal | None:
    return None if denominator <= 0 else rounded(Fraction(numerator) / Fraction(denominator), places)


def what(entry: LedgerEntry) -> str:
    """The word for a movement of what is on hand."""
    up, reason = entry.change.on_hand > 0, entry.cause.reason_code
    match entry.kind.value:
        case "RECEIPT":
            return "receipt"
        case "RETURN":
            return "return"
        case "PICK":
            return "sale"
        case "TRANSFER_IN":
            return "arrival"
        case "TRANSFER_OUT":
            return "dispatch"
        case "WASTE":
            return "loss"
    if up:
        return {"received": "receipt", "returned": "return"}.get(reason or "", "find")
    return "use" if reason in ("promotion", "sample", "quality_hold") else "loss"


@dataclass
class Road:
    """What of a transfer is on its way: units of unknown worth, others, and theirs."""

    unknown: int = 0
    known: int = 0
    worth: Decimal = Decimal(0)

    def load(self, unknown: int, known: int, worth: Decimal) -> None:
        self.unknown, self.known, self.worth = self.unknown + unknown, self.known + known, self.worth + worth

    def unload(self, units: int) -> tuple[int, int, Decimal]:
        unknown = min(units, self.unknown)
        known = min(units - unknown, self.known)
        worth = _ticks(Fraction(self.worth) * known / self.known) if known else Decimal(0)
        self.load(-unknown, -known, -worth)
        return unknown, known, worth


@dataclass
class Books:
    """One level, entry after entry: lots of units, each of known worth or not, and who waits for units to come."""

    currency: str
    roads: dict[str, Road]
    unknown: int = 0
    known: int = 0
    worth: Decimal = Decimal(0)
    once: Decimal | None = None
    waiting: list[str] = field(default_factory=list)
    sales: list[tuple[datetime, int, Decimal]] = field(default_factory=list)
    returns: list[tuple[datetime, Decimal]] = field(default_factory=list)
    #: When, and from then on: on hand, free, units there, unknown ones of them, their worth.
    states: list[tuple[datetime, int, int, int, int, Decimal]] = field(default_factory=list)
    on_hand: int = 0
    free: int = 0

    def write(self, entry: LedgerEntry) -> None:
        change, at = entry.change, entry.stamp.occurred_at
        if change.on_hand > 0:
            self._came(change.on_hand, entry)
        if change.on_hand < 0:
            self._went(-change.on_hand, entry)
        self.on_hand += change.on_hand
        self.free += change.on_hand - change.allocated - change.unavailable
        assert self.unknown + self.known - len(self.waiting) == self.on_hand
        self.states.append((at, self.on_hand, self.free, self.unknown + self.known, self.unknown, self.worth))

    def _came(self, units: int, entry: LedgerEntry) -> None:
        road = self._road(entry)
        if road is not None:
            unknown, known, worth = road.unload(units)
            self._put(unknown, None, entry)
            self._put(known, Fraction(worth) / known if known else None, entry)
            units -= unknown + known
        self._put(units, self._each(what(entry), entry), entry)

    def _road(self, entry: LedgerEntry) -> Road | None:
        transfer = entry.cause.reference
        ours = transfer is not None and entry.kind.value.startswith("TRANSFER")
        return self.roads.setdefault(transfer, Road()) if ours and transfer else None

    def _put(self, units: int, each: Fraction | None, entry: LedgerEntry) -> None:
        at, word = entry.stamp.occurred_at, what(entry)
        served = sorted(self.waiting, key=lambda who: who != "sale")[:units]
        for who in served:
            self.waiting.remove(who)
        if each is None:
            self.unknown += units - len(served)
            return
        sold = served.count("sale")
        self.sales.append((at, sold, _ticks(each * sold)))
        if word == "return":
            self.returns.append((at, _ticks(each * units)))
        self.known += units - len(served)
        self.worth += _ticks(each * units) - _ticks(each * len(served))

    def _each(self, word: str, entry: LedgerEntry) -> Fraction | None:
        stated = Fraction(entry.unit_cost) if entry.unit_cost is not None and entry.currency == self.currency else None
        if word in ("receipt", "arrival"):
            return stated
        if self.known:
            return Fraction(self.worth) / self.known
        return stated if self.once is None else Fraction(self.once)

    def _went(self, units: int, entry: LedgerEntry) -> None:
        word = what(entry)
        unknown = min(units, self.unknown)
        known = min(units - unknown, self.known)
        short = units - unknown - known
        cost = Decimal(0)
        if known:
            each = Fraction(self.worth) / self.known
            self.once, cost = _ticks(each), _ticks(each * known)
        self.unknown, self.known, self.worth = self.unknown - unknown, self.known - known, self.worth - cost
        self.waiting += [word] * short
        if word == "sale":
            self.sales.append((entry.stamp.occurred_at, known, cost))
        road = self._road(entry)
        if road is not None:
            road.load(unknown, known, cost)


def _ticks(amount: Fraction) -> Decimal:
    return rounded(amount, 4)


def reckoned(levels: Mapping[str, Sequence[LedgerEntry]], currency: str = "EUR") -> dict[str, Reckoning]:
    """Of each level of a SKU what its entries come to, in whatever order they arrived."""
    roads: dict[str, Road] = {}
    all_books = {location: Books(currency, roads) for location in levels}
    told = [(location, entry) for location, entries in levels.items() for entry in entries]
    told.sort(key=lambda each: (each[1].stamp.occurred_at, each[1].level_version))
    for location, entry in told:
        all_books[location].write(entry)
    return {
        location: Reckoning([entry for at, entry in told if at == location], books)
        for location, books in all_books.items()
    }


@dataclass
class Reckoning:
    """One level's entries in order, and what they come to between two moments."""

    entries: Sequence[LedgerEntry]
    books: Books

    def moved(self, word: str, since: datetime, until: datetime) -> int:
        """Units of a kind of movement; what left counts positive."""
        sign = -1 if word in ("sale", "dispatch", "loss", "use") else 1
        there = [entry for entry in self.entries if since <= entry.stamp.occurred_at < until]
        return sum(sign * entry.change.on_hand for entry in there if entry.change.on_hand and what(entry) == word)

    def opening(self, at: datetime) -> int:
        before = [entry.change.on_hand for entry in self.entries if entry.stamp.occurred_at < at]
        return max(0, sum(before))

    def cost_sold(self, since: datetime, until: datetime) -> tuple[int, Decimal]:
        """Units whose cost became known, and it."""
        there = [(units, cost) for at, units, cost in self.books.sales if since <= at < until]
        return sum(units for units, _ in there), sum((cost for _, cost in there), Decimal(0))

    def cost_returned(self, since: datetime, until: datetime) -> Decimal:
        return sum((cost for at, cost in self.books.returns if since <= at < until), Decimal(0))

    def sweep(self, since: datetime, until: datetime) -> dict[str, Fraction]:
        """Seconds x units there, x units of unknown worth, x worth, seconds with nothing free, and seconds at all."""
        sums: dict[str, Fraction] = dict.fromkeys(("there", "unknown", "worth", "out", "existed"), Fraction(0))
        states = self.books.states
        ends = [*(state[0] for state in states[1:]), until][: len(states)]
        for (begin, _, free, there, unknown, worth), end in zip(states, ends, strict=True):
            seconds = _seconds(max(begin, since), min(end, until))
            sums["there"] += seconds * there
            sums["unknown"] += seconds * unknown
            sums["worth"] += seconds * Fraction(worth)
            sums["out"] += seconds if free <= 0 else 0
            sums["existed"] += seconds
        return sums


def _seconds(begin: datetime, end: datetime) -> Fraction:
    return max(Fraction((end - begin) // timedelta(microseconds=1), 1_000_000), Fraction(0))
