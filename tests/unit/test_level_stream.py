"""What a watcher of levels is told, whatever happens between the snapshot and the end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.access import Scope
from domain.status import StockStatus
from services.live import BadStreamCursor, LevelEvent, LevelStreamFilter, StreamEventType
from services.reads import LevelFilter, Snapshot
from subscriptions.hub import HubLimits
from subscriptions.log import Bounds, LogUnavailable, Message, Position
from subscriptions.watch_queue import TooSlow
from tests.factories.events import OTHER_TENANT, TENANT, History, a_level
from tests.fakes.live import CHANNEL, EVERYTHING, SCOPE, World, a_world, eventually, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def story(events: list[LevelEvent]) -> list[tuple[StreamEventType, int | None]]:
    return [(event.type, event.level and event.level.version) for event in events]


# ---------------------------------------------------------------------- beginning
async def test_a_stream_begins_by_saying_how_far_it_is_and_then_tells_each_change(world: World) -> None:
    tent = History(a_level())
    await world.say(tent.message(10))
    watch = world.hub.watch(SCOPE, EVERYTHING)
    (caught_up,) = await told(watch, 1)
    await world.say(tent.message(11), tent.message(12))
    changes = await told(watch, 2)
    assert (caught_up.type, caught_up.level_id, caught_up.level) == (CAUGHT_UP, None, None)
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
    world.stock.levels.clear()
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
    world.stock.faults = [OSError("connection refused"), OSError("connection refused")]
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
    assert (events[1].level_id, events[1].previous_version, events[1].cause) == (tent.level.id, None, None)


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


# ---------------------------------------------------------------------- cursors
async def test_a_cursor_resumes_behind_its_event_and_goes_on_live(world: World) -> None:
    tent = History(a_level())
    watch = await world.live()
    await world.say(tent.message(1), tent.message(2), tent.message(3))
    first = (await told(watch, 3))[0]
    resumed = world.hub.watch(SCOPE, EVERYTHING, after=first.cursor)
    assert story(await told(resumed, 3)) == [(CHANGE, 2), (CHANGE, 3), (CAUGHT_UP, None)]
    await world.say(tent.message(4))
    assert story(await told(resumed, 1)) == [(CHANGE, 4)]


async def test_a_long_absence_is_replayed_page_by_page_from_the_log(world: World) -> None:
    tent = History(a_level())
    start = (await world.head()).encode()
    await world.say(*(tent.message(number + 1) for number in range(300)))
    resumed = world.hub.watch(SCOPE, EVERYTHING, after=start)
    events = await told(resumed, 301)
    assert [event.level.version for event in events if event.level] == list(range(1, 301))
    assert (events[-1].type, events[-1].cursor) == (CAUGHT_UP, (await world.head()).encode())


async def test_changes_while_a_reader_is_busy_with_a_replay_follow_it_without_gap_or_repetition(world: World) -> None:
    tent = History(a_level())
    start = (await world.head()).encode()
    await world.say(*(tent.message(number + 1) for number in range(130)))
    resumed = world.hub.watch(SCOPE, EVERYTHING, after=start)
    versions: list[int] = []
    while len(versions) < 200:
        (event,) = await told(resumed, 1)
        if event.level is not None:
            versions.append(event.level.version)
        if len(versions) % 10 == 0 and tent.level.version < 200:
            await world.say(*(tent.message(1) for _ in range(10)))
    assert versions == list(range(1, 201))


async def test_a_cursor_with_a_snapshot_resumes_without_one(world: World) -> None:
    tent = History(a_level())
    start = (await world.head()).encode()
    await world.say(tent.message(1))
    resumed = world.hub.watch(SCOPE, EVERYTHING, snapshot=True, after=start)
    assert story(await told(resumed, 2)) == [(CHANGE, 1), (CAUGHT_UP, None)]
    assert world.stock.reads == 0


async def test_every_cursor_of_a_change_leads_to_the_next(world: World) -> None:
    tent = History(a_level())
    watch = await world.live()
    await world.say(*(tent.message(number) for number in range(1, 6)))
    for event in (await told(watch, 5))[:-1]:
        (following,) = await told(world.hub.watch(SCOPE, EVERYTHING, after=event.cursor), 1)
        assert event.level and following.level and following.level.version == event.level.version + 1


async def test_who_leaves_in_the_midst_of_a_snapshot_is_told_reset_on_resuming(world: World) -> None:
    for sku in ("TENT", "STOVE"):
        history = History(a_level(sku))
        history.change(10)
        world.stock.show(history)
    first, last = await told(world.hub.watch(SCOPE, EVERYTHING, snapshot=True), 2)
    begun = world.hub.watch(SCOPE, EVERYTHING, snapshot=True, after=first.cursor)
    assert [event.type for event in await told(begun, 4)] == [RESET, SNAPSHOT, SNAPSHOT, CAUGHT_UP]
    complete = world.hub.watch(SCOPE, EVERYTHING, snapshot=True, after=last.cursor)
    assert story(await told(complete, 1)) == [(CAUGHT_UP, None)]


@pytest.mark.parametrize("cursor", ["", "rubbish", "bm90IGEgY3Vyc29y", "é", "a" * 5000, "\ud800"])
async def test_a_cursor_that_is_not_ours_is_refused_at_once(world: World, cursor: str) -> None:
    with pytest.raises(BadStreamCursor):
        world.hub.watch(SCOPE, EVERYTHING, after=cursor)


# ---------------------------------------------------------------------- what is lost
async def test_a_cursor_that_the_log_no_longer_reaches_is_reset_with_a_new_snapshot() -> None:
    async with a_world(bounds=Bounds(entries_max=5)) as world:
        start = (await world.head()).encode()
        tent = History(a_level())
        await world.say(*(tent.message(number) for number in range(1, 11)))
        world.stock.show(tent)
        resumed = world.hub.watch(SCOPE, EVERYTHING, snapshot=True, after=start)
        events = await told(resumed, 3)
        assert story(events) == [(RESET, None), (SNAPSHOT, 10), (CAUGHT_UP, None)]
        await world.say(tent.message(11))
        assert story(await told(resumed, 1)) == [(CHANGE, 11)]


async def test_without_a_snapshot_a_reset_is_followed_by_whatever_comes_then() -> None:
    async with a_world(bounds=Bounds(entries_max=5)) as world:
        start = (await world.head()).encode()
        tent = History(a_level())
        await world.say(*(tent.message(number) for number in range(1, 11)))
        resumed = world.hub.watch(SCOPE, EVERYTHING, after=start)
        reset, caught_up = await told(resumed, 2)
        assert [reset.type, caught_up.type] == [RESET, CAUGHT_UP]
        await world.say(tent.message(11))
        assert story(await told(resumed, 1)) == [(CHANGE, 11)]
        assert story(await told(world.hub.watch(SCOPE, EVERYTHING, after=reset.cursor), 1)) == [(CHANGE, 11)]


async def test_a_new_epoch_resets_every_live_stream_once(world: World) -> None:
    tent = History(a_level())
    plain, full = await world.live(), world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
    await told(full, 1)
    tent.change(1)
    tent.change(2)
    world.stock.show(tent)
    world.store.begin_epoch()
    assert story(await told(plain, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    assert story(await told(full, 3)) == [(RESET, None), (SNAPSHOT, 2), (CAUGHT_UP, None)]
    await world.say(tent.message(3))
    assert story(await told(plain, 1)) == story(await told(full, 1)) == [(CHANGE, 3)]


async def test_after_a_reset_a_lower_version_is_told_for_the_database_may_have_gone_back(world: World) -> None:
    tent, restored = History(a_level()), History(a_level())
    watch = await world.live()
    await world.say(*(tent.message(number) for number in range(1, 6)))
    await told(watch, 5)
    world.store.begin_epoch()
    await told(watch, 2)
    await world.say(restored.message(1), restored.message(2))
    assert story(await told(watch, 2)) == [(CHANGE, 1), (CHANGE, 2)]


async def test_a_message_that_comes_again_after_the_log_forgot_it_is_not_told_twice() -> None:
    async with a_world(bounds=Bounds(entries_max=2)) as world:
        watch = await world.live()
        tent, stove = History(a_level("TENT")), History(a_level("STOVE"))
        old = tent.message(1)
        await world.say(old)
        await told(watch, 1)
        await world.say(stove.message(1))
        await told(watch, 1)
        await world.say(stove.message(2))
        await told(watch, 1)
        await world.say(old, tent.message(2))
        (event,) = await told(watch, 1)
        assert (event.level and event.level.version) == 2


async def test_an_entry_that_cannot_be_read_is_skipped_and_the_next_is_told(world: World) -> None:
    watch = await world.live()
    tent = History(a_level())
    bad = [b"", b"null", b"[]", b'{"tx":1}', b"\xff", tent.message(1).body.replace(b'"quantityOnHand"', b'"x"')]
    await world.say(*(Message(f"bad:{number}", 1, body) for number, body in enumerate(bad)), tent.message(2))
    assert story(await told(watch, 1)) == [(CHANGE, 2)]


async def test_a_log_that_is_away_delays_a_stream_and_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tent = History(a_level())
    start = (await world.head()).encode()
    await world.say(tent.message(1))
    away, read = [LogUnavailable("away")] * 2, world.log.read
    head = world.log.head

    async def failing_read(channel: str, after: Position, limit: int) -> object:
        if away:
            raise away.pop()
        return await read(channel, after, limit)

    first = [LogUnavailable("away")]

    async def failing_head(channel: str) -> object:
        if first:
            raise first.pop()
        return await head(channel)

    monkeypatch.setattr(world.log, "read", failing_read)
    monkeypatch.setattr(world.log, "head", failing_head)
    assert story(await told(world.hub.watch(SCOPE, EVERYTHING, after=start), 1)) == [(CHANGE, 1)]


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
        assert [event.previous_version for event in events] == [0, 1, 2, 0]
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
        assert (event.type, event.level and event.level.version, event.previous_version) == (CHANGE, 3, 0)


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
