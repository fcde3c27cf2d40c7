"""Snapshots that wait for their readers: shared while nothing has changed, and let go where nobody takes them."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from domain.access import Scope
from domain.levels import LevelState
from services.live import LevelEvent, StreamEventType
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.states import CROWDED_IDLE_S, IDLE_S, SHARED_FOR_S, THINGS_MAX
from subscriptions.hub.watch import Watch
from tests.factories.events import History, a_level
from tests.fakes.live import EVERYTHING, SCOPE, World, a_world, eventually, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
LEVELS = 5


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.stock.things = [a_level(f"SKU-{number}") for number in range(LEVELS)]
        await world.live()
        yield world


async def stalled(world: World, taken: int = 1) -> Watch[LevelEvent]:
    """It has taken so much of its snapshot, and takes no more."""
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    assert [event.type for event in await told(watch, taken)] == [SNAPSHOT] * taken
    return watch


# ---------------------------------------------------------------------- shared
async def test_who_comes_while_a_snapshot_is_told_and_nothing_has_changed_is_told_the_same(world: World) -> None:
    first = await stalled(world, 2)
    second = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    all_of_it, rest = await told(second, LEVELS), await told(first, LEVELS - 2)
    assert all(one is other for one, other in zip(rest, all_of_it[2:], strict=True))
    assert world.stock.reads == 1
    tent = History(a_level())
    await world.say(tent.message(1))
    for watch in (first, second):
        assert story(await told(watch, 2)) == [(CAUGHT_UP, None), (CHANGE, 1)]


async def test_who_comes_behind_a_change_is_told_another(world: World) -> None:
    first = await stalled(world)
    tent, everything = History(a_level("SKU-0")), await world.live()
    await world.say(tent.message(1))
    await told(everything, 1)
    world.stock.show(tent)
    second = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    shown = [event.level for event in await told(second, LEVELS)]
    assert [level and level.quantities.on_hand for level in shown].count(1) == 1
    assert story(await told(second, 1)) == [(CAUGHT_UP, None)]
    assert world.stock.reads == 2
    assert story((await told(first, LEVELS + 1))[LEVELS - 1 :]) == [(CAUGHT_UP, None), (CHANGE, 1)]


async def test_who_comes_a_while_later_is_told_another_for_the_log_may_be_late(world: World) -> None:
    keep = await stalled(world)
    world.clock.seconds += SHARED_FOR_S
    await stalled(world)
    assert world.stock.reads == 2
    await told(keep, LEVELS)


async def test_who_comes_when_somebody_has_all_of_it_is_told_what_is_so_now(world: World) -> None:
    slow, quick = await stalled(world), await stalled(world)
    assert story(await told(quick, LEVELS))[-1] == (CAUGHT_UP, None)
    await stalled(world)
    assert world.stock.reads == 2
    await told(slow, LEVELS)


# ---------------------------------------------------------------------- let go
async def test_a_snapshot_that_nobody_takes_is_let_go_and_its_stream_begins_anew(world: World) -> None:
    watch = await stalled(world)
    world.clock.seconds += IDLE_S - 1
    world.hub.beat()
    assert [event.type for event in await told(watch, 1)] == [SNAPSHOT]
    world.clock.seconds += IDLE_S
    world.hub.beat()
    tent = History(a_level("SKU-0"))
    await world.say(tent.message(1))
    events = await told(watch, LEVELS + 2)
    assert [event.type for event in events] == [RESET, *[SNAPSHOT] * LEVELS, CAUGHT_UP]
    assert story(await told(watch, 1)) == [(CHANGE, 1)]
    assert world.stock.reads == 2


async def test_who_takes_the_last_of_its_snapshot_late_has_it_all(world: World) -> None:
    watch = await stalled(world, LEVELS)
    world.clock.seconds += IDLE_S
    world.hub.beat()
    assert story(await told(watch, 1)) == [(CAUGHT_UP, None)]


async def test_where_many_stand_still_the_longest_is_let_go_first_and_only_as_many_as_must(world: World) -> None:
    world.stock.things = [a_level(f"SKU-{number}") for number in range(100)]
    watches: list[Watch[LevelEvent]] = []
    for _ in range(3):
        watches.append(await stalled(world))
        world.clock.seconds += CROWDED_IDLE_S + SHARED_FOR_S
    world.hub._snapshots._states._things_max = 300
    world.hub.beat()
    for watch in watches:
        assert [event.type for event in await told(watch, 1)] == [SNAPSHOT], "they are not too many yet"
        world.clock.seconds += 0.1
    world.clock.seconds += CROWDED_IDLE_S
    await told(watches[0], 1)
    watches.append(await stalled(world))
    assert [(await told(watch, 1))[0].type for watch in watches] == [SNAPSHOT, RESET, SNAPSHOT, SNAPSHOT]


async def test_who_stops_within_its_snapshot_holds_nothing_after_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def snapshot(scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]:
        return Snapshot([a_level(f"SKU-{number}") for number in range(1_000)], 1)

    monkeypatch.setattr(world.stock, "snapshot", snapshot)
    gc.collect()
    tracemalloc.start()
    try:
        watches: list[Watch[LevelEvent]] = []
        for _ in range(10):
            watches.append(await stalled(world))
            world.clock.seconds += SHARED_FOR_S
        held, _ = tracemalloc.get_traced_memory()
        world.clock.seconds += IDLE_S
        world.hub.beat()
        await asyncio.sleep(0)
        rest, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rest < held / 10
    assert THINGS_MAX * held / 10_000 < 100_000_000, "all that stand still hold no more together"


async def test_who_leaves_within_its_snapshot_leaves_nothing(world: World) -> None:
    watch = await stalled(world)
    await watch.aclose()
    await eventually(lambda: not list(world.hub._snapshots._states._held))
