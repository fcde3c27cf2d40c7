"""The hub's streams side by side: silence, slow readers, ends, and what they share."""

import asyncio
import gc
import time
import weakref
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from random import Random

import pytest

from domain.access import Scope
from domain.levels import LevelState
from domain.status import StockStatus
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.backlog import TooSlow
from subscriptions.hub.feed import BURST, BURST_S
from subscriptions.hub.group_index import GroupIndex
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.levels import Levels
from subscriptions.hub.outlet import Channel, Lane, Passing
from subscriptions.hub.snapshots import Snapshots
from subscriptions.hub.watch_group import WatchGroup, group_key
from subscriptions.log.broadcast_log import Delivery, Entry, Position, Reset
from subscriptions.outage import Outage
from subscriptions.wire.kept_texts import KeptTexts
from subscriptions.wire.rendering import KEPT_MAX, Rendering
from tests.factories.events import History, a_level
from tests.fakes.live import CHANNEL, EVERYTHING, SCOPE, FakeLevelSnapshots, World, a_world, eventually, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


# ---------------------------------------------------------------------- silence and slowness
async def test_a_quiet_stream_is_told_how_far_it_is_now_and_then(world: World) -> None:
    watch = await world.live(LevelStreamFilter(skus=["STOVE"]))
    everything = await world.live()
    await world.say(History(a_level()).message(1))
    await told(everything, 1)
    world.clock.seconds += 9
    world.hub.beat()
    world.clock.seconds += 2
    world.hub.beat()
    world.hub.beat()
    (caught_up,) = await told(watch, 1)
    assert (caught_up.type, caught_up.cursor) == (CAUGHT_UP, (await world.head()).encode())


async def test_a_slow_reader_skips_states_of_a_level_but_never_the_last() -> None:
    async with a_world(HubLimits(queue_max=8, lagging_at=3)) as world:
        watch, other = await world.live(), await world.live()
        tent, stove = History(a_level("TENT")), History(a_level("STOVE"))
        for number in range(1, 7):
            await world.say(tent.message(number))
            await told(other, 1)
        await world.say(stove.message(1))
        await told(other, 1)
        events = await told(watch, 4)
        assert [(event.level and event.level.item.sku, event.level and event.level.version) for event in events] == [
            ("TENT", 1),
            ("TENT", 2),
            ("TENT", 6),
            ("STOVE", 1),
        ]
        assert [event.previous_version for event in events] == [None, 1, 2, None]
        cursors = [Position.decode(event.cursor).offset for event in events]
        assert cursors == sorted(cursors)


async def test_a_reader_with_too_many_levels_waiting_is_told_to_resume_and_delays_nobody() -> None:
    async with a_world(HubLimits(queue_max=4, lagging_at=2)) as world:
        slow, fast = await world.live(), await world.live()
        noticed: list[str] = []
        slow.on_too_slow = lambda: noticed.append("too slow")
        for number in range(5):
            await world.say(History(a_level(f"SKU-{number}")).message(1))
            assert story(await told(fast, 1)) == [(CHANGE, 1)]
        assert noticed == ["too slow"]
        with pytest.raises(TooSlow):
            await told(slow, 1)


async def test_a_removal_that_a_slow_reader_skips_is_made_good_by_the_next_change() -> None:
    async with a_world(HubLimits(queue_max=8, lagging_at=1)) as world:
        watch, other = await world.live(LevelStreamFilter(categories=["tents"])), await world.live()
        tent = History(a_level())
        for item in ({}, {"category": "old"}, {"category": "tents"}):
            await world.say(tent.message(5, **item))
            await told(other, 1)
        (event,) = await told(watch, 1)
        assert (event.type, event.level and event.level.version, event.previous_version) == (CHANGE, 3, None)


