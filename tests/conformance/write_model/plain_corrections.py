"""Corrections by hand as the plain books have them: applied at once, or asked for and decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conformance.write_model.people import only_asks, vendor_of
from tests.conformance.write_model.plain_movements import PlainMovements, heard
from tests.conformance.write_model.plain_stock import Answer, Level, Refused, Why


@dataclass(slots=True, eq=False)
class Correction:
    """By hand: applied at once, or asked for. `document` is what its entry in the ledger refers to if it has one."""

    sku: str
    location: str
    change: int
    counted: int | None
    why: Why
    asker: str
    document: tuple[str | None, object]
    status: str = "APPLIED"
    expires_at: int | None = None
    decider: str | None = None
    verdict: str | None = None
    changes: int = 1

    @property
    def place(self) -> tuple[str, str]:
        return self.sku, self.location

    @property
    def kind(self) -> str:
        return "ADJUSTMENT" if self.counted is None else "COUNT"


class PlainCorrections(PlainMovements):
    """What the requirement says of corrections by hand, for books that have levels, and tell and serve others."""

    now: int
    corrections: list[Correction]
    told: list[tuple[str, int | None]]
    audited: list[tuple[object, ...]]
    waits_hours: int | None
    _answer: Callable[[Callable[[], Answer]], Answer]
    _must_wait: Callable[[Correction], bool]

    def adjust(
        self, by: str, sku: str, location: str | None, change: int, why: Why, expected: int | None = None
    ) -> Answer:
        self._quantity(abs(change), 1)
        place = self._place(sku, location, why.reason, vendor_of(by))
        document = why.reference and "adjustment", why.reference
        return self._correct(Correction(*place, change, None, why, by, document), expected)

    def count(
        self, by: str, sku: str, location: str | None, counted: int, why: Why, expected: int | None = None
    ) -> Answer:
        self._quantity(counted, 0)
        document = why.reference and "count", why.reference
        return self.count_for(
            document, by, self._place(sku, location, why.reason, vendor_of(by)), counted, why, expected
        )

    def count_for(
        self,
        document: tuple[str | None, object],
        by: str,
        place: tuple[str, str],
        counted: int,
        why: Why,
        expected: int | None = None,
    ) -> Answer:
        change = counted - (self.levels.get(place) or Level()).on_hand
        return self._correct(Correction(*place, change, counted, why, by, document), expected)

    def adjust_each(self, by: str, lines: Sequence[Any]) -> Answer:
        if not lines:
            raise Refused("INVALID_INPUT")
        return Answer(lines=tuple([self._answer(lambda line=line: self.adjust(by, *line)) for line in lines]))

    def _correct(self, wanted: Correction, expected: int | None) -> Answer:
        level = self.levels.get(wanted.place) or Level()
        if expected not in (None, level.version):
            raise Refused("STALE_VERSION", version=level.version)
        self._examine_reason(wanted.why, wanted.change)
        self._examine_stock(wanted.place, wanted.change)
        number = len(self.corrections)
        self.corrections.append(wanted)
        if only_asks(wanted.asker) or (wanted.change != 0 and self._must_wait(wanted)):
            wanted.status = "PENDING_APPROVAL"
            wanted.expires_at = None if self.waits_hours is None else self.now + 3600 * self.waits_hours
            self.told.append(("AdjustmentRequested", number))
        else:
            self._apply(wanted, number, wanted.asker, wanted.why, wanted.document)
        return Answer(adjustment=number)

    def _apply(
        self, wanted: Correction, number: int, by: str, why: Why, document: tuple[str | None, object], *before: str
    ) -> None:
        self._enter(wanted.place, wanted.kind, by, why, document, wanted.change)
        self.told += [(act, number) for act in (*before, "AdjustmentApplied")]
        self._serve_those_who_wait([wanted.sku])

    def approve(self, by: str, number: int | None, verdict: str | None) -> Answer:
        wanted = self._waiting(number, by)
        if wanted.counted is not None and self._is_counted_since(wanted):
            raise Refused("ILLEGAL_TRANSITION")
        # A request that names no reason is kept with this one.
        why = wanted.why._replace(reason=wanted.why.reason or "correction")
        self._place(wanted.sku, wanted.location, why.reason)
        self._examine_reason(why, wanted.change)
        self._examine_stock(wanted.place, wanted.change)
        self._end(wanted, number, "APPLIED", by, verdict)
        document = wanted.document if wanted.document[1] else ("adjustment_request", ("adjustment", number))
        self._apply(wanted, number or 0, by, why, document, "AdjustmentApproved")
        return Answer(adjustment=number)

    def _is_counted_since(self, wanted: Correction) -> bool:
        """Whether another count of the same level stands, made later: both found the same difference."""
        since = self.corrections[self.corrections.index(wanted) + 1 :]
        counts = [each for each in since if each.counted is not None and each.place == wanted.place]
        return any(each.status in ("APPLIED", "PENDING_APPROVAL") for each in counts)

    def reject(self, by: str, number: int | None, verdict: str | None) -> Answer:
        self._end(self._waiting(number, by), number, "REJECTED", by, verdict)
        self.told.append(("AdjustmentRejected", number))
        return Answer(adjustment=number)

    def cancel(self, by: str, number: int | None, verdict: str | None) -> Answer:
        self._end(self._waiting(number, by, own=True), number, "CANCELLED", by, verdict)
        self.told.append(("AdjustmentCancelled", number))
        return Answer(adjustment=number)

    def give_up(self, by: str, number: int | None) -> Answer:
        """Nobody has decided in time, perhaps."""
        if number is None or not self._too_late(wanted := self.corrections[number]):
            return Answer()
        self._end(wanted, number, "EXPIRED", None, None, by)
        self.told.append(("AdjustmentExpired", number))
        return Answer(adjustment=number)

    def _waiting(self, number: int | None, by: str, *, own: bool = False) -> Correction:
        """A request that this person may end now. Who asked ends it by cancelling, anybody else by a decision."""
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

    def _end(
        self,
        wanted: Correction,
        number: int | None,
        status: str,
        by: str | None,
        verdict: str | None,
        noticed_by: str | None = None,
    ) -> None:
        wanted.status, wanted.decider, wanted.verdict = status, by, heard(verdict)
        wanted.changes += 1
        self.audited.append((by or noticed_by, _AUDITED[status], "Adjustment", number))


_AUDITED = {
    "APPLIED": "approveAdjustment",
    "REJECTED": "rejectAdjustment",
    "CANCELLED": "cancelAdjustment",
    "EXPIRED": "expireAdjustment",
}
