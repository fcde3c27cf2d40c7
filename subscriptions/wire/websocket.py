"""GraphQLSocket: the WebSocket endpoint as an ASGI application. It speaks graphql-transport-ws and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from services.identity import LiveAuthenticator
from services.rates import Rates
from subscriptions import metrics
from subscriptions.wire.operations import Operations
from subscriptions.wire.pipes import Connection, connection_of
from subscriptions.wire.seats import Allowance, Seats
from subscriptions.wire.socket import Socket
from subscriptions.wire.transport_ws import SocketLimits, TransportHandler

SUBPROTOCOL = "graphql-transport-ws"
#: Of one subject at one process: an operation, its end, and a pong now and then.
MESSAGES_A_MINUTE = 200_000


def system_now() -> datetime:
    return datetime.now(UTC)


class GraphQLSocket:
    """`allowed_origins` (`https://host[:port]`) may connect besides pages of the same host; a client that sends no
    Origin is no browser, and may. `close_all` before the process ends.
    """

    def __init__(
        self,
        operations: Operations,
        authenticator: LiveAuthenticator,
        *,
        allowed_origins: Collection[str] = (),
        limits: SocketLimits | None = None,
        allowance: Allowance | None = None,
        now: Callable[[], datetime] = system_now,
    ) -> None:
        self._operations = operations
        self._authenticator = authenticator
        self._allowed_origins = frozenset(origin.lower() for origin in allowed_origins)
        self._limits = limits or SocketLimits()
        self._allowance = allowance or Allowance(Seats(), Rates(MESSAGES_A_MINUTE))
        self._now = now
        self._open: set[TransportHandler] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self._admits(scope):
            await send({"type": "websocket.close", "code": 1008, "reason": "Origin not allowed"})  # told as HTTP 403
            return
        known = SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if known else None})
        socket = Socket(receive, send, message_bytes_max=self._limits.message_bytes_max)
        if not known:
            await socket.close(4406, f"Subprotocol not acceptable: use {SUBPROTOCOL}")
            return
        await self._serve(socket, connection_of(scope))

    async def _serve(self, socket: Socket, connection: Connection | None) -> None:
        handler = TransportHandler(
            socket, connection, self._operations, self._authenticator, self._limits, self._allowance, self._now
        )
        self._open.add(handler)
        metrics.SOCKETS.inc()
        try:
            await handler.handle()
        finally:
            self._open.discard(handler)
            metrics.SOCKETS.dec()

    async def close_all(self) -> None:
        """Clients connect again elsewhere, and resume by cursor."""
        closing = [handler.websocket.close(1001, "Going away: connect again") for handler in self._open]
        await asyncio.gather(*closing)

    def end_revoked(self) -> None:
        """Those whose token no longer counts."""
        for handler in self._open:
            handler.end_revoked()

    def _admits(self, scope: Mapping[str, Any]) -> bool:
        """A page whose name was rebound to this machine may connect too: it has no token, and none comes by itself."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if b"origin" not in headers:
            return True
        origin = headers[b"origin"].decode("latin-1").strip().lower()
        host = headers.get(b"host", b"").decode("latin-1").strip().lower()
        return origin in self._allowed_origins or (bool(host) and _host_of(origin) == host)


def _host_of(origin: str) -> str | None:
    """`host[:port]` as a Host header gives it; None for `null` and what is no origin."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") else None
