"""Rollups by property: for any history in any order of arrival they say what the raw entries come to, to the tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.days import LocalDays, Span
from domain.flows import Change
from domain.health import HealthTotals, metrics
from domain.ledger import LedgerEntry
from domain.rollups import LevelDay, LevelTotals, fold, folded_anew_from
from tests.factories.histories import BEGIN, Told, entries, histories
from tests.reckoning import Reckoning, ratio

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


@dataclass
class Kept:
    """A level's rows as whoever keeps them would: by nothing but what came now, its last row, and the ledger."""

    days: LocalDays
    ledger: list[Change] = field(default_factory=list)
    rows: dict[date, LevelTotals] = field(default_factory=dict)

    def arrive(self, changes: Sequence[Change]) -> None:
        fresh = sorted(changes, key=lambda change: change.place)
        self.ledger = sorted([*self.ledger, *fresh], key=lambda change: change.place)
        last = self.rows[max(self.rows)] if self.rows else None
        anew = folded_anew_from(last, fresh[0], self.days)
        if anew is not None:
            self.rows = {day: totals for day, totals in self.rows.items() if day < anew}
            last = self.rows[max(self.rows)] if self.rows else None
            fresh = [change for change in self.ledger if change.at >= self.days.start(anew)]
        self.rows.update(fold(fresh, self.days, last))

    def before(self, day: date) -> LevelTotals:
        earlier = [kept for kept in self.rows if kept < day]
        return self.rows[max(earlier)] if earlier else LevelTotals()


def _changes(history: Sequence[LedgerEntry]) -> list[Change]:
    return [Change.of(each, "EUR") for each in history]


@given(_histories, st.integers(1, 5), _days)
@settings(max_examples=60)
def test_whatever_the_order_of_arrival_rows_are_those_of_the_whole_history_in_order(
    told: list[Told], at_once: int, days: LocalDays
) -> None:
    changes = _changes(entries(told))
    kept = Kept(days)
    for start in range(0, len(changes), at_once):
        kept.arrive(changes[start : start + at_once])
    whole = fold(sorted(changes, key=lambda change: change.place), days)
    assert sorted(kept.rows.items()) == [tuple(day) for day in whole]


@given(_histories, _ranges, _days)
@settings(max_examples=150)
def test_any_range_of_days_is_two_look_ups_and_says_what_its_raw_entries_come_to(
    told: list[Told], range_: tuple[date, date], days: LocalDays
) -> None:
    span, totals = days.span(*range_), _between(told, range_, days)
    reckoned = Reckoning(entries(told))
    assert _units(totals) == _units_reckoned(reckoned, span)
    assert _costs(totals) == _costs_reckoned(reckoned, span)
    assert _times(totals) == _times_reckoned(reckoned, span)


@given(st.lists(_histories, max_size=3), _ranges, _days)
@settings(max_examples=60)
def test_figures_of_a_group_are_those_of_its_sums(
    levels: list[list[Told]], range_: tuple[date, date], days: LocalDays
) -> None:
    span = days.span(*range_)
    totals = sum((_between(told, range_, days) for told in levels), HealthTotals())
    figures = metrics(totals, span)
    reckoned = _figures([Reckoning(entries(told)) for told in levels], span)
    assert {name: getattr(figures, name) for name in reckoned} == reckoned


@given(histories(timedelta(hours=1), 60, 10), _ranges)
@settings(max_examples=60)
def test_hours_counted_one_by_one_are_the_integrals(told: list[Told], range_: tuple[date, date]) -> None:
    days = LocalDays(ZONES[0])
    span, totals = days.span(*range_), _between(told, range_, days)
    there = out = existed = 0
    hour = span.since
    while hour < span.until:
        known = [each.change for each in entries(told) if each.stamp.occurred_at <= hour]
        free = sum(each.on_hand - each.allocated - each.unavailable for each in known)
        there += max(0, sum(each.on_hand for each in known))
        out += bool(known) and free <= 0
        existed += bool(known)
        hour += timedelta(hours=1)
    hours = 3_600_000_000
    assert (totals.unit_time, totals.out_time, totals.existed) == (there * hours, out * hours, existed * hours)


@given(_histories, _days)
@settings(max_examples=60)
def test_what_came_is_here_or_left_and_its_cost_too(told: list[Told], days: LocalDays) -> None:
    for _, it in _rows(told, days):
        came = it.received + it.returned + it.arrived + it.gained
        assert it.on_hand == came - it.sold - it.sent - it.shrunk - it.used
        assert 0 <= it.uncosted <= it.there
        assert 0 <= it.sold_short <= max(-it.on_hand, 0)
        assert it.value >= 0
        assert it.costed or it.value == 0


def _rows(told: list[Told], days: LocalDays) -> list[LevelDay]:
    return list(fold(sorted(_changes(entries(told)), key=lambda change: change.place), days))


def _between(told: list[Told], range_: tuple[date, date], days: LocalDays) -> HealthTotals:
    kept = Kept(days, rows=dict(_rows(told, days)))
    first, last = range_
    return HealthTotals.between(kept.before(first), kept.before(last + timedelta(days=1)), days.span(first, last))


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


def _units_reckoned(reckoned: Reckoning, span: Span) -> dict[str, int]:
    moved = {name: reckoned.moved(word, *span) for name, word in _WORDS.items()}
    return {"opening": reckoned.opening(span.since), **moved}


def _costs(totals: HealthTotals) -> tuple[int, int, int]:
    return totals.sold_costed, totals.cost_sold, totals.cost_returned


def _costs_reckoned(reckoned: Reckoning, span: Span) -> tuple[int, int, int]:
    units, sold = reckoned.cost_sold(*span)
    return units, int(sold * 10_000), int(reckoned.cost_returned(*span) * 10_000)


def _times(totals: HealthTotals) -> dict[str, Fraction]:
    return {
        "there": totals.unit_time * _SECONDS,
        "unknown": totals.uncosted_time * _SECONDS,
        "worth": totals.value_time * _SECONDS / 10_000,
        "out": totals.out_time * _SECONDS,
        "existed": totals.existed * _SECONDS,
    }


def _times_reckoned(reckoned: Reckoning, span: Span) -> dict[str, Fraction]:
    return reckoned.sweep(*span)


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
