"""Clients of ASGI applications in this process: a WebSocket and an event stream, without a server between."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Self

import orjson
from starlette.types import ASGIApp

PATIENCE_S = 30
Messages = asyncio.Queue[dict[str, Any]]


def raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class FakeSocket(AbstractAsyncContextManager["FakeSocket"]):
    """Entered: connected, whatever came of it. Left: gone, and the application has ended."""

    def __init__(
        self,
        app: ASGIApp,
        headers: Mapping[str, str] | None = None,
        subprotocols: Iterable[str] = ("graphql-transport-ws",),
    ) -> None:
        given = {"host": "stock.test"} | dict(headers or {})
        scope = {"type": "websocket", "path": "/graphql", "headers": raw(given), "subprotocols": list(subprotocols)}
        self._in: Messages = asyncio.Queue()
        self._out: Messages = asyncio.Queue()
        self._app = app(scope, self._in.get, self._take)
        #: The kinds of what was sent, taken or not.
        self.offered: list[str] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self._in.put_nowait({"type": "websocket.connect"})

    async def _take(self, message: Any) -> None:
        self.offered.append(message["type"])
        await self.writable.wait()
        self._out.put_nowait(message)

    async def __aenter__(self) -> Self:
        self.task = asyncio.ensure_future(self._app)
        self.opened = await self.next()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writable.set()
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(PATIENCE_S):
            await self.task

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self._out.get()

    def send(self, message: object) -> None:
        self.send_text(orjson.dumps(message).decode())

    def send_text(self, text: str) -> None:
        self._in.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        self._in.put_nowait({"type": "websocket.receive", "bytes": data})

    async def receive(self) -> Any:
        """The next message, which must be one."""
        message = await self.next()
        assert message["type"] == "websocket.send", message
        return orjson.loads(message["text"])

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the close that comes next; the application has then ended."""
        message = await self.next()
        assert message["type"] == "websocket.close", message
        async with asyncio.timeout(PATIENCE_S):
            await self.task
        assert self._out.empty(), "something was sent after the close"
        return message["code"], message["reason"]

    @property
    def waiting(self) -> int:
        """Messages sent and not yet received here."""
        return self._out.qsize()

    # ------------------------------------------------------------------ the protocol
    async def acknowledged(self, payload: object = None) -> Self:
        self.send({"type": "connection_init", "payload": payload})
        assert await self.receive() == {"type": "connection_ack"}
        return self

    def subscribe(self, id_: str, query: str, **variables: Any) -> None:
        self.send({"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}})


class FakeEventStream(AbstractAsyncContextManager["FakeEventStream"]):
    """One request for an event stream. Entered: answered with a status. Left: gone, and the application has ended."""

    def __init__(
        self,
        app: ASGIApp,
        body: object = None,
        *,
        method: str = "POST",
        query_string: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        given = {"accept": "text/event-stream", "content-type": "application/json"} | dict(headers or {})
        scope = {
            "type": "http",
            "method": method,
            "path": "/graphql/stream",
            "query_string": query_string.encode(),
            "headers": raw(given),
        }
        self._in: Messages = asyncio.Queue()
        self._out: Messages = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        self._in.put_nowait({"type": "http.request", "body": data, "more_body": False})
        self._app = app(scope, self._in.get, self._take)
        self._text = ""
        #: The last part was handed over; whether the client took it is another matter.
        self.complete = False

    async def _take(self, message: Any) -> None:
        if self.complete:
            raise RuntimeError("sent after the response was complete")
        self.complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self.writable.wait()
        self._out.put_nowait(message)

    async def __aenter__(self) -> Self:
        self.task = asyncio.ensure_future(self._app)
        opened = await self.next()
        self.status = opened["status"]
        self.headers = {name.decode(): value.decode() for name, value in opened["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writable.set()
        self._in.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(PATIENCE_S):
            await self.task

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self._out.get()

    async def json(self) -> Any:
        """The whole body, which is no stream."""
        return orjson.loads((await self.next())["body"])

    async def event(self) -> dict[str, str] | None:
        """The fields of the next event, {} for a comment, None at the end of the stream."""
        while "\n\n" not in self._text:
            message = await self.next()
            self._text += message["body"].decode()
            if not message["more_body"] and "\n\n" not in self._text:
                return None
        event, _, self._text = self._text.partition("\n\n")
        return {} if event.startswith(":") else dict(line.split(": ", 1) for line in event.split("\n"))

    async def ended(self) -> None:
        """The application has ended by itself."""
        async with asyncio.timeout(PATIENCE_S):
            await self.task
