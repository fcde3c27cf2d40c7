"""Peers that vanish without a word: the ping finds them, and nothing of them is left, though they cannot be told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.asyncio.client import ClientConnection, connect

from server.protocols import ClosingHttp, ClosingSocket
from subscriptions.wire.transport_ws import SocketLimits
from tests.fakes.endpoint import BEARER, LEVELS, Endpoint, an_endpoint
from tests.integration.redis_log.tcp_proxy import TcpProxy
from tests.live import PROTOCOL

PATIENCE_S = 30
LIMITS = SocketLimits(ping_every_s=0.2, pong_within_s=1.0)


class QuickSocket(ClosingSocket):
    linger_s = 0.2

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = 0.2


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint(LIMITS) as endpoint:
        yield endpoint


@asynccontextmanager
async def serving(endpoint: Endpoint) -> AsyncIterator[tuple[int, ServerState]]:
    """The socket's application behind the server that we deploy it with."""
    config = uvicorn.Config(
        endpoint.app, ws=QuickSocket, ws_ping_interval=None, log_config=None, lifespan="off", interface="asgi3"
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: ClosingHttp(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1], state
    server.close()


async def watching(port: int) -> ClientConnection:
    """A client that answers pings only while it is asked to."""
    client = await connect(f"ws://127.0.0.1:{port}", subprotocols=[PROTOCOL], proxy=None, ping_interval=None)
    await client.send(json.dumps({"type": "connection_init", "payload": BEARER}))
    await client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": LEVELS}}))
    assert [json.loads(await client.recv())["type"] for _ in range(2)] == ["connection_ack", "next"]
    return client


async def test_a_peer_behind_a_dead_link_is_found_and_given_up_and_one_that_answers_stays(endpoint: Endpoint) -> None:
    async with serving(endpoint) as (port, state):
        proxy = TcpProxy(port)
        async with proxy.running():
            lost, alive = await watching(proxy.port), await watching(port)
            assert len(endpoint.world.hub._watches) == len(state.connections) == 2
            proxy.open.clear()
            answering = asyncio.create_task(answer_pings(alive))
            async with asyncio.timeout(PATIENCE_S):
                while len(endpoint.world.hub._watches) > 1 or len(state.connections) > 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert not answering.done()
            answering.cancel()
            lost.transport.abort()
            alive.transport.abort()
            async with asyncio.timeout(PATIENCE_S):
                while state.connections or state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


async def answer_pings(client: ClientConnection) -> None:
    async for text in client:
        if json.loads(text)["type"] == "ping":
            await client.send('{"type":"pong"}')
