"""Movements in the random runs: as they are drawn, and as they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from domain.movements import Hold, Movement, Receive, Return, Unhold, Waste
from services.decisions import Decision
from services.stock import MoveStock, move_stock
from tests.conformance.write_model.asks import (
    ANY_PLACE,
    ANY_SKU,
    FEW,
    LOCATION,
    NOTE,
    PLACE,
    REFERENCE,
    WHY,
    Ask,
    Desk,
    Send,
    asks,
)
from tests.conformance.write_model.people import MOVING
from tests.conformance.write_model.plain_stock import UNITS_MAX, Why

# ------------------------------------------------------------------------------------------------- as they are drawn

_units = FEW | FEW | st.sampled_from([0, -1, UNITS_MAX + 1])
_said = st.builds(Why, st.none(), NOTE, REFERENCE)
_few = st.integers(1, 3)
RECEIVING = asks("receiveStock", st.builds(lambda place, units: (*place, units, Why()), PLACE, FEW))
#: Nobody is ever promised any of D: as many as one place holds stand in no other run's way.
RECEIVING_MANY = asks("receiveStock", st.tuples(st.just("D"), st.just("MAIN"), st.just(UNITS_MAX - 6), _said), MOVING)
RETURNING = asks("returnStock", st.builds(lambda place, units: (*place, units, Why()), PLACE, FEW))
HOLDING = asks("holdStock", st.builds(lambda place, units: (*place, units, Why()), PLACE, _few), MOVING)
UNHOLDING = asks("unholdStock", st.builds(lambda place, units: (*place, units, Why()), PLACE, _few), MOVING)
WASTING = asks(
    "wasteStock", st.builds(lambda place, units, held: (*place, units, Why(), held), PLACE, _few, st.booleans()), MOVING
)
MOVING_WHEREVER = st.one_of(
    asks("receiveStock", st.builds(lambda place, *rest: (*place, *rest), ANY_PLACE, _units, _said), MOVING),
    *(
        asks(operation, st.builds(lambda place, *rest: (*place, *rest), ANY_PLACE, _units, WHY), MOVING)
        for operation in ("returnStock", "holdStock", "unholdStock")
    ),
    asks("wasteStock", st.builds(lambda place, *rest: (*place, *rest), ANY_PLACE, _units, WHY, st.booleans()), MOVING),
)
RECEIVING_WHEREVER = asks("receiveStock", st.tuples(ANY_SKU, st.none() | LOCATION, FEW, st.just(Why())))
#: Of a SKU that has no level at first.
MAKING_LEVELS = asks("receiveStock", st.tuples(st.just("NEW"), st.none() | st.none() | LOCATION, FEW, st.just(Why())))

# -------------------------------------------------------------------------------------------------- as they are sent


def said(why: Why) -> dict[str, Any]:
    return {"reason_code": why.reason, "note": why.note, "reference": why.reference}


async def sent(desk: Desk, ask: Ask, movement: Movement) -> Decision:
    return await move_stock(MoveStock(ask.key, (movement,), ask.operation), desk.caller(ask), desk.world.commits)


async def _send(
    kind: Callable[..., Movement],
    desk: Desk,
    ask: Ask,
    sku: str,
    location: str | None,
    units: int,
    why: Why,
    *held: bool,
) -> Decision:
    more = {"from_hold": held[0]} if held else {}
    return await sent(desk, ask, kind(sku=sku, location=location, quantity=units, **said(why), **more))


def _sending(kind: Callable[..., Movement]) -> Send:
    return lambda desk, ask: _send(kind, desk, ask, *ask.arguments)


SEND: dict[str, Send] = {
    "receiveStock": _sending(Receive),
    "returnStock": _sending(Return),
    "holdStock": _sending(Hold),
    "unholdStock": _sending(Unhold),
    "wasteStock": _sending(Waste),
}
