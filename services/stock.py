"""Movements of stock, as commands: all of the movements of one command happen, or none; or each for itself.

A correction by hand that the tenant's policy holds back is kept as a request, once it is known that it could be done
now: nothing of it has moved then, and its approval carries it out (`services.adjustments`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.access import Caller
from domain.adjustments import REASON_UNSAID, Adjustment, AdjustmentAct, invalid_batch
from domain.approvals import Proposal, too_many
from domain.ledger import LedgerEntry
from domain.movements import Applied, Movement, apply_all
from domain.places import Place
from domain.refusals import Refusal
from domain.stock import StockLevel
from services.commands import Command, Needs, Refuse
from services.decisions import Claim, Decision, Delivery
from services.desk import Desk
from services.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class MoveStock:
    """Movements to be made together, all or none, under one idempotency key of `operation`: the API's name for them."""

    idempotency_key: str
    movements: tuple[Movement, ...]
    operation: str


async def move_stock(
    request: MoveStock,
    caller: Caller,
    commits: GroupCommit,
    *,
    sent: object = None,
    refusals: Sequence[Refusal] = (),
) -> Decision:
    """Carry out all movements of the request or refuse it.

    `sent` is what the key stands for where the movements were not sent with SKUs, `refusals` why they have none.
    """
    return await commits.submit_once(
        request.idempotency_key,
        request.operation,
        request.movements if sent is None else sent,
        caller,
        lambda claim: Refuse(refusals, caller, claim) if refusals else Movements(request.movements, caller, claim),
    )


