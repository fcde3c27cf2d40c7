"""Rendered: a finished result of an operation as JSON, and as the WebSocket message that carries it.

A message of graphql-transport-ws is `{"id":…,"type":"next","payload":…}`: what comes before the payload is each
subscriber's own, the rest the same for all. A server's frames are not masked (RFC 6455, 5.2), so that one is a header,
which depends on the length alone, then those bytes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import orjson

Execute: TypeAlias = Callable[[object], Awaitable[Mapping[str, Any]]]

_TEXT = b"\x81"


class Rendered:
    __slots__ = ("_body", "_headers", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._body = b""
        self._headers: dict[int, bytes] = {}

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Rendered:
        return cls(orjson.dumps(result).decode())

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
