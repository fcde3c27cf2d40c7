"""Movements as the plain books have them, and what every change of stock by hand is examined for and leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from tests.conformance.write_model.plain_stock import UNITS_MAX, Answer, Goods, Level, Reason, Refused, Site, Why


class Entry(NamedTuple):
    """Of the ledger: what was done to which level by hand, by whom and why. What a document is that has no name but its
    id is told by its number."""

    place: tuple[str, str]
    version: int
    kind: str
    on_hand: int
    unavailable: int
    by: str
    reason: str | None
    note: str | None
    document: tuple[str | None, object]


def heard(note: str | None) -> str | None:
    """A note of blanks is none."""
    return note if note and note.strip() else None


class PlainMovements:
    """What the requirement says of movements by hand, for books that have levels and serve others."""

    sites: dict[str, Site]
    goods: dict[str, Goods]
    reasons: dict[str, Reason]
    levels: dict[tuple[str, str], Level]
    entries: list[Entry]
    _serve_those_who_wait: Callable[[Iterable[str]], None]

    def receive(self, by: str, sku: str, location: str | None, units: int, why: Why) -> Answer:
        return self._move("RECEIPT", "receipt", by, (sku, location, why), units, on_hand=units)

    def take_back(self, by: str, sku: str, location: str | None, units: int, why: Why) -> Answer:
        return self._move("RETURN", "return", by, (sku, location, why), units, on_hand=units)

    def hold(self, by: str, sku: str, location: str | None, units: int, why: Why) -> Answer:
        return self._move("HOLD", "hold", by, (sku, location, why), units, unavailable=units)

    def unhold(self, by: str, sku: str, location: str | None, units: int, why: Why) -> Answer:
        return self._move("UNHOLD", "hold", by, (sku, location, why), units, unavailable=-units)

    def waste(self, by: str, sku: str, location: str | None, units: int, why: Why, held: bool) -> Answer:
        move = partial(self._move, "WASTE", "waste", by, (sku, location, why), units, on_hand=-units)
        return move(unavailable=-units if held else 0)

    def _move(
        self,
        kind: str,
        document: str,
        by: str,
        asked: tuple[str, str | None, Why],
        units: int,
        *,
        on_hand: int = 0,
        unavailable: int = 0,
    ) -> Answer:
        sku, location, why = asked
        self._quantity(units, 1)
        place = self._place(sku, location, why.reason)
        self._examine_reason(why, on_hand)
        self._examine_stock(place, on_hand, unavailable)
        self._enter(place, kind, by, why, (why.reference and document, why.reference), on_hand, unavailable)
        self._serve_those_who_wait([sku])
        return Answer()

    def _quantity(self, units: int, least: int) -> None:
        if not least <= units <= UNITS_MAX:
            raise Refused("INVALID_QUANTITY")

    def _place(
        self, sku: str, location: str | None, reason: str | None = None, vendor: str | None = None
    ) -> tuple[str, str]:
        """Unknown things first, then closed ones."""
        if sku not in self.goods or vendor not in (None, self.goods[sku].vendor):
            raise Refused("UNKNOWN_SKU")
        if location is None:
            there = [code for what, code in self.levels if what == sku]
            if len(there) > 1:
                raise Refused("LOCATION_REQUIRED")
            location = there[0] if there else "MAIN"
        if location not in self.sites:
            raise Refused("UNKNOWN_LOCATION")
        if reason is not None and not (reason in self.reasons and self.reasons[reason].active):
            raise Refused("UNKNOWN_REASON_CODE")
        if self.goods[sku].archived:
            raise Refused("ITEM_ARCHIVED")
        if not self.sites[location].active:
            raise Refused("LOCATION_INACTIVE")
        return sku, location

    def _examine_reason(self, why: Why, change: int) -> None:
        if why.reason is None:
            return
        reason = self.reasons[why.reason]
        if reason.direction == ("DECREASE" if change > 0 else "INCREASE") and change:
            raise Refused("REASON_DIRECTION_MISMATCH")
        if reason.needs_note and not heard(why.note):
            raise Refused("NOTE_REQUIRED")

    def _examine_stock(self, place: tuple[str, str], on_hand: int, unavailable: int = 0) -> None:
        level = self.levels.get(place) or Level()
        if level.unavailable + unavailable < 0:
            raise Refused("INSUFFICIENT_STOCK", available=level.unavailable)
        if level.available + on_hand - unavailable < 0:
            raise Refused("INSUFFICIENT_STOCK", available=level.available)
        if level.on_hand + on_hand > UNITS_MAX:
            raise Refused("LIMIT_EXCEEDED")

    def _enter(
        self,
        place: tuple[str, str],
        kind: str,
        by: str,
        why: Why,
        document: tuple[str | None, object],
        on_hand: int,
        unavailable: int = 0,
    ) -> None:
        """Move what can be moved, and write down why."""
        level = self.levels.setdefault(place, Level())
        level.move(on_hand, unavailable=unavailable)
        told = why.reason, heard(why.note), document
        self.entries.append(Entry(place, level.version, kind, on_hand, unavailable, by, *told))
