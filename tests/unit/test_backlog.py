"""What waits for one peer, in all its streams together, and what that costs."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from subscriptions.hub.backlog import Backlog, BacklogLimits, TooSlow
from subscriptions.hub.hub import HubLimits
from tests.factories.events import History, a_level
from tests.fakes.clients import FakeSocket
from tests.fakes.endpoint import LEVELS, Endpoint, an_endpoint, event
from tests.fakes.live import a_world, eventually, told

STREAMS = 100
BYTES_MAX = 1_000_000


def full(backlog: Backlog, cursor: str = "more", size: int = 1) -> bool:
    try:
        backlog.add(cursor, size)
    except TooSlow:
        return True
    backlog.remove(cursor)
    return False


# ---------------------------------------------------------------------- its bounds
def test_so_many_events_wait_however_small_they_are_and_each_that_is_taken_makes_room() -> None:
    backlog = Backlog(BacklogLimits(events_max=3, bytes_max=1_000, events_least=0))
    for cursor in ("a", "a", "b"):
        assert not full(backlog)
        backlog.add(cursor, 0)
    assert full(backlog)
    backlog.remove("a")
    assert not full(backlog)


def test_the_bytes_of_an_event_count_once_in_however_many_streams_it_waits() -> None:
    backlog = Backlog(BacklogLimits(events_max=100, bytes_max=100, events_least=0))
    for _ in range(10):
        backlog.add("a", 60)
    assert full(backlog, "b", 60)
    backlog.add("b", 40)
    for _ in range(10):
        assert full(backlog, "c", 60)
        backlog.remove("a")
    assert not full(backlog, "c", 60)


def test_large_events_that_come_at_once_are_not_the_peers_fault() -> None:
    backlog = Backlog(BacklogLimits(events_max=100, bytes_max=100, events_least=2))
    backlog.add("a", 1_000)
    backlog.add("b", 1_000)
    assert full(backlog, "c", 1)
    backlog.remove("a")
    backlog.add("c", 1_000)
    assert len(backlog) == 2


async def test_a_state_that_a_later_one_replaces_waits_no_longer() -> None:
    async with a_world(HubLimits(lagging_at=1)) as world:
        slow, other, tent = await world.live(), await world.live(), History(a_level())
        slow.waits_in(backlog := Backlog())
        for number in range(100):
            await world.say(tent.message(number))
            await told(other, 1)
        assert len(backlog) == 1
        await told(slow, 1)
        assert len(backlog) == 0


# ---------------------------------------------------------------------- of a socket
@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint(hub=HubLimits(reset_spread_s=0)) as endpoint:
        yield endpoint


async def watching(socket: FakeSocket, streams: int) -> None:
    """In so many ways, each of which wants what is for all."""
    for number in range(streams):
        socket.subscribe(str(number), LEVELS, filter={"locations": ["MAIN", f"X-{number}"]})
        await event(socket, str(number))


async def test_a_stalled_socket_costs_little_whatever_it_watches(endpoint: Endpoint) -> None:
    async with endpoint.ready() as stalled, endpoint.ready() as other:
        await watching(stalled, STREAMS)
        other.subscribe("1", LEVELS)
        await event(other)
        histories = [History(a_level(f"SKU-{number}")) for number in range(240)]
        gc.collect()
        tracemalloc.start()
        try:
            stalled.writable.clear()
            most = 0
            for history in histories * 3:
                await endpoint.world.say(history.message(1))
                await event(other)
                most = max(most, tracemalloc.get_traced_memory()[0])
                if "websocket.close" in stalled.offered:
                    break
        finally:
            tracemalloc.stop()
        assert "websocket.close" in stalled.offered
        stalled.writable.set()
        while (message := await stalled.next())["type"] == "websocket.send":
            pass
        assert message["code"] == 1013
    assert most < BYTES_MAX


async def test_who_takes_what_comes_is_never_too_slow_however_much_it_watches(endpoint: Endpoint) -> None:
    tents = [History(a_level(f"SKU-{number}")) for number in range(40)]
    async with endpoint.ready() as socket:
        await watching(socket, STREAMS)
        for tent in tents:
            await endpoint.world.say(tent.message(1))
            heard = [await socket.receive() for _ in range(STREAMS)]
            assert len({message["id"] for message in heard}) == STREAMS


async def test_a_stream_that_ends_makes_room_for_the_others_of_its_socket(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket, endpoint.ready() as other:
        await watching(socket, 2)
        other.subscribe("1", LEVELS)
        await event(other)
        socket.writable.clear()
        for number in range(100):
            await endpoint.world.say(History(a_level(f"SKU-{number}")).message(1))
            await event(other)
        [handler] = [each for each in endpoint.app._open if len(each.operations) == 2]
        await eventually(lambda: len(handler._backlog) > 150)
        socket.send({"type": "complete", "id": "0"})
        await eventually(lambda: len(handler._backlog) <= 100)
        socket.writable.set()
        async with asyncio.timeout(10):
            while len(handler._backlog):
                await socket.receive()
