"""The WebSocket endpoint, message by message: whom it accepts, what it closes for, and what it never survives."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.access import Role
from schema.persisted import hash_of
from services.ports import UNAVAILABLE, Unavailable
from subscriptions.hub.hub import HubLimits
from subscriptions.wire.transport_ws import SocketLimits
from tests.factories.events import History, a_level
from tests.factories.frames import MALFORMED
from tests.fakes.clients import FakeSocket
from tests.fakes.endpoint import BEARER, LEVELS, Endpoint, an_endpoint, event
from tests.fakes.live import eventually


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint() as endpoint:
        yield endpoint


# ---------------------------------------------------------------------- connecting
async def test_a_socket_of_the_protocol_is_accepted_with_it(endpoint: Endpoint) -> None:
    async with endpoint.socket() as socket:
        assert socket.opened == {"type": "websocket.accept", "subprotocol": "graphql-transport-ws"}


@pytest.mark.parametrize("offered", [(), ("graphql-ws",), ("soap",)])
async def test_any_other_protocol_is_closed_with_4406(endpoint: Endpoint, offered: tuple[str, ...]) -> None:
    async with FakeSocket(endpoint.app, subprotocols=offered) as socket:
        assert socket.opened == {"type": "websocket.accept", "subprotocol": None}
        assert (await socket.closed())[0] == 4406


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "", " ", "https://stock.test.evil.test", "http://[", "file://"]
)
async def test_a_page_of_another_site_is_refused_before_it_is_accepted(endpoint: Endpoint, origin: str) -> None:
    async with endpoint.socket(origin=origin) as socket:
        assert socket.opened["type"] == "websocket.close"


@pytest.mark.parametrize(
    "origin", ["https://shop.test", "HTTPS://SHOP.TEST", "https://stock.test", "http://stock.test"]
)
async def test_pages_of_the_same_host_and_of_allowed_sites_may_connect(endpoint: Endpoint, origin: str) -> None:
    async with endpoint.socket(origin=origin) as socket:
        assert socket.opened["type"] == "websocket.accept"


async def test_a_page_of_another_port_of_the_same_host_is_another_site(endpoint: Endpoint) -> None:
    async with endpoint.socket(origin="https://stock.test:8443") as socket:
        assert socket.opened["type"] == "websocket.close"


# ---------------------------------------------------------------------- who it is
@pytest.mark.parametrize("key", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_the_token_is_read_from_the_payload_whatever_the_case_of_its_key(endpoint: Endpoint, key: str) -> None:
    async with endpoint.socket() as socket:
        await socket.acknowledged({key: "Bearer good", "other": [1]})
    assert endpoint.authenticator.asked == ["Bearer good"]


@pytest.mark.parametrize("init", [{}, {"payload": None}, {"payload": {}}, {"payload": {"Authorization": None}}])
async def test_without_a_token_the_socket_is_closed_with_4403(endpoint: Endpoint, init: dict[str, Any]) -> None:
    async with endpoint.socket() as socket:
        socket.send({"type": "connection_init"} | init)
        assert await socket.closed() == (4403, "Forbidden: the token is not accepted: sign in again")


async def test_a_token_that_is_no_text_is_refused_like_a_wrong_one(endpoint: Endpoint) -> None:
    async with endpoint.socket() as socket:
        socket.send({"type": "connection_init", "payload": {"authorization": {"Bearer": "good"}}})
        assert (await socket.closed())[0] == 4403


async def test_a_database_that_cannot_say_who_asks_closes_the_socket_with_1013(endpoint: Endpoint) -> None:
    endpoint.authenticator.fault = Unavailable("no connection")
    async with endpoint.socket() as socket:
        socket.send({"type": "connection_init", "payload": BEARER})
        assert await socket.closed() == (1013, UNAVAILABLE)


async def test_a_fault_while_a_token_is_checked_closes_the_socket_without_its_text(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.authenticator.fault = RuntimeError("secret")
    async with endpoint.socket() as socket:
        socket.send({"type": "connection_init"})
        assert await socket.closed() == (1011, "Internal error")
    assert "secret" in caplog.text


async def test_who_says_nothing_in_time_is_closed_with_4408() -> None:
    async with an_endpoint(SocketLimits(init_within_s=0.01)) as endpoint, endpoint.socket() as socket:
        assert (await socket.closed())[0] == 4408


async def test_who_initialises_twice_is_closed_with_4429(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.send({"type": "connection_init"})
        assert (await socket.closed())[0] == 4429


async def test_who_subscribes_before_the_acknowledgement_is_closed_with_4401(endpoint: Endpoint) -> None:
    async with endpoint.socket() as socket:
        socket.subscribe("1", "{ viewer { subject } }")
        assert (await socket.closed())[0] == 4401


async def test_a_token_that_expires_closes_the_socket_and_nothing_is_sent_afterwards(endpoint: Endpoint) -> None:
    endpoint.authenticator.expires_in_s = 0.3
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        await event(socket)
        assert (await socket.closed())[0] == 4403
        await endpoint.world.say(History(a_level()).message(1))
        await asyncio.sleep(0)
        assert socket.waiting == 0


async def test_a_token_that_is_revoked_closes_its_sockets_and_no_others(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket, endpoint.socket() as other, endpoint.socket() as silent:
        await other.acknowledged({"Authorization": "Bearer good analyst"})
        socket.subscribe("1", LEVELS)
        await event(socket)
        other.subscribe("1", LEVELS)
        await event(other)
        endpoint.app.end_revoked()
        endpoint.authenticator.withdrawn = Role.MANAGER

        endpoint.app.end_revoked()

        assert await socket.closed() == (4403, "Forbidden: the token was revoked, connect again with another")
        await endpoint.world.say(History(a_level()).message(1))
        assert (await event(other))["type"] == "CHANGE"
        assert socket.waiting == 0
        assert silent.waiting == 0, "it has not said who it is"


async def test_a_revoked_socket_whose_peer_takes_nothing_holds_up_no_other(endpoint: Endpoint) -> None:
    async with endpoint.ready() as stuck, endpoint.ready() as socket:
        stuck.writable.clear()
        endpoint.authenticator.withdrawn = Role.MANAGER
        endpoint.app.end_revoked()
        assert (await socket.closed())[0] == 4403


# ---------------------------------------------------------------------- what it cannot read
@pytest.mark.parametrize("frame", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_frame_that_is_no_message_is_closed_with_4400(endpoint: Endpoint, frame: str) -> None:
    async with endpoint.ready() as socket:
        socket.send_text(frame)
        code, reason = await socket.closed()
        assert (code, reason[:5].strip() != "") == (4400, True)


@pytest.mark.parametrize("frame", [b"", b"{}", b'{"type":"ping"}', b"\xff\xfe"])
async def test_a_binary_frame_is_closed_with_4400(endpoint: Endpoint, frame: bytes) -> None:
    async with endpoint.ready() as socket:
        socket.send_bytes(frame)
        assert (await socket.closed())[0] == 4400


@pytest.mark.parametrize("letter", ["x", "é"])
async def test_a_message_over_64_kilobytes_is_closed_with_1009(endpoint: Endpoint, letter: str) -> None:
    size = (64 * 1024) // len(letter.encode())
    async with endpoint.ready() as socket:
        socket.send({"type": "ping", "payload": {"a": letter * (size - 100)}})
        assert (await socket.receive())["type"] == "pong"
        socket.send({"type": "ping", "payload": {"a": letter * size}})
        assert (await socket.closed())[0] == 1009


async def test_frames_behind_a_malformed_one_are_not_looked_at(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.send_text("x")
        socket.subscribe("1", "{ viewer { subject } }")
        assert (await socket.closed())[0] == 4400


# ---------------------------------------------------------------------- its life and its end
async def test_a_ping_is_answered_with_what_it_brought(endpoint: Endpoint) -> None:
    async with endpoint.socket() as socket:
        socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        socket.send({"type": "ping", "payload": {"a": 1}})
        assert await socket.receive() == {"type": "pong", "payload": {"a": 1}}


async def test_a_peer_that_answers_pings_stays_and_one_that_does_not_is_closed() -> None:
    limits = SocketLimits(ping_every_s=0.01, pong_within_s=0.3)
    async with an_endpoint(limits) as endpoint, endpoint.ready() as socket:
        for _ in range(3):
            assert await socket.receive() == {"type": "ping"}
            socket.send({"type": "pong", "payload": None})
        assert await socket.receive() == {"type": "ping"}
        assert (await socket.closed())[0] == 4499


async def test_a_socket_that_takes_nothing_is_closed_with_1013_and_delays_nobody() -> None:
    limits = HubLimits(queue_max=4, lagging_at=2)
    async with an_endpoint(hub=limits) as endpoint, endpoint.ready() as stalled, endpoint.ready() as healthy:
        for socket in (stalled, healthy):
            socket.subscribe("1", LEVELS)
            await event(socket)
        stalled.writable.clear()
        for number in range(8):
            await endpoint.world.say(History(a_level(f"SKU-{number}")).message(1))
            assert (await event(healthy))["level"]["sku"] == f"SKU-{number}"
        stalled.writable.set()
        await event(stalled)
        assert (await stalled.closed())[0] == 1013


async def test_a_shutdown_sends_every_client_elsewhere(endpoint: Endpoint) -> None:
    async with endpoint.ready() as one, endpoint.socket() as other:
        one.subscribe("1", LEVELS)
        await event(one)
        await endpoint.app.close_all()
        assert [(await socket.closed())[0] for socket in (one, other)] == [1001, 1001]


async def test_a_client_that_leaves_gives_its_streams_back(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        await event(socket)
    await eventually(lambda: not endpoint.world.hub._watches)


# ---------------------------------------------------------------------- persisted documents
async def test_a_document_is_named_by_its_hash_once_it_was_sent_with_it(endpoint: Endpoint) -> None:
    text = "{ viewer { subject } }"
    named = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}
    by_id = {"query": "", "documentId": f"sha256:{hash_of(text)}"}
    async with endpoint.socket() as socket:
        await socket.acknowledged(BEARER)
        for payload in ({"query": "", "extensions": named}, {"query": text, "extensions": named}, by_id):
            socket.send({"id": "1", "type": "subscribe", "payload": payload})
            if payload["query"] or payload is by_id:
                assert (await socket.receive())["payload"] == {"data": {"viewer": {"subject": "manager"}}}
                assert (await socket.receive())["type"] == "complete"
            else:
                told = await socket.receive()
                assert told["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
