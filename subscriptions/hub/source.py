"""Source: what a stream asks of the hub, and what was asked of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.live import StreamEvent, StreamEventType
from subscriptions.hub.feed import Feed
from subscriptions.hub.kind import AnyKind
from subscriptions.hub.log_pages import Page
from subscriptions.hub.states import State
from subscriptions.hub.watch_group import GroupKey
from subscriptions.log.broadcast_log import Position


class Closable(Protocol):
    """A stream, as the hub ends it."""

    async def aclose(self) -> None: ...


class Source(Protocol):
    """It waits for whatever is away."""

    def enter(self, watch: Closable, tenant: UUID) -> Feed: ...

    async def leave(self, watch: Closable, feed: Feed) -> None: ...

    async def read_log(self, feed: Feed, after: Position) -> Page:
        """Raises Truncated."""
        ...

    async def read_state(self, key: GroupKey, position: Position, *, after_reset: bool) -> State:
        """For a stream that follows the feed from this position. Raises SnapshotFailed."""
        ...

    def told(self, kind: AnyKind, type: StreamEventType, cursor: str) -> StreamEvent:
        """An event of no thing."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What a watcher asked for."""

    key: GroupKey
    snapshot: bool
    after: Position | None
