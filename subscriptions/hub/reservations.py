"""Reservations as the hub watches them: several types of events tell of one, and none may be skipped.

An item that goes to another vendor takes the lines of every reservation that names it along, and none of these
reservations changes. So the streams of both vendors begin anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.access import Scope
from domain.events import ItemChanged, ReservationChanged
from domain.reservation_state import ReservationState
from services.envelope import Envelope
from services.live import ReservationEvent, ReservationStreamFilter, StreamEventType
from services.reads import Snapshot
from subscriptions.hub.kind import Change, Kind, Shelf
from subscriptions.log.broadcast_log import Position


class ReservationSnapshots(Protocol):
    """The part of `services.reads.ReservationReads` that streams need."""

    async def snapshot(self, scope: Scope, filter: ReservationStreamFilter) -> Snapshot[ReservationState]: ...


class Reservations(Kind[ReservationStreamFilter, ReservationState, ReservationEvent]):
    filter = ReservationStreamFilter
    events = (ReservationChanged, ItemChanged)
    coalesces = False

    def __init__(self, reads: ReservationSnapshots) -> None:
        self._reads = reads

    def change(self, position: Position, cursor: str, envelope: Envelope) -> Change | None:
        event = envelope.event
        if not isinstance(event, ItemChanged):
            return Change.of(self, position, cursor, envelope)
        return Change.of(self, position, cursor, envelope, True) if event.handed_over else None

    def told(self, change: Change, scope: Scope, filter: ReservationStreamFilter) -> ReservationEvent | None:
        if change.unsettles:
            return _unsettled(change, scope)
        event: ReservationChanged = change.event
        seen = event.state.seen_by(scope.vendor)
        if seen is None:
            return None
        if filter.matches(seen):
            return ReservationEvent(StreamEventType.CHANGE, change.cursor, event.at, seen.id, seen)
        if filter.matched(seen, event.status_before):
            return ReservationEvent(StreamEventType.REMOVED, change.cursor, event.at, seen.id)
        return None

    async def snapshot(self, scope: Scope, filter: ReservationStreamFilter) -> Snapshot[ReservationState]:
        return await self._reads.snapshot(scope, filter)

    def shown(self, thing: ReservationState, cursor: str) -> ReservationEvent:
        return ReservationEvent(StreamEventType.SNAPSHOT, cursor, thing.reservation.updated_at, thing.id, thing)

    def bare(self, type: StreamEventType, cursor: str, at: datetime) -> ReservationEvent:
        return ReservationEvent(type, cursor, at)

    shelves = {  # noqa: RUF012 - of the class, and never changed
        "id": Shelf(lambda scope, wanted: wanted.ids, lambda event: (event.state.id,)),
        "order": Shelf(lambda scope, wanted: wanted.order_ids, lambda event: (event.state.reservation.order.id,)),
        "sku": Shelf(lambda scope, wanted: wanted.skus, lambda event: {each.line.sku for each in event.state.lines}),
        "vendor": Shelf(
            lambda scope, wanted: None if scope.vendor is None else [scope.vendor],
            lambda event: {each.item.vendor for each in event.state.lines if each.item is not None},
        ),
        "status": Shelf(lambda scope, wanted: wanted.status, lambda event: {event.state.status, event.status_before}),
    }


def _unsettled(change: Change, scope: Scope) -> ReservationEvent | None:
    event: ItemChanged = change.event
    if scope.vendor is None or scope.vendor not in (event.handed_over or ()):
        return None
    return ReservationEvent(StreamEventType.RESET, change.cursor, event.at)
