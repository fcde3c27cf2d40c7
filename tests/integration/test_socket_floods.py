"""What a WebSocket's peer may send at once: a flood of frames that cost it nothing ends its own socket and no other."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.protocols import FRAGMENTS_MAX, FRAMES_AT_ONCE, ClosingSocket
from tests.integration.http_listener import (
    PATIENCE_SECONDS,
    Connection,
    Listener,
    QuickHttp,
    QuickSocket,
    frame,
    listening,
)

#: Frames as they are on the wire, masked with nothing.
PING, PONG, EMPTY_TEXT = b"\x89\x80" + bytes(4), b"\x8a\x80" + bytes(4), b"\x81\x80" + bytes(4)
BEGUN, CONTINUED = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
CLOSED_1009, CLOSED_1013 = b"\x03\xf1", b"\x03\xf5"


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening(QuickHttp) as made:
        yield made


@pytest.mark.parametrize("piece", [PING, PONG, EMPTY_TEXT, CONTINUED])
async def test_a_flood_of_frames_ends_its_socket_and_no_other(listener: Listener, piece: bytes) -> None:
    async with listener.connection() as flooding, listener.connection() as calm:
        for connection in (flooding, calm):
            await connection.opened()
        await flooding.send((BEGUN if piece == CONTINUED else b"") + piece * (2 * FRAMES_AT_ONCE))
        ended = await flooding.ended()
        assert (CLOSED_1009 if piece == CONTINUED else CLOSED_1013) in ended, ended[-200:]
        await echoed(calm, b"hello")


async def test_a_message_in_more_pieces_than_it_can_need_ends_its_socket(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.opened()
        await connection.send(BEGUN + CONTINUED * (FRAGMENTS_MAX + 1))
        assert CLOSED_1009 in await connection.ended()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"\x81\x02{}", b"\x03\xea"),  # not masked
        (b"\x81\xff\x40" + bytes(7) + bytes(4), CLOSED_1009),
        (b"\x81\x81" + bytes(4) + b"\xff", b"\x03\xef"),  # no UTF-8
        (PING * (2 * FRAMES_AT_ONCE), CLOSED_1013),
    ],
)
async def test_who_is_still_sending_when_its_socket_is_closed_learns_why(
    listener: Listener, wrong: bytes, code: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickSocket, "linger_s", 2 * PATIENCE_SECONDS)  # longer than this takes
    async with listener.connection() as connection:
        await connection.opened()
        await connection.send(wrong)
        for _ in range(300):
            await connection.send(frame(b"x" * 120) * 80)
        assert code in await connection.ended()
        for _ in range(300):  # nor is it cut off afterwards: that would take the reason from whoever reads late
            await connection.send(frame(b"x" * 120) * 80)


async def test_what_a_busy_client_sends_at_once_is_taken(listener: Listener) -> None:
    messages = FRAMES_AT_ONCE // 2
    async with listener.connection() as connection:
        await connection.opened()
        await connection.send(frame(b"x" * 40) * messages)
        answers = await connection.exactly(messages * 42)
        assert answers.count(b"x" * 40) == messages


async def test_what_comes_at_once_is_parsed_a_slice_at_a_time_and_no_more_is_read_meanwhile(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_call, unread, slices = list[int](), list[int](), list[ClosingSocket]()
    parse_slice, data_received = ClosingSocket._parse_slice, ClosingSocket.data_received

    def slice_counted(protocol: ClosingSocket, data: bytes) -> None:
        slices.append(protocol)
        parse_slice(protocol, data)

    def counted(protocol: ClosingSocket, data: bytes) -> None:
        before = len(slices)
        data_received(protocol, data)
        in_one_call.append(len(slices) - before)
        unread.append(len(protocol._unread))

    monkeypatch.setattr(ClosingSocket, "_parse_slice", slice_counted)
    monkeypatch.setattr(ClosingSocket, "data_received", counted)
    async with listener.connection() as connection:
        await connection.opened()
        message = b"0123456789" * 6_000
        sent = b"\x81\xfe" + len(message).to_bytes(2, "big") + bytes(4) + message
        _, answers = await asyncio.gather(connection.send(sent * 50), connection.exactly(50 * (4 + len(message))))
        assert answers.count(message) == 50
    assert max(in_one_call) == 1
    assert len(slices) > 500
    assert 0 < max(unread) < 1_000_000


async def test_pongs_do_not_pile_up_for_a_peer_that_takes_nothing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinged: list[ClosingSocket] = []
    handle_ping = ClosingSocket.handle_ping

    def counted(protocol: ClosingSocket) -> None:
        handle_ping(protocol)
        pinged.append(protocol)

    monkeypatch.setattr(ClosingSocket, "handle_ping", counted)
    async with listener.connection() as connection:
        await connection.opened()
        await connection.send(PING)
        assert await connection.exactly(2) == b"\x8a\x00"
        pinged[0].pause_writing()
        await connection.send(PING * 100)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(pinged) < 101:  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0)
        pinged[0].resume_writing()
        await echoed(connection, b"hello")


async def echoed(connection: Connection, text: bytes) -> None:
    await connection.send(frame(text))
    assert (await connection.exactly(2 + len(text)))[2:] == text
