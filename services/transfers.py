"""Transfers: sending units to another location, receiving them there and calling them off, each as a command."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.access import Caller
from domain.events import TransferChanged
from domain.places import Place
from domain.quantities import invalid_quantity
from domain.refusals import Refusal
from domain.texts import invalid_note, said
from domain.transfer_state import TransferState
from domain.transfers import Ends, Moved, Route, Transfer, TransferAct, invalid_transfer, unknown_transfer
from services.commands import Command, Needs
from services.decisions import Claim, Decision
from services.desk import Desk
from services.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class TransferStock:
    name: ClassVar[str] = "TransferStock"
    operation: ClassVar[str] = "transferStock"
    sku: str
    origin: str
    destination: str
    quantity: int
    reference: str | None = None
    note: str | None = None

    @property
    def route(self) -> Route:
        return Route(self.sku, self.origin, self.destination)


@dataclass(frozen=True, slots=True)
class ReceiveTransfer:
    name: ClassVar[str] = "ReceiveTransfer"
    operation: ClassVar[str] = "receiveTransfer"
    transfer: UUID
    quantity: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    name: ClassVar[str] = "CancelTransfer"
    operation: ClassVar[str] = "cancelTransfer"
    transfer: UUID
    note: str | None = None


MoveTransfer = TransferStock | ReceiveTransfer | CancelTransfer


async def move_transfer(key: str, request: MoveTransfer, caller: Caller, commits: GroupCommit) -> Decision:
    """Carry the request out under its idempotency key, or refuse it."""
    return await commits.submit_once(
        key, request.operation, request, caller, lambda claim: _command(request, caller, claim)
    )


class _Step(Command):
    """One act on a transfer: it changes with both of its levels, or nothing does."""

    act: ClassVar[TransferAct]

    def __init__(self, note: str | None, caller: Caller, claim: Claim | None, invalid: Refusal | None) -> None:
        super().__init__(caller, claim)
        self._note = said(note)
        self._invalid = invalid or invalid_note("note", self._note)

    def _carry_out(self, moved: Moved, desk: Desk) -> Decision:
        transfer, units = moved
        places = transfer.route.places
        before = desk.transfers.get(transfer.id)
        cause, stamp = transfer.cause(self.caller.subject, self._note), desk.stamp()
        ends = Ends(*(desk.levels[place] for place in places)).after(self.act, units, cause, stamp)
        if isinstance(ends, Refusal):
            return Decision((ends,), places, transfer=before and before.id)
        desk.put(dict(zip(places, ends, strict=True)))
        desk.transfers.put(transfer)
        desk.freed([transfer.route.sku])
        state, status_before = TransferState.of(transfer, desk.sites), before and before.status
        at = stamp.occurred_at
        desk.events.append(TransferChanged(desk.ids(), self.act, state, status_before, units, cause, at))
        return Decision(places=places, transfer=transfer.id)


class Send(_Step):
    act = TransferAct.SENT

    def __init__(self, request: TransferStock, caller: Caller, claim: Claim | None = None) -> None:
        invalid = invalid_transfer(request.route, request.quantity, request.reference)
        super().__init__(request.note, caller, claim, invalid)
        self._request = request
        self._route = request.route

    @property
    def lane(self) -> str:
        return self._route.sku

    def needs(self) -> Needs:
        if self._invalid:
            return Needs()
        return Needs((self._route.sku,), (self._route.origin, self._route.destination))

    def places(self, desk: Desk) -> Iterable[Place]:
        return () if self._invalid or self._route.unusable(desk.sites) else self._route.places

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        if refusal := self._route.unusable(desk.sites):
            return Decision((refusal,), self._route.places)
        at = desk.now
        return self._carry_out(
            Transfer.sent(desk.ids(), self._route, self._request.quantity, self._request.reference, at), desk
        )


class _Later(_Step):
    """An act on a transfer that is there."""

    def __init__(
        self, id_: UUID, note: str | None, caller: Caller, claim: Claim | None = None, invalid: Refusal | None = None
    ) -> None:
        super().__init__(note, caller, claim, invalid)
        self._id = id_

    @property
    def lane(self) -> str:
        return str(self._id)

    def needs(self) -> Needs:
        return Needs() if self._invalid else Needs(transfers=(self._id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        transfer = desk.transfers.get(self._id)
        return () if transfer is None else transfer.route.places

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        transfer = desk.transfers.get(self._id)
        if transfer is None:
            return Decision((unknown_transfer(),))
        moved = self.change(transfer, desk)
        if isinstance(moved, Refusal):
            return Decision((moved,), transfer.route.places, transfer=transfer.id)
        return self._carry_out(moved, desk)

    @abstractmethod
    def change(self, transfer: Transfer, desk: Desk) -> Moved | Refusal:
        """The transfer after this act, or why not."""


class TakeIn(_Later):
    act = TransferAct.RECEIVED

    def __init__(self, request: ReceiveTransfer, caller: Caller, claim: Claim | None = None) -> None:
        invalid = invalid_quantity(request.quantity, None, None)
        super().__init__(request.transfer, request.note, caller, claim, invalid)
        self._quantity = request.quantity

    def change(self, transfer: Transfer, desk: Desk) -> Moved | Refusal:
        return transfer.route.blocked(desk.sites, "transferId") or transfer.receive(self._quantity, desk.now)


class CallOff(_Later):
    """Also where the sender has closed since, or the item was archived: the units have never been elsewhere."""

    act = TransferAct.CANCELLED

    def __init__(self, request: CancelTransfer, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(request.transfer, request.note, caller, claim)

    def change(self, transfer: Transfer, desk: Desk) -> Moved | Refusal:
        return transfer.cancel(desk.now)


def _command(request: MoveTransfer, caller: Caller, claim: Claim) -> Command:
    match request:
        case TransferStock():
            return Send(request, caller, claim)
        case ReceiveTransfer():
            return TakeIn(request, caller, claim)
        case CancelTransfer():
            return CallOff(request, caller, claim)
