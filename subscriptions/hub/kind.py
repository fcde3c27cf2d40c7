"""Kind: what the hub must know of the things that a stream watches. What is the same for all of them lies elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeAlias, TypeVar
from uuid import UUID

from domain.access import Scope
from domain.events import Event
from services.envelope import Envelope
from services.live import StreamEvent, StreamEventType, StreamFilter
from services.reads import Snapshot
from subscriptions.hub.outlet import Passing
from subscriptions.log.broadcast_log import Position

F = TypeVar("F", bound=StreamFilter[Any])
T = TypeVar("T")
S = TypeVar("S", bound=StreamEvent)


@dataclass(slots=True, eq=False)
class Change:
    """What one event at its place in the log means to the streams of one kind. Not changed later; frozen would cost."""

    kind: AnyKind
    position: Position
    #: That of the position, encoded once for all streams.
    cursor: str
    tx: int
    thing_id: UUID
    version: int
    #: None for a thing that is new.
    previous_version: int | None
    recorded_at: datetime
    event: Any
    #: No thing has changed but who may see which: the streams concerned begin anew.
    unsettles: bool = False
    #: Of what caused it, where that was traced.
    traceparent: str | None = None
    #: Bytes of its envelope.
    size: int = 0
    #: What was told of it, by what makes it differ: all groups that are told the same share one event.
    _told: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])
    #: Those events on their way to whoever keeps up, by identity.
    _passing: dict[int, Passing] = field(default_factory=dict[int, Passing])

    @classmethod
    def of(cls, kind: AnyKind, position: Position, cursor: str, envelope: Envelope, unsettles: bool = False) -> Self:
        return cls(
            kind,
            position,
            cursor,
            envelope.tx,
            envelope.aggregate_id,
            envelope.version,
            envelope.previous_version or None,
            envelope.recorded_at,
            envelope.event,
            unsettles,
            envelope.traceparent,
        )

    def once(self, key: Hashable, make: Callable[[], S]) -> S:
        """What is told by this key, made by the first who asks."""
        event = self._told.get(key)
        if event is None:
            event = self._told[key] = make()
        return event

    def told_before(self, event: StreamEvent) -> int | None:
        """The version that whoever is told this event was told before it."""
        changed = event.type is StreamEventType.CHANGE
        return getattr(event, "previous_version", None) if changed else self.previous_version

    def passing(self, event: StreamEvent) -> Passing:
        """What is told of it, on its way: one and the same through however many channels, for it may wait in them."""
        passing = self._passing.get(id(event))
        if passing is None:
            passing = self._passing[id(event)] = Passing(
                event, self.told_before(event), self.position.offset, self.tx, self.recorded_at, self.size
            )
        return passing


class Shelf(NamedTuple):
    """A place where streams stand by what their filter names there, and where a change is looked up.

    `wanted`: the values that a scope and a filter name, None where they name none. `values`: those that an event's
    thing has and, since what leaves a filter is told too, those that it had.
    """

    wanted: Callable[[Scope, Any], Collection[Hashable] | None]
    values: Callable[[Any], Collection[Hashable]]


class Place(NamedTuple):
    """Where a stream stands: a shelf, and its values there."""

    shelf: str
    values: frozenset[Hashable]


class Kind(ABC, Generic[F, T, S]):
    """`F` asks for things `T`, and is told `S`. Equal to itself alone."""

    #: The class of the filters that ask for this kind.
    filter: ClassVar[type[StreamFilter[Any]]]
    #: The classes of the events that may concern its streams.
    events: ClassVar[tuple[type[Event], ...]]
    #: By name, from the one that tells most apart. A stream stands on the first that its filter knows.
    shelves: ClassVar[Mapping[str, Shelf]]
    #: Whether a slow reader skips states of a thing; its events then have a `previous_version` that shows it.
    coalesces: ClassVar[bool]

    def change(self, position: Position, cursor: str, envelope: Envelope) -> Change | None:
        """What an event of one of `events` means; None: nothing."""
        return Change.of(self, position, cursor, envelope)

    def place(self, scope: Scope, filter: F) -> Place | None:
        """The first shelf that the filter knows; None for who wants everything."""
        for name, shelf in self.shelves.items():
            wanted = shelf.wanted(scope, filter)
            if wanted is not None:
                return Place(name, frozenset(wanted))
        return None

    @abstractmethod
    def told(self, change: Change, scope: Scope, filter: F) -> S | None:
        """CHANGE for a thing that matches, REMOVED for one that did until now, None for one that never concerned it;
        RESET where the change unsettles such streams."""

    @abstractmethod
    async def snapshot(self, scope: Scope, filter: F) -> Snapshot[T]:
        """The things that match, as one moment saw them. Raises Unavailable."""

    @abstractmethod
    def shown(self, thing: T, cursor: str) -> S:
        """A thing of a snapshot."""

    @abstractmethod
    def bare(self, type: StreamEventType, cursor: str, at: datetime) -> S:
        """An event of no thing."""


AnyKind: TypeAlias = Kind[Any, Any, Any]
