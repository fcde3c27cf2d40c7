"""PlainBooks: what the requirement says of stock, in dicts and loops, without a line of the product.

Everything is carried out at once and in order; time is a number of seconds that the test moves. Reservations,
transfers, corrections and lists to count are named by their numbers, in the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.conformance.write_model.plain_corrections import Correction
from tests.conformance.write_model.plain_cycle_counts import CountList, PlainCycleCounts
from tests.conformance.write_model.plain_movements import Entry
from tests.conformance.write_model.plain_policies import PlainPolicies, Rule
from tests.conformance.write_model.plain_reservations import PlainReservations
from tests.conformance.write_model.plain_stock import Answer, Goods, Level, Promise, Reason, Refused, Site
from tests.conformance.write_model.plain_transfers import PlainTransfers, Way


@dataclass
class PlainBooks(PlainReservations, PlainTransfers, PlainPolicies, PlainCycleCounts):
    sites: dict[str, Site]
    goods: dict[str, Goods]
    reasons: dict[str, Reason]
    ttls: dict[str | None, int]
    levels: dict[tuple[str, str], Level]
    rules: tuple[Rule, ...]
    waits_hours: int | None
    now: int = 0
    promises: list[Promise] = field(default_factory=list[Promise])
    ways: list[Way] = field(default_factory=list[Way])
    corrections: list[Correction] = field(default_factory=list[Correction])
    lists: list[CountList] = field(default_factory=list[CountList])
    #: Of the ledger, what was moved by hand, in its order.
    entries: list[Entry] = field(default_factory=list[Entry])
    #: Of the audit log: who did what to which kind of thing, and to which.
    audited: list[tuple[object, ...]] = field(default_factory=list["tuple[object, ...]"])
    #: (subject, operation, key) -> what was asked under it, and what was answered.
    keys: dict[tuple[str, str, str], tuple[object, Answer]] = field(default_factory=dict[Any, Any])
    #: (act, number of the reservation or the correction), as they are told outside.
    told: list[tuple[str, int | None]] = field(default_factory=list[tuple[str, "int | None"]])

    # ---------------------------------------------------------------- keys
    def ask(self, subject: str, operation: str, key: str, request: object, do: Callable[[], Answer]) -> Answer:
        """Under a key the first answer is given again, refusals too; another request is refused."""
        if (name := (subject, operation, key)) in self.keys:
            asked, answer = self.keys[name]
            return answer if asked == request else Answer(("IDEMPOTENCY_KEY_REUSED",))
        answer = self._answer(do)
        self.keys[name] = (request, answer)
        return answer

    def _answer(self, do: Callable[[], Answer]) -> Answer:
        try:
            return do()
        except Refused as refused:
            return refused.answer

    # ---------------------------------------------------------------- drafts
    @property
    def written(self) -> tuple[int, int, int]:
        """How much was written down: the same where nothing has changed."""
        return len(self.told), len(self.audited), sum(level.version for level in self.levels.values())

    def draft(self) -> PlainBooks:
        """Books of their own to go on with."""
        return replace(
            self,
            sites=dict(self.sites),
            goods=dict(self.goods),
            reasons=dict(self.reasons),
            levels={place: replace(level) for place, level in self.levels.items()},
            promises=[replace(each, lines=[replace(line) for line in each.lines]) for each in self.promises],
            ways=[replace(each) for each in self.ways],
            corrections=[replace(each) for each in self.corrections],
            lists=[replace(each, counted=dict(each.counted)) for each in self.lists],
            entries=list(self.entries),
            audited=list(self.audited),
            keys=dict(self.keys),
            told=list(self.told),
        )
