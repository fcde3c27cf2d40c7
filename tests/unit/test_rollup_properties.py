"""Rollups by property: for any history in any order of arrival they say what the raw entries come to, to the tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.days import LocalDays, Span
from domain.flows import Change
from domain.health import HealthTotals, metrics
from domain.layers import SkuShelves
from domain.ledger import LedgerEntry
from domain.level_totals import LevelTotals
from domain.rollups import SkuTotals, fold, folded_anew_from
from domain.transit import Transit
from tests.factories.histories import BEGIN, Told, entries, histories
from tests.reckoning import Reckoning, ratio, reckoned

#: Clocks are put forward on 29 March in Berlin; in Havana it was on the 8th, in UTC never.
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/Havana", "UTC")]
FIRST = date(2026, 3, 24)
_days = st.sampled_from(ZONES).map(LocalDays)
#: A little over four days, to the microsecond or to the hour, so that some fall on a midnight or on each other.
_histories = histories(timedelta(hours=1), 100) | histories(timedelta(microseconds=1_234_567_891), 300)
#: Ranges that begin before the first entry or behind the last, too.
_ranges = st.tuples(st.integers(0, 11), st.integers(0, 6)).map(
    lambda range_: (FIRST + timedelta(days=range_[0]), FIRST + timedelta(days=sum(range_)))
)
_SECONDS = Fraction(1, 1_000_000)


Moved = tuple[str, Change]


def _in_order(changes: Iterable[Moved]) -> list[Moved]:
    return sorted(changes, key=lambda told: told[1].occasion)


@dataclass
class Kept:
    """A SKU's rows as whoever keeps them would: by nothing but what came now, the newest rows, and the ledger."""

    days: LocalDays
    ledger: list[Moved] = field(default_factory=list[Moved])
    levels: dict[tuple[date, str], LevelTotals] = field(default_factory=dict[tuple[date, str], LevelTotals])
    transfers: dict[tuple[date, str], Transit] = field(default_factory=dict[tuple[date, str], Transit])

    def arrive(self, changes: Iterable[Moved]) -> None:
        fresh = _in_order(changes)
        self.ledger = _in_order([*self.ledger, *fresh])
        anew = folded_anew_from(self.before(date.max), fresh, self.days)
        if anew is not None:
            self.levels = {key: totals for key, totals in self.levels.items() if key[0] < anew}
            self.transfers = {key: transit for key, transit in self.transfers.items() if key[0] < anew}
            fresh = [told for told in self.ledger if told[1].at >= self.days.start(anew)]
        for day, levels, transfers in fold(fresh, self.days, self.before(date.max)):
            self.levels.update({(day, location): totals for location, totals in levels.items()})
            self.transfers.update({(day, transfer): transit for transfer, transit in transfers.items()})

    def before(self, day: date) -> SkuTotals:
        """By the newest rows of earlier days."""
        return SkuTotals(_newest(self.levels, day), _newest(self.transfers, day))

    def level(self, location: str, day: date) -> LevelTotals:
        return self.before(day).levels.get(location, LevelTotals())


_Row = TypeVar("_Row")


def _newest(rows: Mapping[tuple[date, str], _Row], before: date) -> dict[str, _Row]:
    return {name: rows[day, name] for day, name in sorted(rows) if day < before}


def _changes(told: Sequence[Told]) -> list[Moved]:
    return [(location, Change.of(each, "EUR")) for location, each in entries(told)]


def _kept(told: Sequence[Told], days: LocalDays) -> Kept:
    kept = Kept(days)
    if told:
        kept.arrive(_changes(told))
    return kept


@given(_histories, st.integers(1, 5), _days)
@settings(max_examples=100, deadline=None)
def test_whatever_the_order_of_arrival_rows_are_those_of_the_whole_history_in_order(
    told: list[Told], at_once: int, days: LocalDays
) -> None:
    changes, kept, whole = _changes(told), Kept(days), _kept(told, days)
    for start in range(0, len(changes), at_once):
        kept.arrive(changes[start : start + at_once])
    assert kept.levels == whole.levels
    assert kept.transfers == whole.transfers


@given(_histories, _ranges, _days)
@settings(max_examples=150, deadline=None)
def test_any_range_of_days_is_two_look_ups_and_says_what_its_raw_entries_come_to(
    told: list[Told], range_: tuple[date, date], days: LocalDays
) -> None:
    span = days.span(*range_)
    for location, level in _reckoned(told).items():
        totals = _between(told, location, range_, days)
        assert _units(totals) == _units_reckoned(level, span)
        assert _costs(totals) == _costs_reckoned(level, span)
        assert _times(totals) == level.sweep(*span)


@given(_histories, _ranges, _days)
@settings(max_examples=100, deadline=None)
def test_figures_of_a_group_are_those_of_its_sums(told: list[Told], range_: tuple[date, date], days: LocalDays) -> None:
    span = days.span(*range_)
    totals = sum((_between(told, location, range_, days) for location in ("MAIN", "SHOP")), HealthTotals())
    figures = metrics(totals, span)
    expected = _figures(list(_reckoned(told).values()), span)
    assert {name: getattr(figures, name) for name in expected} == expected


