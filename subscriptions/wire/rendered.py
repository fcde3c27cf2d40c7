"""Rendered: a finished result of an operation as JSON, and as what carries it to WebSockets and event streams.

A message of graphql-transport-ws is `{"id":…,"type":"next","payload":…}`: what comes before the payload is each
subscriber's own, the rest the same for all. A server's frames are not masked (RFC 6455, 5.2), so that one is a header,
which depends on the length alone, then those bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson


class Execution(Protocol):
    """Makes the answer for an event."""

    def show(self, event: object) -> Mapping[str, Any] | None:
        """At once; None where something has to be waited for."""
        ...

    async def execute(self, event: object) -> Mapping[str, Any]: ...


_TEXT = b"\x81"


class Rendered:
    """`cursor` resumes behind it, where it is one of a stream's."""

    __slots__ = ("_body", "_chunk", "_headers", "cursor", "text")

    def __init__(self, text: str, cursor: str | None = None) -> None:
        self.text = text
        self.cursor = cursor
        self._body = b""
        self._chunk = b""
        self._headers: dict[int, bytes] = {}

    @classmethod
    def of(cls, result: Mapping[str, Any], cursor: str | None = None) -> Rendered:
        return cls(orjson.dumps(result).decode(), cursor)

    @property
    def event(self) -> bytes:
        """As server-sent event."""
        cursor = f"id: {self.cursor}\n" if self.cursor else ""
        return f"{cursor}event: next\ndata: {self.text}\n\n".encode()

    @property
    def chunk(self) -> bytes:
        """The event as a chunk of an HTTP body (RFC 9112, 7.1)."""
        if not self._chunk:
            event = self.event
            self._chunk = b"%x\r\n%b\r\n" % (len(event), event)
        return self._chunk

    def framed(self, named: bytes) -> bytes:
        """The frame of the message that begins with `named`."""
        header = self._headers.get(len(named))
        if header is None:
            self._body = self._body or self.text.encode() + b"}"
            header = self._headers[len(named)] = frame_header(len(named) + len(self._body))
        return header + named + self._body


def named(identifier: str) -> str:
    """What the messages of an operation begin with."""
    return f'{{"id":{orjson.dumps(identifier).decode()},"type":"next","payload":'


def frame_header(length: int) -> bytes:
    """Of a whole text message of so many bytes."""
    if length < 126:
        return _TEXT + bytes((length,))
    if length < 1 << 16:
        return _TEXT + b"\x7e" + length.to_bytes(2, "big")
    return _TEXT + b"\x7f" + length.to_bytes(8, "big")
