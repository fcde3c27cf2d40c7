"""Inputs of what is done with adjustments: many at once, and what becomes of those that wait."""

from uuid import UUID

import strawberry

from domain.adjustments import LINES_MAX
from schema.fields import given, optional, required
from schema.ids import OR_UUID, uuid_named
from schema.inputs.mutations import KEY, AdjustStockLineInput


@strawberry.input(description="Corrections, each decided for itself in the order of the lines.")
class AdjustStockBatchInput:
    idempotency_key: str = required(KEY)
    lines: list[AdjustStockLineInput] = required(f"1 to {LINES_MAX} corrections.")


@strawberry.input(description="What becomes of an adjustment that waits for approval.")
class DecideAdjustmentInput:
    idempotency_key: str = required(KEY)
    adjustment_id: strawberry.ID = required("Global id of the adjustment" + OR_UUID)
    note: str | None = optional("Why, in words, kept with the adjustment as `decisionNote`. At most 2,000 characters.")

    @property
    def adjustment(self) -> UUID:
        return uuid_named("Adjustment", self.adjustment_id)

    @property
    def said(self) -> str | None:
        return given(self.note)
