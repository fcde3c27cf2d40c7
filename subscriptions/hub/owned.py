"""Owned: things that a vendor sees because of whose items they are of."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, Protocol, TypeVar

from domain.access import Scope
from domain.events import ItemChanged
from services.envelope import Envelope
from services.live import StreamEventType
from services.reads import Snapshot
from subscriptions.hub.kind import Change, F, Kind, S, T
from subscriptions.log.broadcast_log import Position

F_contra = TypeVar("F_contra", contravariant=True)


class Snapshots(Protocol[F_contra, T]):
    """The part of a read model that streams need."""

    async def snapshot(self, scope: Scope, filter: F_contra) -> Snapshot[T]: ...


class Owned(Kind[F, T, S], Generic[F, T, S]):
    """Each of its states is told: none is skipped. An item that goes to another vendor changes none of its things, but
    who may see them: the streams of both vendors begin anew."""

    coalesces = False

    def __init__(self, reads: Snapshots[F, T]) -> None:
        self._reads = reads

    def change(self, position: Position, cursor: str, envelope: Envelope) -> Change | None:
        event = envelope.event
        if not isinstance(event, ItemChanged):
            return Change.of(self, position, cursor, envelope)
        return Change.of(self, position, cursor, envelope, True) if event.handed_over else None

    def told(self, change: Change, scope: Scope, filter: F) -> S | None:
        if not change.unsettles:
            return self.told_of_thing(change, scope, filter)
        if not self.concerns(change, scope, filter):
            return None
        return self.bare(StreamEventType.RESET, change.cursor, change.recorded_at)

    def concerns(self, change: Change, scope: Scope, filter: F) -> bool:
        """Whether a change that unsettles lets things into such streams, or takes things out of them."""
        event: ItemChanged = change.event
        return scope.vendor is not None and scope.vendor in (event.handed_over or ())

    @abstractmethod
    def told_of_thing(self, change: Change, scope: Scope, filter: F) -> S | None:
        """As `told`, for a change of the thing itself."""

    async def snapshot(self, scope: Scope, filter: F) -> Snapshot[T]:
        return await self._reads.snapshot(scope, filter)
