"""What streams send."""

from collections.abc import Callable
from datetime import datetime

import strawberry

from schema.enums import LedgerKind, StreamEventType
from schema.fields import attribute, derived, picture, seen
from schema.ids import global_id
from schema.scalars import BigInt, Cursor
from schema.types.adjustment import Adjustment
from schema.types.alert import Alert
from schema.types.reservation import Reservation
from schema.types.stock import StockLevel
from services.live import AdjustmentEvent as AdjustmentEventPicture
from services.live import AlertEvent as AlertEventPicture
from services.live import LevelEvent
from services.live import ReservationEvent as ReservationEventPicture
from services.live import StreamEvent as LiveEvent


@strawberry.interface(description="What every event of a stream tells.")
class StreamEvent:
    type: StreamEventType = attribute("type", "What this event tells.")
    cursor: Cursor = attribute("cursor", "Give it as `after` to resume right behind this event.")
    occurred_at: datetime = attribute("occurred_at", "When it happened.")
    node_id: strawberry.ID | None = attribute("node_id", "Id of the thing; null in CAUGHT_UP and RESET.")


def _node_id(kind: str) -> Callable[[LiveEvent], str | None]:
    return lambda event: None if event.thing_id is None else global_id(kind, event.thing_id)


@strawberry.type(description="Why a level changed.")
class Cause:
    kind: LedgerKind | None = attribute("kind", "What kind of movement it was; null where nothing moved.")
    reference_type: str | None = attribute("cause.reference_type", "What `reference` names.")
    reference: str | None = attribute("cause.reference", "Number of the document behind it.")
    reason_code: str | None = attribute("cause.reason_code", "Why, as a code of the tenant's list.")

    actor: str | None = seen(
        lambda event, context: context.named(event.cause.actor) if event.cause else None,
        "Subject of the token that made the change: who asked for it or, where it waited for approval, who approved "
        "it; a vendor sees its own name, and null for anybody else.",
    )


@picture(LevelEvent, "One thing told to a subscriber of `stockLevelChanged`.")
class StockLevelEvent(StreamEvent):
    node_id: strawberry.ID | None = derived(_node_id("StockLevel"), "Id of the level; null in CAUGHT_UP and RESET.")
    level: StockLevel | None = attribute("level", "The level as it is; null unless SNAPSHOT or CHANGE.")
    previous_version: BigInt | None = attribute(
        "previous_version",
        "Version of the state before this change or, where a slow socket skipped some, before the first of those. Null "
        "for a new level, and in a SNAPSHOT.",
    )
    previous_available_to_promise: int | None = attribute(
        "previous_available_to_promise", "Available to promise before the last change alone; null for a new level."
    )
    cause: Cause | None = derived(
        lambda event: event if event.cause else None,
        "Why the last change alone happened; null where nothing moved (a threshold, the item's description).",
    )


@picture(ReservationEventPicture, "One thing told to a subscriber of `reservationChanged`.", name="ReservationEvent")
class ReservationEvent(StreamEvent):
    node_id: strawberry.ID | None = derived(
        _node_id("Reservation"), "Id of the reservation; null in CAUGHT_UP and RESET."
    )
    reservation: Reservation | None = attribute(
        "reservation", "The reservation as it is; null unless SNAPSHOT or CHANGE. A vendor is shown its own lines."
    )


@picture(AdjustmentEventPicture, "One thing told to a subscriber of `adjustmentChanged`.", name="AdjustmentEvent")
class AdjustmentEvent(StreamEvent):
    node_id: strawberry.ID | None = derived(
        _node_id("Adjustment"), "Id of the adjustment; null in CAUGHT_UP and RESET."
    )
    adjustment: Adjustment | None = attribute("adjustment", "The adjustment as it is; null unless SNAPSHOT or CHANGE.")


@picture(AlertEventPicture, "One thing told to a subscriber of `lowStockAlerts`.", name="AlertEvent")
class AlertEvent(StreamEvent):
    node_id: strawberry.ID | None = derived(_node_id("Alert"), "Id of the alert; null in CAUGHT_UP and RESET.")
    alert: Alert | None = attribute("alert", "The alert as it is; null unless SNAPSHOT or CHANGE.")
