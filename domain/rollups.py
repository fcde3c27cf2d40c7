"""Rollups: the totals of a SKU's levels at the end of each day that has entries, whatever the order of their arrival.

Totals are cumulative and can be extended exactly (`domain.level_totals`), so a day without entries needs no row, and
any range of days is the difference of two rows: the newest before its first day, and the newest up to its last. Entries
that come late are folded in where they happened: the SKU anew, from their day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from domain.days import LocalDays
from domain.flows import Change, Flow
from domain.level_totals import LevelTotals
from domain.transit import Transit

_TRANSFERRED = frozenset({Flow.ARRIVED, Flow.SENT})


@dataclass(slots=True)
class SkuTotals:
    """The totals of one SKU's levels, by location, and what of it is on its way, by transfer."""

    levels: dict[str, LevelTotals] = field(default_factory=dict[str, LevelTotals])
    transfers: dict[str, Transit] = field(default_factory=dict[str, Transit])
    #: Levels whose totals are those of a day that was told (`continued`), and go on as copies.
    _told: set[str] = field(default_factory=set[str], repr=False, compare=False)

    def copied(self) -> SkuTotals:
        """The same, to be changed apart."""
        levels = {location: level.copied() for location, level in self.levels.items()}
        return SkuTotals(levels, {transfer: replace(transit) for transfer, transit in self.transfers.items()})

    def add(self, location: str, change: Change) -> None:
        """Raises ValueError where the change does not come behind the last of its level."""
        level = self._level(location)
        transit = self._transit(change)
        if transit is None:
            level.add(change)
        elif change.on_hand > 0:
            level.add(change, transit.take(change.on_hand, change.at))
        else:
            transit.put(level.add(change), change.at)

    def late(self, location: str, change: Change) -> bool:
        """Whether something that happened later, and depends on the change, is summed up here already."""
        level = self.levels.get(location)
        if level is not None and level.occasion is not None and change.occasion <= level.occasion:
            return True
        transit = self.transfers.get(change.transfer or "") if change.flow in _TRANSFERRED else None
        return transit is not None and transit.last_at is not None and change.at <= transit.last_at

    def told(self, location: str) -> LevelTotals:
        """Those of a level as they are, which nothing changes any more."""
        self._told.add(location)
        return self.levels[location]

    def _level(self, location: str) -> LevelTotals:
        """To be changed."""
        level = self.levels.get(location)
        if level is None:
            level = self.levels[location] = LevelTotals()
        elif location in self._told:
            level = self.levels[location] = level.copied()
            self._told.remove(location)
        return level

    def _transit(self, change: Change) -> Transit | None:
        if change.transfer is None or change.flow not in _TRANSFERRED:
            return None
        return self.transfers.setdefault(change.transfer, Transit())


class SkuDay(NamedTuple):
    """A day that has entries: the levels and transfers that they changed, as they are at its end."""

    day: date
    levels: Mapping[str, LevelTotals]
    transfers: Mapping[str, Transit]


def fold(changes: Iterable[tuple[str, Change]], days: LocalDays, before: SkuTotals | None = None) -> Iterator[SkuDay]:
    """The days of a SKU from changes, each with its location, that follow what was `before` them.

    In the order in which they happened, then were recorded: at one level that of their occasions, and between levels
    what arrives finds what was sent. The first day is that of `before` itself, and replaces it, where the changes begin
    on it. `before` may lack levels and transfers that no change is of; it stays as it is.
    """
    return continued(SkuTotals() if before is None else before.copied(), changes, days)


def continued(totals: SkuTotals, changes: Iterable[tuple[str, Change]], days: LocalDays) -> Iterator[SkuDay]:
    """The same, folded into `totals` themselves."""
    for day, group in groupby(changes, key=lambda told: days.of(told[1].at)):
        levels: set[str] = set()
        transfers: set[str] = set()
        for location, change in group:
            totals.add(location, change)
            levels.add(location)
            if change.on_hand and change.transfer is not None and change.transfer in totals.transfers:
                transfers.add(change.transfer)
        yield SkuDay(
            day,
            {location: totals.told(location) for location in levels},
            {transfer: replace(totals.transfers[transfer]) for transfer in transfers},
        )


def folded_anew_from(kept: SkuTotals, changes: Sequence[tuple[str, Change]], days: LocalDays) -> date | None:
    """The day from which a SKU must be folded anew from the ledger, as of the changes that came one is late.

    That of the first of them all, late or not: what is read again from the ledger is then every one. None: all follow
    what is kept.
    """
    if not any(kept.late(location, change) for location, change in changes):
        return None
    return days.of(min(change.at for _, change in changes))
