"""Sweep: every slot of every operation is filled with another tenant's thing and with forged ones, in one role; what is
answered is held against the answer to what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.access import OPERATIONS, Role
from tests.answers import Answer
from tests.faults.figures import LONG
from tests.faults.tenancy.alike import Told, differing, told, words
from tests.faults.tenancy.belongings import BOTH, Belongings, subject_of
from tests.faults.tenancy.operations import Operation, was_done
from tests.faults.tenancy.requests import Given, filled
from tests.faults.tenancy.slots import Slot
from tests.faults.tenancy.things import IDENTIFIED, Thing
from tests.faults.tenancy.tries import Try, some, tries

#: What makes no difference to what is read: a place in a list, and a channel, none of which keeps stock of its own yet.
_UNSEEN = frozenset({Thing.CURSOR, Thing.CHANNEL})
#: What bears no name that two tenants give; a key of both is one of one's own.
_NAMELESS = IDENTIFIED | {Thing.KEY, Thing.NODE, Thing.CURSOR, Thing.STREAM_CURSOR}


@dataclass(frozen=True, slots=True)
class Strangers:
    """Another tenant's things: `marks` are the names and ids by which they would be told, `cursors` of each of their
    lists by its operation, `keys` of what they did at each slot that names a key."""

    own: Belongings
    marks: frozenset[str]
    cursors: Mapping[str, str]
    keys: Mapping[tuple[str, Slot], str]

    def at(self, operation: str, slot: Slot) -> Sequence[str]:
        """What of theirs is of use at one slot alone."""
        if slot.thing is Thing.CURSOR:
            other = next(cursor for name, cursor in self.cursors.items() if name != operation)
            return self.cursors[operation], other
        return (self.keys[operation, slot],) if slot.thing is Thing.KEY else ()


@dataclass(slots=True)
class Found:
    """What was tried, and a sentence for each answer that was not as it should be."""

    operations: int = 0
    arguments: int = 0
    slots: int = 0
    tried: int = 0
    requests: int = 0
    faults: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Sweep:
    """Of one tenant's people in one role."""

    role: Role
    mine: Belongings
    theirs: Strangers
    found: Found = field(default_factory=Found)

    def run(self, operations: Iterable[Operation]) -> Found:
        """Those that read come first: what is written may bear a name of theirs."""
        for operation in sorted(operations, key=lambda each: each.writes):
            self.found.operations += 1
            self.found.arguments += operation.walk.passed
            bench = _Bench(self, operation)
            for slot in operation.slots:
                self.found.slots += 1
                self._fill(bench, slot)
            bench.ask_right()
        return self.found

    def _fill(self, bench: _Bench, slot: Slot) -> None:
        """Alone, and in a list also beside one's own."""
        told = self.theirs.at(bench.operation.name, slot)
        every = list(tries(slot.thing, self.theirs.own, self.mine, told))
        chosen = every if LONG else some(every, self.found.slots)
        if not (LONG or self.may(bench.operation)):  # whatever is named, it is forbidden
            self._compare(bench, slot, [each for each in chosen if not each.forged], None)
            return
        nothing = self._compare(bench, slot, chosen, None)
        if not bench.operation.writes and self.role is Role.ADMIN and slot.thing not in _UNSEEN:
            self._tell_apart(bench, slot, nothing[chosen[0].nothing])
        if slot.many:
            self._compare(bench, slot, [each for each in chosen if LONG or not each.forged], self.mine.own(slot.thing))
        if slot.thing not in _NAMELESS:
            bench.ask(slot, subject_of(self.role) if slot.thing is Thing.SUBJECT else BOTH, None)

    def _tell_apart(self, bench: _Bench, slot: Slot, nothing: Told) -> None:
        """One's own is found there, or the slot is not looked at."""
        if bench.ask(slot, self.mine.own(slot.thing), None) == nothing:
            self.fault(f"{bench.operation.name}({slot}) reads one's own {slot.thing} like what is not there")

    def _compare(self, bench: _Bench, slot: Slot, chosen: Iterable[Try], own: str | None) -> Mapping[str, Told]:
        """What was answered to each that is not there."""
        nothing: dict[str, Told] = {}
        for each in chosen:
            if each.nothing not in nothing:
                nothing[each.nothing] = bench.ask(slot, each.nothing, own)
            self.found.tried += 1
            tried = bench.ask(slot, each.value, own)
            if tried != nothing[each.nothing]:
                told = differing(tried, nothing[each.nothing])
                self.fault(f"{bench.operation.name}({slot}: {each.how}) does not read like what is not there, {told}")
        return nothing

    def may(self, operation: Operation) -> bool:
        return self.role in OPERATIONS[operation.access]

    def fault(self, told: str) -> None:
        self.found.faults.append(f"{self.role}: {told}")


@dataclass(slots=True)
class _Bench:
    """Right requests of one operation, a new one where the last was carried out."""

    sweep: Sweep
    operation: Operation
    _right: Given | None = None

    @property
    def right(self) -> Given:
        if self._right is None:
            self._right = self.operation.right(self.sweep.mine, self.sweep.role)
        return self._right

    def ask_right(self) -> None:
        """It succeeds, for those who may."""
        sweep, operation = self.sweep, self.operation
        answer = self._send(self.right)
        may = sweep.may(operation)
        done = was_done(answer) if operation.writes else answer.status == 200 and not _errors(answer)
        if done != may:
            sweep.fault(f"{operation.name} is no right request: {answer.status}: {answer.body}")

    def ask(self, slot: Slot, value: str, own: str | None) -> Told:
        return told(self._send(filled(self.right, slot, value, own)), value)

    def _send(self, given: Given) -> Answer:
        sweep, name = self.sweep, self.operation.name
        answer = self.operation.ask(sweep.mine.asker(sweep.role), given)
        sweep.found.requests += 1
        if self.operation.writes and was_done(answer):
            self._right = None
        text = json.dumps([answer.body, dict(answer.headers)], ensure_ascii=False)
        if seen := (words(text) & sweep.theirs.marks) - words(json.dumps(given, ensure_ascii=False)):
            sweep.fault(f"{name} {given} tells another tenant's {sorted(seen)}: {text[:500]}")
        if answer.status >= 500 or "INTERNAL" in text:
            sweep.fault(f"{name} {given} ends in a fault: {text[:500]}")
        return answer


def _errors(answer: Answer) -> bool:
    return isinstance(answer.body, dict) and bool(answer.body.get("errors"))
