"""Commands: changes of stock as they wait for their turn in a batch.

A command says what it needs before anything is locked, which levels it works on once that is known, and then decides
on a `Desk` where the commands before it have left their traces. It never waits for anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from uuid import UUID

from domain.access import Caller
from domain.places import Place
from domain.refusals import Refusal
from domain.value import value
from services.decisions import Claim, Decision, Delivery, Fate
from services.desk import Desk


@value
class Needs:
    """What a command must know and hold: by name, reservations by id or by their order, the rest by id."""

    skus: Collection[str] = ()
    locations: Collection[str] = ()
    reason_codes: Collection[str] = ()
    reservations: Collection[UUID] = ()
    orders: Collection[str] = ()
    transfers: Collection[UUID] = ()
    adjustments: Collection[UUID] = ()
    cycle_counts: Collection[UUID] = ()
    #: Subjects of whom it must be known how many requests they have withdrawn of late.
    withdrawers: Collection[str] = ()

    @classmethod
    def all_of(cls, needs: Sequence[Needs]) -> Needs:
        """What several need together."""
        return cls(*(set(chain.from_iterable(map(of, needs))) for of in _EACH))


_EACH = [attrgetter(field.name) for field in fields(Needs)]


class Command(ABC):
    """One change asked for by `caller`: under an idempotency key, or told by another system, or found due by us."""

    #: Of the trace that it is a part of, where it was asked for in one.
    traceparent: str | None = None

    def __init__(self, caller: Caller, claim: Claim | None = None, delivery: Delivery | None = None) -> None:
        self.caller = caller
        self.claim = claim
        self.delivery = delivery

    @property
    @abstractmethod
    def lane(self) -> str:
        """What it contends for: commands of one lane are decided together, in the order in which they came."""

    @property
    def weight(self) -> int:
        """Lines to decide, as far as they are known beforehand: so much of a batch is filled by it."""
        return 1

    @abstractmethod
    def needs(self) -> Needs:
        """What must be found or locked before it can decide; nothing where it is refused whatever there is."""

    @abstractmethod
    def places(self, desk: Desk) -> Iterable[Place]:
        """The levels to lock, once items, locations and reservations are known."""

    def asks(self, desk: Desk) -> bool:
        """Whether it may leave a request that waits for approval, so that those that do must be counted."""
        return False

    @abstractmethod
    def decide(self, desk: Desk) -> Decision:
        """Change what is on the desk, or refuse and leave it as it is."""


class Refuse(Command):
    """What was refused before it came here, for what it names. It comes all the same: a repeat of something that was
    taken before gets what was decided then."""

    def __init__(
        self,
        refusals: Sequence[Refusal],
        caller: Caller,
        claim: Claim | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        super().__init__(caller, claim, delivery)
        self._refusals = tuple(refusals)

    @property
    def lane(self) -> str:
        return ""

    def needs(self) -> Needs:
        return Needs()

    def places(self, desk: Desk) -> Iterable[Place]:
        return ()

    def decide(self, desk: Desk) -> Decision:
        """Under its key if it has one; a delivery is rejected."""
        return Decision(self._refusals, fate=Fate.REJECTED)
