"""EventParts: the answer of one event stream, part by part, each of which its peer must take in time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from starlette.types import Send

from subscriptions.hub.backlog import TooSlow

#: As long as a WebSocket's peer may take to answer a ping, which waits behind the same full pipe.
TAKEN_WITHIN_S = 20.0

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # of proxies that would hold events back
]


class EventParts:
    """Raises TooSlow where there was no room for a part within `within_s`: the peer takes nothing."""

    def __init__(self, send: Send, within_s: float) -> None:
        self._send = send
        self._within_s = within_s
        self._ending = False
        self._ended = False

    async def begin(self) -> None:
        await self._taken({"type": "http.response.start", "status": 200, "headers": HEADERS}, self._within_s)

    async def send(self, part: bytes) -> None:
        await self._taken(_body(part, more=True), self._within_s)

    async def end(self, part: bytes = b"", *, within_s: float | None = None) -> bool:
        """Whether there was room for the last part. Nobody may send one a second time, so the first call decides."""
        if not self._ending:
            self._ending = True
            with suppress(TooSlow):
                await self._taken(_body(part, more=False), self._within_s if within_s is None else within_s)
                self._ended = True
        return self._ended

    async def _taken(self, message: Any, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._send(message)
        except TimeoutError as fault:
            raise TooSlow from fault


def _body(part: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": part, "more_body": more}
