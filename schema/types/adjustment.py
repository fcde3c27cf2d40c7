"""Adjustments and reason codes."""

from datetime import datetime

import strawberry

from domain.adjustment_state import AdjustmentState
from schema.enums import AdjustmentStatus, ReasonDirection
from schema.fields import attribute, derived, picture, seen
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.item import Item
from schema.types.location import Location
from schema.types.node import Node


@picture(
    AdjustmentState,
    "A correction of what is on hand, kept with who asked for it and why; or the request for one, which another person "
    "approves or rejects.",
    name="Adjustment",
)
class Adjustment(Node):
    id: strawberry.ID = derived(global_id_of("Adjustment"), "Global id.")
    version: BigInt = attribute("adjustment.version", "Grows by 1 with each change of this adjustment.")
    sku: str = attribute("adjustment.sku", "SKU of the item.")
    item: Item = attribute("item", "The item.")
    location: Location = attribute("location", "Where the stock lies.")
    quantity_change: int = attribute("adjustment.quantity_change", "Signed units by which it changes on hand.")
    quantity_counted: int | None = attribute(
        "adjustment.quantity_counted",
        "What was counted, if it came from a count; no difference is APPLIED with a change of 0. An approval corrects "
        "the difference that the count found: what has moved since stays moved.",
    )
    reason_code: str = attribute("adjustment.reason_code", "Why, as a code of the tenant's list.")
    note: str | None = attribute("adjustment.note", "Why, in somebody's words.")
    reference: str | None = attribute("adjustment.reference", "Number of the document that it was asked for with.")
    status: AdjustmentStatus = attribute("adjustment.status", "How far it has come.")
    requested_at: datetime = attribute("adjustment.requested_at", "When it was asked for.")
    expires_at: datetime | None = attribute(
        "adjustment.expires_at", "When a request stops waiting; null where it was applied at once or never expires."
    )
    decided_at: datetime | None = attribute("adjustment.decided_at", "When a request was decided, or ended otherwise.")
    decision_note: str | None = attribute("adjustment.decision_note", "What was said with the decision.")

    requested_by: str | None = seen(
        lambda state, context: context.named(state.adjustment.requested_by),
        "Subject of the token that asked for it; a vendor sees its own name, and null for anybody else.",
    )
    decided_by: str | None = seen(
        lambda state, context: context.named(state.adjustment.decided_by),
        "Subject of the token that decided it, null where nobody did; a vendor sees its own name, and null for anybody "
        "else.",
    )


@strawberry.type(description="A reason why stock is changed by hand: one of the tenant's list.")
class ReasonCode:
    code: str = attribute("code", "Its name in every argument called `reasonCode`.")
    name: str = attribute("name", "What people call it.")
    direction: ReasonDirection = attribute("direction", "Which way it may change what is on hand.")
    requires_note: bool = attribute("requires_note", "Whether it needs a note that says what happened.")
    active: bool = attribute("active", "Whether it may still be used.")
