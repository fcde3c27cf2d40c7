"""What a subject has open at once, over all its sockets and event streams: operations, and groups of streams."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from domain.access import Role
from services.ports import Unavailable
from subscriptions.wire.not_started import NotStarted
from subscriptions.wire.shares import Shares
from subscriptions.wire.sse import GraphQLEventStream
from tests.factories.events import History, a_level
from tests.fakes.clients import FakeEventStream, FakeSocket
from tests.fakes.endpoint import LEVELS, MANAGER, Endpoint, an_endpoint, event
from tests.fakes.live import eventually

VIEWER = "{ viewer { subject } }"
TYPES = "subscription ($filter: StockLevelStreamFilter) { stockLevelChanged(filter: $filter) { type } }"
COMPLETE = {"type": "complete", "id": "1"}


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """Two operations a subject, and one group."""
    async with an_endpoint(shares=Shares(2, 1)) as endpoint:
        yield endpoint


def stream(endpoint: Endpoint, query: str = LEVELS, **variables: Any) -> FakeEventStream:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    return FakeEventStream(app, {"query": query, "variables": variables}, headers={"authorization": "Bearer good"})


async def refusal(socket: FakeSocket, id_: str) -> dict[str, Any]:
    message = await socket.receive()
    assert (message["id"], message["type"]) == (id_, "error")
    (error,) = message["payload"]
    return error


def refused(limit: str) -> float:
    return REGISTRY.get_sample_value("stockcast_operations_refused_total", {"limit": limit}) or 0.0


# ---------------------------------------------------------------------- how many
async def test_one_operation_too_many_of_a_subject_is_refused_alone_whatever_socket_it_is_on(
    endpoint: Endpoint,
) -> None:
    before = refused("operations")
    async with endpoint.ready() as one, endpoint.ready() as other:
        for socket in (one, other):
            socket.subscribe("1", LEVELS)
            await event(socket)
        for query in (LEVELS, VIEWER):
            other.subscribe("2", query)
            error = await refusal(other, "2")
            assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 2}
            assert "OPERATIONS_A_SUBJECT" in error["message"]
            assert "complete some" in error["message"]
        assert refused("operations") == before + 2
        await endpoint.world.say(History(a_level()).message(1))
        assert (await event(other))["type"] == "CHANGE", "what was open goes on"
        one.send(COMPLETE)
        other.subscribe("2", VIEWER)
        assert (await other.receive())["type"] == "next"


async def test_event_streams_count_with_the_operations_of_sockets(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket, stream(endpoint) as first:
        assert await first.event() == {}
        assert (await first.event() or {})["event"] == "next"
        socket.subscribe("1", LEVELS)
        await event(socket)
        async with stream(endpoint) as third:
            assert await third.event() == {}
            told = await third.event() or {}
            assert (told["event"], '"LIMIT_EXCEEDED"' in told["data"]) == ("next", True)
            assert (await third.event() or {})["event"] == "complete"


async def test_equal_streams_are_one_group_and_a_stream_of_another_is_refused(endpoint: Endpoint) -> None:
    before = refused("groups")
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS, filter={"skus": ["TENT", "STOVE"]})
        await event(socket)
        for query, skus in ((LEVELS, ["LAMP"]), (LEVELS, None), (TYPES, ["TENT", "STOVE"])):
            socket.subscribe("2", query, filter={"skus": skus})
            error = await refusal(socket, "2")
            assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 1}
            assert "GROUPS_A_SUBJECT" in error["message"]
        assert refused("groups") == before + 3
        socket.subscribe("2", LEVELS, filter={"skus": ["STOVE", "TENT"]})
        await event(socket, "2")
        for number in ("1", "2"):
            socket.send(COMPLETE | {"id": number})
        socket.subscribe("3", LEVELS, filter={"skus": ["LAMP"]})
        await event(socket, "3")


def test_each_subject_has_a_share_of_its_own() -> None:
    shares = Shares(1, 1)
    somebody = replace(MANAGER, subject="somebody")
    for caller in (MANAGER, somebody):
        shares.take(caller)
        with pytest.raises(NotStarted):
            shares.take(caller)
    shares.give_back(MANAGER)
    shares.take(MANAGER)


def test_a_group_counts_as_long_as_any_of_its_streams_is_open() -> None:
    shares = Shares(3, 1)
    for _ in range(2):
        shares.join(MANAGER, "one")
    for _ in range(2):
        with pytest.raises(NotStarted):
            shares.join(MANAGER, "other")
        shares.leave(MANAGER, "one")
    shares.join(MANAGER, "other")


# ---------------------------------------------------------------------- however they stop
async def _complete(endpoint: Endpoint, socket: FakeSocket) -> None:
    socket.send(COMPLETE)


async def _leave(endpoint: Endpoint, socket: FakeSocket) -> None:
    await socket.__aexit__()


async def _silly(endpoint: Endpoint, socket: FakeSocket) -> None:
    socket.send_text("{")


async def _revoke(endpoint: Endpoint, socket: FakeSocket) -> None:
    endpoint.authenticator.withdrawn = Role.MANAGER
    endpoint.app.end_revoked()


async def _shut_down(endpoint: Endpoint, socket: FakeSocket) -> None:
    await endpoint.app.close_all()


async def _fall_behind(endpoint: Endpoint, socket: FakeSocket) -> None:
    socket.writable.clear()
    for number in range(300):
        await endpoint.world.say(History(a_level(f"SKU-{number}")).message(1))
    await eventually(lambda: "websocket.close" in socket.offered)
    socket.writable.set()


@pytest.mark.parametrize("end", [_complete, _leave, _silly, _revoke, _shut_down, _fall_behind])
async def test_a_stream_gives_its_share_back_however_it_ends(
    endpoint: Endpoint, end: Callable[[Endpoint, FakeSocket], Awaitable[None]]
) -> None:
    async with endpoint.socket() as socket:
        await socket.acknowledged({"Authorization": "Bearer good"})
        for number in ("1", "2"):
            socket.subscribe(number, LEVELS)
            await event(socket, number)
        await end(endpoint, socket)
        if end is _complete:
            socket.send(COMPLETE | {"id": "2"})
        await nothing_is_taken(endpoint)


async def test_a_stream_gives_its_share_back_with_its_token(endpoint: Endpoint) -> None:
    endpoint.authenticator.expires_in_s = 1.5
    async with endpoint.ready() as socket:
        for number in ("1", "2"):
            socket.subscribe(number, LEVELS)
            await event(socket, number)
        assert (await socket.closed())[0] == 4403
        await nothing_is_taken(endpoint)


@pytest.mark.parametrize("left", [True, False], ids=["left", "revoked"])
async def test_an_event_stream_gives_its_share_back_however_it_ends(endpoint: Endpoint, left: bool) -> None:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    async with FakeEventStream(app, {"query": LEVELS}, headers={"authorization": "Bearer good"}) as told:
        await told.event()
        assert (await told.event() or {})["event"] == "next"
        if not left:
            endpoint.authenticator.withdrawn = Role.MANAGER
            app.end_revoked()
            await told.ended()
    await nothing_is_taken(endpoint)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (VIEWER, {}),
        ("{", {}),
        (LEVELS, {"after": "rubbish"}),
        (LEVELS, {"snapshot": True}),
        ("query ($s: String!) { stock(sku: $s) { sku } }", {"s": 1}),
    ],
    ids=["a query", "nonsense", "a cursor of somebody else's", "a snapshot that fails", "a wrong variable"],
)
async def test_what_is_answered_or_refused_gives_its_share_back(
    endpoint: Endpoint, query: str, variables: dict[str, Any]
) -> None:
    endpoint.world.stock.fault = RuntimeError("a bug")
    async with endpoint.ready() as socket:
        for number in range(3):
            socket.subscribe(str(number), query, **variables)
            message = await socket.receive()
            if message["type"] == "error":
                assert message["payload"][0]["extensions"]["code"] != "LIMIT_EXCEEDED"
            else:
                assert (await socket.receive())["type"] == "complete"
        await nothing_is_taken(endpoint)


async def test_who_leaves_while_its_snapshot_is_read_gives_its_share_back(endpoint: Endpoint) -> None:
    endpoint.world.stock.gate = asyncio.Event()
    endpoint.world.stock.faults = [Unavailable("away")]
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS, snapshot=True)
        await eventually(lambda: endpoint.world.stock.reads > 0)
    await nothing_is_taken(endpoint)


async def nothing_is_taken(endpoint: Endpoint) -> None:
    await eventually(lambda: endpoint.operations._shares.nothing_taken)
