"""What becomes of a request for an adjustment: approved, rejected, cancelled or expired, each as a command."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from domain.access import Caller
from domain.adjustments import Adjustment, AdjustmentAct, unknown_adjustment
from domain.approvals import too_many_withdrawn
from domain.ledger import Cause
from domain.movements import Applied, apply_all
from domain.places import Place
from domain.refusals import Refusal
from domain.texts import invalid_note, said
from services.audit import entry_of
from services.commands import Command, Needs
from services.decisions import Claim, Decision
from services.desk import EXPIRY, Desk
from services.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class _Ending:
    """How somebody ends a request. Idempotency keys know it by its name and by what its fields are called."""

    name: ClassVar[str]
    operation: ClassVar[str]
    adjustment: UUID
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ApproveAdjustment(_Ending):
    name: ClassVar[str] = "ApproveAdjustment"
    operation: ClassVar[str] = "approveAdjustment"


@dataclass(frozen=True, slots=True)
class RejectAdjustment(_Ending):
    name: ClassVar[str] = "RejectAdjustment"
    operation: ClassVar[str] = "rejectAdjustment"


@dataclass(frozen=True, slots=True)
class CancelAdjustment(_Ending):
    name: ClassVar[str] = "CancelAdjustment"
    operation: ClassVar[str] = "cancelAdjustment"


DecideAdjustment = ApproveAdjustment | RejectAdjustment | CancelAdjustment


async def decide_adjustment(key: str, request: DecideAdjustment, caller: Caller, commits: GroupCommit) -> Decision:
    """Carry the request out under its idempotency key, or refuse it."""
    return await commits.submit_once(
        key, request.operation, request, caller, lambda claim: _command(request, caller, claim)
    )


async def expire_adjustment(adjustment: UUID, caller: Caller, commits: GroupCommit) -> Decision:
    """End the request if its time has come; nothing happens if it has not, or if it has ended meanwhile."""
    return await commits.submit(Expire(adjustment, caller))


class _Step(Command):
    """One step of a request. Its level is held too, or its item where there is no level yet, so that the item stays as
    it is told."""

    #: What the audit log calls it: the API's name for it, where it has one.
    operation: ClassVar[str]

    def __init__(self, adjustment: UUID, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(caller, claim)
        self._id = adjustment

    @property
    def lane(self) -> str:
        return str(self._id)

    def needs(self) -> Needs:
        return Needs(adjustments=(self._id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        adjustment = desk.adjustments.get(self._id)
        return () if adjustment is None else (adjustment.place,)

    def keep(self, ended: Adjustment, act: AdjustmentAct, cause: Cause, desk: Desk) -> None:
        """Put the request back as it has ended, tell of it, and write down who did it."""
        desk.correct(ended, act, cause)
        action = self.operation
        desk.audited.append(entry_of(desk.ids(), self.caller, action, "Adjustment", str(self._id), adjustment=ended))


class _Verdict(_Step):
    """A step that somebody takes on a request that they may see."""

    def __init__(self, request: DecideAdjustment, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(request.adjustment, caller, claim)
        self._note = said(request.note)
        self._invalid = invalid_note("note", self._note)
        self._vendor = caller.limited_to(request.operation)

    def needs(self) -> Needs:
        return Needs() if self._invalid else super().needs()

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        adjustment = desk.adjustments.get(self._id)
        if adjustment is None or adjustment.sku not in desk.sites.seen_by(self._vendor).items:
            return Decision((unknown_adjustment(),))
        ended = self.end(adjustment, desk)
        refusals = (ended,) if isinstance(ended, Refusal) else ()
        return Decision(refusals, desk.sites.stocked([adjustment.place]), adjustment=self._id)

    @abstractmethod
    def end(self, adjustment: Adjustment, desk: Desk) -> Refusal | None:
        """End the request, or say why not."""


class Approve(_Verdict):
    operation = ApproveAdjustment.operation

    def end(self, adjustment: Adjustment, desk: Desk) -> Refusal | None:
        approved = adjustment.approve(self.caller.subject, self._note, desk.now, desk.counts)
        if isinstance(approved, Refusal):
            return approved
        done = self._carry_out(adjustment, desk)
        if isinstance(done, Refusal):
            return replace(done, message=f"{done.message} The request goes on waiting.", field=("adjustmentId",))
        self.keep(approved, AdjustmentAct.APPLIED, done, desk)
        return None

    def _carry_out(self, adjustment: Adjustment, desk: Desk) -> Cause | Refusal:
        """Move the stock, if it can be moved now; the cause is that of its entry in the ledger."""
        movement = adjustment.movement()
        place = movement.place(desk.sites, desk.reasons)
        if isinstance(place, Refusal):
            return place
        levels = {place: desk.levels[place]}
        outcome = apply_all(levels, [(place, movement)], desk.reasons, self.caller.subject, desk.stamp)
        if not isinstance(outcome, Applied):
            return next(refusal for refusal in outcome if refusal)
        desk.put(outcome.levels)
        desk.freed([adjustment.sku])
        return outcome.entries[0].cause


class Reject(_Verdict):
    operation = RejectAdjustment.operation

    def end(self, adjustment: Adjustment, desk: Desk) -> Refusal | None:
        rejected = adjustment.reject(self.caller.subject, self._note, desk.now)
        if isinstance(rejected, Refusal):
            return rejected
        return self.keep(rejected, AdjustmentAct.REJECTED, _cause(rejected), desk)


class Cancel(_Verdict):
    operation = CancelAdjustment.operation

    def needs(self) -> Needs:
        needs = super().needs()
        return needs if self._vendor is None else replace(needs, withdrawers=(self.caller.subject,))

    def end(self, adjustment: Adjustment, desk: Desk) -> Refusal | None:
        cancelled = adjustment.cancel(self.caller.subject, self._note, desk.now)
        if isinstance(cancelled, Refusal):
            return cancelled
        if self._vendor is not None and (refusal := too_many_withdrawn(desk.withdrawn[self.caller.subject])):
            return refusal
        return self.keep(cancelled, AdjustmentAct.CANCELLED, _cause(cancelled), desk)


class Expire(_Step):
    """Repeated, it finds that it has happened."""

    operation = "expireAdjustment"

    def decide(self, desk: Desk) -> Decision:
        adjustment = desk.adjustments.get(self._id)
        expired = adjustment and adjustment.expire(desk.now)
        if expired is None:
            return Decision()
        self.keep(expired, AdjustmentAct.EXPIRED, _cause(expired), desk)
        return Decision(adjustment=self._id)


def _cause(ended: Adjustment) -> Cause:
    """Of what moved nothing: who ended it, and why it was asked for."""
    return ended.movement().cause(ended.decided_by or EXPIRY)


def _command(request: DecideAdjustment, caller: Caller, claim: Claim) -> Command:
    match request:
        case ApproveAdjustment():
            return Approve(request, caller, claim)
        case RejectAdjustment():
            return Reject(request, caller, claim)
        case CancelAdjustment():
            return Cancel(request, caller, claim)
