"""What a watcher of adjustments is told: what waits, each act once and in order, and what a filter lets through."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.access import Scope
from domain.adjustments import AdjustmentAct
from services.live import AdjustmentStreamFilter, StreamEventType
from tests.factories.adjustment_events import LEVEL, PENDING, SOON, done, request
from tests.factories.adjustment_events import told as act
from tests.factories.events import TENANT, handed_over, message_of
from tests.fakes.live import SCOPE, World, a_world, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
ASKED, OTHER = request(), request("other", sku="STOVE", reason_code="damaged", requested_by="clerk@acme")
ALL = AdjustmentStreamFilter()
FILTERS = [
    ALL,
    AdjustmentStreamFilter(ids=[ASKED.id]),
    AdjustmentStreamFilter(status=[PENDING]),
    AdjustmentStreamFilter(skus=["TENT"]),
    AdjustmentStreamFilter(reason_codes=["lost"]),
    AdjustmentStreamFilter(requested_by="manager@acme"),
]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


@pytest.mark.parametrize("filter", FILTERS[1:], ids=str)
async def test_a_filter_tells_what_matches_and_nothing_else(world: World, filter: AdjustmentStreamFilter) -> None:
    watch = await world.live(filter)
    other = act(AdjustmentAct.REQUESTED, OTHER, None)
    rejected = done(OTHER.reject("approver@acme", "no", SOON))
    await world.say(message_of(other, 101), message_of(act(AdjustmentAct.REJECTED, rejected, None), 102))
    await world.say(message_of(act(AdjustmentAct.REQUESTED, ASKED, None), 103))
    events = await told(watch, 2 if filter.status else 1)
    assert story(events)[-1:] == [(CHANGE, 1)]
    assert events[-1].thing_id == ASKED.id


@pytest.mark.parametrize("filter", FILTERS, ids=str)
async def test_a_snapshot_is_asked_for_with_each_filter_and_followed_by_changes(
    world: World, filter: AdjustmentStreamFilter
) -> None:
    asked = act(AdjustmentAct.REQUESTED, ASKED, None)
    world.corrections.show(asked.state, 101)
    watch = world.hub.watch(SCOPE, filter, snapshot=True)
    assert story(await told(watch, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    assert world.corrections.asked[0][1].requested_by == filter.requested_by
    cancelled = done(ASKED.cancel("manager@acme", None, SOON))
    await world.say(message_of(asked, 101), message_of(act(AdjustmentAct.CANCELLED, cancelled), 102))
    [event] = await told(watch, 1)
    assert (event.type, event.thing_id) == (REMOVED if filter.status else CHANGE, ASKED.id)


async def test_a_request_goes_to_the_new_vendor_with_its_item_though_there_is_no_level(world: World) -> None:
    asked = act(AdjustmentAct.REQUESTED, ASKED, None)
    world.corrections.show(asked.state, 101)
    peak, new = (world.hub.watch(Scope(TENANT, vendor), ALL, snapshot=True) for vendor in ("Peak", "New"))
    staff = await world.live(ALL)
    assert story(await told(peak, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    assert story(await told(new, 1)) == [(CAUGHT_UP, None)]
    item = replace(LEVEL.item, vendor="New")
    world.corrections.show(replace(asked.state, item=item), 102)
    await world.say(handed_over(LEVEL.item, "New", 102))
    assert story(await told(peak, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    assert story(await told(new, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]
    await world.say(message_of(act(AdjustmentAct.CANCELLED, done(ASKED.cancel("manager@acme", None, SOON))), 103))
    assert story(await told(staff, 1)) == [(CHANGE, 2)], "who sees both is told nothing of it"
