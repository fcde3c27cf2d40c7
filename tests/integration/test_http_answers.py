"""What a connection is answered: whole answers, and requests that offer another protocol."""

import asyncio

import pytest
import uvloop

from server.protocols import ClosingHttp
from tests.integration.http_listener import (
    ENDLESS,
    HEAD,
    OPENING,
    PARTS_PATH,
    PATIENCE_SECONDS,
    WHOLE_PATH,
    Listener,
    frame,
    listening,
)


# ---------------------------------------------------------------------- whole answers
def whole(version: bytes = b"1.1", method: bytes = b"POST", body: bytes = b"") -> bytes:
    head = b"%b %b HTTP/%b\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
    return head % (method, WHOLE_PATH, version, len(body)) + body


async def test_whole_answers_come_one_after_the_other_with_the_servers_own_headers(listener: Listener) -> None:
    listener.state.default_headers = [(b"date", b"today")]
    async with listener.connection() as connection:
        await connection.send(whole(body=b"one") + whole(body=b"two"))  # the second before the first was answered
        for body in (b"one", b"two"):
            told = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 3\r\n\r\n" + body
            assert await connection.exactly(len(told)) == told


async def test_a_whole_answer_to_head_has_no_body(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.send(whole(method=b"HEAD", body=b"abc") + whole(body=b"z"))
        wanted = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nz"
        assert await connection.exactly(len(wanted)) == wanted


async def test_after_a_whole_answer_the_connection_of_an_old_client_ends(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.send(whole(b"1.0", body=b"abc"))
        assert await connection.ended() == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc"


async def test_whoever_went_away_is_sent_no_whole_answer(listener: Listener) -> None:
    listener.app.held.clear()
    async with listener.connection() as connection:
        await connection.send(whole(body=b"abc"))
        while not listener.app.seen:  # noqa: ASYNC110 - a list, which has no event to wait for
            await asyncio.sleep(0.01)
    while listener.state.connections:  # noqa: ASYNC110 - uvicorn's set
        await asyncio.sleep(0.01)
    listener.app.held.set()
    await asyncio.wait_for(asyncio.gather(*listener.state.tasks), PATIENCE_SECONDS)


def test_whoever_leaves_in_the_midst_of_an_answer_with_requests_behind_it_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On the service's own loop, which takes no word for a connection that has ended."""

    async def leaves() -> None:
        async with listening(ClosingHttp) as listener:
            async with listener.connection() as connection:
                await connection.send(b"GET %b HTTP/1.1\r\nHost: here\r\n\r\n" % PARTS_PATH * 2)
                await connection.head()
                (left,) = listener.state.connections
                assert isinstance(left, ClosingHttp)
                while not left.flow.write_paused:  # noqa: ASYNC110 - uvicorn's
                    await asyncio.sleep(0.01)
            while listener.state.connections:  # noqa: ASYNC110 - uvicorn's set
                await asyncio.sleep(0.01)
            await asyncio.wait_for(asyncio.gather(*listener.state.tasks), PATIENCE_SECONDS)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(leaves())
    assert not caplog.records


# ---------------------------------------------------------------------- offers of other protocols
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"


@pytest.mark.parametrize("size", [1, 7, 100, ENDLESS])
@pytest.mark.parametrize(
    "framed", [b"Content-Length: %d\r\n\r\n%b", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"]
)
async def test_an_offer_of_another_protocol_is_passed_over_and_a_body_is_no_request(
    listener: Listener, framed: bytes, size: int
) -> None:
    inner = b"GET /inner HTTP/1.1\r\nHost: elsewhere\r\n\r\n"
    text = (HEAD + H2C + framed % (len(inner), inner)) * 2 + b"GET /last HTTP/1.1\r\nHost: here\r\n\r\n"
    async with listener.connection() as connection:
        for at in range(0, len(text), size):
            await connection.send(text[at : at + size])
        assert [await connection.answer() for _ in range(3)] == [(200, inner), (200, inner), (200, b"")]
    assert [scope["path"] for scope in listener.app.seen] == ["/graphql", "/graphql", "/last"]


async def test_an_offer_without_a_body_is_passed_over_too_and_other_headers_stay(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.send(b"GET /a?b=c HTTP/1.1\r\nHost: here\r\n" + H2C + b"Accept: text/html\r\n\r\n")
        assert await connection.answer() == (200, b"")
    (scope,) = listener.app.seen
    assert (scope["path"], scope["query_string"], scope["http_version"]) == ("/a", b"b=c", "1.1")
    assert dict(scope["headers"])[b"accept"] == b"text/html"


async def test_what_follows_the_last_request_of_a_client_that_made_an_offer_takes_no_answer_from_it(
    listener: Listener,
) -> None:
    first, last = (
        (HEAD + H2C + b"Content-Length: 3\r\n\r\none"),
        HEAD + b"Content-Length: 3\r\nConnection: close\r\n\r\ntwo",
    )
    async with listener.connection() as connection:
        await connection.send(first + last + b"\r\n" + first)
        assert [await connection.answer(), await connection.answer()] == [(200, b"one"), (200, b"two")]


@pytest.mark.parametrize("asked", [[b"one"], [b"one", b"two", b"three"]])
async def test_a_websocket_opens_once_all_is_answered_that_was_asked_before(
    listener: Listener, asked: list[bytes]
) -> None:
    listener.app.held.clear()
    async with listener.connection() as connection:
        await connection.send(b"".join(whole(body=body) for body in asked) + OPENING + b"\r\n")
        while not listener.app.seen:  # noqa: ASYNC110 - a list, which has no event to wait for
            await asyncio.sleep(0.01)
        assert [scope["type"] for scope in listener.app.seen] == ["http"]
        listener.app.held.set()
        assert [await connection.answer() for _ in asked] == [(200, body) for body in asked]
        assert b" 101 " in await connection.head()
        await connection.send(frame(b"hello"))
        assert await connection.exactly(7) == b"\x81\x05hello"


async def test_no_websocket_opens_behind_a_request_that_ends_the_connection(listener: Listener) -> None:
    async with listener.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 3\r\nConnection: close\r\n\r\none" + OPENING + b"\r\n")
        assert (await connection.ended()).endswith(b"\r\n\r\none")
    assert [scope["type"] for scope in listener.app.seen] == ["http"]


async def test_whoever_takes_us_for_a_proxy_is_told(listener: Listener) -> None:
    assert await listener.refused(b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n\r\n") == (405, "METHOD_NOT_ALLOWED")