# ---------------------------------------------------------------------- ends
async def test_a_closed_stream_is_told_nothing_more_and_its_channel_is_given_back(world: World) -> None:
    watch = await world.live()
    waiting = asyncio.ensure_future(anext(watch))
    await asyncio.sleep(0)
    await watch.aclose()
    with pytest.raises(StopAsyncIteration):
        await waiting
    with pytest.raises(KeyError):
        world.log.position(CHANNEL)
    await watch.aclose()


async def test_a_stream_never_read_holds_nothing(world: World) -> None:
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    await watch.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(watch)


async def test_a_reader_who_gives_up_while_it_opens_can_ask_again(world: World) -> None:
    world.stock.gate = asyncio.Event()
    tent = History(a_level())
    tent.change(1)
    world.stock.show(tent)
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    opening = asyncio.ensure_future(anext(watch))
    await eventually(lambda: world.stock.reads == 1)
    opening.cancel()
    await asyncio.wait({opening})
    world.stock.gate.set()
    assert story(await told(watch, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]


async def test_the_end_of_the_hub_is_the_end_of_its_streams() -> None:
    async with a_world() as world:
        watch = await world.live()
        waiting = asyncio.ensure_future(anext(watch))
    with pytest.raises(StopAsyncIteration):
        await waiting


# ---------------------------------------------------------------------- what streams share
async def test_a_tenant_is_followed_once_however_many_watch_and_let_go_with_the_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    subscribe = world.log.subscribe

    async def counted(group: str) -> None:
        followed.append(group)
        await subscribe(group)

    monkeypatch.setattr(world.log, "subscribe", counted)
    watches = [await world.live() for _ in range(5)]
    assert followed == [CHANNEL]
    for watch in watches:
        await watch.aclose()
    await world.live()
    assert followed == [CHANNEL, CHANNEL]


async def test_equal_streams_are_told_one_and_the_same_event(world: World) -> None:
    one = await world.live(LevelStreamFilter(skus=["TENT", "STOVE"]))
    other = await world.live(LevelStreamFilter(skus=["STOVE", "TENT", "TENT"]))
    await world.say(History(a_level()).message(1))
    assert (await told(one, 1))[0] is (await told(other, 1))[0]


async def test_equal_streams_that_begin_together_are_told_one_and_the_same_snapshot(world: World) -> None:
    for sku in ("TENT", "STOVE"):
        history = History(a_level(sku))
        history.change(10)
        world.stock.show(history)
    watches = [world.hub.watch(SCOPE, EVERYTHING, snapshot=True) for _ in range(3)]
    begun = await asyncio.gather(*(told(watch, 3) for watch in watches))
    world.store.begin_epoch()
    anew = await asyncio.gather(*(told(watch, 4) for watch in watches))
    assert [event.type for event in anew[0]] == ["RESET", "SNAPSHOT", "SNAPSHOT", "CAUGHT_UP"]
    for one, two, three in (*zip(*begun, strict=True), *zip(*anew, strict=True)):
        assert one is two is three


async def test_equal_streams_that_read_the_log_by_themselves_are_told_one_and_the_same_event(world: World) -> None:
    tent = History(a_level())
    await world.live(LevelStreamFilter(skus=[]))
    start = (await world.head()).encode()
    await world.say(tent.message(1), tent.message(2))
    [(feed, _)] = world.hub._feeds.values()
    feed.take(Reset(await world.head()))  # it remembers nothing
    one, other = (world.hub.watch(SCOPE, EVERYTHING, after=start) for _ in range(2))
    for first, second in zip(await told(one, 2), await told(other, 2), strict=True):
        assert first is second


async def test_a_stream_does_not_hold_on_to_its_snapshot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Levels(list[LevelState]):
        """A list to which a weak reference can be had."""

    tent, snapshots = History(a_level()), list[weakref.ref[Levels]]()
    first, second = tent.message(1), tent.message(2)

    async def snapshot(scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]:
        levels = Levels([tent.level])
        snapshots.append(weakref.ref(levels))
        return Snapshot(levels, tent.tx + 1)

    monkeypatch.setattr(world.stock, "snapshot", snapshot)
    watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    await told(watch, 2)
    await world.say(first, second, tent.message(3))
    assert [event.level and event.level.version for event in await told(watch, 1)] == [3], "it knows what it saw"
    gc.collect()
    assert [reference() for reference in snapshots] == [None]


async def test_after_a_reset_each_group_reads_its_snapshot_at_a_moment_of_its_own_and_once() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    stock = FakeLevelSnapshots()
    snapshots, levels = Snapshots(Outage("", Random(1)), Random(1), sleep=sleep), Levels(stock)
    groups = [group_key(levels, SCOPE, LevelStreamFilter(skus=[str(number)])) for number in range(20)]
    await asyncio.gather(*(snapshots.read(each, within_s=0.5) for each in groups * 3))
    assert (stock.reads, len(slept), len(set(slept))) == (20, 20, 20)
    assert max(slept) - min(slept) > 0.25
    assert min(slept) >= 0 and max(slept) <= 0.5
    await snapshots.read(group_key(levels, SCOPE, EVERYTHING))
    assert len(slept) == 20, "who begins for the first time waits for nothing"


FILTERS = [
    LevelStreamFilter(skus=["TENT"]),
    LevelStreamFilter(locations=["MAIN"]),
    LevelStreamFilter(vendors=["Peak"]),
    LevelStreamFilter(categories=["tents"]),
    LevelStreamFilter(conditions=["new"]),
    LevelStreamFilter(status=[StockStatus.IN_STOCK]),
    EVERYTHING,
]


def test_a_change_is_looked_up_under_what_the_level_is_and_what_it_was() -> None:
    index, levels = GroupIndex(Levels.shelves), Levels(FakeLevelSnapshots())
    groups = [WatchGroup(group_key(levels, SCOPE, filter), 0.0) for filter in FILTERS]
    strangers = [
        WatchGroup(group_key(levels, SCOPE, replace(filter, **{name: ["other"]})), 0.0)
        for filter in FILTERS[:-1]
        for name in [next(each.name for each in fields(filter) if getattr(filter, each.name) is not None)]
    ]
    for group in (*groups, *strangers):
        index.add(group)
    tent = History(a_level())
    tent.change(10)
    left = tent.change(0, vendor="x", category="x", condition="x")
    assert set(index.concerned(left)) == set(groups)
    for group in (*groups, *strangers):
        index.remove(group)
    assert list(index.concerned(left)) == []


async def test_an_execution_that_is_given_up_is_taken_over_by_who_waits_for_it() -> None:
    rendering, event, gate = Rendering(), object(), asyncio.Event()
    executed: list[object] = []

    class Slow:
        def show(self, event: object) -> None:
            return None

        async def execute(self, event: object) -> dict[str, object]:
            executed.append(event)
            await gate.wait()
            return {"data": len(executed)}

    first, second, third = (asyncio.ensure_future(rendering.of(event, Slow())) for _ in range(3))
    await eventually(lambda: len(executed) == 1)
    first.cancel()
    await eventually(lambda: len(executed) == 2)
    gate.set()
    assert (await second).text == (await third).text == '{"data":2}'
    assert (await rendering.of(event, Slow())).text == '{"data":2}'
    assert len(executed) == 2


@pytest.mark.parametrize("plain", [False, True])
async def test_texts_of_old_events_are_forgotten(plain: bool) -> None:
    rendering = Rendering()

    class Execution:
        def show(self, event: object) -> dict[str, object] | None:
            return {"data": None} if plain else None

        async def execute(self, event: object) -> dict[str, object]:
            return {"data": None}

    events = [object() for _ in range(KEPT_MAX + 10)]
    for event in events:
        await rendering.of(event, Execution())
    assert len(rendering._made) == KEPT_MAX


async def test_texts_of_all_renderings_together_are_bounded() -> None:
    kept = KeptTexts(bytes_max=1_000)
    renderings = [Rendering(kept=kept) for _ in range(100)]

    class Execution:
        def show(self, event: object) -> dict[str, object]:
            return {"data": "x" * 88}

        async def execute(self, event: object) -> dict[str, object]:
            raise AssertionError

    event = object()
    for rendering in renderings:
        rendering.at_once(event, Execution())
    assert [len(rendering._made) for rendering in renderings] == [0] * 90 + [1] * 10


@pytest.mark.parametrize("takes_s", [0.0, BURST_S / 4, BURST_S])
async def test_each_of_many_changes_that_come_at_once_is_handed_on(world: World, takes_s: float) -> None:
    await world.live()
    [(feed, _)] = world.hub._feeds.values()
    handed_on: list[int] = []

    def take(delivery: Delivery) -> None:
        until = time.perf_counter() + takes_s
        while time.perf_counter() < until:
            pass
        assert isinstance(delivery, Entry)
        handed_on.append(delivery.position.offset)

    feed._take_safely = take
    tent = History(a_level())
    await world.say(*(tent.message(number) for number in range(5 * BURST + 1)))
    await eventually(lambda: handed_on[-1:] == [5 * BURST + 1])
    assert handed_on == list(range(1, 5 * BURST + 2))


async def test_changes_that_take_long_to_hand_on_leave_others_their_turn_between_them(world: World) -> None:
    await world.live()
    [(feed, _)] = world.hub._feeds.values()
    loop, turns, handed_on = asyncio.get_running_loop(), 0, list[int]()

    def turn() -> None:
        nonlocal turns
        turns += 1
        if len(handed_on) < 10:
            loop.call_soon(turn)

    def slowly(delivery: Delivery) -> None:
        handed_on.append(turns)
        until = time.perf_counter() + BURST_S
        while time.perf_counter() < until:
            pass

    feed._take_safely = slowly
    turn()
    tent = History(a_level())
    await world.say(*(tent.message(number) for number in range(10)))
    await eventually(lambda: len(handed_on) == 10)
    assert len(set(handed_on)) == 10


async def test_an_event_on_its_way_to_many_groups_is_one_and_the_same(world: World) -> None:
    on_their_way: list[Passing] = []

    class Way:
        """An outlet that is open, and its channel."""

        open = True

        @property
        def channel(self) -> Channel:
            return self

        def push(self, passing: Passing, lane: Lane) -> None:
            on_their_way.append(passing)

    readers: list[asyncio.Future[LevelEvent]] = []
    for sku in ("STOVE", "LAMP", "ROPE"):
        watch = await world.live(LevelStreamFilter(skus=["TENT", sku]))
        watch.outlet = Way()
        readers.append(asyncio.ensure_future(anext(watch)))
    await asyncio.sleep(0)
    await world.say(History(a_level()).message(1))
    await eventually(lambda: len(on_their_way) == 3)
    assert on_their_way[0] is on_their_way[1] is on_their_way[2]
    for reader in readers:
        reader.cancel()


async def test_what_was_told_to_all_groups_together_is_bounded(world: World) -> None:
    filters = [LevelStreamFilter(skus=["TENT", str(number)]) for number in range(40)]
    await world.live(LevelStreamFilter())
    before, tent = (await world.log.head(CHANNEL)).encode(), History(a_level())
    kept = world.hub._told_events
    kept._most = 100
    await world.say(*(tent.message(number) for number in range(10)))
    for each in filters:
        await told(world.hub.watch(SCOPE, each, after=before), 10)
    assert len(kept) == 100


async def test_streams_of_a_group_share_what_they_filter_by(world: World) -> None:
    """A filter may name a thousand SKUs, and a thousand screens have the same."""
    one, other = [await world.live(LevelStreamFilter(skus=["TENT", "LAMP"][::step])) for step in (1, -1)]
    assert one.key is other.key
