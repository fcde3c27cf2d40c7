"""What a connection may send and how long it may take, over sockets; nothing of it is the log's business."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from server.bounded_http import HEAD_BYTES_MAX
from server.lean_http import WHOLE
from server.protocols import ClosingHttp, ClosingSocket

PATIENCE_SECONDS = 30.0
#: More than is ever read at once, and too long.
ENDLESS = 10 * HEAD_BYTES_MAX
HEAD = b"POST /graphql HTTP/1.1\r\nHost: here\r\n"


WHOLE_PATH = b"/whole"


class QuickHttp(ClosingHttp):
    """As it is, in hundredths of the time."""

    head_s, body_s, silence_s, linger_s = 0.15, 0.3, 0.15, 0.2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout_keep_alive = 1


class QuickSocket(ClosingSocket):
    linger_s = 0.2


@dataclass
class App:
    """Reads each request to its end and answers with its body; holds an answer back while `held` is set."""

    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    gone: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope)
        if scope["type"] == "websocket":
            await self._websocket(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"].encode() == WHOLE_PATH:
            await self.held.wait()
            await send({"type": WHOLE, "status": 200, "head": b"content-length: %d\r\n" % len(body), "body": body})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await self.held.wait()
        await send({"type": "http.response.body", "body": body})

    async def _websocket(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if not self.held.is_set():
            await self._overwhelm(send)
            return
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": message["text"]})

    async def _overwhelm(self, send: Any) -> None:
        """Send more than the peer takes, and give it up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                while True:
                    await send({"type": "websocket.send", "text": "x" * 1_000_000})


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of one answer."""
        head = (await self._in_time(self._reader.readuntil(b"\r\n\r\n"))).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        return int(head.split()[1]), await self._in_time(self._reader.readexactly(length))

    async def opened(self) -> None:
        """A WebSocket."""
        await self.send(OPENING + b"\r\n")
        assert b" 101 " in await self._in_time(self._reader.readuntil(b"\r\n\r\n"))

    async def refused(self) -> tuple[int, str]:
        """Status and code of the connection's last answer."""
        status, body = await self.answer()
        assert await self.ended() == b""
        (error,) = json.loads(body)["errors"]
        assert error["message"]
        assert error["extensions"]["requestId"]
        return status, error["extensions"]["code"]

    async def exactly(self, count: int) -> bytes:
        return await self._in_time(self._reader.readexactly(count))

    async def ended(self) -> bytes:
        """What comes until the server ends the connection."""
        return await self._in_time(self._reader.read())

    async def _in_time(self, awaited: Any) -> bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await awaited


@dataclass
class Listener:
    app: App
    port: int
    state: ServerState

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.transport.abort()

    async def refused(self, data: bytes) -> tuple[int, str]:
        async with self.connection() as connection:
            await connection.send(data)
            return await connection.refused()


