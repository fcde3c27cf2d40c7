"""A connection over bare HTTP, for clients that share the machine with what they load."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import cast

ANSWER_S = 60


class Cut(Enum):
    """How a customer loses its connection: as soon as it has asked, or when its answer comes."""

    AFTER_ASKING = 1
    BEFORE_READING = 2


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None
        self._cut: Cut | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def lost(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    async def ask(self, request: bytes, cut: Cut | None = None) -> tuple[int, bytes] | None:
        """Status and body; None where the connection was lost before the answer was read."""
        assert self._transport is not None
        self._read.clear()
        self._cut = cut
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        if cut is Cut.AFTER_ASKING:
            self._transport.abort()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._answered
        except ConnectionError:
            return None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by name

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None and self._answered is not None
        if self._cut is Cut.BEFORE_READING:
            self._transport.abort()
            return
        self._read += data
        head_end = self._read.find(b"\r\n\r\n")
        if head_end < 0:
            return
        length = self._read[:head_end].lower().rpartition(b"content-length:")[2]
        end = head_end + 4 + int(length.partition(b"\r\n")[0])
        if len(self._read) >= end and not self._answered.done():
            self._answered.set_result((int(self._read[9:12]), bytes(self._read[head_end + 4 : end])))


def post(body: bytes, token: str) -> bytes:
    """The request for a GraphQL operation."""
    return (
        f"POST /graphql HTTP/1.1\r\nHost: stockcast\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
