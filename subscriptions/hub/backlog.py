"""Backlog: what waits for one peer, in all its streams together, bounded."""

from __future__ import annotations

from dataclasses import dataclass


class TooSlow(Exception):
    """More changed than may wait for a peer while it stood still: resume by cursor."""


@dataclass(frozen=True, slots=True)
class BacklogLimits:
    """`bytes_max` are those of the events' envelopes, each counted once in however many streams it waits. They bound
    nothing before more than `events_least` wait: what comes at once is not the peer's fault, however large it is.
    """

    events_max: int = 2_048
    bytes_max: int = 512 * 1024
    events_least: int = 16


LIMITS = BacklogLimits()


class Backlog:
    __slots__ = ("_bytes", "_events", "_limits", "_waiting")

    def __init__(self, limits: BacklogLimits = LIMITS) -> None:
        self._limits = limits
        self._events = 0
        self._bytes = 0
        #: By cursor, which tells them apart: in how many streams an event waits, and its bytes.
        self._waiting: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return self._events

    def add(self, cursor: str, size: int) -> None:
        """Raises TooSlow, and nothing is added, where it is full."""
        streams, size = self._waiting.get(cursor, (0, size))
        more = 0 if streams else size
        limits = self._limits
        if self._events >= limits.events_max:
            raise TooSlow
        if self._events >= limits.events_least and self._bytes + more > limits.bytes_max:
            raise TooSlow
        self._waiting[cursor] = streams + 1, size
        self._events += 1
        self._bytes += more

    def remove(self, cursor: str) -> None:
        streams, size = self._waiting.pop(cursor)
        if streams > 1:
            self._waiting[cursor] = streams - 1, size
        else:
            self._bytes -= size
        self._events -= 1
