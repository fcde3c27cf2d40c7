"""Reservations as the hub watches them: several types of events tell of one, and none may be skipped.

An item that goes to another vendor takes the lines of every reservation that names it along, and none of these
reservations changes. So the streams of both vendors begin anew.
"""

from __future__ import annotations

from datetime import datetime

from domain.access import Scope
from domain.events import ItemChanged, ReservationChanged
from domain.reservation_state import ReservationState
from services.live import ReservationEvent, ReservationStreamFilter, StreamEventType
from subscriptions.hub.kind import Change, Shelf
from subscriptions.hub.owned import Owned


class Reservations(Owned[ReservationStreamFilter, ReservationState, ReservationEvent]):
    filter = ReservationStreamFilter
    events = (ReservationChanged, ItemChanged)

    def told_of_thing(self, change: Change, scope: Scope, filter: ReservationStreamFilter) -> ReservationEvent | None:
        event: ReservationChanged = change.event
        seen = event.state.seen_by(scope.vendor)
        if seen is None:
            return None
        if filter.matches(seen):
            return ReservationEvent(
                StreamEventType.CHANGE, change.cursor, event.at, seen.id, seen, traceparent=change.traceparent
            )
        if filter.matched(seen, event.status_before):
            return ReservationEvent(
                StreamEventType.REMOVED, change.cursor, event.at, seen.id, traceparent=change.traceparent
            )
        return None

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
