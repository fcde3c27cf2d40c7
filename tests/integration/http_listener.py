"""A listener over sockets: our protocols before an application that says what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from server.bounded_http import HEAD_BYTES_MAX
from server.lean_http import WHOLE
from server.protocols import ClosingHttp, ClosingSocket
from server.repeated_http import AGAIN, Tell

PATIENCE_SECONDS = 30.0
#: More than is ever read at once, and too long.
ENDLESS = 10 * HEAD_BYTES_MAX
HEAD = b"POST /graphql HTTP/1.1\r\nHost: here\r\n"


WHOLE_PATH = b"/whole"
#: Refused by the application, which does not read its body.
REFUSED_PATH = b"/refused"
#: Answered in parts, more than a peer takes that reads nothing.
PARTS_PATH = b"/parts"
PARTS, PART = 400, b"x" * 65_536
REFUSAL = b"too much"
#: What a body begins with that is never answered as one under the same head.
DECLINED = b"declined"


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
    """Reads each request to its end and answers with its body; holds an answer back until `held` is set. Where it
    `repeats`, it answers the next ones under the same head without seeing them, but for those it declines, and holds
    them back until `freed` is set."""

    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    repeats: bool = False
    repeated: list[bytes] = field(default_factory=list[bytes])
    gone: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope)
        if scope["type"] == "websocket":
            await self._websocket(receive, send)
            return
        if scope["path"].encode() == REFUSED_PATH:
            headers = [(b"content-length", b"%d" % len(REFUSAL)), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSAL})
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
        if self.repeats and AGAIN in scope["extensions"]:
            scope["extensions"][AGAIN](self._again)
        if scope["path"].encode() == PARTS_PATH:
            await _send_parts(send)
            return
        if scope["path"].encode() == WHOLE_PATH:
            await self.held.wait()
            await send({"type": WHOLE, "status": 200, "head": b"content-length: %d\r\n" % len(body), "body": body})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await self.held.wait()
        await send({"type": "http.response.body", "body": body})

    def _again(self, body: bytes, tell: Tell) -> bool:
        if body.startswith(DECLINED):
            return False
        self.repeated.append(body)
        told = asyncio.ensure_future(self.freed.wait())
        told.add_done_callback(lambda _: tell(200, b"content-length: %d\r\n" % len(body), body))
        return True

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


async def _send_parts(send: Any) -> None:
    headers = [(b"content-length", b"%d" % (PARTS * len(PART)))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in range(1, PARTS + 1):
        await send({"type": "http.response.body", "body": PART, "more_body": part < PARTS})


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
        assert b" 101 " in await self.head()

    async def head(self) -> bytes:
        """Of an answer without a body."""
        return await self._in_time(self._reader.readuntil(b"\r\n\r\n"))

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
    app.freed.set()
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


OPENING = (
    b"GET /graphql HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def frame(payload: bytes) -> bytes:
    """A masked text frame; its mask changes nothing."""
    return b"\x81" + bytes([0x80 | len(payload)]) + bytes(4) + payload
