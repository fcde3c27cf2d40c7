"""Parking: messages that cannot be taken now wait in the database, with those of their lane that came after them.

A lane is what order is kept by: the messages of one tenant on one topic that have one key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID


class Lane(NamedTuple):
    tenant: UUID
    topic: str
    key: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it lies on its topic. `sent_at_ms` is the time that the topic has for it, since 1970.
    Bytes in a header's name that are no UTF-8 are surrogate escapes."""

    topic: str
    partition: int
    offset: int
    sent_at_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """The first message of its lane. `reason` says why it waits, `attempts` how often it was tried since."""

    id: int
    lane: Lane
    message: Message
    reason: str
    attempts: int
    age_s: float


class Parking(Protocol):
    """Whatever fails because of the database raises Unavailable."""

    async def occupied(self, lanes: Collection[Lane]) -> Collection[Lane]:
        """Those of the lanes in which something waits."""
        ...

    async def park(self, lane: Lane, message: Message, reason: str, wait_s: float) -> None:
        """Let a message wait at the end of its lane; it is due in `wait_s` seconds, or when it comes to the front.

        A message that waits already is left as it is.
        """
        ...

    async def park_behind(self, lane: Lane, message: Message) -> bool:
        """Let a message wait behind others of its lane; False where none waits any more."""
        ...


class Due(Protocol):
    """Messages that are due, each the first of its lane and nobody else's meanwhile; each is settled for itself."""

    @property
    def messages(self) -> Sequence[ParkedMessage]: ...

    async def finish(self, message: ParkedMessage) -> None:
        """It waits no more; the next of its lane is due at once."""
        ...

    async def postpone(self, message: ParkedMessage, reason: str, wait_s: float) -> None:
        """It was tried once more in vain, and is due again in `wait_s` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages wait in all, and the age of the oldest in seconds."""

    messages: int
    oldest_s: float


class ParkedQueue(Protocol):
    """Whatever fails because of the database raises Unavailable; what was not settled then is due again."""

    def due(self, topics: Collection[str], limit: int) -> AbstractAsyncContextManager[Due]:
        """What is due of these topics, the longest due first."""
        ...

    async def waiting(self) -> Waiting: ...

    async def forgotten(self, topics: Collection[str]) -> Mapping[str, int]:
        """Topics other than these of which messages wait, and how many of each."""
        ...
