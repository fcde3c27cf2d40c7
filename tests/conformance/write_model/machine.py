"""The machine that drives the whole write model, and holds it to the plain books after each step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count, permutations
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from services.decisions import Decision
from services.group_commit import Batches
from tests.conformance.write_model import asks as drawn
from tests.conformance.write_model import corrections, transfers
from tests.conformance.write_model.asks import Ask, Desk, carry_out
from tests.conformance.write_model.plain_books import PlainBooks
from tests.conformance.write_model.plain_stock import Answer, Goods, Level, Promise, Site
from tests.conformance.write_model.world import GOODS, SITES, STOCK, TTLS, MemoryWorld, Seen, WriteWorld

#: Loops are dear to make: all machines in memory share one.
RUNNER = asyncio.Runner()


class WriteMachine(RuleBasedStateMachine):
    """One tenant from its first stock to wherever it is driven."""

    bounds: ClassVar[Batches] = Batches(lanes=1)
    #: Whether what is sent at once is decided in the order in which it comes.
    in_order: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.world = self.opened()
        self.books = PlainBooks(
            {code: Site(*each) for code, each in SITES.items()},
            {sku: Goods(*each) for sku, each in GOODS.items()},
            dict(TTLS),
            {place: Level(units, version=1) for place, units in STOCK.items()},
        )
        self.ids: list[UUID] = []
        self.transfers: list[UUID] = []
        self.corrections: list[UUID] = []
        self.sent: list[Ask] = []
        self._keys, self._orders = count(1), count(1)

    def opened(self) -> tuple[asyncio.Runner, WriteWorld]:
        return RUNNER, MemoryWorld(self.bounds)

    # ---------------------------------------------------------------- steps
    @initialize()
    def compare_at_the_beginning(self) -> None:
        self.compare(self.books, self.runner.run(self.world.look()))

    @rule(ask=drawn.RESERVING | drawn.RESERVING | drawn.RESERVING | drawn.RESERVING_WRONGLY)
    def reserve(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=drawn.RECEIVING | drawn.RETURNING | drawn.ADJUSTING | drawn.COUNTING)
    def move(self, ask: Ask) -> None:
        self.send(ask)

    @rule(
        sku=drawn.SKU,
        wants=st.lists(st.tuples(drawn.FEW, drawn.WANTED), min_size=2, max_size=4),
        brought=st.lists(st.tuples(drawn.LOCATION, drawn.FEW), min_size=1, max_size=3),
        found=st.none() | st.tuples(drawn.LOCATION, drawn.FEW),
    )
    def let_several_wait_and_bring_them_some(self, sku: str, wants: list[Any], brought: list[Any], found: Any) -> None:
        for units, location in wants:
            lines = ((sku, location, units),)
            self.send(Ask("reserveStock", "", (f"W-{next(self._orders)}", lines, "BACKORDER", *drawn.PLAINLY)))
        for location, units in brought:
            self.send(Ask("receiveStock", "", (sku, location, units)))
        if found is not None and GOODS[sku][0] == drawn.VENDOR:
            self.send(Ask("adjustStock", "", (sku, *found), drawn.VENDOR))
            self.send(Ask("approveAdjustment", "", (len(self.corrections) - 1, "admin@acme")))

    @rule(ask=drawn.ADJUSTING | drawn.VENDORS_CORRECTING | drawn.ADJUSTING_EACH)
    def correct(self, ask: Ask) -> None:
        self.send(ask)

    @precondition(lambda self: self.books.corrections)
    @rule(ask=drawn.APPROVING | drawn.APPROVING | drawn.REJECTING | drawn.CANCELLING)
    def decide(self, ask: Ask) -> None:
        self.send(ask)

    @precondition(lambda self: self.books.corrections)
    @rule()
    def approve_all_that_waits_twice_at_once(self) -> None:
        waiting = [n for n, each in enumerate(self.books.corrections) if each.status == "PENDING_APPROVAL"][:3]
        twice = [
            Ask("approveAdjustment", "", (n, person)) for n in waiting for person in ("approver@acme", "boss@acme")
        ]
        if twice:
            self.together([ask._replace(key=f"key-{next(self._keys)}") for ask in twice])

    @precondition(lambda self: self.books.corrections)
    @rule()
    def give_up_what_nobody_decides(self) -> None:
        self.together([Ask("expireAdjustment", "", (number,)) for number in range(len(self.books.corrections))])

    @rule(ask=drawn.MOVING_WHEREVER)
    def move_wherever(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=drawn.SENDING | drawn.SENDING_WRONGLY)
    def send_elsewhere(self, ask: Ask) -> None:
        self.send(ask)

    @rule(sku=drawn.SKU, way=transfers.WAYS, units=transfers.FEW, more=transfers.FEW)
    def bring_some_and_send_some_on(self, sku: str, way: tuple[str, str], units: int, more: int) -> None:
        self.send(Ask("receiveStock", "", (sku, way[0], units + more)))
        self.send(Ask("transferStock", "", (sku, *way, units)))

    @precondition(lambda self: self.books.ways)
    @rule(asks=st.lists(drawn.ARRIVING | drawn.ARRIVING | drawn.CALLING_OFF, min_size=1, max_size=3))
    def go_on_with_transfers(self, asks: list[Ask]) -> None:
        self.together([self._addressed(ask) for ask in asks])

    @rule(ask=drawn.CORRECTING, late_by=st.sampled_from([0, 0, 1, -1]))
    def correct_what_was_seen(self, ask: Ask, late_by: int) -> None:
        sku, location, units = ask.arguments
        version = self.books.levels[sku, location].version
        self.send(ask._replace(arguments=(sku, location, units, version - late_by)))

    @precondition(lambda self: self.books.promises)
    @rule(
        ask=drawn.CONFIRMING
        | drawn.EXTENDING
        | drawn.COMMITTING
        | drawn.COMMITTING
        | drawn.RELEASING
        | drawn.VENDORS_RELEASING
    )
    def settle(self, ask: Ask) -> None:
        self.send(ask)

    @precondition(lambda self: self.books.promises or self.books.corrections)
    @rule(minutes=st.sampled_from([1, 1, 2, 10, 60]))
    def let_time_pass(self, minutes: int) -> None:
        self.books.now += 60 * minutes
        self.runner.run(self.world.advance(60 * minutes))

    @precondition(lambda self: self.books.promises)
    @rule()
    def end_all_that_is_due(self) -> None:
        self.together([Ask("expire", "", (number,)) for number in range(len(self.books.promises))])

    @rule(asks=drawn.BATCH)
    def send_at_once(self, asks: list[Ask]) -> None:
        self.together([self._addressed(ask) for ask in asks])

    @precondition(lambda self: self.sent)
    @rule(number=drawn.NUMBER)
    def repeat(self, number: int) -> None:
        self.together([self.sent[number % len(self.sent)]])

    @precondition(lambda self: self.sent)
    @rule(numbers=st.lists(drawn.NUMBER, min_size=1, max_size=2), asks=drawn.BATCH)
    def repeat_at_once_with_others(self, numbers: list[int], asks: list[Ask]) -> None:
        fresh = [self._addressed(ask) for ask in asks]
        again = [self.sent[number % len(self.sent)] for number in numbers]
        self.together([fresh[0], *again, *fresh[1:], fresh[0]])

    @precondition(lambda self: self.sent)
    @rule(
        number=drawn.NUMBER,
        ask=drawn.RESERVING | drawn.COMMITTING | drawn.RELEASING | drawn.RECEIVING | drawn.ADJUSTING,
    )
    def ask_for_something_else_under_an_old_key(self, number: int, ask: Ask) -> None:
        self.together([self._addressed(ask)._replace(key=self.sent[number % len(self.sent)].key)])

    # ---------------------------------------------------------------- sending and comparing
    def _addressed(self, ask: Ask) -> Ask:
        """The request under a key of its own, its numbers mostly those of reservations and lines that there are."""
        arguments = ask.arguments
        if ask.operation.endswith("Reservation") or ask.operation == "expire":
            number = None if arguments[0] == drawn.UNKNOWN or not self.ids else arguments[0] % len(self.ids)
            arguments = (number, *arguments[1:])
            if ask.operation in ("commitReservation", "releaseReservation") and arguments[1] and number is not None:
                arguments = (number, tuple(self._entry(entry, number) for entry in arguments[1]))
        if ask.operation in transfers.STEPS:
            arguments = (self._transfer(arguments[0]), *arguments[1:])
        if ask.operation.endswith("Adjustment"):
            number = None if ask.arguments[0] == drawn.UNKNOWN else ask.arguments[0] % max(1, len(self.corrections))
            arguments = (number if self.corrections else None, *ask.arguments[1:])
        return ask._replace(key=f"key-{next(self._keys)}", arguments=arguments)

    def _transfer(self, number: Any) -> int | None:
        """One that there is; mostly one that is on its way."""
        open_ = [each for each, way in enumerate(self.books.ways) if way.open] * 4
        every = [*open_, *range(len(self.books.ways))]
        return None if number == drawn.UNKNOWN or not every else every[number % len(every)]

    def _entry(self, entry: tuple[Any, ...], number: int) -> tuple[Any, ...]:
        lines = len(self.books.promises[number].lines)
        return (
            (entry[0], entry[1] % (lines + 1), entry[2]) if entry[0] == "line" and entry[1] < drawn.UNKNOWN else entry
        )

    def send(self, ask: Ask) -> None:
        self.together([self._addressed(ask)])

    def together(self, asks: list[Ask]) -> None:
        for ask in asks:
            note(str(ask))
        decisions, seen = self.runner.run(self._gather(asks))
        found: list[AssertionError] = []
        arrival = range(len(asks))
        for order in [arrival] if self.in_order else permutations(arrival):
            books = self.books if self.in_order else self.books.draft()
            answers = {number: carry_out(books, asks[number]) for number in order}
            try:
                self.compare_answers(asks, answers, decisions, seen)
                self.compare(books, seen)
            except AssertionError as difference:
                found.append(difference)
            else:
                self.books = books
                self.sent += [ask for ask in asks if ask.key]
                return
        raise found[0]

    async def _gather(self, asks: Sequence[Ask]) -> tuple[list[Decision], Seen]:
        desk = Desk(self.world, self.ids, self.transfers, self.corrections)
        return await asyncio.gather(*(desk.send(ask) for ask in asks)), await self.world.look()

    def compare_answers(
        self, asks: Sequence[Ask], answers: dict[int, Answer], decisions: Sequence[Decision], seen: Seen
    ) -> None:
        ids = [each.id for each in seen.reservations]
        known = [each.id for each in seen.adjustments]
        for number, (ask, decision) in enumerate(zip(asks, decisions, strict=True)):
            answer = answers[number]
            same(f"codes of {ask}", _codes(decision), answer.codes)
            same(f"lines of {ask}", [_codes(each) for each in decision.lines], [each.codes for each in answer.lines])
            made = [each.adjustment for each in (decision, *decision.lines) if not each.refusals]
            expected = [each.adjustment for each in (answer, *answer.lines) if not each.codes]
            same(f"corrections of {ask}", made, [None if n is None else known[n] for n in expected])
            shortages = tuple((each.sku, each.location, each.requested, each.available) for each in decision.shortages)
            same(f"shortages of {ask}", shortages, answer.shortages)
            if answer.reservation is not None:
                same(f"reservation of {ask}", decision.reservation, ids[answer.reservation])
            if answer.transfer is not None:
                same(f"transfer of {ask}", decision.transfer, seen.transfers[answer.transfer].id)

    def compare(self, books: PlainBooks, seen: Seen) -> None:
        same("reservations", len(seen.reservations), len(books.promises))
        self.ids = [each.id for each in seen.reservations]
        for reservation, promise in zip(seen.reservations, books.promises, strict=True):
            _align(promise, [line.sku for line in sorted(reservation.lines, key=lambda line: line.number)])
            same("reservation", _told(reservation), _expected(promise))
            same(f"version of {promise.order}", reservation.version, promise.changes)
            self._compare_times(reservation.expires_at and self.world.seconds(reservation.expires_at), promise)
        same("transfers", list(map(transfers.found, seen.transfers)), list(map(transfers.expected, books.ways)))
        self.transfers = [each.id for each in seen.transfers]
        same(
            "adjustments",
            list(map(corrections.found, seen.adjustments)),
            list(map(corrections.expected, books.corrections)),
        )
        self.corrections = [each.id for each in seen.adjustments]
        held = {
            place: (level.on_hand, level.allocated, 0, level.incoming, level.version)
            for place, level in books.levels.items()
        }
        same("levels", dict(seen.levels), held)
        same("sums of the ledger", dict(seen.ledger), dict(seen.levels))
        same("events", list(seen.told), [act for act, _ in books.told])
        self._sound(books, seen)

    def teardown(self) -> None:
        same("faults", self.runner.run(self.world.faults()), [])

    def _compare_times(self, expires_at: float | None, promise: Promise) -> None:
        if expires_at is None or promise.expires_at is None:
            assert expires_at is promise.expires_at
        else:
            assert abs(expires_at - promise.expires_at) <= self.world.drift_s

    def _sound(self, books: PlainBooks, seen: Seen) -> None:
        """What must hold whatever the books say."""
        held: dict[tuple[str, str | None], int] = {}
        for promise in books.promises:
            for line in promise.lines:
                held[line.sku, line.location] = held.get((line.sku, line.location), 0) + line.allocated
        for place, (on_hand, allocated, unavailable, incoming, _) in seen.levels.items():
            assert min(on_hand, allocated, unavailable, incoming, on_hand - allocated - unavailable) >= 0
            assert allocated == held.get(place, 0)
            assert incoming == sum(way.open for way in books.ways if way.destination == place)
        for (sku, location), level in books.levels.items():
            if level.available and SITES[location][2]:
                waiting = [line for promise in books.promises for line in promise.lines if line.backordered]
                assert not any(line.sku == sku and line.wanted in (None, location) for line in waiting)


def same(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what}:\n    {found} instead of\n    {expected}"


def _align(promise: Promise, skus: Sequence[str]) -> None:
    """Which of two SKUs is filled first is left open: lines are compared in the order of their own SKU."""
    lines = {sku: iter([line for line in promise.lines if line.sku == sku]) for sku in skus}
    if sorted(skus) == sorted(line.sku for line in promise.lines):
        promise.lines = [next(lines[sku]) for sku in skus]


def _codes(decision: Decision) -> tuple[str, ...]:
    return tuple(refusal.code.value for refusal in decision.refusals)


def _told(reservation: Any) -> tuple[Any, ...]:
    lines = [
        (line.sku, line.location, line.wanted, line.allocated, line.backordered, line.committed, line.released)
        for line in sorted(reservation.lines, key=lambda line: line.number)
    ]
    numbers = sorted(line.number for line in reservation.lines)
    assert numbers == list(range(len(numbers)))
    assert all(line.quantity == line.open + line.committed + line.released for line in reservation.lines)
    return reservation.order.id, reservation.status.value, reservation.confirmed, lines


def _expected(promise: Promise) -> tuple[Any, ...]:
    lines = [(line.sku, line.location, line.wanted, *line.units) for line in promise.lines]
    return promise.order, promise.status, promise.paid, lines
