"""The machine that drives the whole write model, and holds it to the plain books after each step."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.conformance.write_model import corrections, movements, policies, reservations
from tests.conformance.write_model.asks import NUMBER, Ask
from tests.conformance.write_model.correction_steps import CorrectionSteps
from tests.conformance.write_model.operations import ALONE, BATCH
from tests.conformance.write_model.stock_steps import StockSteps


class WriteMachine(StockSteps, CorrectionSteps):
    @initialize()
    def compare_at_the_beginning(self) -> None:
        self.look()

    @initialize(ask=policies.SETTLING_RULES)
    def begin_with_rules(self, ask: Ask) -> None:
        self.send(ask)

    @precondition(lambda self: self.books.promises or self.books.corrections)
    @rule(minutes=st.sampled_from([1, 1, 2, 10, 60]))
    def let_time_pass(self, minutes: int) -> None:
        self.pass_time(60 * minutes)

    @rule(asks=BATCH)
    def send_at_once(self, asks: list[Ask]) -> None:
        self.send_together(asks)

    @precondition(lambda self: self.sent)
    @rule(number=NUMBER)
    def repeat(self, number: int) -> None:
        self.together([self.sent[number % len(self.sent)]])

    @precondition(lambda self: self.sent)
    @rule(numbers=st.lists(NUMBER, min_size=1, max_size=2), asks=BATCH)
    def repeat_at_once_with_others(self, numbers: list[int], asks: list[Ask]) -> None:
        fresh = [self.addressed(ask) for ask in asks]
        again = [self.sent[number % len(self.sent)] for number in numbers]
        self.together([fresh[0], *again, *fresh[1:], fresh[0]])

    @precondition(lambda self: self.sent)
    @rule(
        number=NUMBER,
        ask=reservations.RESERVING
        | reservations.COMMITTING
        | reservations.RELEASING
        | movements.RECEIVING
        | movements.WASTING
        | corrections.ADJUSTING
        | corrections.APPROVING
        | ALONE,
    )
    def ask_for_something_else_under_an_old_key(self, number: int, ask: Ask) -> None:
        self.together([self.addressed(ask)._replace(key=self.sent[number % len(self.sent)].key)])


class AnyOrder(WriteMachine):
    """Where nothing says what is decided first, what is settled is sent at once with all the rest."""

    in_order = False

    @rule(settled=st.lists(ALONE, min_size=1, max_size=2), asks=BATCH)
    def settle_something_at_once_with_others(self, settled: list[Ask], asks: list[Ask]) -> None:
        self.send_together([*asks[:3], *settled])
