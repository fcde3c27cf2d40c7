"""Steps: corrections, those that wait, the rules by which they do, and lists to count."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.places import Place
from tests.conformance.write_model import corrections, cycle_counts, movements, policies
from tests.conformance.write_model.asks import PLACE, Ask
from tests.conformance.write_model.driver import Driver
from tests.conformance.write_model.people import DECIDING, EXPIRY
from tests.conformance.write_model.plain_stock import Why
from tests.conformance.write_model.world import GOODS

_deciding = st.one_of(*[corrections.APPROVING] * 3, corrections.REJECTING, corrections.CANCELLING)
_correcting = st.one_of(
    *(corrections.ADJUSTING, corrections.ADJUSTING, corrections.COUNTING, corrections.ADJUSTING_EACH),
    *(cycle_counts.COUNTING_FROM_LISTS, movements.HOLDING, movements.UNHOLDING, movements.WASTING),
)


class CorrectionSteps(Driver):
    @rule(ask=corrections.ADJUSTING | corrections.COUNTING | corrections.ADJUSTING_WHEREVER)
    def correct(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=corrections.ADJUSTING_EACH)
    def correct_each(self, ask: Ask) -> None:
        self.send(ask)

    @rule(asks=st.lists(_correcting | _deciding, min_size=2, max_size=5))
    def correct_and_decide_at_once(self, asks: list[Ask]) -> None:
        self.send_together(asks)

    @precondition(lambda self: self.books.corrections)
    @rule(asks=st.lists(_deciding, min_size=1, max_size=3))
    def decide(self, asks: list[Ask]) -> None:
        self.send_together(asks)

    @precondition(lambda self: self.waiting)
    @rule(
        number=st.integers(0, 20),
        ways=st.permutations(["approveAdjustment", "rejectAdjustment", "cancelAdjustment", "expireAdjustment"]),
    )
    def end_one_in_all_ways_at_once(self, number: int, ways: list[str]) -> None:
        waiting = self.waiting[number % len(self.waiting)]
        asker = self.books.corrections[waiting].asker
        whom = {"approveAdjustment": "approver@acme", "rejectAdjustment": "admin@acme", "cancelAdjustment": asker}
        keyed = [(way, whom.get(way, EXPIRY), () if way == "expireAdjustment" else (None,)) for way in ways]
        self.together([self.keyed(Ask(way, "", (waiting, *note), by)) for way, by, note in keyed])

    @precondition(lambda self: self.waiting)
    @rule()
    def approve_all_that_waits_twice_at_once(self) -> None:
        twice = [
            Ask("approveAdjustment", "", (number, None), by)
            for number in self.waiting[:3]
            for by in ("approver@acme", "lead@acme")
        ]
        self.together([self.keyed(ask) for ask in twice])

    @precondition(lambda self: self.books.corrections)
    @rule()
    def notice_what_nobody_decided(self) -> None:
        self.give_up_what_nobody_decides()

    def give_up_what_nobody_decides(self) -> None:
        numbers = range(len(self.books.corrections))
        self.together([Ask("expireAdjustment", "", (number,), EXPIRY) for number in numbers])

    @precondition(lambda self: self.waiting)
    @rule(asks=st.lists(_deciding, max_size=2))
    def let_what_waits_become_too_old(self, asks: list[Ask]) -> None:
        """Perhaps somebody decides before anybody has noticed."""
        waiting = self.waiting[0]
        self.pass_time(3600)
        self.approve(waiting)
        self.send_together(asks)
        self.give_up_what_nobody_decides()

    @rule(place=PLACE, units=st.integers(1, 3), back=st.integers(0, 3))
    def approve_when_it_is_gone_and_when_it_is_back(self, place: Place, units: int, back: int) -> None:
        """A vendor's request for all there is; some of it is set aside meanwhile, and perhaps put back."""
        there = self.books.levels[place].available
        number = len(self.books.corrections)
        self.send(Ask("receiveStock", "", (*place, units, Why())))
        self.send(
            Ask("adjustStock", "", (*place, -units - there, Why("damaged"), None), f"vendor@{GOODS[place[0]][0]}")
        )
        if len(self.books.corrections) > number:
            self.send(Ask("holdStock", "", (*place, units, Why())))
            self.approve(number)
            self.send(Ask("unholdStock", "", (*place, back, Why())))
            self.approve(number)

    @rule(away_and_back=policies.AWAY_AND_BACK)
    def approve_when_it_is_not_done_and_when_it_is_again(self, away_and_back: tuple[Ask, Ask]) -> None:
        """A request for something that is sold no more, lies where nothing may be brought, or has no good reason."""
        number = len(self.books.corrections)
        self.send(Ask("adjustStock", "", ("D", "ANNEX", 2, Why("promotion"), None), "vendor@acme"))
        if len(self.books.corrections) > number:
            for ask in away_and_back:
                self.send(ask)
                self.approve(number)

    @rule(place=PLACE, counted=st.tuples(st.integers(0, 5), st.integers(0, 5)), by=DECIDING)
    def count_again_before_the_first_count_is_approved(self, place: Place, counted: tuple[int, int], by: str) -> None:
        number = len(self.books.corrections)
        for units in counted:
            self.send(Ask("countStock", "", (*place, units, Why(), None), f"vendor@{GOODS[place[0]][0]}"))
        if len(self.books.corrections) == number + len(counted):
            self.approve(number)
            self.together([self.keyed(Ask("rejectAdjustment", "", (number + 1, None), by))])
            self.approve(number)

    # ---------------------------------------------------------------- rules
    @rule(ask=policies.SETTLING_RULES)
    def settle_rules(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=policies.DESCRIBING)
    def describe_what_there_is(self, ask: Ask) -> None:
        self.send(ask)

    # ---------------------------------------------------------------- lists to count
    @rule(ask=cycle_counts.MAKING_LISTS)
    def make_a_list(self, ask: Ask) -> None:
        self.send(ask)

    @rule(ask=cycle_counts.MAKING_LISTS, asks=st.lists(cycle_counts.COUNTING_FROM_LISTS, min_size=1, max_size=4))
    def make_a_list_and_count_from_lists(self, ask: Ask, asks: list[Ask]) -> None:
        self.send(ask)
        self.send_together(asks)

    @precondition(lambda self: self.books.lists)
    @rule(asks=st.lists(cycle_counts.COUNTING_FROM_LISTS, min_size=1, max_size=3))
    def count_from_lists(self, asks: list[Ask]) -> None:
        self.send_together(asks)

    @precondition(lambda self: self.books.lists)
    @rule(ask=cycle_counts.CLOSING_LISTS)
    def close_a_list(self, ask: Ask) -> None:
        self.send(ask)

    # ---------------------------------------------------------------- what waits
    @property
    def waiting(self) -> list[int]:
        return [number for number, each in enumerate(self.books.corrections) if each.status == "PENDING_APPROVAL"]
