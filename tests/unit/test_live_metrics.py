"""Metrics of live connections: how many groups there are, and why connections ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from domain.access import Role
from services.live import LevelStreamFilter
from subscriptions.wire.ending import Ending
from subscriptions.wire.sse import GraphQLEventStream
from tests.fakes.clients import FakeEventStream, FakeSocket
from tests.fakes.endpoint import LEVELS, Endpoint, an_endpoint
from tests.fakes.live import SCOPE, a_world, eventually, told


def read(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def closed(transport: str, cause: Ending) -> float:
    return read("stockcast_connections_closed_total", transport=transport, cause=cause.value)


async def test_streams_that_are_told_the_same_are_one_group_while_any_is_open() -> None:
    before = read("stockcast_hub_groups")
    async with a_world() as world:
        red = LevelStreamFilter(skus=["red"])
        streams = [world.hub.watch(SCOPE, each) for each in (red, red, LevelStreamFilter())]
        for stream in streams:
            await told(stream, 1)
        assert read("stockcast_hub_groups") == before + 2
        for stream in streams:
            await stream.aclose()
    assert read("stockcast_hub_groups") == before


async def _silly(endpoint: Endpoint, socket: FakeSocket) -> None:
    socket.send_text("{")


async def _twice(endpoint: Endpoint, socket: FakeSocket) -> None:
    socket.send({"type": "connection_init"})


async def _shut_down(endpoint: Endpoint, socket: FakeSocket) -> None:
    await endpoint.app.close_all()


async def _revoke(endpoint: Endpoint, socket: FakeSocket) -> None:
    endpoint.authenticator.withdrawn = Role.MANAGER
    endpoint.app.end_revoked()


ENDS: list[tuple[Callable[[Endpoint, FakeSocket], Awaitable[None]], Ending]] = [
    (_silly, Ending.PROTOCOL),
    (_twice, Ending.PROTOCOL),
    (_shut_down, Ending.SHUTDOWN),
    (_revoke, Ending.TOKEN_REVOKED),
]


@pytest.mark.parametrize(("end", "cause"), ENDS)
async def test_a_socket_that_we_close_is_counted_once_by_its_cause(
    end: Callable[[Endpoint, FakeSocket], Awaitable[None]], cause: Ending
) -> None:
    before = {each: closed("websocket", each) for each in Ending}
    async with an_endpoint() as endpoint, endpoint.ready() as socket:
        await end(endpoint, socket)
        await socket.closed()
    assert {
        each: closed("websocket", each) - before[each] for each in Ending if closed("websocket", each) > before[each]
    } == {cause: 1}


async def test_a_socket_that_its_peer_leaves_is_counted_as_left() -> None:
    before = closed("websocket", Ending.PEER)
    async with an_endpoint() as endpoint:
        async with endpoint.ready():
            pass
        await eventually(lambda: closed("websocket", Ending.PEER) == before + 1)


@pytest.mark.parametrize(
    ("query", "cause"), [("{ viewer { subject } }", Ending.COMPLETE), (LEVELS, Ending.SHUTDOWN), (LEVELS, Ending.PEER)]
)
async def test_an_event_stream_is_counted_once_by_why_it_ended(query: str, cause: Ending) -> None:
    before = closed("sse", cause)
    async with an_endpoint() as endpoint:
        app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
        async with FakeEventStream(app, {"query": query}, headers={"authorization": "Bearer good"}) as stream:
            if cause is Ending.SHUTDOWN:
                await eventually(lambda: bool(app._open))
                await app.close_all()
            if cause is not Ending.PEER:
                await stream.ended()
        await eventually(lambda: closed("sse", cause) == before + 1)
