"""Kinds: all that a hub watches, found by who asks and by what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from domain.events import Event
from services.envelope import decode
from services.event_codec import READERS
from services.live import StreamEvent, StreamFilter
from subscriptions.hub.kind import AnyKind, Change, Kind
from subscriptions.log.broadcast_log import Entry

S = TypeVar("S", bound=StreamEvent)


class Kinds:
    def __init__(self, kinds: Iterable[AnyKind]) -> None:
        self._by_filter = {kind.filter: kind for kind in kinds}
        self._by_event: dict[type[Event | None], list[AnyKind]] = {}
        for kind in self:
            for event in kind.events:
                self._by_event.setdefault(event, []).append(kind)

    def __iter__(self) -> Iterator[AnyKind]:
        return iter(self._by_filter.values())

    def asked_by(self, filter: StreamFilter[S]) -> Kind[Any, Any, S]:
        return self._by_filter[type(filter)]

    def changes(self, entry: Entry) -> list[Change]:
        """What an entry means to each kind that it concerns. Raises ValueError for what is no envelope, and for an
        event of a later version, which its streams are not told."""
        envelope = decode(entry.body)
        if envelope.event is None and envelope.type in READERS:
            raise ValueError(f"{envelope.type} of a schemaVersion that this process does not know: update it")
        changes: list[Change] = []
        if kinds := self._by_event.get(type(envelope.event)):
            position = entry.position
            cursor = position.encode()
            for kind in kinds:
                change = kind.change(position, cursor, envelope)
                if change is not None:
                    change.size = len(entry.body)
                    changes.append(change)
        return changes
