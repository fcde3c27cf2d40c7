"""Alerts as the hub watches them: several types of events tell of one, and none may be skipped.

An item that goes to another vendor, or to another category, takes its alerts along, and none of these changes. The
events of its levels tell of that, and an alert always has a level: the streams that gain or lose its alerts begin anew.
They lie in the log in one order with the events of these alerts, which those of the item do not.
"""

from __future__ import annotations

from datetime import datetime

from domain.access import Scope
from domain.alert_state import AlertState
from domain.events import AlertChanged, StockLevelChanged
from services.envelope import Envelope
from services.live import AlertEvent, AlertStreamFilter, StreamEventType
from subscriptions.hub.kind import Change, Shelf
from subscriptions.hub.owned import Owned
from subscriptions.log.broadcast_log import Position


class Alerts(Owned[AlertStreamFilter, AlertState, AlertEvent]):
    filter = AlertStreamFilter
    events = (AlertChanged, StockLevelChanged)

    def change(self, position: Position, cursor: str, envelope: Envelope) -> Change | None:
        event = envelope.event
        if not isinstance(event, StockLevelChanged):
            return Change.of(self, position, cursor, envelope)
        return Change.of(self, position, cursor, envelope, True) if _regrouped(event) else None

    def concerns(self, change: Change, scope: Scope, filter: AlertStreamFilter) -> bool:
        event: StockLevelChanged = change.event
        item, before = event.level.item, event.before
        assert before is not None
        place = item.sku, event.level.location.code
        covered = filter.covers(place, before.vendor, before.category, scope)
        return covered is not filter.covers(place, item.vendor, item.category, scope)

    def told_of_thing(self, change: Change, scope: Scope, filter: AlertStreamFilter) -> AlertEvent | None:
        event: AlertChanged = change.event
        state = event.state
        if filter.matches(state, scope):
            return AlertEvent(
                StreamEventType.CHANGE, change.cursor, event.at, state.id, state, traceparent=change.traceparent
            )
        if filter.matched(state, event.kind_before, event.status_before, scope):
            return AlertEvent(
                StreamEventType.REMOVED, change.cursor, event.at, state.id, traceparent=change.traceparent
            )
        return None

    def shown(self, thing: AlertState, cursor: str) -> AlertEvent:
        return AlertEvent(StreamEventType.SNAPSHOT, cursor, thing.alert.updated_at, thing.id, thing)

    def bare(self, type: StreamEventType, cursor: str, at: datetime) -> AlertEvent:
        return AlertEvent(type, cursor, at)

    shelves = {  # noqa: RUF012 - of the class, and never changed
        "sku": Shelf(lambda scope, wanted: wanted.skus, lambda event: (event.state.item.sku,)),
        "location": Shelf(lambda scope, wanted: wanted.locations, lambda event: (event.state.location.code,)),
        "vendor": Shelf(
            lambda scope, wanted: wanted.vendors if scope.vendor is None else [scope.vendor],
            lambda event: (event.state.item.vendor,),
        ),
        "category": Shelf(lambda scope, wanted: wanted.categories, lambda event: (event.state.item.category,)),
        "status": Shelf(lambda scope, wanted: wanted.status, lambda event: {event.state.status, event.status_before}),
        "kind": Shelf(lambda scope, wanted: wanted.kinds, lambda event: {event.state.kind, event.kind_before}),
    }


def _regrouped(event: StockLevelChanged) -> bool:
    """Whether its item went to another vendor or to another category."""
    before, item = event.before, event.level.item
    return before is not None and (before.vendor, before.category) != (item.vendor, item.category)
