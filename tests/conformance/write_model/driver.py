"""The driver: sends requests to a world and to the plain books, and compares both."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine

from domain.reasons import DEFAULT_REASON_CODES
from services.decisions import Decision
from services.group_commit import Batches
from tests.conformance.write_model.asks import Ask, Desk
from tests.conformance.write_model.comparison import Outcome, compare, known, same
from tests.conformance.write_model.memory_world import MemoryWorld
from tests.conformance.write_model.operations import addressed, carry_out, hand_in
from tests.conformance.write_model.plain_books import PlainBooks
from tests.conformance.write_model.plain_policies import Rule
from tests.conformance.write_model.plain_stock import Answer, Goods, Level, Reason, Site
from tests.conformance.write_model.soundness import assert_sound
from tests.conformance.write_model.world import (
    GOODS,
    SITES,
    STOCK,
    TTLS,
    UNITS_OVER,
    WAITS_HOURS,
    Seen,
    WriteWorld,
)

#: Loops are dear to make: all machines in memory share one.
RUNNER = asyncio.Runner()
T = TypeVar("T")


class Driver(RuleBasedStateMachine):
    """One tenant from its first stock to wherever it is driven."""

    bounds: ClassVar[Batches] = Batches(lanes=1)
    #: Whether what is sent at once is decided in the order in which it comes.
    in_order: ClassVar[bool] = True
    #: What all runs have come to: operation, and refusal code or what became of the correction that it made.
    reached: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.world = self.opened()
        self.books = PlainBooks(
            {code: Site(*each) for code, each in SITES.items()},
            {sku: Goods(*each) for sku, each in GOODS.items()},
            {each.code: Reason(each.direction.value, each.requires_note) for each in DEFAULT_REASON_CODES},
            dict(TTLS),
            {place: Level(units, version=1, entries=1) for place, units in STOCK.items()},
            (Rule(units=UNITS_OVER),),
            WAITS_HOURS,
        )
        self.known: Mapping[str, Sequence[UUID]] = {}
        self.sent: list[Ask] = []
        self.numbers = count(1)

    def opened(self) -> tuple[asyncio.Runner, WriteWorld]:
        return RUNNER, RUNNER.run(MemoryWorld.opened(self.bounds))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Without what `Runner.run` does about signals, which takes longer than the work."""
        return self.runner.get_loop().run_until_complete(work)

    def addressed(self, ask: Ask) -> Ask:
        return addressed(self.keyed(ask), self.books)

    def keyed(self, ask: Ask) -> Ask:
        """Under a key of its own; what is found due has none."""
        return ask if ask.operation.startswith("expire") else ask._replace(key=f"key-{next(self.numbers)}")

    def send(self, ask: Ask) -> None:
        self.send_together([ask])

    def send_together(self, asks: Sequence[Ask]) -> None:
        self.together([self.addressed(ask) for ask in asks])

    def together(self, asks: Sequence[Ask]) -> None:
        """Send what has its keys and numbers, and hold what it came to against the books."""
        for ask in asks:
            note(str(ask))
        decisions, seen = self.run(self._gather(asks))
        outcome = Outcome(asks, decisions, seen)
        books = self._followed(self.books, range(len(asks)), outcome)
        if books is None:
            raise outcome.closest
        self._go_on(books, seen, asks)

    def _followed(self, books: PlainBooks, rest: Sequence[int], outcome: Outcome) -> PlainBooks | None:
        """The books after the requests that are left, where these come to what is seen: where nothing says in which
        order they are decided, in any. None where they do not."""
        if not rest:
            return books if outcome.ends_with(books, self.world) else None
        for number in rest[:1] if self.in_order else rest:
            after = books if self.in_order else books.draft()
            answer = carry_out(after, outcome.asks[number])
            left = [each for each in rest if each != number]
            if not outcome.goes_on_with(number, answer, after, left):
                continue
            if end := self._followed(after, left, outcome):
                self._note_reached(outcome.asks[number].operation, answer, end)
                return end
            if after.written == books.written:
                return None  # what changed nothing may as well come now as later
        return None

    def _note_reached(self, operation: str, answer: Answer, books: PlainBooks) -> None:
        for each in answer.lines or [answer]:
            made = "" if each.adjustment is None else books.corrections[each.adjustment].status
            self.reached.update((operation, code) for code in each.codes or [made])

    def approve(self, number: int) -> None:
        """What a story has asked for."""
        self.together([self.keyed(Ask("approveAdjustment", "", (number, None), "approver@acme"))])

    def pass_time(self, seconds: int) -> None:
        self.books.now += seconds
        self.run(self.world.advance(seconds))

    def look(self) -> None:
        """Compare what is there without sending anything."""
        seen = self.run(self.world.look())
        compare(self.books, seen, self.world)
        self._go_on(self.books, seen, [])

    def teardown(self) -> None:
        same("faults", list(self.run(self.world.faults())), [])

    async def _gather(self, asks: Sequence[Ask]) -> tuple[list[Decision], Seen]:
        desk = Desk(self.world, self.known)
        return await asyncio.gather(*(hand_in(desk, ask) for ask in asks)), await self.world.look()

    def _go_on(self, books: PlainBooks, seen: Seen, asks: Sequence[Ask]) -> None:
        assert_sound(seen)
        self.books, self.known = books, known(seen)
        self.sent += [ask for ask in asks if ask.key]
