"""Streams of different kinds side by side: one log for all, and each told its own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.live import LevelStreamFilter, ReservationEvent, ReservationStreamFilter, StreamEventType
from subscriptions import metrics
from subscriptions.log.broadcast_log import Reset
from tests.factories.events import History, Life, a_level
from tests.fakes.live import SCOPE, World, a_world, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
ALL = ReservationStreamFilter()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def test_a_cursor_of_one_kind_of_stream_resumes_another(world: World) -> None:
    levels, orders, life = await world.live(), await world.live(ALL), Life()
    await world.say(History(a_level()).message(1), life.reserve())
    [level], _ = await told(levels, 1), await told(orders, 1)
    resumed = world.hub.watch(SCOPE, ALL, after=level.cursor)
    assert story(await told(resumed, 2)) == [(CHANGE, 1), (CAUGHT_UP, None)]


async def test_both_kinds_share_one_following_of_the_log_and_are_told_nothing_of_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    subscribe = world.log.subscribe

    async def counted(group: str) -> None:
        followed.append(group)
        await subscribe(group)

    monkeypatch.setattr(world.log, "subscribe", counted)
    levels, orders = await world.live(), await world.live(ALL)
    tent, life = History(a_level()), Life()
    await world.say(tent.message(1), life.reserve(), tent.message(2), life.confirm())
    assert story(await told(levels, 2)) == [(CHANGE, 1), (CHANGE, 2)]
    assert story(await told(orders, 2)) == [(CHANGE, 1), (CHANGE, 2)]
    assert len(followed) == 1


async def test_a_stream_that_reads_the_log_by_itself_is_told_its_own_kind_alone(world: World) -> None:
    await world.live(LevelStreamFilter(skus=[]))
    start, tent, life = (await world.head()).encode(), History(a_level()), Life()
    await world.say(tent.message(1), life.reserve(), tent.message(2), life.confirm())
    [(feed, _)] = world.hub._feeds.values()
    feed.take(Reset(await world.head()))  # it remembers nothing
    assert story(await told(world.hub.watch(SCOPE, ALL, after=start), 2)) == [(CHANGE, 1), (CHANGE, 2)]
    levels = world.hub.watch(SCOPE, LevelStreamFilter(), after=start)
    assert story(await told(levels, 2)) == [(CHANGE, 1), (CHANGE, 2)]


async def test_an_event_of_a_later_version_is_skipped_and_said_so_and_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    stream, tent = await world.live(), History(a_level())
    later = tent.message(1)
    body = later.body.replace(b'"schemaVersion":1', b'"schemaVersion":2')
    assert body != later.body
    before = metrics.UNREADABLE._value.get()
    await world.say(replace(later, body=body), tent.message(2))
    assert story(await told(stream, 1)) == [(CHANGE, 2)]
    assert metrics.UNREADABLE._value.get() == before + 1
    assert "schemaVersion that this process does not know: update it" in caplog.text


async def test_an_event_of_a_type_that_no_stream_shows_is_nobodys_loss(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    stream, tent = await world.live(), History(a_level())
    unknown = tent.message(1)
    body = unknown.body.replace(b'"type":"', b'"type":"something.else.than.', 1)
    await world.say(replace(unknown, body=body), tent.message(2))
    assert story(await told(stream, 1)) == [(CHANGE, 2)]
    assert caplog.text == ""


async def test_a_quiet_stream_is_told_how_far_it_is_by_an_event_of_its_kind(world: World) -> None:
    levels, orders = await world.live(), await world.live(ALL)
    world.clock.seconds += 20
    world.hub.beat()
    [level], [order] = await told(levels, 1), await told(orders, 1)
    assert (level.type, order.type) == (CAUGHT_UP, CAUGHT_UP)
    assert isinstance(order, ReservationEvent)
    assert not isinstance(level, ReservationEvent)
