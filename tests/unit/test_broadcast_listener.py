"""Whatever fails while the broadcast log is listened to: it is told, and no stream stays silent for it."""

from collections import deque
from random import Random
from typing import Any, cast

import pytest
from broadcaster import Event

from services.live import StreamEventType
from subscriptions.log.broadcast_log import Position, Reset, event
from subscriptions.log.redis_follower import RedisFollower
from subscriptions.log.redis_link import Link, Timing
from tests.factories.events import History, a_level
from tests.fakes.live import a_world, story, told

CHANGE = StreamEventType.CHANGE


async def test_what_was_lost_while_listening_failed_is_told_from_the_log_and_listening_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world() as world:
        watch, tent = await world.live(), History(a_level())
        next_published, faults = world.log.next_published, [TimeoutError("of the connection")]

        async def lose() -> Event:
            delivered = await next_published()
            if faults:
                raise faults.pop()
            return delivered

        monkeypatch.setattr(world.log, "next_published", lose)
        for number in (9, 8, 7):  # the first is on its way already
            await world.say(tent.message(number))
        assert story(await told(watch, 3)) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3)]
        assert not faults

        await world.say(tent.message(6))
        assert story(await told(watch, 1)) == [(CHANGE, 4)]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "listening to the broadcast log failed" in caplog.text


class Stuck:
    """A connection that cannot be closed."""

    async def aclose(self) -> None:
        raise TimeoutError("closing took too long")


async def test_a_connection_that_cannot_be_closed_does_not_end_the_follower(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    link = Link("Redis", Timing(), Random(1))
    follower = RedisFollower("redis://nowhere", cast(Any, None), cast(Any, None), link, Timing())
    reset = Reset(Position("epoch", 3))
    follower.follow("channel", Position("epoch", 2))

    async def step() -> None:
        if follower._client is not None:
            raise ConnectionError("gone")
        follower._ready = deque([("channel", reset)])

    follower._client = cast(Any, Stuck())
    monkeypatch.setattr(follower, "_step", step)

    assert await follower.next() == event("channel", reset)
    assert "did not close" in caplog.text
