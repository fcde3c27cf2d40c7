"""Adjustments and reason codes."""

from datetime import datetime

import strawberry
from strawberry import Parent

from domain.adjustments import Adjustment as AdjustmentPicture
from domain.locations import Location as LocationPicture
from schema.context import Info
from schema.enums import AdjustmentStatus, ReasonDirection
from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.location import Location
from schema.types.node import Node


@picture(AdjustmentPicture, "A correction of what is on hand, kept with who asked for it and why.")
class Adjustment(Node):
    id: strawberry.ID = derived(global_id_of("Adjustment"), "Global id.")
    version: BigInt = attribute("version", "Grows by 1 with each change of this adjustment.")
    sku: str = attribute("sku", "SKU of the item.")
    quantity_change: int = attribute("quantity_change", "Signed units by which it changes on hand.")
    quantity_counted: int | None = attribute(
        "quantity_counted", "What was counted, if it came from a count; no difference is APPLIED with a change of 0."
    )
    reason_code: str = attribute("reason_code", "Why, as a code of the tenant's list.")
    note: str | None = attribute("note", "Why, in somebody's words.")
    status: AdjustmentStatus = attribute("status", "How far it has come.")
    requested_at: datetime = attribute("requested_at", "When it was asked for.")
    decided_at: datetime | None = attribute("decided_at", "When it was approved or rejected.")
    decision_note: str | None = attribute("decision_note", "What the approver said.")

    @strawberry.field(graphql_type=Location, description="Where the stock lies.")
    @staticmethod
    async def location(adjustment: Parent[AdjustmentPicture], info: Info) -> LocationPicture | None:
        return await info.context.loaders.locations.load(adjustment.location)

    @strawberry.field(description="Subject of the token that asked for it; null where the viewer may not see it.")
    @staticmethod
    def requested_by(adjustment: Parent[AdjustmentPicture], info: Info) -> str | None:
        return adjustment.requested_by if info.context.scope.sees_actors else None

    @strawberry.field(description="Subject of the token that decided it; null where the viewer may not see it.")
    @staticmethod
    def decided_by(adjustment: Parent[AdjustmentPicture], info: Info) -> str | None:
        return adjustment.decided_by if info.context.scope.sees_actors else None


@strawberry.type(description="A reason why stock is changed by hand: one of the tenant's list.")
class ReasonCode:
    code: str = attribute("code", "Its name in every argument called `reasonCode`.")
    name: str = attribute("name", "What people call it.")
    direction: ReasonDirection = attribute("direction", "Which way it may change what is on hand.")
    requires_note: bool = attribute("requires_note", "Whether it needs a note that says what happened.")
    active: bool = attribute("active", "Whether it may still be used.")
