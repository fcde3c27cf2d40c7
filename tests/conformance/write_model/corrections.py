"""Corrections in the random runs, and what becomes of those that wait: as they are drawn, and as they are sent."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.movements import Adjust, Count
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    RejectAdjustment,
    decide_adjustment,
    expire_adjustment,
)
from services.decisions import Decision
from services.stock import MoveStock, move_each
from tests.conformance.write_model import movements
from tests.conformance.write_model.asks import (
    ANY_PLACE,
    MOSTLY_FINE,
    NOTE,
    NUMBER,
    PLACE,
    PLACE_OF_D,
    Ask,
    Desk,
    Send,
    asks,
    one_of,
)
from tests.conformance.write_model.people import CORRECTING, DECIDING, EXPIRY
from tests.conformance.write_model.plain_corrections import PlainCorrections
from tests.conformance.write_model.plain_stock import UNITS_MAX, Level, Why

# ------------------------------------------------------------------------------------------------- as they are drawn

_change = st.sampled_from([-1, 1, -2, 2, -3, 3, -4, 4, -5, 5])
#: By how many versions the level is older that was looked at; None: whatever it is.
_late_by = st.none() | st.none() | st.none() | st.sampled_from([0, 0, 1, -1])
_place = PLACE | PLACE | PLACE_OF_D
_adjust = st.builds(lambda place, *rest: (*place, *rest), _place, _change, MOSTLY_FINE, _late_by)
_count = st.builds(lambda place, *rest: (*place, *rest), _place, st.integers(-1, 6), MOSTLY_FINE, _late_by)
_adjust_wherever = st.builds(
    lambda place, *rest: (*place, *rest),
    *(ANY_PLACE, _change | st.sampled_from([0, UNITS_MAX, UNITS_MAX + 1]), MOSTLY_FINE, _late_by),
)
ADJUSTING = asks("adjustStock", _adjust, CORRECTING)
COUNTING = asks("countStock", _count, CORRECTING)
ADJUSTING_WHEREVER = asks("adjustStock", _adjust_wherever, CORRECTING)
ADJUSTING_EACH = asks(
    "adjustStockBatch",
    st.lists(_adjust | _adjust | _adjust_wherever, max_size=4).map(lambda lines: (tuple(lines),)),
    CORRECTING,
)
APPROVING = asks("approveAdjustment", st.tuples(NUMBER, NOTE), DECIDING)
REJECTING = asks("rejectAdjustment", st.tuples(NUMBER, NOTE), DECIDING)
CANCELLING = asks("cancelAdjustment", st.tuples(NUMBER, NOTE), CORRECTING)
GIVING_UP = asks("expireAdjustment", st.tuples(NUMBER), st.just(EXPIRY))
VERDICTS = {
    "approveAdjustment": ApproveAdjustment,
    "rejectAdjustment": RejectAdjustment,
    "cancelAdjustment": CancelAdjustment,
}

# -------------------------------------------------------------------------------------------------- as they are sent


def addressed(ask: Ask, books: PlainCorrections) -> tuple[Any, ...]:
    """The arguments with the number of a correction that there is, or with the version that who asks has looked at."""
    if ask.operation in ("adjustStock", "countStock"):
        return _expecting(ask.arguments, books)
    if ask.operation == "adjustStockBatch":
        return (tuple(_expecting(line, books) for line in ask.arguments[0]),)
    if ask.operation not in (*VERDICTS, "expireAdjustment"):
        return ask.arguments
    waiting = [number for number, each in enumerate(books.corrections) if each.status == "PENDING_APPROVAL"]
    return one_of(ask.arguments[0], range(len(books.corrections)), waiting), *ask.arguments[1:]


def _expecting(line: tuple[Any, ...], books: PlainCorrections) -> tuple[Any, ...]:
    *asked, late_by = line
    level = books.levels.get((asked[0], asked[1])) or Level()
    return *asked, None if late_by is None else level.version - late_by


async def _adjust_stock(desk: Desk, ask: Ask) -> Decision:
    return await movements.sent(desk, ask, _adjustment(*ask.arguments))


async def _count_stock(desk: Desk, ask: Ask) -> Decision:
    sku, location, counted, why, version = ask.arguments
    count = Count(sku=sku, location=location, counted=counted, expected_version=version, **movements.said(why))
    return await movements.sent(desk, ask, count)


async def _adjust_each(desk: Desk, ask: Ask) -> Decision:
    request = MoveStock(ask.key, tuple(_adjustment(*line) for line in ask.arguments[0]), ask.operation)
    return await move_each(request, desk.caller(ask), desk.world.commits)


def _adjustment(sku: str, location: str | None, change: int, why: Why, version: int | None) -> Adjust:
    return Adjust(sku=sku, location=location, change=change, expected_version=version, **movements.said(why))


async def _decide(desk: Desk, ask: Ask) -> Decision:
    number, note = ask.arguments
    request = VERDICTS[ask.operation](desk.id("adjustment", number), note)
    return await decide_adjustment(ask.key, request, desk.caller(ask), desk.world.commits)


async def _expire(desk: Desk, ask: Ask) -> Decision:
    return await expire_adjustment(desk.id("adjustment", ask.arguments[0]), desk.caller(ask), desk.world.commits)


SEND: dict[str, Send] = {
    "adjustStock": _adjust_stock,
    "countStock": _count_stock,
    "adjustStockBatch": _adjust_each,
    "expireAdjustment": _expire,
    **dict.fromkeys(VERDICTS, _decide),
}