@given(histories(timedelta(hours=1), 60, 10), _ranges)
@settings(max_examples=60, deadline=None)
def test_hours_counted_one_by_one_are_the_integrals(told: list[Told], range_: tuple[date, date]) -> None:
    days = LocalDays(ZONES[0])
    span, totals = days.span(*range_), _between(told, "MAIN", range_, days)
    mine = [each for location, each in entries(told) if location == "MAIN"]
    there = out = existed = 0
    hour = span.since
    while hour < span.until:
        known = [each.change for each in mine if each.stamp.occurred_at <= hour]
        free = sum(each.on_hand - each.allocated - each.unavailable for each in known)
        there += max(0, sum(each.on_hand for each in known))
        out += bool(known) and free <= 0
        existed += bool(known)
        hour += timedelta(hours=1)
    hours = 3_600_000_000
    assert (totals.unit_time, totals.out_time, totals.existed) == (there * hours, out * hours, existed * hours)


@given(_histories, _days)
@settings(max_examples=60, deadline=None)
def test_what_came_is_here_or_left_and_its_cost_too(told: list[Told], days: LocalDays) -> None:
    for it in _kept(told, days).levels.values():
        came = it.received + it.returned + it.arrived + it.gained
        assert it.on_hand == came - it.sold - it.sent - it.shrunk - it.used
        assert 0 <= it.uncosted <= it.there
        assert 0 <= it.sold_short <= max(-it.on_hand, 0)
        assert it.value >= 0
        assert it.costed or it.value == 0


@given(_histories)
@settings(max_examples=60, deadline=None)
def test_layers_and_totals_agree_on_what_is_there_and_what_is_on_its_way(told: list[Told]) -> None:
    shelves, totals = SkuShelves(), SkuTotals()
    for location, change in _in_order(_changes(told)):
        shelves.add(location, change)
        totals.add(location, change)
    for location, level in totals.levels.items():
        assert shelves.levels[location].on_hand == level.on_hand
    for transfer, transit in totals.transfers.items():
        travelling = shelves.transfers[transfer].remaining()
        assert sum(parcel.quantity for parcel in travelling) == transit.uncosted + transit.costed


def _reckoned(told: Sequence[Told]) -> dict[str, Reckoning]:
    levels: dict[str, list[LedgerEntry]] = {"MAIN": [], "SHOP": []}
    for location, each in entries(told):
        levels[location].append(each)
    return reckoned(levels)


def _between(told: list[Told], location: str, range_: tuple[date, date], days: LocalDays) -> HealthTotals:
    kept, (first, last) = _kept(told, days), range_
    before, end = kept.level(location, first), kept.level(location, last + timedelta(days=1))
    return HealthTotals.between(before, end, days.span(first, last))


_WORDS = {
    "received": "receipt",
    "returned": "return",
    "arrived": "arrival",
    "gained": "find",
    "sold": "sale",
    "sent": "dispatch",
    "shrunk": "loss",
}


def _units(totals: HealthTotals) -> dict[str, int]:
    return {name: getattr(totals, name) for name in ("opening", *_WORDS)}


def _units_reckoned(level: Reckoning, span: Span) -> dict[str, int]:
    moved = {name: level.moved(word, *span) for name, word in _WORDS.items()}
    return {"opening": level.opening(span.since), **moved}


def _costs(totals: HealthTotals) -> tuple[int, int, int]:
    return totals.sold_costed, totals.cost_sold, totals.cost_returned


def _costs_reckoned(level: Reckoning, span: Span) -> tuple[int, int, int]:
    units, sold = level.cost_sold(*span)
    return units, int(sold * 10_000), int(level.cost_returned(*span) * 10_000)


def _times(totals: HealthTotals) -> dict[str, Fraction]:
    return {
        "there": totals.unit_time * _SECONDS,
        "unknown": totals.uncosted_time * _SECONDS,
        "worth": totals.value_time * _SECONDS / 10_000,
        "out": totals.out_time * _SECONDS,
        "existed": totals.existed * _SECONDS,
    }


def _figures(levels: list[Reckoning], span: Span) -> dict[str, object]:
    """The formulae once more, from the levels' sums in seconds, units and currency."""
    sweeps = [level.sweep(*span) for level in levels]
    times = {name: sum((sweep[name] for sweep in sweeps), Fraction(0)) for name in ("there", "unknown", "worth", "out")}
    existed = sum((sweep["existed"] for sweep in sweeps), Fraction(0))
    units = {name: sum(_units_reckoned(level, span)[name] for level in levels) for name in ("opening", *_WORDS)}
    costed = [level.cost_sold(*span) for level in levels]
    cost = sum((Fraction(amount) for _, amount in costed), Fraction(0))
    known = times["there"] > times["unknown"] or any(sold for sold, _ in costed)
    seconds = Fraction(span.lapsed, 1_000_000)
    turned, held = (cost, times["worth"]) if known else (Fraction(units["sold"]), times["there"])
    supplied = units["opening"] + units["received"] + units["arrived"] - units["sent"] + units["gained"]
    return {
        "inventory_turnover": ratio(turned, held / seconds, 4),
        "days_of_inventory": ratio(held / seconds * (seconds / 86_400), turned, 2),
        "average_inventory_units": ratio(times["there"], seconds, 2),
        "average_inventory_value": ratio(times["worth"], seconds, 2) if known else None,
        "units_sold": units["sold"],
        "cost_of_goods_sold": ratio(cost, 1, 2) if known else None,
        "sell_through_rate": ratio(units["sold"], supplied, 4),
        "stock_out_rate": ratio(times["out"], existed, 4),
        "fill_rate": None,
        "shrinkage_units": units["shrunk"],
        "shrinkage_rate": ratio(units["shrunk"], supplied, 4),
    }


def test_histories_begin_a_day_before_the_clocks_change() -> None:
    assert LocalDays(ZONES[0]).of(BEGIN) == date(2026, 3, 28)
