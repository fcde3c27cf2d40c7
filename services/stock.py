"""Movements of stock, as commands: all of the movements of one command happen, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.access import Caller
from domain.adjustments import Adjustment
from domain.movements import Applied, Movement, apply_all
from domain.places import Place
from domain.refusals import Refusal
from services.commands import Command, Needs
from services.decisions import Claim, Decision, Delivery
from services.desk import Desk
from services.group_commit import GroupCommit
from services.idempotency import claim_of


@dataclass(frozen=True, slots=True)
class MoveStock:
    """Movements to be made together, all or none, under one idempotency key of `operation`: the API's name for them."""

    idempotency_key: str
    movements: tuple[Movement, ...]
    operation: str


async def move_stock(request: MoveStock, caller: Caller, commits: GroupCommit) -> Decision:
    """Carry out all movements of the request or refuse it."""
    claim = claim_of(caller, request.operation, request.idempotency_key, request.movements)
    if isinstance(claim, Refusal):
        return Decision((claim,))
    return await commits.submit(Movements(request.movements, caller, claim))


class Movements(Command):
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
        levels = {place: desk.levels[place] for place in places}
        movements = list(zip(places, self._movements, strict=True))
        outcome = apply_all(levels, movements, desk.reasons, self.caller.subject, desk.stamp)
        if not isinstance(outcome, Applied):
            return Decision(_told(outcome), self._stocked(desk))
        return self._done(outcome, places, desk)

    def _done(self, applied: Applied, places: tuple[Place, ...], desk: Desk) -> Decision:
        """The levels as they are now, and a record of each movement that was made by hand."""
        made = [
            Adjustment.of(desk.ids(), place, entry)
            for place, movement, entry in zip(places, self._movements, applied.entries, strict=True)
            if movement.by_hand
        ]
        desk.put(applied.levels)
        desk.adjustments += made
        desk.freed(sku for sku, _ in places)
        return Decision(places=places, adjustment=made[0].id if made else None)

    def _found(self, desk: Desk) -> list[Place | Refusal]:
        return [] if self._invalid else [each.place(desk.sites, desk.reasons) for each in self._movements]

    def _stocked(self, desk: Desk) -> tuple[Place, ...]:
        """The levels that exist among those asked for, so that a refused caller still sees them."""
        found = [desk.sites.place_of(movement.sku, movement.location) for movement in self._movements]
        return desk.sites.stocked(_places(found))


def _places(found: Sequence[Place | Refusal]) -> tuple[Place, ...]:
    return tuple(each for each in found if not isinstance(each, Refusal))


def _told(refusals: Sequence[Refusal | None]) -> tuple[Refusal, ...]:
    """The refusals there are; of several movements each names its line."""
    if len(refusals) == 1:
        return tuple(refusal for refusal in refusals if refusal)
    return tuple(refusal.at("lines", str(i)) for i, refusal in enumerate(refusals) if refusal)
