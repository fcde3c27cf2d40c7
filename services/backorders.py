"""Backorders: serving those who wait for a SKU of which there is some, as a command.

Whatever frees units serves those who wait by then. Somebody has to ask for it where units arrive at a place that had
none of the SKU before while a reservation begins to wait, or that one insists on; where a location is opened again; and
where more wait, or keep coming, than one batch looks at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from domain.access import Caller
from domain.events import Event, ReservationChanged
from domain.places import Place
from domain.reservations import ReservationAct
from services.commands import Command, Needs
from services.decisions import Decision
from services.desk import Desk
from services.group_commit import GroupCommit


async def serve_waiting(sku: str, caller: Caller, commits: GroupCommit) -> bool:
    """Give what there is of a SKU to those who wait for it, the oldest first, as many as one batch looks at.

    Whether anybody was given anything; repeated, it finds nothing to do.
    """
    return (await commits.submit(ServeWaiting(sku, caller))).subject is not None


class ServeWaiting(Command):
    def __init__(self, sku: str, caller: Caller) -> None:
        super().__init__(caller)
        self._sku = sku

    @property
    def lane(self) -> str:
        return self._sku

    def needs(self) -> Needs:
        return Needs(skus=(self._sku,))

    def places(self, desk: Desk) -> Iterable[Place]:
        """None of its own: the desk asks for those from which they may be served."""
        return ()

    def decide(self, desk: Desk) -> Decision:
        """Nothing is left to do: the desk serves those who wait before anybody's turn."""
        filled = (moved.sku for event in desk.events if _fills(event) for moved in event.moved)
        return Decision(subject=self._sku if self._sku in filled else None)


def _fills(event: Event) -> TypeGuard[ReservationChanged]:
    return isinstance(event, ReservationChanged) and event.act is ReservationAct.FILLED
