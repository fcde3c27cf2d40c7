"""Transfers in the random runs: as they are drawn, and as they are sent."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import strategies as st

from services.decisions import Decision
from services.transfers import CancelTransfer, MoveTransfer, ReceiveTransfer, TransferStock, move_transfer
from tests.conformance.write_model.asks import ANY_SKU, NUMBER, SKU, Ask, Desk, Send, asks, one_of
from tests.conformance.write_model.people import MOVING
from tests.conformance.write_model.plain_stock import UNITS_MAX
from tests.conformance.write_model.plain_transfers import PlainTransfers

#: From where to where.
WAYS = st.sampled_from([pair for pair in product(("MAIN", "WEST", "EAST"), repeat=2) if pair[0] != pair[1]])
FEW = st.sampled_from([1, 1, 1, 2, 2, 3, 4])
_code = st.sampled_from(["MAIN", "MAIN", "WEST", "SHUT", "NOWHERE"])
_of_d = st.sampled_from([("D", "MAIN", "ANNEX"), ("D", "MAIN", "ANNEX"), ("D", "ANNEX", "MAIN")])

SENDING = asks(
    "transferStock",
    st.one_of(
        *[st.builds(lambda sku, way, units: (sku, *way, units), SKU, WAYS, FEW)] * 2,
        st.builds(lambda way, units: (*way, units), _of_d, FEW),
    ),
    MOVING,
)
SENDING_WRONGLY = asks("transferStock", st.tuples(ANY_SKU, _code, _code, FEW | st.sampled_from([0, UNITS_MAX + 1])))
ARRIVING = asks("receiveTransfer", st.tuples(NUMBER, st.sampled_from([1, 1, 1, 1, 2, 2, 3, 0])), MOVING)
CALLING_OFF = asks("cancelTransfer", st.tuples(NUMBER), MOVING)


def addressed(ask: Ask, books: PlainTransfers) -> tuple[Any, ...]:
    """The arguments with the number of a transfer that there is, where they begin with one; mostly on its way."""
    if ask.operation == "transferStock":
        return ask.arguments
    open_ = [number for number, way in enumerate(books.ways) if way.open]
    return one_of(ask.arguments[0], range(len(books.ways)), open_), *ask.arguments[1:]


async def _send(desk: Desk, ask: Ask) -> Decision:
    return await move_transfer(ask.key, _request(desk, ask), desk.caller(ask), desk.world.commits)


def _request(desk: Desk, ask: Ask) -> MoveTransfer:
    if ask.operation == "transferStock":
        return TransferStock(*ask.arguments)
    named = desk.id("transfer", ask.arguments[0])
    return CancelTransfer(named) if ask.operation == "cancelTransfer" else ReceiveTransfer(named, ask.arguments[1])


SEND: dict[str, Send] = dict.fromkeys(("transferStock", "receiveTransfer", "cancelTransfer"), _send)
