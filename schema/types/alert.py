"""Alerts: what somebody must look at."""

from datetime import datetime

import strawberry

from domain.alert_state import AlertState
from schema.enums import AlertKind, AlertStatus
from schema.fields import attribute, derived, picture, seen
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.item import Item
from schema.types.location import Location
from schema.types.node import Node


@picture(
    AlertState,
    "A level that somebody must look at: low or out of stock, or without movement for too long. Opened once, however "
    "the level flutters around its threshold, and resolved by itself: once available to promise is above the threshold "
    "by more than one unit and more than a tenth of it, once something moves again, or once its policy no longer calls "
    "for it.",
    name="Alert",
)
class Alert(Node):
    id: strawberry.ID = derived(global_id_of("Alert"), "Global id.")
    version: BigInt = attribute("version", "Grows by 1 with each change of this alert.")
    kind: AlertKind = attribute("kind", "What is the matter.")
    status: AlertStatus = attribute("status", "How far it has come.")
    sku: str = attribute("alert.sku", "SKU of the item.")
    item: Item = attribute("item", "The item.")
    location: Location = attribute("location", "Where it lies.")
    remaining_quantity: int = attribute(
        "alert.remaining",
        "Units available to promise: while the alert stands those of now, of a resolved one those of its end. A CHANGE "
        "tells those of that change; `stockLevelChanged` tells what comes after.",
    )
    threshold: int | None = attribute(
        "alert.threshold",
        "Units at or below which its policy calls the level low; null where it has no such threshold, and of STALE.",
    )
    ends_above: int | None = attribute(
        "alert.ends_above",
        "Units available to promise above which it ends, so that one that flutters around its threshold goes on; null "
        "of STALE, which a movement ends.",
    )
    opened_at: datetime = attribute("alert.opened_at", "When it was opened.")
    updated_at: datetime = attribute("alert.updated_at", "When it last changed.")
    acknowledged_at: datetime | None = attribute(
        "alert.acknowledged_at", "When somebody said to have seen it; null again where it got worse since."
    )
    resolved_at: datetime | None = attribute("alert.resolved_at", "When it was resolved; null while it stands.")

    acknowledged_by: str | None = seen(
        lambda state, context: context.named(state.alert.acknowledged_by),
        "Subject of the token that acknowledged it first, null where nobody did; a vendor sees its own name, and null "
        "for anybody else.",
    )