@asynccontextmanager
async def listening(protocol: type[ClosingHttp]) -> AsyncIterator[Listener]:
    app = App()
    app.held.set()
    config = uvicorn.Config(app, ws=QuickSocket, ws_ping_interval=None, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield Listener(app, server.sockets[0].getsockname()[1], state)
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()
    if state.tasks:
        await asyncio.wait(state.tasks)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening(ClosingHttp) as made:
        yield made


@pytest.fixture
async def quick() -> AsyncIterator[Listener]:
    async with listening(QuickHttp) as made:
        yield made


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


async def test_whoever_takes_us_for_a_proxy_is_told(listener: Listener) -> None:
    assert await listener.refused(b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n\r\n") == (405, "METHOD_NOT_ALLOWED")


# ---------------------------------------------------------------------- how long
async def test_who_connects_and_says_nothing_is_cut_off(quick: Listener) -> None:
    async with quick.connection() as connection:
        assert await connection.ended() == b""


@pytest.mark.parametrize(
    "beginning", [HEAD, HEAD + b"Content-Length: 9\r\n\r\n", HEAD + b"Content-Length: 9\r\n\r\nabc"]
)
async def test_a_request_that_stops_is_refused(quick: Listener, beginning: bytes) -> None:
    assert await quick.refused(beginning) == (408, "REQUEST_TIMEOUT")
    assert quick.app.gone == len(quick.app.seen), "whoever waited for the rest was told that nobody sends it"


@pytest.mark.parametrize("beginning", [HEAD + b"X-Long: ", HEAD + b"Content-Length: 999999\r\n\r\n"])
async def test_a_request_that_drips_is_refused(quick: Listener, beginning: bytes) -> None:
    async with quick.connection() as connection:
        await connection.send(beginning)
        refused = asyncio.create_task(connection.refused())
        while not refused.done():
            await connection.send(b"a")
            await asyncio.wait({refused}, timeout=0.02)
        assert await refused == (408, "REQUEST_TIMEOUT")


async def test_a_second_request_must_come_to_its_end_too(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 0\r\n\r\n")
        assert await connection.answer() == (200, b"")
        await connection.send(HEAD)
        assert await connection.refused() == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("before", [b"", HEAD + b"Content-Length: 1\r\n\r\nx"])
async def test_a_request_that_is_not_whole_when_the_process_ends_is_refused_without_waiting_for_it(
    listener: Listener, before: bytes
) -> None:
    async with listener.connection() as connection:
        if before:
            await connection.send(before)
            assert await connection.answer() == (200, b"x")
        await connection.send(HEAD + b"Content-Length: 5\r\n\r\nabc")
        while len(listener.app.seen) < 1 + bool(before):  # noqa: ASYNC110 - turn by turn
            await asyncio.sleep(0)
        for each in list(listener.state.connections):
            each.shutdown()
        assert await connection.refused() == (503, "UNAVAILABLE")
    await asyncio.wait_for(asyncio.gather(*listener.state.tasks), PATIENCE_SECONDS)
    assert listener.app.gone == 1


async def test_an_answer_may_take_longer_than_a_request(quick: Listener) -> None:
    quick.app.held.clear()
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\nabc" + HEAD)
        answered = asyncio.create_task(connection.answer())
        await asyncio.wait({answered}, timeout=2 * QuickHttp.body_s)
        assert not answered.done()
        quick.app.held.set()
        assert await answered == (200, b"abc")
        assert await connection.refused() == (408, "REQUEST_TIMEOUT"), "the second request never came to its end"


async def test_a_connection_is_kept_while_it_answers_and_cut_when_it_idles(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\none")
        assert await connection.answer() == (200, b"one")
        quick.app.held.clear()
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\ntwo")
        answered = asyncio.create_task(connection.answer())
        await asyncio.wait({answered}, timeout=1.5)
        assert not answered.done(), "the pause before it was over in time"
        quick.app.held.set()
        assert await answered == (200, b"two")
        assert await connection.ended() == b""


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


# ---------------------------------------------------------------------- WebSocket
OPENING = (
    b"GET /graphql HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def frame(payload: bytes) -> bytes:
    """A masked text frame; its mask changes nothing."""
    return b"\x81" + bytes([0x80 | len(payload)]) + bytes(4) + payload


async def test_a_socket_outlives_what_a_request_may_take(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.opened()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * QuickHttp.body_s):
                await connection.ended()


async def test_what_is_no_text_ends_a_socket_and_is_not_logged(
    quick: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    async with quick.connection() as connection:
        await connection.opened()
        await connection.send(frame(b"\xff\xfe"))
        assert (await connection.ended()).endswith(b"\x88\x02\x03\xef"), "1007"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("filling", [b"X-Long: " + b"a" * 20_000, b"\r\n".join(b"X-%d: a" % n for n in range(300))])
async def test_an_opening_that_cannot_be_read_is_refused(quick: Listener, filling: bytes) -> None:
    assert await quick.refused(OPENING + filling + b"\r\n\r\n") == (400, "BAD_REQUEST")


async def test_a_socket_whose_peer_takes_nothing_is_cut_once_it_is_given_up(listener: Listener) -> None:
    listener.app.held.clear()
    async with listener.connection() as connection:
        await connection.opened()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while listener.state.connections:  # noqa: ASYNC110 - uvicorn's set, which has no event to wait for
                await asyncio.sleep(0.01)
