"""Adjustments as the hub watches them: several types of events tell of one, and none may be skipped.

An item that goes to another vendor takes its adjustments along, and none of these changes. So the streams of both
vendors begin anew.
"""

from __future__ import annotations

from datetime import datetime

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.events import AdjustmentChanged, ItemChanged
from services.live import AdjustmentEvent, AdjustmentStreamFilter, StreamEventType
from subscriptions.hub.kind import Change, Shelf
from subscriptions.hub.owned import Owned


class Adjustments(Owned[AdjustmentStreamFilter, AdjustmentState, AdjustmentEvent]):
    filter = AdjustmentStreamFilter
    events = (AdjustmentChanged, ItemChanged)

    def told_of_thing(self, change: Change, scope: Scope, filter: AdjustmentStreamFilter) -> AdjustmentEvent | None:
        event: AdjustmentChanged = change.event
        state = event.state
        if filter.matches(state, scope):
            return AdjustmentEvent(
                StreamEventType.CHANGE, change.cursor, event.at, state.id, state, traceparent=change.traceparent
            )
        if filter.matched(state, event.status_before, scope):
            return AdjustmentEvent(
                StreamEventType.REMOVED, change.cursor, event.at, state.id, traceparent=change.traceparent
            )
        return None

    def shown(self, thing: AdjustmentState, cursor: str) -> AdjustmentEvent:
        adjustment = thing.adjustment
        at = adjustment.decided_at or adjustment.requested_at
        return AdjustmentEvent(StreamEventType.SNAPSHOT, cursor, at, thing.id, thing)

    def bare(self, type: StreamEventType, cursor: str, at: datetime) -> AdjustmentEvent:
        return AdjustmentEvent(type, cursor, at)

    shelves = {  # noqa: RUF012 - of the class, and never changed
        "id": Shelf(lambda scope, wanted: wanted.ids, lambda event: (event.state.id,)),
        "sku": Shelf(lambda scope, wanted: wanted.skus, lambda event: (event.state.item.sku,)),
        "requester": Shelf(
            lambda scope, wanted: None if wanted.requested_by is None else [wanted.requested_by],
            lambda event: (event.state.adjustment.requested_by,),
        ),
        "vendor": Shelf(
            lambda scope, wanted: None if scope.vendor is None else [scope.vendor],
            lambda event: (event.state.item.vendor,),
        ),
        "reason": Shelf(lambda scope, wanted: wanted.reason_codes, lambda event: (event.state.adjustment.reason_code,)),
        "status": Shelf(lambda scope, wanted: wanted.status, lambda event: {event.state.status, event.status_before}),
    }
