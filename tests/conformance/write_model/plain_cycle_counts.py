"""Cycle counts as the plain books have them: lists to count from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.conformance.write_model.plain_corrections import PlainCorrections
from tests.conformance.write_model.plain_stock import Answer, Level, Refused, Why


@dataclass(slots=True)
class CountList:
    """`counted`: of each SKU what the books had, what was found, by whom, and the number of the correction."""

    location: str
    skus: tuple[str, ...]
    maker: str
    blind: bool
    reference: str | None
    status: str = "OPEN"
    changes: int = 1
    counted: dict[str, tuple[int, int, str, int]] = field(default_factory=dict[str, "tuple[int, int, str, int]"])


class PlainCycleCounts(PlainCorrections):
    """What the requirement says of lists to count, for books that have corrections."""

    lists: list[CountList]

    def make_list(self, by: str, location: str, skus: Sequence[str], blind: bool, reference: str | None) -> Answer:
        if not skus:
            raise Refused("INVALID_INPUT")
        if len(set(skus)) < len(skus):
            raise Refused("DUPLICATE_LINE")
        if unknown := [sku not in self.goods for sku in skus if sku not in self.goods or location not in self.sites]:
            raise Refused("UNKNOWN_SKU" if unknown[0] else "UNKNOWN_LOCATION")
        for sku in skus:
            self._place(sku, location)
        self.lists.append(CountList(location, tuple(skus), by, blind, reference))
        self.audited.append((by, "createCycleCount", "CycleCount", len(self.lists) - 1))
        return Answer(cycle_count=len(self.lists) - 1)

    def count_from_list(
        self, by: str, number: int | None, sku: str, counted: int, reason: str | None, note: str | None
    ) -> Answer:
        self._quantity(counted, 0)
        there = self._open_list(number)
        if sku not in there.skus:
            raise Refused("NOT_FOUND")
        why = Why("cycle_count" if reason is None else reason, note)
        place = self._place(sku, there.location, why.reason)
        before = (self.levels.get(place) or Level()).on_hand
        document = "cycle_count", there.reference or ("cycle_count", number)
        answer = self.count_for(document, by, place, counted, why)
        there.counted[sku] = (before, counted, by, answer.adjustment or 0)
        there.changes += 1
        return answer._replace(cycle_count=number)

    def close_list(self, by: str, number: int | None) -> Answer:
        there = self._open_list(number)
        self.audited.append((by, "closeCycleCount", "CycleCount", number))
        there.status = "CLOSED"
        there.changes += 1
        return Answer(cycle_count=number)

    def _open_list(self, number: int | None) -> CountList:
        if number is None:
            raise Refused("NOT_FOUND")
        if self.lists[number].status != "OPEN":
            raise Refused("ILLEGAL_TRANSITION")
        return self.lists[number]
