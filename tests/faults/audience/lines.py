"""Lines: one connection with one subscription, over a WebSocket or over server-sent events, on bare asyncio."""

from __future__ import annotations

import asyncio
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self, cast
from urllib.parse import urlsplit

import orjson

from tests.factories.operations import STREAM
from tests.faults.audience.frames import CLOSE, PING, PONG, TEXT, client_frame, taken_frames

SUBSCRIPTION = """
subscription ($filter: StockLevelStreamFilter, $snapshot: Boolean, $after: Cursor) {
  stockLevelChanged(filter: $filter, snapshot: $snapshot, after: $after) {
    type cursor previousVersion
    level { sku version quantityOnHand availableToPromise updatedAt }
  }
}
"""
FAR_SEGMENT, FAR_BUFFER = 1_400, 16_384
CUT = "cut"
#: By us, since nothing was heard.
GIVEN_UP = "given up"
#: The end of an event stream that the server ended, so that its client comes back.
ENDED = "ended"
Take = Callable[[dict[str, Any]], None]


class Line(asyncio.Protocol, ABC):
    """`take` is called with each event as it comes. `ended` tells how it ended: a close code, or a word.

    One that is `far_away` asks for all there is, in short segments, with little room for what it does not take.
    """

    path = "/graphql"

    def __init__(self, url: str, token: str, variables: dict[str, Any], take: Take, *, far_away: bool = False) -> None:
        self._far_away = far_away
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard_at = time.monotonic()
        self.ended_at = 0.0
        #: Whether the server has answered.
        self.begun = False
        #: What came behind the end.
        self.late = 0
        self.host = urlsplit(url).netloc
        self._token = token
        self._payload = {"query": STREAM if far_away else SUBSCRIPTION, "variables": variables}
        self._take = take
        self._read = bytearray()
        self._transport: asyncio.Transport | None = None

    async def open(self) -> Self:
        """Raises OSError, TimeoutError."""
        host, port = self.host.split(":")
        loop = asyncio.get_running_loop()
        if not self._far_away:
            await loop.create_connection(lambda: self, host, int(port))
            return self
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, FAR_SEGMENT)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, FAR_BUFFER)
        await loop.sock_connect(sock, (host, int(port)))
        await loop.create_connection(lambda: self, sock=sock)
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by name
        self._transport.write(self._request())

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(CUT)
        self._transport = None

    def abort(self) -> None:
        """Give it up."""
        self._end(GIVEN_UP)
        if self._transport is not None:
            self._transport.abort()

    def stall(self) -> None:
        """Take nothing until `go_on`."""
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def ask_for_life(self) -> None:
        """Have the server say something, where its protocol knows a way."""

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        if self.ended.done():
            self.late += 1
            return
        self._read += data
        try:
            if self.begun or self._begin():
                self._take_all()
        except ValueError as fault:
            self._end(f"unreadable: {fault}")

    def _begin(self) -> bool:
        """Whether the head of the answer is there, and taken away."""
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._read[9:12]).decode()
        if status not in ("101", "200"):
            self._end(f"refused with {status}")
            return False
        del self._read[: end + 4]
        self.begun = True
        return True

    def _end(self, how: str) -> None:
        if not self.ended.done():
            self.ended_at = time.time()
            self.ended.set_result(how)
            with suppress(AttributeError):
                self._transport.close()  # type: ignore[union-attr]

    def _tell(self, result: dict[str, Any]) -> None:
        if result.get("errors"):
            self._end(f"errors: {result['errors']}")
        else:
            self._take(result["data"]["stockLevelChanged"])

    @abstractmethod
    def _request(self) -> bytes:
        """What asks for the subscription, and begins the connection."""

    @abstractmethod
    def _take_all(self) -> None:
        """Tell what has come whole, and keep the rest."""


class SocketLine(Line):
    """graphql-transport-ws."""

    def _request(self) -> bytes:
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        ).encode()

    def _begin(self) -> bool:
        begun = super()._begin()
        if begun:
            self._send({"type": "connection_init", "payload": {"Authorization": f"Bearer {self._token}"}})
        return begun

    def ask_for_life(self) -> None:
        if self.begun:
            self._send({"type": "ping"})

    def _send(self, message: dict[str, Any]) -> None:
        if self._transport is not None:
            self._transport.write(client_frame(TEXT, orjson.dumps(message)))

    def _take_all(self) -> None:
        for opcode, payload in taken_frames(self._read):
            if self.ended.done():
                self.late += 1
            elif opcode == TEXT:
                self._hear(orjson.loads(payload))
            elif opcode == CLOSE:
                self._close(payload)
            elif opcode == PING and self._transport is not None:
                self._transport.write(client_frame(PONG, payload))

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "next":
                self._tell(message["payload"])
            case "connection_ack":
                self._send({"id": "1", "type": "subscribe", "payload": self._payload})
            case "ping":
                self._send({"type": "pong"})
            case "pong":
                pass
            case other:
                self._end(f"{other}: {message.get('payload')}")

    def _close(self, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(client_frame(CLOSE, payload[:2]))
        self._end(str(int.from_bytes(payload[:2])))


class StreamLine(Line):
    """graphql-sse, distinct connections: a chunked answer of events. A resumption goes by `Last-Event-ID`."""

    path = "/graphql/stream"

    def __init__(self, url: str, token: str, variables: dict[str, Any], take: Take, *, far_away: bool = False) -> None:
        self._after = variables.pop("after", None)
        super().__init__(url, token, variables, take, far_away=far_away)
        self._text = bytearray()

    def _request(self) -> bytes:
        body = orjson.dumps(self._payload)
        after = f"Last-Event-ID: {self._after}\r\n" if self._after else ""
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self._token}\r\n{after}"
            "Accept: text/event-stream\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _take_all(self) -> None:
        while (end := self._read.find(b"\r\n")) >= 0:
            size = int(bytes(self._read[:end]), 16)
            if len(self._read) < end + size + 4:
                break
            self._text += self._read[end + 2 : end + 2 + size]
            del self._read[: end + size + 4]
            if not size:
                self._end(ENDED)
        while (end := self._text.find(b"\n\n")) >= 0:
            event = bytes(self._text[:end])
            del self._text[: end + 2]
            self._hear(event)

    def _hear(self, event: bytes) -> None:
        lines = [line.partition(b": ") for line in event.split(b"\n") if not line.startswith(b":")]
        fields = {name: value for name, _, value in lines}
        if fields.get(b"event") == b"next":
            self._tell(orjson.loads(fields[b"data"]))
        elif fields.get(b"event") == b"complete":
            self._end("complete")
