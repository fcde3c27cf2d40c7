"""Operations: each as it is handed in to the services, and as it is put to the plain books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from services.decisions import Decision
from tests.conformance.write_model import corrections as corrected
from tests.conformance.write_model import cycle_counts as counted
from tests.conformance.write_model import movements as moved
from tests.conformance.write_model import policies as settled
from tests.conformance.write_model import reservations as reserved
from tests.conformance.write_model import transfers as transferred
from tests.conformance.write_model.asks import Ask, Desk
from tests.conformance.write_model.plain_books import PlainBooks
from tests.conformance.write_model.plain_stock import Answer

_KINDS = (corrected, counted, moved, settled, reserved, transferred)
_ADDRESSED = {
    operation: kind.addressed for kind in (corrected, counted, reserved, transferred) for operation in kind.SEND
}
_SEND = {operation: send for kind in _KINDS for operation, send in kind.SEND.items()}
#: What many may send at once and is decided in the order in which it comes.
BATCH = st.lists(
    st.one_of(
        *(reserved.RESERVING, reserved.RESERVING, reserved.RESERVING, reserved.RESERVING, reserved.RESERVING_WRONGLY),
        *(reserved.CONFIRMING, reserved.COMMITTING, reserved.COMMITTING, reserved.EXTENDING, reserved.EXPIRING),
        *(reserved.RELEASING, reserved.RELEASING, reserved.VENDORS_RELEASING),
        *(moved.RECEIVING, moved.RECEIVING, moved.RETURNING, moved.HOLDING, moved.UNHOLDING, moved.WASTING),
        *(moved.RECEIVING_WHEREVER, moved.MOVING_WHEREVER, moved.MAKING_LEVELS, moved.MAKING_LEVELS),
        *(transferred.SENDING, transferred.SENDING, transferred.ARRIVING, transferred.ARRIVING),
        *(transferred.SENDING_WRONGLY, transferred.CALLING_OFF),
        *(corrected.ADJUSTING, corrected.ADJUSTING, corrected.COUNTING, corrected.ADJUSTING_EACH),
        *(corrected.APPROVING, corrected.APPROVING, corrected.REJECTING, corrected.CANCELLING, corrected.GIVING_UP),
        *(counted.COUNTING_FROM_LISTS, counted.COUNTING_FROM_LISTS),
    ),
    min_size=2,
    max_size=7,
)
#: What is decided in a transaction of its own, whenever that begins.
ALONE = st.one_of(settled.SETTLING_RULES, settled.DESCRIBING, counted.MAKING_LISTS, counted.CLOSING_LISTS)


async def hand_in(desk: Desk, ask: Ask) -> Decision:
    return await _SEND[ask.operation](desk, ask)


def addressed(ask: Ask, books: PlainBooks) -> Ask:
    """The request with the numbers of things that there are, mostly."""
    address: Callable[[Ask, PlainBooks], tuple[Any, ...]] | None = _ADDRESSED.get(ask.operation)
    return ask if address is None else ask._replace(arguments=address(ask, books))


def carry_out(books: PlainBooks, ask: Ask) -> Answer:
    """The same request to the plain books."""
    act = _ACTS[ask.operation]
    if ask.operation.startswith("expire"):
        return act(books, ask)
    return books.ask(ask.by, ask.operation, ask.key, ask.arguments, lambda: act(books, ask))


def _by_anybody(act: Callable[..., Answer]) -> Callable[[PlainBooks, Ask], Answer]:
    return lambda books, ask: act(books, *ask.arguments)


def _by(act: Callable[..., Answer]) -> Callable[[PlainBooks, Ask], Answer]:
    return lambda books, ask: act(books, ask.by, *ask.arguments)


_ACTS: dict[str, Callable[[PlainBooks, Ask], Answer]] = {
    "reserveStock": _by_anybody(PlainBooks.reserve),
    "confirmReservation": _by_anybody(PlainBooks.confirm),
    "commitReservation": _by_anybody(PlainBooks.commit),
    "releaseReservation": _by(PlainBooks.release),
    "extendReservation": _by_anybody(PlainBooks.extend),
    "expireReservation": _by_anybody(PlainBooks.expire),
    "receiveStock": _by(PlainBooks.receive),
    "returnStock": _by(PlainBooks.take_back),
    "holdStock": _by(PlainBooks.hold),
    "unholdStock": _by(PlainBooks.unhold),
    "wasteStock": _by(PlainBooks.waste),
    "transferStock": _by_anybody(PlainBooks.send),
    "receiveTransfer": _by_anybody(PlainBooks.take_in),
    "cancelTransfer": _by_anybody(PlainBooks.call_off),
    "adjustStock": _by(PlainBooks.adjust),
    "countStock": _by(PlainBooks.count),
    "adjustStockBatch": _by(PlainBooks.adjust_each),
    "approveAdjustment": _by(PlainBooks.approve),
    "rejectAdjustment": _by(PlainBooks.reject),
    "cancelAdjustment": _by(PlainBooks.cancel),
    "expireAdjustment": _by(PlainBooks.give_up),
    "createCycleCount": _by(PlainBooks.make_list),
    "recordCycleCount": _by(PlainBooks.count_from_list),
    "closeCycleCount": _by(PlainBooks.close_list),
    "setApprovalPolicy": _by_anybody(PlainBooks.settle_rules),
    "upsertReasonCode": _by_anybody(PlainBooks.describe_reason),
    "upsertItem": _by_anybody(PlainBooks.describe_item),
    "upsertLocation": _by_anybody(PlainBooks.describe_location),
}
