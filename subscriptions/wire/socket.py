"""Socket: one accepted WebSocket as whole text messages, which is closed once and silent from then on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, TypeAlias

import orjson
from starlette.types import Receive, Send

from subscriptions import metrics
from subscriptions.wire.ending import OF_CODE, Ending
from subscriptions.wire.frames import MalformedFrame, read_frame

logger = logging.getLogger(__name__)

REASON_BYTES_MAX = 123
CLOSE_S = 5.0

Message: TypeAlias = dict[str, Any]


class Socket:
    """Shaped as Strawberry's `AsyncWebSocketAdapter`; no fault of the peer's raises anything here."""

    def __init__(self, receive: Receive, send: Send, *, message_bytes_max: int) -> None:
        self._receive = receive
        self._send = send
        self._message_bytes_max = message_bytes_max
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[Message, None]:
        """Each message, read and checked, until either side closes; one that is malformed closes with 4400."""
        while (frame := await self._next()) is not None:
            text = frame.get("text")
            if text is None:
                await self.close(4400, "The message must be text, not binary")
            elif self._too_long(text):
                await self.close(1009, f"The message is longer than {self._message_bytes_max} bytes")
            else:
                try:
                    message = read_frame(text)
                except MalformedFrame as fault:
                    await self.close(4400, str(fault))
                else:
                    yield message

    async def _next(self) -> Any:
        """None at the end, whoever brought it about."""
        if self.closed:
            return None
        receiving = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({receiving, self._over}, return_when=asyncio.FIRST_COMPLETED)
            frame = receiving.result() if receiving.done() else None
        finally:
            receiving.cancel()
        if frame is None or frame["type"] == "websocket.disconnect":
            self._end()
            return None
        return frame

    def _too_long(self, text: str) -> bool:
        limit = self._message_bytes_max
        return len(text) > limit or (4 * len(text) > limit and len(text.encode()) > limit)

    async def send_json(self, message: object) -> None:
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """Waits for room in the peer's buffers. Nothing is sent once the socket is closed."""
        if self.closed:
            return
        try:
            await self._send({"type": "websocket.send", "text": text})
        except Exception as fault:  # noqa: BLE001 - servers differ in what they raise when the peer is gone
            logger.debug("a message could not be sent: %r", fault)
            self._end()

    async def close(self, code: int, reason: str, ending: Ending | None = None) -> None:
        """`ending` is the cause where the code does not tell it."""
        if self.closed:
            return
        self.closed = True
        _count(ending or OF_CODE.get(code, Ending.PROTOCOL))
        shortened = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
        with suppress(Exception):  # gone, or too slow to be told
            async with asyncio.timeout(CLOSE_S):
                await self._send({"type": "websocket.close", "code": code, "reason": shortened})
        self._end()

    def _end(self) -> None:
        if not self.closed:
            _count(Ending.PEER)
        self.closed = True
        if not self._over.done():
            self._over.set_result(None)


def _count(ending: Ending) -> None:
    metrics.CLOSED.labels("websocket", ending.value).inc()
