"""Cycle counts in the random runs: as they are drawn, and as they are sent."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from services.cycle_counts import (
    CloseCycleCount,
    CreateCycleCount,
    RecordCycleCount,
    close_cycle_count,
    create_cycle_count,
    record_cycle_count,
)
from services.decisions import Decision
from tests.conformance.write_model.asks import (
    LOCATION,
    NOTE,
    NUMBER,
    REFERENCE,
    SKU,
    Ask,
    Desk,
    Send,
    asks,
    one_of,
)
from tests.conformance.write_model.people import MOVING
from tests.conformance.write_model.plain_cycle_counts import PlainCycleCounts
from tests.conformance.write_model.plain_stock import Level
from tests.conformance.write_model.world import counting_ids

_list = st.lists(SKU, min_size=1, max_size=3, unique=True).map(tuple)
_any_list = st.lists(st.sampled_from(["A", "B", "OLD", "GHOST", "NEW"]), max_size=3).map(tuple)
_reason = st.none() | st.none() | st.sampled_from(["correction", "damaged", "found", "other", "nonsense"])
#: Which line of the list, or none of it; and how many more than the books have, or too few to be any.
_counting = st.tuples(
    NUMBER, st.sampled_from([0, 1, 2, 0, 1, 2, None]), st.sampled_from([0, 1, -1, 2, -2, 4, -4, 5, None]), _reason, NOTE
)

MAKING_LISTS = asks(
    "createCycleCount",
    st.one_of(
        *[st.tuples(LOCATION, _list, st.booleans(), REFERENCE)] * 3,
        st.tuples(st.just("ANNEX") | LOCATION, st.just(("D",)), st.booleans(), REFERENCE),
        st.tuples(st.sampled_from(["MAIN", "SHUT", "NOWHERE"]), _any_list, st.booleans(), REFERENCE),
    ),
    MOVING,
)
COUNTING_FROM_LISTS = asks("recordCycleCount", _counting, MOVING)
CLOSING_LISTS = asks("closeCycleCount", st.tuples(NUMBER), MOVING)


def addressed(ask: Ask, books: PlainCycleCounts) -> tuple[Any, ...]:
    """The arguments with the number of a list that there is, mostly an open one, with a SKU mostly of it, and units
    about those that the books have."""
    if ask.operation == "createCycleCount":
        return ask.arguments
    open_ = [number for number, each in enumerate(books.lists) if each.status == "OPEN"]
    number = one_of(ask.arguments[0], range(len(books.lists)), open_)
    if ask.operation == "closeCycleCount":
        return (number,)
    _, line, more, *rest = ask.arguments
    if number is None or line is None:
        return number, "GHOST", -1 if more is None else max(0, more), *rest
    there = books.lists[number]
    sku = there.skus[line % len(there.skus)]
    level = books.levels.get((sku, there.location)) or Level()
    return number, sku, -1 if more is None else max(0, level.on_hand + more), *rest


async def _make(desk: Desk, ask: Ask) -> Decision:
    request = CreateCycleCount(*ask.arguments)
    return await create_cycle_count(ask.key, request, desk.caller(ask), desk.world.units, counting_ids)


async def _record(desk: Desk, ask: Ask) -> Decision:
    number, *counted = ask.arguments
    request = RecordCycleCount(desk.id("cycle_count", number), *counted)
    return await record_cycle_count(ask.key, request, desk.caller(ask), desk.world.commits)


async def _close(desk: Desk, ask: Ask) -> Decision:
    request = CloseCycleCount(desk.id("cycle_count", ask.arguments[0]))
    return await close_cycle_count(ask.key, request, desk.caller(ask), desk.world.units, counting_ids)


SEND: dict[str, Send] = {"createCycleCount": _make, "recordCycleCount": _record, "closeCycleCount": _close}
