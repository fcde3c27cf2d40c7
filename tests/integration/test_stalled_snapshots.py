"""Peers that stop reading within their snapshot: they are given up, and nothing of them is left."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from server.listener import listen
from server.protocols import STREAM_PATH, ClosingHttp
from subscriptions import metrics
from subscriptions.wire.sse import GraphQLEventStream
from subscriptions.wire.transport_ws import SocketLimits
from tests.factories.events import a_level
from tests.fakes.endpoint import BEARER, Endpoint, an_endpoint
from tests.integration.test_dead_peers import QuickSocket
from tests.live import PROTOCOL

PATIENCE_S = 60
LIMITS = SocketLimits(ping_every_s=0.2, pong_within_s=1.0)
TAKEN_WITHIN_S = 0.5
#: Each tells its level many times over, so that all of them are more than the kernel and the server take.
LEVELS, TIMES = 4_000, 8
FIELDS = " ".join(f"l{number}: level {{ sku item {{ name }} version }}" for number in range(TIMES))
QUERY = f"subscription {{ stockLevelChanged(snapshot: true) {{ type cursor {FIELDS} }} }}"
HEAD = "host: stock.test\r\nauthorization: Bearer good\r\n"


def event_stream() -> list[bytes]:
    body = json.dumps({"query": QUERY})
    asked = f"accept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return [f"POST {STREAM_PATH} HTTP/1.1\r\n{HEAD}{asked}\r\n{body}".encode()]


def web_socket() -> list[bytes]:
    asked = (
        "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: {PROTOCOL}\r\n"
    )
    messages = [
        {"type": "connection_init", "payload": BEARER},
        {"id": "1", "type": "subscribe", "payload": {"query": QUERY}},
    ]
    return [f"GET /graphql HTTP/1.1\r\n{HEAD}{asked}\r\n".encode(), b"".join(frame(message) for message in messages)]


def frame(message: object) -> bytes:
    """Masked; its mask changes nothing."""
    payload = json.dumps(message).encode()
    return b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint(LIMITS) as endpoint:
        endpoint.world.stock.things = [a_level(f"SKU-{number}") for number in range(LEVELS)]
        yield endpoint


@asynccontextmanager
async def serving(endpoint: Endpoint) -> AsyncIterator[tuple[int, ServerState]]:
    """Both transports behind the server that we deploy them with, listening as it does."""
    stream = GraphQLEventStream(endpoint.operations, endpoint.authenticator, taken_within_s=TAKEN_WITHIN_S)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (endpoint.app if scope["type"] == "websocket" else stream)(scope, receive, send)

    config = uvicorn.Config(
        app, ws=QuickSocket, ws_ping_interval=None, log_config=None, lifespan="off", interface="asgi3"
    )
    config.load()
    state = ServerState()
    listening = listen("127.0.0.1", 0)
    server = await asyncio.get_running_loop().create_server(
        lambda: ClosingHttp(config=config, server_state=state, app_state={}), sock=listening
    )
    try:
        yield listening.getsockname()[1], state
    finally:
        server.close()


@pytest.mark.parametrize(
    ("asked", "transport", "cause"), [(event_stream(), "sse", "too_slow"), (web_socket(), "websocket", "silent")]
)
async def test_a_peer_that_stops_reading_within_its_snapshot_is_given_up(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, asked: list[bytes], transport: str, cause: str
) -> None:
    loop, closed = asyncio.get_running_loop(), metrics.CLOSED.labels(transport, cause)
    before = closed._value.get()
    async with serving(endpoint) as (port, state):
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            peer.setblocking(False)
            await loop.sock_connect(peer, ("127.0.0.1", port))
            for part in asked:
                await loop.sock_sendall(peer, part)
                assert (await loop.sock_recv(peer, 60)).startswith(b"HTTP/1.1 ") or part is not asked[0]
            async with asyncio.timeout(PATIENCE_S):
                while not endpoint.world.hub._watches:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                while endpoint.world.hub._watches or state.connections or state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert closed._value.get() == before + 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
