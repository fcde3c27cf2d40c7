"""What a watcher of alerts is told: what stands, each act once and in order, and what a filter lets through."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid5

import pytest

from domain.alert_state import AlertState
from domain.alerts import Alert, AlertKind, AlertStatus
from services.live import AlertStreamFilter, StreamEventType
from tests.factories.alert_events import LOW, OUT, SOON, STALE, alert, seen
from tests.factories.alert_events import told as act
from tests.factories.events import TENANT, message_of
from tests.fakes.live import SCOPE, World, a_world, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
OPEN, ACKNOWLEDGED, RESOLVED = AlertStatus
ALL = AlertStreamFilter()
STANDING = AlertStreamFilter(status=[OPEN, ACKNOWLEDGED])
IT = alert()
#: Each names the alert of TENT at MAIN, and nothing of the other one.
FILTERS = [
    AlertStreamFilter(kinds=[LOW]),
    AlertStreamFilter(status=[OPEN]),
    AlertStreamFilter(skus=["TENT"]),
    AlertStreamFilter(locations=["MAIN"]),
    AlertStreamFilter(categories=["tents"]),
    AlertStreamFilter(vendors=["Peak"]),
]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def an_other() -> AlertState:
    """Of another kind, already seen, of another item at another place."""
    state = act(seen(replace(alert(OUT, 0), id=uuid5(TENANT, "other"), sku="STOVE", location="WEST"))).state
    item = replace(state.item, sku="STOVE", category="stoves", vendor="Other")
    return replace(state, item=item, location=replace(state.location, code="WEST"))


@pytest.mark.parametrize("filter", FILTERS, ids=str)
async def test_a_filter_tells_what_matches_and_nothing_else(world: World, filter: AlertStreamFilter) -> None:
    other = an_other()
    watch = await world.live(filter)
    await world.say(message_of(replace(act(other.alert), state=other), 101), message_of(act(IT), 102))
    [event] = await told(watch, 1)
    assert (event.type, event.thing_id, event.alert and event.alert.version) == (CHANGE, IT.id, 1)


@pytest.mark.parametrize("filter", [ALL, *FILTERS], ids=str)
async def test_a_snapshot_is_asked_for_with_each_filter_and_followed_by_changes(
    world: World, filter: AlertStreamFilter
) -> None:
    world.alarms.show(act(IT).state, 101)
    world.alarms.show(an_other(), 101)
    watch = world.hub.watch(SCOPE, filter, snapshot=True)
    events = await told(watch, 3 if filter == ALL else 2)
    assert (events[0].type, events[0].thing_id, events[-1].type) == (SNAPSHOT, IT.id, CAUGHT_UP)
    await world.say(message_of(act(IT), 101), message_of(act(seen(IT), IT), 102))
    [event] = await told(watch, 1)
    assert (event.type, event.thing_id) == (REMOVED if filter.status else CHANGE, IT.id)


async def test_low_stock_that_runs_out_leaves_who_asks_for_low_stock_and_comes_to_who_asks_for_none(
    world: World,
) -> None:
    low, out = await world.live(AlertStreamFilter(kinds=[LOW])), await world.live(AlertStreamFilter(kinds=[OUT]))
    gone = IT.turn(OUT, 0, 5, SOON)
    await world.say(message_of(act(IT), 101), message_of(act(gone, IT), 102))
    await world.say(message_of(act(gone.turn(LOW, 2, 5, SOON), gone), 103))
    assert story(await told(low, 3)) == [(CHANGE, 1), (REMOVED, None), (CHANGE, 3)]
    assert story(await told(out, 2)) == [(CHANGE, 2), (REMOVED, None)]


async def test_alerts_of_age_are_told_to_who_asks_for_them_alone(world: World) -> None:
    stock, every = await world.live(ALL), await world.live(AlertStreamFilter(kinds=list(AlertKind)))
    stale = alert(STALE, 50, None)
    await world.say(message_of(act(stale), 101), message_of(act(IT), 102))
    assert [event.thing_id for event in await told(every, 2)] == [stale.id, IT.id]
    assert [event.thing_id for event in await told(stock, 1)] == [IT.id]


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (None, (CHANGE, 2)),
        ([OPEN, RESOLVED], (CHANGE, 2)),
        ([OPEN, ACKNOWLEDGED], (REMOVED, None)),
        ([OPEN], (REMOVED, None)),
    ],
)
async def test_the_end_of_an_alert_is_shown_unless_the_filter_names_those_that_stand(
    world: World, status: Any, ends: Any
) -> None:
    watch = await world.live(AlertStreamFilter(status=status))
    end = message_of(act(IT.resolve(9, SOON), IT), 102)
    await world.say(message_of(act(IT), 101), end, end, message_of(act(again()), 103))
    events = await told(watch, 3)
    assert story(events) == [(CHANGE, 1), ends, (CHANGE, 1)]
    if ends[0] is CHANGE:
        assert events[1].alert is not None
        assert (events[1].alert.alert.remaining, events[1].alert.alert.resolved_at) == (9, SOON)


async def test_an_end_is_told_to_who_asks_for_ends_alone(world: World) -> None:
    watch = await world.live(AlertStreamFilter(status=[RESOLVED]))
    await world.say(message_of(act(IT), 101), message_of(act(IT.resolve(9, SOON), IT), 102))
    assert story(await told(watch, 1)) == [(CHANGE, 2)]


async def test_a_snapshot_holds_what_stands_and_what_has_ended_where_it_is_named(world: World) -> None:
    ended = again().resolve(9, SOON)
    for each in (IT, ended):
        world.alarms.show(act(each).state, 7)
    for status, ids in ((None, [IT.id]), (list(AlertStatus), [IT.id, ended.id]), ([RESOLVED], [ended.id])):
        watch = world.hub.watch(SCOPE, AlertStreamFilter(status=status), snapshot=True)
        assert [event.thing_id for event in await told(watch, len(ids) + 1)] == [*ids, None]


def again() -> Alert:
    """The next alert of the same level."""
    return replace(IT, id=uuid5(TENANT, "again"))
