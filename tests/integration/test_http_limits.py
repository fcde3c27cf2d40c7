"""What a connection may send, and which heads are refused; nothing of it is the log's business."""

import asyncio

import pytest

from server.bounded_http import HEAD_BYTES_MAX
from tests.integration.http_listener import (
    ENDLESS,
    HEAD,
    PATIENCE_SECONDS,
    REFUSAL,
    REFUSED_PATH,
    Listener,
)


# ---------------------------------------------------------------------- how much
async def test_a_request_and_the_next_are_answered_on_one_connection(listener: Listener) -> None:
    async with listener.connection() as connection:
        for body in (b"one", b"two"):
            await connection.send(HEAD + b"Content-Length: 3\r\n\r\n" + body)
            assert await connection.answer() == (200, body)


@pytest.mark.parametrize(
    "filling", [b"X-Long: " + b"a" * ENDLESS, b"\r\n".join(b"X-%d: a" % n for n in range(ENDLESS // 10))]
)
async def test_a_head_beyond_its_bound_is_refused_whole_or_in_pieces(listener: Listener, filling: bytes) -> None:
    assert await listener.refused(HEAD + filling + b"\r\n\r\n") == (431, "HEADERS_TOO_LARGE")
    async with listener.connection() as connection:
        data = HEAD + filling
        for at in range(0, len(data), 8192):
            await connection.send(data[at : at + 8192])
        assert await connection.refused() == (431, "HEADERS_TOO_LARGE")
    assert listener.app.seen == []


async def test_a_long_address_counts_as_head(listener: Listener) -> None:
    data = b"GET /graphql?query=" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: here\r\n\r\n"
    assert await listener.refused(data) == (431, "HEADERS_TOO_LARGE")


async def test_a_client_that_never_stops_is_told_and_cut_off(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.send(HEAD + b"X-Long: ")

        async def talk() -> None:
            try:
                while True:
                    await connection.send(b"a" * 65_536)
            except OSError:
                return

        talking = asyncio.create_task(talk())
        assert await connection.refused() == (431, "HEADERS_TOO_LARGE")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await talking


@pytest.mark.parametrize("filling", [b"3;" + b"e" * ENDLESS, b"3\r\nabc\r\n0\r\nX-Long: " + b"a" * ENDLESS])
async def test_what_surrounds_a_body_is_bounded_as_its_head_is(listener: Listener, filling: bytes) -> None:
    async with listener.connection() as connection:
        await connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(filling), 8192):
            await connection.send(filling[at : at + 8192])
        await connection.send(b"a" * 8192)
        assert (await connection.refused())[0] == 431


async def test_a_body_does_not_count_as_head(listener: Listener) -> None:
    body = b"a" * 4 * HEAD_BYTES_MAX
    async with listener.connection() as connection:
        await connection.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert await connection.answer() == (200, body)


async def test_a_trailer_is_no_header(listener: Listener) -> None:
    async with listener.connection() as connection:
        head = b"Transfer-Encoding: chunked\r\n\r\n"
        await connection.send(HEAD + head + b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
        assert await connection.answer() == (200, b"abc")
    (scope,) = listener.app.seen
    assert b"authorization" not in dict(scope["headers"])


@pytest.mark.parametrize("before", [b"", HEAD + b"Content-Length: 0\r\n\r\n"])
async def test_whoever_still_sends_what_was_refused_is_not_cut_off_before_the_answer_is_read(
    quick: Listener, before: bytes
) -> None:
    piece = b"a" * HEAD_BYTES_MAX
    async with quick.connection() as connection:
        if before:
            await connection.send(before)
            assert await connection.answer() == (200, b"")
        await connection.send(
            HEAD.replace(b"/graphql", REFUSED_PATH) + b"Content-Length: %d\r\n\r\n" % (4 * len(piece))
        )
        while not quick.app.seen or quick.app.seen[-1]["path"].encode() != REFUSED_PATH:  # noqa: ASYNC110 - a list
            await asyncio.sleep(0.01)
        for _ in range(4):
            await connection.send(piece)
            await asyncio.sleep(0)
        await connection.send(HEAD + b"Content-Length: 0\r\n\r\n")
        assert await connection.answer() == (413, REFUSAL)
        assert await connection.ended() == b""
        while quick.state.connections:  # noqa: ASYNC110 - uvicorn's set
            await asyncio.sleep(0.01)
    assert quick.app.seen[-1]["path"].encode() == REFUSED_PATH, "what came behind it is not looked at"


# ---------------------------------------------------------------------- which headers
@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: here\r\nHost: there\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:5577@evil.com\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.com#127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nOrigin: http://here\r\nOrigin: http://there\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"rubbish\r\n\r\n",
    ],
)
async def test_a_head_that_may_be_read_in_two_ways_is_refused(listener: Listener, head: bytes) -> None:
    assert await listener.refused(head) == (400, "BAD_REQUEST")
    assert listener.app.seen == []


@pytest.mark.parametrize("host", [b"shop.example", b"127.0.0.1:5005", b"[::1]:5005", b"localhost", b"a_b.internal:1"])
async def test_hosts_as_clients_write_them_are_served(listener: Listener, host: bytes) -> None:
    async with listener.connection() as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert await connection.answer() == (200, b"")


async def test_a_client_of_http_1_0_needs_no_host(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.send(b"GET / HTTP/1.0\r\n\r\n")
        assert await connection.answer() == (200, b"")
