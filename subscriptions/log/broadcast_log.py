"""The broadcast log: an ordered, numbered, bounded list of messages per channel that readers can resume.

Exceptions::

    Exception
    ├── LogUnavailable   the log's server does not answer: try again, a repeated append adds nothing twice
    └── Truncated        the log no longer reaches back to that position: begin anew with a snapshot
"""

import base64
import binascii
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast
from uuid import UUID

from broadcaster import Event

# Lua and JavaScript count exactly up to here; a channel that takes a million messages a second needs 285 years.
LARGEST_NUMBER = 2**53 - 1
LONGEST_CURSOR = 128

_EPOCH = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_CURSOR = re.compile(r"([0-9A-Za-z_-]{1,64}):(0|[1-9][0-9]{0,15})", re.ASCII)


class LogUnavailable(Exception):
    """The log's server does not answer, or refuses; the cause is chained. An append may or may not have happened."""


class Truncated(Exception):
    """No contiguous way from a position to now: trimmed away, of another epoch, or ahead of the log."""

    def __init__(self, channel: str, after: "Position", head: "Position") -> None:
        super().__init__(f"the log of channel {channel!r} does not reach back to {after}; its head is {head}")
        self.head = head


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one channel's log: just after the entry numbered `offset`. Offsets compare within one epoch only."""

    epoch: str
    offset: int

    def __post_init__(self) -> None:
        if not _EPOCH.fullmatch(self.epoch):
            raise ValueError("epoch: 1 to 64 of the characters 0-9 A-Z a-z _ -")
        if not 0 <= self.offset <= LARGEST_NUMBER:
            raise ValueError(f"offset: a whole number from 0 to {LARGEST_NUMBER}")

    def encode(self) -> str:
        """An opaque cursor of URL-safe characters, at most 128."""
        return base64.urlsafe_b64encode(f"{self.epoch}:{self.offset}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str) -> "Position":
        """The position whose `encode()` gave this very text; `ValueError` for any other text."""
        try:
            if len(cursor) > LONGEST_CURSOR:
                raise ValueError("too long")
            text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
            found = _CURSOR.fullmatch(text)
            position = cls(found[1], int(found[2])) if found else None
        except (ValueError, binascii.Error):
            position = None
        if position is None or position.encode() != cursor:
            raise ValueError("cursor: not one that this API gave out; leave it out to start from now")
        return position


@dataclass(frozen=True, slots=True)
class Message:
    """What a writer appends. `key` and `version` identify it: a version not newer than the key's last is dropped."""

    key: str
    version: int
    body: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.version <= LARGEST_NUMBER:
            raise ValueError(f"version: a whole number from 0 to {LARGEST_NUMBER}")

    @classmethod
    def about(cls, thing: UUID, version: int, body: bytes) -> "Message":
        """An event of a thing. Its versions rise over all types of events that tell of it: were the type in the key, an
        early event that came again after its first coming was trimmed away would be put behind later ones."""
        return cls(str(thing), version, body)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message at its place; the next entry of the channel has the next offset."""

    position: Position
    body: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """In place of entries that can no longer be had: whatever came up to `position` must be read from its source."""

    position: Position


@dataclass(frozen=True, slots=True)
class Lost:
    """The log's server has not answered for a while: entries after `position` may exist and come later."""

    position: Position


@dataclass(frozen=True, slots=True)
class Restored:
    """It answers again, its head at `position`: the entries up to there follow, or a `Reset`."""

    position: Position


Delivery: TypeAlias = Entry | Reset | Lost | Restored


@dataclass(frozen=True, slots=True)
class Extent:
    """What a channel's log holds now: entries `oldest` to `head`, none if `oldest` is `head + 1`."""

    epoch: str
    oldest: int
    head: int

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.head)

    def reaches(self, after: Position) -> bool:
        """Whether every entry after that position is still here."""
        return after.epoch == self.epoch and self.oldest - 1 <= after.offset <= self.head


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the past a channel keeps: at most so many entries and, but for the newest entry, so many bytes."""

    entries_max: int = 100_000
    bytes_max: int = 128 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.entries_max < 1 or self.bytes_max < 1:
            raise ValueError("bounds: entries_max and bytes_max are at least 1")


class BroadcastLog(Protocol):
    """One process's way to the log; also a `broadcaster.BroadcastBackend`.

    Subscribed through `Broadcast`, each entry later than the subscription arrives once, in order, with contiguous
    offsets, across lost connections; where that is impossible, one `Reset` arrives in the place of what is missing.
    """

    @property
    def connected(self) -> bool:
        """Whether the log's server answered when last asked."""
        ...

    @property
    def lag_s(self) -> float:
        """Seconds since it stopped answering; 0 while it answers."""
        ...

    async def append(self, channel: str, messages: Sequence[Message]) -> Position:
        """Add what is new among the messages, in their order; the head afterwards. `LogUnavailable`: repeat it."""
        ...

    async def read(self, channel: str, after: Position, limit: int) -> list[Entry]:
        """The entries after a position, oldest first, at most `limit`. `Truncated`, `LogUnavailable`."""
        ...

    async def head(self, channel: str) -> Position:
        """The position of the newest entry. `LogUnavailable`."""
        ...

    async def begin_epochs(self) -> None:
        """Of every channel, since something that belongs into the log was lost on its way here: whoever follows or
        resumes is told to begin anew. `LogUnavailable`: repeat it.
        """
        ...

    def position(self, channel: str) -> Position:
        """How far a subscribed channel has been delivered, from memory; `KeyError` if it is not subscribed."""
        ...

    async def connect(self) -> None: ...

    async def disconnect(self) -> None: ...

    async def subscribe(self, group: str) -> None:
        """Deliver what comes after now: the position is taken before this returns. `LogUnavailable`."""
        ...

    async def unsubscribe(self, group: str) -> None: ...

    async def publish(self, channel: str, message: Any) -> None:
        """Append one `Message`."""
        ...

    async def next_published(self) -> Event:
        """Wait for the next delivery of any subscribed channel: `Event(channel, Entry | Reset | Lost | Restored)`."""
        ...


Identify: TypeAlias = Callable[[], Awaitable[str]]
"""Names the source of truth behind the log: PostgreSQL's system identifier and timeline."""


def random_epoch() -> str:
    return secrets.token_hex(8)


def event(channel: str, delivery: Delivery) -> Event:
    """Broadcaster types a message as text but hands on any object."""
    return Event(channel, cast(Any, delivery))


def check_request(channel: str, limit: int = 1) -> None:
    """`ValueError` for a channel without a name or a read of nothing."""
    if not channel:
        raise ValueError("channel: a name of at least one character")
    if limit < 1:
        raise ValueError("limit: at least 1")
