"""RESP, the text of Redis (version 2 of it): commands as they are sent, and replies as they come, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

_LINE = b"\r\n"


class Incomplete(Exception):
    """The reply goes on: see `Coming`."""


class Coming:
    """How much of a reply that comes in pieces is here: each piece is looked through once."""

    def __init__(self) -> None:
        self._at = 0
        self._parts_left = 1

    def is_whole(self, text: bytes | bytearray) -> bool:
        """Whether it ends with what came so far, of which nothing was changed since."""
        while self._parts_left and self._at <= len(text):
            end = text.find(_LINE, self._at)
            if end < 0:
                return False
            kind, told = text[self._at : self._at + 1], text[self._at + 1 : end]
            self._at = end + 2
            self._parts_left -= 1
            if kind == b"*":
                self._parts_left += max(0, int(told))
            elif kind == b"$" and int(told) >= 0:
                self._at += int(told) + 2
        return not self._parts_left and self._at <= len(text)


def command(*words: bytes) -> bytes:
    parts = [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"*%d\r\n%b" % (len(words), b"".join(parts))


def reply(text: bytes) -> tuple[Any, int]:
    """The first reply of a text, and how long it is: a text as bytes, a number, a list of replies, or None.

    Raises Incomplete, ResponseError for a reply that is an error, ValueError for what is no reply.
    """
    return _read(text, 0)


def _read(text: bytes, at: int) -> tuple[Any, int]:
    end = text.find(_LINE, at)
    if end < 0:
        raise Incomplete
    kind, told, after = text[at : at + 1], text[at + 1 : end], end + 2
    if kind == b"$":
        return _bulk(text, after, int(told))
    if kind == b"*":
        return _several(text, after, int(told))
    if kind == b":":
        return int(told), after
    if kind == b"+":
        return told, after
    if kind == b"-":
        raise ResponseError(told.decode(errors="replace"))
    raise ValueError(f"not a reply of Redis: {bytes(text[at : at + 40])!r}")


def _bulk(text: bytes, at: int, length: int) -> tuple[bytes | None, int]:
    if length < 0:
        return None, at
    end = at + length
    if len(text) < end + 2:
        raise Incomplete
    return text[at:end], end + 2


def _several(text: bytes, at: int, count: int) -> tuple[Sequence[Any] | None, int]:
    if count < 0:
        return None, at
    replies: list[Any] = []
    for _ in range(count):
        each, at = _read(text, at)
        replies.append(each)
    return replies, at
