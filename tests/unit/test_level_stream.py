"""What a watcher of levels is told: how a stream begins, and what a filter lets through."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.access import Scope
from domain.status import StockStatus
from services.live import LevelStreamFilter, StreamEventType
from services.ports import Unavailable
from services.reads import LevelFilter, Snapshot
from subscriptions.log.broadcast_log import Message
from tests.factories.events import OTHER_TENANT, TENANT, History, a_level
from tests.fakes.live import EVERYTHING, SCOPE, World, a_world, eventually, story, told, version_of

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


# ---------------------------------------------------------------------- beginning
async def test_a_stream_begins_by_saying_how_far_it_is_and_then_tells_each_change(world: World) -> None:
    tent = History(a_level())
    await world.say(tent.message(10))
    watch = world.hub.watch(SCOPE, EVERYTHING)
    (caught_up,) = await told(watch, 1)
    await world.say(tent.message(11), tent.message(12))
    changes = await told(watch, 2)
    assert (caught_up.type, caught_up.thing_id, caught_up.level) == (CAUGHT_UP, None, None)
    assert story(changes) == [(CHANGE, 2), (CHANGE, 3)]
    assert [event.previous_version for event in changes] == [1, 2]
    assert [event.previous_available_to_promise for event in changes] == [10, 11]
    assert changes[0].cause == tent.events[1].cause


async def test_a_snapshot_comes_first_and_an_empty_one_too_ends_with_caught_up(world: World) -> None:
    tent, stove = History(a_level("TENT")), History(a_level("STOVE"))
    for history in (tent, stove):
        history.change(10)
        world.stock.show(history)
    events = await told(world.hub.watch(SCOPE, EVERYTHING, snapshot=True), 3)
    assert story(events) == [(SNAPSHOT, 1), (SNAPSHOT, 1), (CAUGHT_UP, None)]
    world.stock.things.clear()
    assert story(await told(world.hub.watch(SCOPE, EVERYTHING, snapshot=True), 1)) == [(CAUGHT_UP, None)]


async def test_a_snapshot_is_asked_for_with_the_scope_and_the_filter_of_the_stream(world: World) -> None:
    wanted = LevelStreamFilter(skus=["TENT", "STOVE"], status=[StockStatus.LOW])
    await told(world.hub.watch(Scope(TENANT, "Peak"), wanted, snapshot=True), 1)
    assert world.stock.asked == [(Scope(TENANT, "Peak"), LevelFilter(skus=["STOVE", "TENT"], status=[StockStatus.LOW]))]


async def test_a_change_that_the_snapshot_saw_is_not_told_again_however_late_the_log_brings_it(world: World) -> None:
    tent = History(a_level())
    late = [tent.message(10), tent.message(11)]
    world.stock.show(tent)
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    assert story(await told(watch, 2)) == [(SNAPSHOT, 2), (CAUGHT_UP, None)]
    await world.say(*late, tent.message(12))
    assert story(await told(watch, 1)) == [(CHANGE, 3)]


async def test_a_change_between_attaching_and_the_snapshot_is_told_once(world: World) -> None:
    tent, stove = History(a_level("TENT")), History(a_level("STOVE"))
    first, second = tent.message(10), stove.message(5)
    world.stock.gate = asyncio.Event()
    world.stock.show(tent)
    stove.tx = tent.tx + 1
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    opening = asyncio.ensure_future(told(watch, 2))
    await eventually(lambda: world.stock.reads == 1)
    unseen = Message(second.key, second.version, second.body.replace(b'{"tx":101', b'{"tx":9999'))
    await world.say(first, unseen)
    world.stock.gate.set()
    assert story(await opening) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    (change,) = await told(watch, 1)
    assert (change.type, change.level and change.level.item.sku) == (CHANGE, "STOVE")


async def test_a_transaction_in_progress_at_the_snapshot_is_told_afterwards(world: World) -> None:
    snapshot = Snapshot((), tx_max=200, tx_in_progress=frozenset({150}))
    assert [tx for tx in (149, 150, 151, 200) if not snapshot.saw(tx)] == [150, 200]


async def test_a_database_that_is_away_delays_a_snapshot_and_does_not_end_the_stream(world: World) -> None:
    world.stock.faults = [Unavailable("connection refused"), Unavailable("connection refused")]
    assert story(await told(world.hub.watch(SCOPE, EVERYTHING, snapshot=True), 1)) == [(CAUGHT_UP, None)]
    assert world.stock.reads == 3


async def test_many_who_ask_for_the_same_snapshot_at_once_cost_two_reads(world: World) -> None:
    watches = [world.hub.watch(SCOPE, EVERYTHING, snapshot=True) for _ in range(50)]
    world.stock.gate = asyncio.Event()
    opening = [asyncio.ensure_future(told(watch, 1)) for watch in watches]
    await eventually(lambda: world.stock.reads == 1)
    world.stock.gate.set()
    await asyncio.gather(*opening)
    assert world.stock.reads <= 2


# ---------------------------------------------------------------------- filters
async def test_a_filtered_stream_is_told_only_what_matches(world: World) -> None:
    watch = await world.live(LevelStreamFilter(skus=["TENT"]))
    tent, stove = History(a_level("TENT")), History(a_level("STOVE"))
    await world.say(stove.message(1), tent.message(1), stove.message(2), tent.message(2))
    assert story(await told(watch, 2)) == [(CHANGE, 1), (CHANGE, 2)]


@pytest.mark.parametrize(
    "wanted",
    [
        LevelStreamFilter(categories=["tents"]),
        LevelStreamFilter(vendors=["Peak"]),
        LevelStreamFilter(conditions=["new"]),
        LevelStreamFilter(skus=["TENT"], categories=["tents"]),
        LevelStreamFilter(locations=["MAIN"], conditions=["new"]),
    ],
    ids=["category", "vendor", "condition", "sku and category", "location and condition"],
)
async def test_a_level_that_leaves_a_filter_is_removed_once_and_told_again_when_it_returns(
    world: World, wanted: LevelStreamFilter
) -> None:
    watch = await world.live(wanted)
    tent = History(a_level())
    away = {"category": "old", "vendor": "Other", "condition": "used"}
    back = {"category": "tents", "vendor": "Peak", "condition": "new"}
    await world.say(tent.message(10), tent.message(10, **away), tent.message(9), tent.message(8, **back))
    events = await told(watch, 3)
    assert story(events) == [(CHANGE, 1), (REMOVED, None), (CHANGE, 4)]
    assert (events[1].thing_id, events[1].previous_version, events[1].cause) == (tent.level.id, None, None)
    assert events[2].previous_version is None, "what it showed of the level was removed"


async def test_a_reader_that_lags_while_a_level_leaves_and_returns_is_told_of_the_state_that_it_shows(
    world: World,
) -> None:
    watch = await world.live(LevelStreamFilter(categories=["tents"]))
    tent, others = History(a_level()), [History(a_level(f"SKU-{number}")) for number in range(40)]
    await world.say(tent.message(10))
    await told(watch, 1)
    await world.say(
        *(other.message(1) for other in others)
    )  # so many that later states take the place of those that wait
    await world.say(tent.message(9, category="old"), tent.message(8, category="tents"))
    waiting = watch._queue._pending
    await eventually(lambda: any(version_of(each.event) == 3 for each in waiting.values()))
    events = await told(watch, len(others) + 1)
    assert (events[-1].level and events[-1].level.version, events[-1].previous_version) == (3, 1)


async def test_a_status_filter_sees_levels_come_and_go(world: World) -> None:
    watch = await world.live(LevelStreamFilter(status=[StockStatus.LOW]))
    tent = History(a_level())
    await world.say(tent.message(10), tent.message(2), tent.message(1), tent.message(10))
    assert story(await told(watch, 3)) == [(CHANGE, 2), (CHANGE, 3), (REMOVED, None)]


async def test_an_empty_list_matches_nothing(world: World) -> None:
    nothing, everything = await world.live(LevelStreamFilter(skus=[])), await world.live()
    await world.say(History(a_level()).message(1))
    await told(everything, 1)
    world.clock.seconds += 11
    world.hub.beat()
    assert story(await told(nothing, 1)) == [(CAUGHT_UP, None)]


async def test_a_vendor_sees_its_own_items_and_not_what_they_were_as_anothers(world: World) -> None:
    peak, other = await world.live(scope=Scope(TENANT, "Peak")), await world.live(scope=Scope(TENANT, "Other"))
    tent = History(a_level())
    await world.say(tent.message(10), tent.message(10, vendor="Other"), tent.message(9))
    assert story(await told(peak, 2)) == [(CHANGE, 1), (REMOVED, None)]
    first, second = await told(other, 2)
    assert story([first, second]) == [(CHANGE, 2), (CHANGE, 3)]
    assert (first.previous_available_to_promise, second.previous_available_to_promise) == (None, 10)


async def test_another_tenants_changes_are_never_told(world: World) -> None:
    ours, theirs = await world.live(), await world.live(scope=Scope(OTHER_TENANT))
    tent = History(a_level())
    await world.say(tent.message(1), channel=str(OTHER_TENANT))
    await world.say(tent.message(2))
    assert story(await told(theirs, 1)) == [(CHANGE, 1)]
    assert story(await told(ours, 1)) == [(CHANGE, 2)]