async def move_each(request: MoveStock, caller: Caller, commits: GroupCommit) -> Decision:
    """Carry out each movement of the request or refuse it, as if it came by itself: see `Decision.lines`."""
    movements = request.movements
    return await commits.submit_once(
        request.idempotency_key, request.operation, movements, caller, lambda claim: Each(movements, caller, claim)
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """The levels as they would be, and by the number of its movement the entry that each leaves, or that what waits
    would have left."""

    levels: Mapping[Place, StockLevel]
    moved: Mapping[int, LedgerEntry]
    waiting: Mapping[int, LedgerEntry]


#: The operation that says whose items a vendor may correct.
_CORRECTION = "adjustStock"


class Movements(Command):
    """A vendor's are of its own items; of another's it learns nothing."""

    def __init__(
        self,
        movements: Sequence[Movement],
        caller: Caller,
        claim: Claim | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        super().__init__(caller, claim, delivery)
        self._movements = movements
        self._invalid = _told([movement.invalid() for movement in movements])
        self._vendor = caller.limited_to(_CORRECTION)

    @property
    def lane(self) -> str:
        return min((movement.sku for movement in self._movements), default="")

    @property
    def weight(self) -> int:
        return len(self._movements)

    def needs(self) -> Needs:
        if self._invalid:
            return Needs()
        return Needs(
            {movement.sku for movement in self._movements},
            {movement.location for movement in self._movements if movement.location is not None},
            {movement.reason_code for movement in self._movements if movement.reason_code is not None},
        )

    def places(self, desk: Desk) -> Iterable[Place]:
        """Also those beside one that is refused: a command before this one in the batch may make the level it lacks."""
        return _places(self._found(desk))

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision(self._invalid)
        found = self._found(desk)
        places = _places(found)
        if len(places) < len(found):
            refusals = _told([each if isinstance(each, Refusal) else None for each in found])
            return Decision(refusals, self._stocked(desk))
        tried = self._tried(places, desk)
        if not isinstance(tried, _Tried):
            return Decision(_told(tried), self._stocked(desk))
        of_vendor = None if self._vendor is None else desk.pending_of[self._vendor]
        if full := too_many(desk.pending, self.caller.subject, len(tried.waiting), of_vendor):
            refusals = _told([full if number in tried.waiting else None for number in range(len(places))])
            return Decision(refusals, self._stocked(desk))
        desk.put(tried.levels)
        desk.freed(sku for sku, _ in places)
        kept = [made.id for number, place in enumerate(places) if (made := self._keep(number, place, tried, desk))]
        return Decision(places=desk.sites.stocked(places), adjustment=kept[0] if kept else None)

    def asks(self, desk: Desk) -> bool:
        by_hand = any(movement.by_hand for movement in self._movements)
        return by_hand and desk.sites.approvals.may_hold_back(self.caller.roles)

    def _tried(self, places: Sequence[Place], desk: Desk) -> _Tried | list[Refusal | None]:
        """What moves must do without what waits: where that makes it meet a rule, it waits too."""
        waiting: dict[int, LedgerEntry] = {}
        while True:
            free = [number for number in range(len(places)) if number not in waiting]
            levels = {places[number]: desk.levels[places[number]] for number in free}
            asked = [(places[number], self._movements[number]) for number in free]
            outcome = apply_all(levels, asked, desk.reasons, self.caller.subject, desk.stamp)
            if not isinstance(outcome, Applied):
                refusals = dict(zip(free, outcome, strict=True))
                return [refusals.get(number) for number in range(len(places))]
            moved = dict(zip(free, outcome.entries, strict=True))
            held = {
                number for number in free if self._waits(places[number], self._movements[number], moved[number], desk)
            }
            if not held:
                return _Tried(outcome.levels, moved, waiting)
            waiting |= {number: moved[number] for number in held}

    def _waits(self, place: Place, movement: Movement, entry: LedgerEntry, desk: Desk) -> bool:
        """Whether what could be done now is held back until somebody else approves it."""
        if not movement.by_hand:
            return False
        sku, location = place
        change, reason = entry.change.on_hand, movement.reason_code or REASON_UNSAID
        proposal = Proposal(change, desk.sites.items[sku], location, reason, self.caller.roles)
        return desk.sites.approvals.holds_back(proposal)

    def _keep(self, number: int, place: Place, tried: _Tried, desk: Desk) -> Adjustment | None:
        """The record of a movement that was made by hand, or the request for it."""
        if not self._movements[number].by_hand:
            return None
        if entry := tried.waiting.get(number):
            expires_at = desk.sites.approvals.expiry_of(entry.stamp.recorded_at)
            made, act = Adjustment.asked(desk.ids(), place, entry, expires_at), AdjustmentAct.REQUESTED
        else:
            entry = tried.moved[number]
            made, act = Adjustment.of(desk.ids(), place, entry), AdjustmentAct.APPLIED
        desk.correct(made, act, entry.cause)
        return made

    def _found(self, desk: Desk) -> list[Place | Refusal]:
        if self._invalid:
            return []
        sites = desk.sites.seen_by(self._vendor)
        return [each.place(sites, desk.reasons) for each in self._movements]

    def _stocked(self, desk: Desk) -> tuple[Place, ...]:
        """The levels that exist among those asked for, so that a refused caller still sees them."""
        sites = desk.sites.seen_by(self._vendor)
        found = [sites.place_of(movement.sku, movement.location) for movement in self._movements]
        return sites.stocked(_places(found))


class Each(Command):
    """Corrections decided one after the other, each for itself, under one key."""

    def __init__(self, movements: Sequence[Movement], caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(caller, claim)
        self._invalid = invalid_batch(len(movements))
        self._lines = [] if self._invalid else [Movements((movement,), caller) for movement in movements]

    @property
    def lane(self) -> str:
        return min((line.lane for line in self._lines), default="")

    @property
    def weight(self) -> int:
        return max(1, len(self._lines))

    def needs(self) -> Needs:
        return Needs.all_of([line.needs() for line in self._lines])

    def places(self, desk: Desk) -> Iterable[Place]:
        return {place for line in self._lines for place in line.places(desk)}

    def asks(self, desk: Desk) -> bool:
        return any(line.asks(desk) for line in self._lines)

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        return Decision(lines=tuple(self._line(number, line, desk) for number, line in enumerate(self._lines)))

    def _line(self, number: int, line: Movements, desk: Desk) -> Decision:
        decision = line.decide(desk)
        desk.serve_waiting()
        refusals = tuple(refusal.at("lines", str(number)) for refusal in decision.refusals)
        return replace(decision, refusals=refusals)


def _places(found: Sequence[Place | Refusal]) -> tuple[Place, ...]:
    return tuple(each for each in found if not isinstance(each, Refusal))


def _told(refusals: Sequence[Refusal | None]) -> tuple[Refusal, ...]:
    """The refusals there are; of several movements each names its line."""
    if len(refusals) == 1:
        return tuple(refusal for refusal in refusals if refusal)
    return tuple(refusal.at("lines", str(i)) for i, refusal in enumerate(refusals) if refusal)
