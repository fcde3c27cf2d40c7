"""What the sockets and event streams of a subject share: how many there may be, and how much they may say."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.ports import Unavailable
from services.rates import Rates
from subscriptions.wire.seats import Allowance, Seats
from subscriptions.wire.sse import GraphQLEventStream
from subscriptions.wire.transport_ws import SocketLimits
from tests.fakes.clients import FakeEventStream, FakeSocket
from tests.fakes.endpoint import BEARER, LEVELS, MANAGER, Endpoint, an_endpoint
from tests.fakes.live import eventually

PING = {"type": "ping"}
SEATS = 2


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """With two seats, and ten messages a minute."""
    async with an_endpoint(allowance=Allowance(Seats(SEATS), Rates(10))) as endpoint:
        yield endpoint


def stream(endpoint: Endpoint) -> FakeEventStream:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator, seats=endpoint.allowance.seats)
    return FakeEventStream(app, {"query": LEVELS}, headers={"authorization": "Bearer good"})


async def turned_away(socket: FakeSocket) -> None:
    socket.send({"type": "connection_init", "payload": BEARER})
    code, reason = await socket.closed()
    assert (code, "as many as are allowed" in reason) == (1013, True)


# ---------------------------------------------------------------------- how many
async def test_one_socket_too_many_of_a_subject_is_closed_with_1013_until_another_leaves(endpoint: Endpoint) -> None:
    async with endpoint.ready():
        async with endpoint.ready(), endpoint.socket() as third:
            await turned_away(third)
        async with endpoint.ready() as instead:
            instead.send(PING)
            assert await instead.receive() == {"type": "pong"}


async def test_event_streams_count_with_the_sockets(endpoint: Endpoint) -> None:
    async with endpoint.ready(), stream(endpoint) as first:
        assert first.status == 200
        async with endpoint.socket() as socket:
            await turned_away(socket)
        async with stream(endpoint) as refused:
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            (error,) = (await refused.json())["errors"]
            assert error["extensions"] == {
                "code": "LIMIT_EXCEEDED",
                "limit": SEATS,
                "requestId": refused.headers["x-request-id"],
            }
    async with stream(endpoint) as again:
        assert again.status == 200


async def test_what_was_turned_away_takes_no_seat(endpoint: Endpoint) -> None:
    for fault in (Unavailable("no connection"), RuntimeError("a bug")):
        endpoint.authenticator.fault = fault
        for _ in range(SEATS):
            async with endpoint.socket() as socket:
                socket.send({"type": "connection_init", "payload": BEARER})
                await socket.closed()
    endpoint.authenticator.fault = None
    async with endpoint.ready(), endpoint.ready(), endpoint.socket() as third:
        await turned_away(third)


def test_each_subject_has_seats_of_its_own() -> None:
    seats = Seats(1)
    other = replace(MANAGER, subject="somebody")
    assert seats.take(MANAGER)
    assert seats.take(other)
    assert not seats.take(MANAGER)
    seats.give_back(MANAGER)
    assert seats.take(MANAGER)


# ---------------------------------------------------------------------- how much is said
@pytest.mark.parametrize(
    "message",
    [
        PING,
        {"type": "pong"},
        {"type": "complete", "id": "never"},
        {"id": "1", "type": "subscribe", "payload": {"query": "{"}},
    ],
    ids=lambda message: message["type"],
)
async def test_messages_of_every_type_count_and_above_the_rate_the_socket_is_closed_with_1013(
    endpoint: Endpoint, message: dict[str, object]
) -> None:
    async with endpoint.ready() as socket:
        for _ in range(10):
            socket.send(message)
        socket.send(PING)
        while (answer := await socket.next())["type"] == "websocket.send":
            pass
        assert answer["code"] == 1013
        assert answer["reason"].startswith("Too many messages")


async def test_sockets_of_a_subject_share_what_they_may_say(endpoint: Endpoint) -> None:
    async with endpoint.ready() as one, endpoint.ready() as other:
        for _ in range(9):
            one.send(PING)
            assert await one.receive() == {"type": "pong"}
        other.send(PING)
        assert await other.receive() == {"type": "pong"}
        other.send(PING)
        assert (await other.closed())[0] == 1013


async def test_who_has_not_said_who_it_is_may_say_little_else() -> None:
    async with an_endpoint(SocketLimits(early_messages_max=3)) as endpoint, endpoint.socket() as socket:
        for _ in range(3):
            socket.send(PING)
            assert await socket.receive() == {"type": "pong"}
        socket.send(PING)
        assert (await socket.closed())[0] == 1013
    async with an_endpoint(SocketLimits(early_messages_max=3)) as endpoint, endpoint.ready() as socket:
        for _ in range(5):
            socket.send(PING)
            assert await socket.receive() == {"type": "pong"}


async def test_others_have_their_turn_between_the_messages_of_a_socket_however_many_lie_ready() -> None:
    loop, said_at = asyncio.get_running_loop(), list[int]()
    turns = Turns(loop)

    class Noting(Rates):
        def take(self, tenant: str, subject: str, operations: int = 1) -> int:
            said_at.append(turns.number)
            return 0

    async with an_endpoint(allowance=Allowance(Seats(), Noting(1))) as endpoint, endpoint.ready() as socket:
        turns()
        for number in range(50):
            socket.subscribe(str(number), LEVELS)
            socket.send({"type": "complete", "id": str(number)})
        await eventually(lambda: len(said_at) == 100)
        turns.over = True
    assert len(set(said_at)) == 100


class Turns:
    """Counts those of the loop until they are over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.number, self.over = 0, False

    def __call__(self) -> None:
        self.number += 1
        if not self.over:
            self._loop.call_soon(self)
