"""Corrections in the random runs, as the plain books have them: applied at once, or asked for and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.adjustments import Adjustment
from tests.conformance.write_model.plain_stock import Answer, Level, Refused

#: A correction of more units waits for another person, for an hour.
UNITS_MAX, WAITS_S = 3, 3600


@dataclass(slots=True)
class Correction:
    """By hand: applied at once, or asked for."""

    sku: str
    location: str
    change: int
    counted: int | None
    asker: str
    status: str = "APPLIED"
    expires_at: int | None = None
    decider: str | None = None
    changes: int = 1


class PlainCorrections:
    """What the requirement says of corrections by hand, for books that have levels, and tell and serve others."""

    now: int
    levels: dict[tuple[str, str], Level]
    corrections: list[Correction]
    told: list[tuple[str, int | None]]
    _quantity: Callable[[int, int], None]
    _place: Callable[[str, str | None, str | None], tuple[str, str]]
    _answer: Callable[[Callable[[], Answer]], Answer]
    _serve_those_who_wait: Callable[[Iterable[str]], None]

    def adjust(
        self, asker: str, vendor: str | None, sku: str, location: str | None, change: int, expected: int | None = None
    ) -> Answer:
        self._quantity(abs(change), 1)
        place = self._place(sku, location, vendor)
        return self._correct(Correction(*place, change, None, asker), expected, always=vendor is not None)

    def count(
        self, asker: str, vendor: str | None, sku: str, location: str | None, counted: int, expected: int | None = None
    ) -> Answer:
        self._quantity(counted, 0)
        place = self._place(sku, location, vendor)
        change = counted - self.levels.get(place, Level()).on_hand
        return self._correct(Correction(*place, change, counted, asker), expected, always=vendor is not None)

    def adjust_each(self, asker: str, vendor: str | None, lines: Sequence[Any]) -> Answer:
        def line(sku: str, location: str | None, change: int) -> Answer:
            return self._answer(lambda: self.adjust(asker, vendor, sku, location, change))

        return Answer(lines=tuple(line(*each) for each in lines))

    def _correct(self, wanted: Correction, expected: int | None, *, always: bool) -> Answer:
        level = self.levels.get((wanted.sku, wanted.location)) or Level()
        if expected not in (None, level.version):
            raise Refused("STALE_VERSION")
        if level.on_hand + wanted.change < level.allocated:
            raise Refused("INSUFFICIENT_STOCK")
        number = len(self.corrections)
        self.corrections.append(wanted)
        if always or abs(wanted.change) > UNITS_MAX:
            wanted.status, wanted.expires_at = "PENDING_APPROVAL", self.now + WAITS_S
            self.told.append(("AdjustmentRequested", number))
        else:
            self._apply(wanted, number)
        return Answer(adjustment=number)

    def _apply(self, wanted: Correction, number: int, *before: str) -> None:
        self.levels.setdefault((wanted.sku, wanted.location), Level()).move(wanted.change)
        self.told += [(act, number) for act in (*before, "AdjustmentApplied")]
        self._serve_those_who_wait([wanted.sku])

    def approve(self, number: int | None, by: str) -> Answer:
        wanted = self._waiting(number, by)
        if wanted.counted is not None and self._counted_since(wanted):
            raise Refused("ILLEGAL_TRANSITION")
        level = self.levels.get((wanted.sku, wanted.location)) or Level()
        if level.on_hand + wanted.change < level.allocated:
            raise Refused("INSUFFICIENT_STOCK")
        self._end(wanted, "APPLIED", by)
        self._apply(wanted, number or 0, "AdjustmentApproved")
        return Answer(adjustment=number)

    def _counted_since(self, wanted: Correction) -> bool:
        """Another count of the same level stands, of later."""
        since = self.corrections[self.corrections.index(wanted) + 1 :]
        here = [each for each in since if (each.sku, each.location) == (wanted.sku, wanted.location)]
        return any(each.counted is not None and each.status in ("APPLIED", "PENDING_APPROVAL") for each in here)

    def reject(self, number: int | None, by: str) -> Answer:
        self._end(self._waiting(number, by), "REJECTED", by)
        self.told.append(("AdjustmentRejected", number))
        return Answer(adjustment=number)

    def cancel(self, number: int | None, by: str) -> Answer:
        self._end(self._waiting(number, by, own=True), "CANCELLED", by)
        self.told.append(("AdjustmentCancelled", number))
        return Answer(adjustment=number)

    def give_up(self, number: int) -> Answer:
        """Nobody has decided in time, perhaps."""
        wanted = self.corrections[number]
        if not self._too_late(wanted):
            return Answer()
        self._end(wanted, "EXPIRED", None)
        self.told.append(("AdjustmentExpired", number))
        return Answer(adjustment=number)

    def _waiting(self, number: int | None, by: str, *, own: bool = False) -> Correction:
        if number is None or (own and self.corrections[number].asker != by):
            raise Refused("NOT_FOUND")
        wanted = self.corrections[number]
        if not own and wanted.asker == by:
            raise Refused("SELF_APPROVAL")
        if wanted.status == "EXPIRED" or self._too_late(wanted):
            raise Refused("APPROVAL_EXPIRED")
        if wanted.status != "PENDING_APPROVAL":
            raise Refused("ILLEGAL_TRANSITION")
        return wanted

    def _too_late(self, wanted: Correction) -> bool:
        at = wanted.expires_at
        return wanted.status == "PENDING_APPROVAL" and at is not None and at <= self.now

    def _end(self, wanted: Correction, status: str, by: str | None) -> None:
        wanted.status, wanted.decider = status, by
        wanted.changes += 1


def expected(it: Correction) -> tuple[object, ...]:
    return it.sku, it.location, it.change, it.counted, it.asker, it.status, it.decider, it.changes


def found(it: Adjustment) -> tuple[object, ...]:
    """The same of an adjustment as it was kept."""
    asked = (it.sku, it.location, it.quantity_change, it.quantity_counted, it.requested_by)
    return (*asked, it.status.value, it.decided_by, it.version)
