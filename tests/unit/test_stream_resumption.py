"""Cursors, and what becomes of a stream when something behind it is lost or away."""

from collections.abc import AsyncIterator

import pytest

from services.live import BadStreamCursor, StreamEventType
from subscriptions.log.broadcast_log import Bounds, LogUnavailable, Message, Position, Reset
from tests.factories.events import History, a_level
from tests.fakes.live import CHANNEL, EVERYTHING, SCOPE, World, a_world, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


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


@pytest.mark.parametrize("ahead", [1, 100, 1_000_000])
async def test_a_cursor_of_the_future_is_reset_for_the_log_never_gave_it_out(world: World, ahead: int) -> None:
    tent = History(a_level())
    await world.live()
    await world.say(tent.message(1))
    world.stock.show(tent)
    head = await world.head()
    forged = Position(head.epoch, head.offset + ahead).encode()
    resumed = world.hub.watch(SCOPE, EVERYTHING, snapshot=True, after=forged)
    assert story(await told(resumed, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]
    await world.say(tent.message(2))
    assert story(await told(resumed, 1)) == [(CHANGE, 2)]


async def test_a_cursor_ahead_of_this_process_but_not_of_the_log_goes_on_without_a_word(world: World) -> None:
    tent = History(a_level())
    watch = await world.live()
    [(feed, _)] = world.hub._feeds.values()
    feed._take_safely = lambda delivery: None  # it hears later, as on a busy process
    await world.say(tent.message(1), tent.message(2))
    head = await world.head()
    resumed = world.hub.watch(SCOPE, EVERYTHING, after=head.encode())
    assert [(each.type, each.cursor) for each in await told(resumed, 1)] == [(CAUGHT_UP, head.encode())]
    del feed._take_safely
    for entry in await world.log.read(CHANNEL, Position(head.epoch, 0), 2):
        feed.take(entry)
    await world.say(tent.message(3))
    assert story(await told(watch, 3)) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3)]
    assert story(await told(resumed, 1)) == [(CHANGE, 3)]


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


async def test_a_feed_that_loses_its_way_within_an_epoch_tells_nothing_again(world: World) -> None:
    tent = History(a_level())
    watch = await world.live()
    await world.say(*(tent.message(number) for number in range(1, 4)))
    await told(watch, 2)
    lose_the_way(world, await world.head())
    assert story(await told(watch, 1)) == [(CHANGE, 3)], "it waited in the queue, and was told to nobody"
    lose_the_way(world, await world.head())
    await world.say(tent.message(4))
    assert story(await told(watch, 1)) == [(CHANGE, 4)]


def lose_the_way(world: World, position: Position) -> None:
    [(feed, _)] = world.hub._feeds.values()
    feed.take(Reset(position))


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
