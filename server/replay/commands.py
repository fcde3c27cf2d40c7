"""Commands: what the replay asks of the inventory, each under a key made from the file's content and its document.

So a run that was cut off is simply run again: what was done is answered, not done twice. Another file's documents are
others, whatever their number.
"""

from collections.abc import Sequence
from itertools import count
from typing import TypeVar

from domain.access import Caller
from domain.movements import Movement
from domain.refusals import Refusal, RefusalCode
from server.replay.summary import Summary
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.reservations import ReserveStock, reserve_stock
from services.settlement import SettleReservation, settle_reservation
from services.stock import MoveStock, move_stock

Moving = TypeVar("Moving", bound=Movement)


class Commands:
    """`digest` is the file's. Each command is decided in the order in which it was given; what is refused is counted
    in the summary."""

    def __init__(self, digest: str, caller: Caller, commits: GroupCommit, summary: Summary) -> None:
        self._digest, self._caller, self._commits, self._summary = digest, caller, commits, summary

    def key(self, name: str) -> str:
        return f"{self._digest}:{name}"

    def order_id(self, name: str) -> str:
        """Unlike the number of an invoice, no other file's, and no other piece's of that invoice."""
        return f"{name}@{self._digest[:8]}"

    async def reserve(self, name: str, request: ReserveStock) -> Decision:
        decision = await reserve_stock(self.key(name), request, self._caller, self._commits)
        if decision.reservation is None:
            self._summary.refuse("reservation", decision.refusals[0].code)
        return decision

    async def settle(self, what: str, name: str, request: SettleReservation) -> bool:
        """Whether it was done; `what` names the kind of step."""
        decision = await settle_reservation(self.key(name), request, self._caller, self._commits)
        for refusal in decision.refusals:
            self._summary.refuse(what, refusal.code)
        return not decision.refusals

    async def move(self, operation: str, name: str, movements: Sequence[Moving], what: str) -> Sequence[Moving]:
        """Carry out together all movements that can be; those that were. Each refused line is counted."""
        for attempt in count(1):
            if not movements:
                break
            command = MoveStock(self.key(f"{name}:{attempt}"), tuple(movements), operation)
            decision = await move_stock(command, self._caller, self._commits)
            if not decision.refusals:
                self._summary.changes += len(movements)
                break
            movements = self._without_refused(movements, decision, what)
        return movements

    def _without_refused(self, movements: Sequence[Moving], decision: Decision, what: str) -> Sequence[Moving]:
        refused = {_line_of(refusal, len(movements)): refusal.code for refusal in decision.refusals}
        if None in refused:  # the command as a whole
            refused = dict.fromkeys(range(len(movements)), refused[None])
        for code in refused.values():
            self._summary.refuse(what, code)
        return [movement for number, movement in enumerate(movements) if number not in refused]


def _line_of(refusal: Refusal, lines: int) -> int | None:
    """Which of the command's movements was refused; None: all of them."""
    if refusal.code is RefusalCode.IDEMPOTENCY_KEY_REUSED:
        return None
    if lines == 1:
        return 0
    return int(refusal.field[1]) if refusal.field[:1] == ("lines",) else None
