"""Histories of a firm's stock as its people make it: three items at two shelves, told in any order of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.items import Item
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.refusals import Refusal
from domain.stock import StockLevel
from domain.transfers import DOCUMENT

#: Two days before the clocks of Berlin go forward.
BEGIN = datetime(2026, 3, 27, 23, tzinfo=UTC)
STEP = timedelta(hours=5)
STEPS = 48
LOCATIONS = ("MAIN", "SHOP")
#: SKU, category, vendor, cost of a unit and its currency.
GOODS = (
    ("lamp", "light", "north", Decimal("3.3333"), "EUR"),
    ("pump", None, "south", None, "EUR"),
    ("tent", "camp", "north", Decimal("7"), "USD"),
)


class Told(NamedTuple):
    """What somebody does, so many steps after the beginning; `other`: at the second shelf."""

    step: int
    verb: str
    goods: int
    other: bool
    units: int
    reason: str | None
    cost: Decimal | None


class Written(NamedTuple):
    """An entry at its level."""

    level: StockLevel
    entry: LedgerEntry


_VERBS = (
    *("receive", "receive", "receive", "sell", "sell", "sell", "allocate", "release", "waste", "hold", "return"),
    *("found", "lost", "sample", "count", "send", "send", "arrive", "arrive", "call_back"),
)
_REASONS = {"found": ("found", "received", "returned", "correction"), "lost": ("damaged", "theft", "correction")}


@st.composite
def _told(draw: st.DrawFn) -> Told:
    verb = draw(st.sampled_from(_VERBS))
    return Told(
        draw(st.integers(0, STEPS)),
        verb,
        draw(st.integers(0, len(GOODS) - 1)),
        draw(st.sampled_from((False, False, True))),
        draw(st.integers(1, 9)),
        draw(st.sampled_from(_REASONS.get(verb, ("sample",)))),
        draw(st.none() | st.sampled_from(["0", "0.0001", "2.5", "10.01"]).map(Decimal)),
    )


def histories(size: int) -> st.SearchStrategy[list[Told]]:
    """Told mostly as it happened, now and then later."""
    every = st.lists(_told(), min_size=15, max_size=size)
    late = st.lists(st.integers(0, 9).map(lambda die: die == 0), min_size=size, max_size=size)
    return st.tuples(every, late).map(lambda drawn: _ordered(*drawn))


def _ordered(told: Sequence[Told], late: Sequence[bool]) -> list[Told]:
    """The late ones stay where they were drawn among the others, which follow one another."""
    rising = iter(sorted(each.step for each, stays in zip(told, late, strict=False) if not stays))
    return [each if stays else each._replace(step=next(rising)) for each, stays in zip(told, late, strict=False)]


@dataclass
class Firm:
    """Levels as the told leaves them, and the entries in the order in which they were written."""

    levels: Mapping[tuple[str, str], StockLevel]
    recorded_at: datetime
    written: list[Written] = field(default_factory=list[Written])
    sent: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    @classmethod
    def empty(cls, ids: Callable[[], UUID], recorded_at: datetime) -> Firm:
        levels = {
            (sku, location): StockLevel(
                ids(), sku, location, BEGIN, version=1, updated_at=BEGIN, unit_cost=cost, currency=currency
            )
            for sku, _, _, cost, currency in GOODS
            for location in LOCATIONS
        }
        return cls(levels, recorded_at)

    def tell(self, history: Sequence[Told]) -> None:
        """No two things happen at once, so that everybody agrees on what came first."""
        for number, told in enumerate(history):
            at = BEGIN + told.step * STEP + timedelta(microseconds=number)
            self._tell(told, Stamp(at, self.recorded_at + timedelta(milliseconds=number)))
            self._collect()

    def entries_of(self, sku: str, until: int | None = None) -> dict[str, list[LedgerEntry]]:
        found: dict[str, list[LedgerEntry]] = {location: [] for location in LOCATIONS}
        for level, entry in self.written[:until]:
            if level.sku == sku:
                found[level.location].append(entry)
        return found

    def _collect(self) -> None:
        for level in self.levels.values():
            self.written += [Written(level, entry) for entry in level.entries]
            level.entries.clear()

    def _tell(self, told: Told, stamp: Stamp) -> None:
        """What the level refuses does not happen."""
        sku, place = GOODS[told.goods][0], int(told.other)
        level, beside = self.levels[sku, LOCATIONS[place]], self.levels[sku, LOCATIONS[1 - place]]
        cause, units = Cause("manager@acme", told.reason), told.units
        match told.verb:
            case "receive":
                level.receive(units, cause, stamp, told.cost)
            case "return":
                level.return_(units, cause, stamp)
            case "sell":
                if not isinstance(level.allocate(units, cause, stamp), Refusal):
                    level.pick(units, cause, stamp)
            case "allocate":
                level.allocate(units, cause, stamp)
            case "release":
                level.deallocate(units, cause, stamp)
            case "waste":
                level.waste(units, cause, stamp)
            case "hold":
                level.hold(units, cause, stamp)
            case "found":
                level.adjust(units, cause, stamp)
            case "lost" | "sample":
                level.adjust(-units, cause, stamp)
            case "count":
                level.count(units, cause, stamp)
            case "send":
                self._send(level, beside, units, stamp)
            case _:
                self._end(told.verb, sku, units, stamp)

    def _send(self, sender: StockLevel, receiver: StockLevel, units: int, stamp: Stamp) -> None:
        cause = Cause("manager@acme", reference_type=DOCUMENT, reference=f"T-{len(self.written)}")
        if not isinstance(sender.send(units, cause, stamp), Refusal):
            receiver.announce(units, cause, stamp)
            self.sent.append((cause.reference or "", sender.location, units))

    def _end(self, verb: str, sku: str, units: int, stamp: Stamp) -> None:
        """Some of what is on its way arrives, or all of it is the sender's again."""
        open_ = [each for each in self.sent if any(w.entry.cause.reference == each[0] for w in self._of(sku))]
        if not open_:
            return
        reference, origin, left = open_[0]
        self.sent.remove(open_[0])
        cause = Cause("manager@acme", reference_type=DOCUMENT, reference=reference)
        sender = self.levels[sku, origin]
        receiver = self.levels[sku, LOCATIONS[1 - LOCATIONS.index(origin)]]
        if verb == "call_back":
            sender.take_back(left, cause, stamp)
            receiver.call_off(left, cause, stamp)
            return
        arrived = min(units, left)
        receiver.take_in(arrived, cause, stamp)
        if left > arrived:
            self.sent.append((reference, origin, left - arrived))

    def _of(self, sku: str) -> list[Written]:
        return [written for written in self.written if written.level.sku == sku]


def items(ids: Callable[[], UUID]) -> list[Item]:
    return [
        Item(ids(), sku, sku.title(), category=category, vendor=vendor, unit_cost=cost, currency=currency, version=1)
        for sku, category, vendor, cost, currency in GOODS
    ]
