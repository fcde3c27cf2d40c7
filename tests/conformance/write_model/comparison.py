"""Comparison: the plain books beside what can be seen from outside, after each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.adjustments import Adjustment
from domain.cycle_counts import CycleCount
from domain.reservations import Reservation
from domain.transfers import Transfer
from services.decisions import Decision
from tests.conformance.write_model.asks import Ask
from tests.conformance.write_model.plain_books import PlainBooks
from tests.conformance.write_model.plain_corrections import Correction
from tests.conformance.write_model.plain_cycle_counts import CountList
from tests.conformance.write_model.plain_movements import Entry, heard
from tests.conformance.write_model.plain_stock import Answer, Promise
from tests.conformance.write_model.plain_transfers import Way
from tests.conformance.write_model.world import Seen, SeenAudit, SeenEntry, WriteWorld

#: What has no name but its id is told by its kind and number.
Names = Mapping[str, tuple[str, int]]


def same(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what}:\n    {found} instead of\n    {expected}"


# ------------------------------------------------------------------------------------------------------- what is said


class Outcome:
    """What requests that were sent at once came to, and what is seen then."""

    #: Of orders in which they may have been decided, steps that are tried.
    STEPS_MAX = 20_000

    def __init__(self, asks: Sequence[Ask], decisions: Sequence[Decision], seen: Seen) -> None:
        self.asks, self.seen = asks, seen
        self._decisions = decisions
        self._ids = known(seen)
        names = _names(self._ids)
        self._entries = {_entry(each, names) for each in seen.entries}
        self._audited = [_audit(each, names) for each in seen.audited]
        self._steps = 0
        #: How many requests were left, and what did not come to the same.
        self._differences: list[tuple[int, AssertionError]] = []

    @property
    def closest(self) -> AssertionError:
        """The difference that showed when the fewest requests were left."""
        return min(self._differences, key=lambda each: each[0])[1]

    def goes_on_with(self, number: int, answer: Answer, books: PlainBooks, left: Sequence[int]) -> bool:
        """Whether one of them may have been next, with what the books have just answered: what was made and told by
        then shows it."""
        self._steps += 1
        try:
            assert self._steps <= self.STEPS_MAX, "no order was found in time"
            self._compare(self.asks[number], answer, self._decisions[number])
            same("events so far", list(self.seen.told[: len(books.told)]), [act for act, _ in books.told])
            same("the audit log so far", self._audited[: len(books.audited)], books.audited)
            assert self._entries.issuperset(books.entries), "entries by hand"
        except AssertionError as difference:
            self._differences.append((len(left) + 1, difference))
            return False
        return True

    def ends_with(self, books: PlainBooks, world: WriteWorld) -> bool:
        try:
            compare(books, self.seen, world)
        except AssertionError as difference:
            self._differences.append((0, difference))
            return False
        return True

    def _compare(self, ask: Ask, answer: Answer, decision: Decision) -> None:
        _compare_answer(ask, answer, decision, self._ids)
        same(f"lines of {ask}", len(decision.lines), len(answer.lines))
        for expected, line in zip(answer.lines, decision.lines, strict=True):
            _compare_answer(ask, expected, line, self._ids)


def _compare_answer(ask: Ask, answer: Answer, decision: Decision, ids: Mapping[str, Sequence[UUID]]) -> None:
    same(f"codes of {ask}", tuple(refusal.code.value for refusal in decision.refusals), answer.codes)
    if answer.available is not None:
        same(f"what {ask} is told of stock", decision.refusals[0].available, answer.available)
    if answer.version is not None:
        same(f"what {ask} is told of the version", decision.refusals[0].current_version, answer.version)
    shortages = tuple((each.sku, each.location, each.requested, each.available) for each in decision.shortages)
    same(f"shortages of {ask}", shortages, answer.shortages)
    if answer.codes:
        return
    for kind, made in ids.items():
        number: int | None = getattr(answer, kind)
        assert number is None or number < len(made), f"{ask} made no {kind}"
        same(f"{kind} of {ask}", getattr(decision, kind), None if number is None else made[number])


def known(seen: Seen) -> Mapping[str, Sequence[UUID]]:
    """The ids of all there is, by kind and number."""
    return {
        "reservation": [each.id for each in seen.reservations],
        "transfer": [each.id for each in seen.transfers],
        "adjustment": [each.id for each in seen.adjustments],
        "cycle_count": [each.id for each in seen.cycle_counts],
    }


def _names(known: Mapping[str, Sequence[UUID]]) -> Names:
    return {str(id_): (kind, number) for kind, ids in known.items() for number, id_ in enumerate(ids)}


# ------------------------------------------------------------------------------------------------------ what there is


def compare(books: PlainBooks, seen: Seen, world: WriteWorld) -> None:
    names = _names(known(seen))
    _compare_reservations(books, seen, world)
    same("transfers", [_way(each) for each in seen.transfers], [_expected_way(each) for each in books.ways])
    _compare_corrections(books, seen, world, names)
    same(
        "lists to count",
        [_list(each, names) for each in seen.cycle_counts],
        [_expected_list(each) for each in books.lists],
    )
    held = {
        place: (level.on_hand, level.allocated, level.unavailable, level.incoming)
        for place, level in books.levels.items()
    }
    versions = {place: (*held[place], level.version) for place, level in books.levels.items()}
    same("levels", dict(seen.levels), versions)
    entries = {place: (*held[place], level.entries) for place, level in books.levels.items()}
    same("sums of the ledger", dict(seen.ledger), entries)
    same("entries by hand", [_entry(each, names) for each in seen.entries], sorted(books.entries, key=_in_order))
    same("events", list(seen.told), [act for act, _ in books.told])
    same("the audit log", [_audit(each, names) for each in seen.audited], books.audited)


def _compare_reservations(books: PlainBooks, seen: Seen, world: WriteWorld) -> None:
    same("reservations", len(seen.reservations), len(books.promises))
    for reservation, promise in zip(seen.reservations, books.promises, strict=True):
        _align(promise, [line.sku for line in sorted(reservation.lines, key=lambda line: line.number)])
        same("reservation", _reservation(reservation), _expected_reservation(promise))
        same(f"version of {promise.order}", reservation.version, promise.changes)
        _compare_times(world, reservation.expires_at, promise.expires_at)


def _compare_corrections(books: PlainBooks, seen: Seen, world: WriteWorld, names: Names) -> None:
    found = [_adjustment(each, names) for each in seen.adjustments]
    same("adjustments", found, [_expected_adjustment(each) for each in books.corrections])
    for adjustment, correction in zip(seen.adjustments, books.corrections, strict=True):
        _compare_times(world, adjustment.expires_at, correction.expires_at)


def _compare_times(world: WriteWorld, found: Any, expected: int | None) -> None:
    if found is None or expected is None:
        same("whether it expires", found is not None, expected is not None)
    else:
        assert abs(world.seconds(found) - expected) <= world.drift_s


def _align(promise: Promise, skus: Sequence[str]) -> None:
    """Which of two SKUs is filled first is left open: lines are compared in the order of their own SKU."""
    lines = {sku: iter([line for line in promise.lines if line.sku == sku]) for sku in skus}
    if sorted(skus) == sorted(line.sku for line in promise.lines):
        promise.lines = [next(lines[sku]) for sku in skus]


def _reservation(reservation: Reservation) -> tuple[object, ...]:
    lines = [
        (line.sku, line.location, line.wanted, line.allocated, line.backordered, line.committed, line.released)
        for line in sorted(reservation.lines, key=lambda line: line.number)
    ]
    numbers = sorted(line.number for line in reservation.lines)
    assert numbers == list(range(len(numbers)))
    assert all(line.quantity == line.open + line.committed + line.released for line in reservation.lines)
    return reservation.order.id, reservation.status.value, reservation.confirmed, lines


def _expected_reservation(promise: Promise) -> tuple[object, ...]:
    lines = [(line.sku, line.location, line.wanted, *line.units) for line in promise.lines]
    return promise.order, promise.status, promise.paid, lines


def _way(transfer: Transfer) -> tuple[object, ...]:
    return (*transfer.route.places, transfer.quantity, transfer.received, transfer.status.value, transfer.version)


def _expected_way(way: Way) -> tuple[object, ...]:
    return way.origin, way.destination, way.units, way.arrived, way.status, way.changes


def _adjustment(it: Adjustment, names: Names) -> tuple[object, ...]:
    asked = (*it.place, it.quantity_change, it.quantity_counted, it.reason_code, it.note, it.requested_by)
    document = it.reference and names.get(it.reference, it.reference)
    return *asked, it.reference_type, document, it.status.value, it.decided_by, it.decision_note, it.version


def _expected_adjustment(it: Correction) -> tuple[object, ...]:
    asked = (*it.place, it.change, it.counted, it.why.reason or "correction", heard(it.why.note), it.asker)
    return *asked, *it.document, it.status, it.decider, it.verdict, it.changes


def _list(it: CycleCount, names: Names) -> tuple[object, ...]:
    lines = [
        (line.sku, line.expected, line.counted, line.counted_by, line.adjustment and names[str(line.adjustment)][1])
        for line in it.lines
    ]
    return it.location, lines, it.created_by, it.blind, it.reference, it.status.value, it.version


def _expected_list(it: CountList) -> tuple[object, ...]:
    lines = [(sku, *it.counted.get(sku, (None, None, None, None))) for sku in it.skus]
    return it.location, lines, it.maker, it.blind, it.reference, it.status, it.changes


def _entry(it: SeenEntry, names: Names) -> Entry:
    document = it.reference_type, it.reference and names.get(it.reference, it.reference)
    moved = it.version, it.kind, it.on_hand, it.unavailable
    return Entry((it.sku, it.location), *moved, it.actor, it.reason, it.note, document)


def _in_order(entry: Entry) -> tuple[object, ...]:
    return entry.place, entry.version


def _audit(it: SeenAudit, names: Names) -> tuple[object, ...]:
    subject = names[it.subject][1] if it.subject in names else it.subject
    return it.actor, it.action, it.subject_type, None if it.subject_type == "ApprovalPolicy" else subject
