"""Pipes: connections to which finished results are written without anybody's turn, as long as their peers keep up.

A server's connection gives itself to the application in the scope of each WebSocket and each event stream; where it
does not, results go by ASGI messages alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from subscriptions.wire.rendered import Rendered
from subscriptions.wire.socket import Socket

#: The extension of a scope that holds the connection.
DIRECT = "stockcast.direct"


class Connection(Protocol):
    """What a server writes to a peer between its own messages."""

    @property
    def keeps_up(self) -> bool:
        """Whether it is open, and its peer takes what is written."""
        ...

    def write_now(self, data: bytes) -> None: ...

    def abort(self) -> None:
        """End it at once, with whatever of it the peer has not taken."""
        ...


def connection_of(scope: Mapping[str, Any]) -> Connection | None:
    return scope.get("extensions", {}).get(DIRECT)


class FramePipe:
    """Messages of one operation of a WebSocket. Implements `subscriptions.wire.fanout.Pipe`."""

    __slots__ = ("_connection", "_named", "_socket")

    def __init__(self, connection: Connection, socket: Socket, named: bytes) -> None:
        self._connection = connection
        self._socket = socket
        self._named = named

    @property
    def open(self) -> bool:
        return not self._socket.closed and self._connection.keeps_up

    def write(self, parts: Sequence[Rendered]) -> None:
        named = self._named
        if len(parts) == 1:
            self._connection.write_now(parts[0].framed(named))
        else:
            self._connection.write_now(b"".join([part.framed(named) for part in parts]))


class ChunkPipe:
    """Events of an event stream, until it is `over`. Implements `subscriptions.wire.fanout.Pipe`."""

    __slots__ = ("_connection", "_over")

    def __init__(self, connection: Connection, over: asyncio.Future[Any]) -> None:
        self._connection = connection
        self._over = over

    @property
    def open(self) -> bool:
        return not self._over.done() and self._connection.keeps_up

    def write(self, parts: Sequence[Rendered]) -> None:
        self._connection.write_now(b"".join([part.chunk for part in parts]))
