"""Adjustments in JSON, as `/inventory/adjustments` names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from domain.cycle_counts import REASON as COUNTED
from domain.quantities import LEVEL_MAX
from domain.texts import CODE_LENGTH_MAX, KEY_LENGTH_MAX, NOTE_LENGTH_MAX, REFERENCE_LENGTH_MAX, SKU_LENGTH_MAX
from schema.ids import global_id
from server.rest.pages import page_record
from server.rest.shapes import MOMENT, UUID_TEXT, Choice, Field, Record, Text, Whole, identifier

_Code, _Reference, _Sku = identifier(CODE_LENGTH_MAX), identifier(REFERENCE_LENGTH_MAX), identifier(SKU_LENGTH_MAX)
#: The reason of stock that is added and names none.
ADDED = "received"
_KEY = Field(
    "idempotency_key",
    identifier(KEY_LENGTH_MAX),
    "The idempotency key, where the header does not give it.",
    optional=True,
)

_GOODS = (
    Field("sku", _Sku, "SKU of the item; or give product_id.", optional=True),
    Field(
        "product_id",
        _Code,
        "In place of the SKU: the item whose SKU this is, else the one item of this product of the catalog that is not "
        "archived.",
        optional=True,
    ),
    Field(
        "location",
        _Code,
        "Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none.",
        optional=True,
    ),
)
_WHY = (
    Field("note", Text(NOTE_LENGTH_MAX), "What happened, in words; some reason codes need it.", optional=True),
    Field("reference", _Reference, "Number of the document behind it.", optional=True),
    Field("expected_version", Whole(0), "Refuse unless the level is at this version.", optional=True),
    _KEY,
)
ADJUST = Record(
    "Correction",
    "A correction of what is on hand.",
    (
        *_GOODS,
        Field("quantity_change", Whole(-LEVEL_MAX, LEVEL_MAX), "Signed units: 5 adds, -5 takes away; not 0."),
        Field("reason_code", _Code, "Why: an active reason code of the tenant's that allows this direction."),
        *_WHY,
    ),
    asked=True,
)
ADD = Record(
    "Addition",
    "Stock that is added by hand.",
    (
        *_GOODS,
        Field("quantity", Whole(1, LEVEL_MAX), "Units."),
        Field(
            "reason_code",
            _Code,
            "Why: an active reason code of the tenant's that may raise stock.",
            optional=True,
            default=ADDED,
        ),
        *_WHY,
    ),
    asked=True,
)
AUDIT = Record(
    "Audit",
    "What was counted.",
    (
        *_GOODS,
        Field("quantity_counted", Whole(0, LEVEL_MAX), "Units that were found: on hand becomes this number."),
        Field(
            "reason_code",
            _Code,
            "Why: an active reason code of the tenant's that allows the direction of the difference.",
            optional=True,
            default=COUNTED,
        ),
        *_WHY,
    ),
    asked=True,
)
DECISION = Record(
    "Decision",
    "What is said with a decision.",
    (Field("note", Text(NOTE_LENGTH_MAX), "Why, in words; kept as `decision_note`.", optional=True), _KEY),
    asked=True,
)

ADJUSTMENT = Record(
    "Adjustment",
    "A correction of what is on hand: APPLIED, or a request that waits for another person (PENDING_APPROVAL) and then "
    "is APPLIED, REJECTED, CANCELLED or EXPIRED.",
    (
        Field("adjustment_id", UUID_TEXT, "Its id, as events tell it."),
        Field("global_id", Text(), "Its id, as GraphQL tells and takes it."),
        Field("sku", Text(), "SKU of the item."),
        Field("product_id", Text(), "The item's product of the catalog.", nullable=True),
        Field("location", Text(), "Code of the location."),
        Field("quantity_change", Whole(), "Signed units by which it changes on hand."),
        Field("quantity_counted", Whole(), "What was counted; null where it came from no count.", nullable=True),
        Field("reason_code", Text(), "Why, as a code of the tenant's list."),
        Field("note", Text(), "Why, in somebody's words.", nullable=True),
        Field("reference", Text(), "Number of the document behind it.", nullable=True),
        Field("status", Choice(AdjustmentStatus), "How far it has come."),
        Field("version", Whole(), "Grows by 1 with each change of it."),
        Field("requested_by", Text(), "Who asked for it; null where you may not see it.", nullable=True),
        Field("requested_at", MOMENT, "When it was asked for."),
        Field("expires_at", MOMENT, "When a request stops waiting; null: never.", nullable=True),
        Field("decided_by", Text(), "Who decided; null where nobody did or you may not see it.", nullable=True),
        Field("decided_at", MOMENT, "When a request ended.", nullable=True),
        Field("decision_note", Text(), "What was said with the decision.", nullable=True),
    ),
)
ADJUSTMENTS = page_record("Adjustments", "A page of adjustments, the newest first.", ADJUSTMENT)

EXAMPLE: dict[str, Any] = {
    "adjustment_id": "0195512f-6d6a-7b3c-9c1e-4a5b6c7d8e9f",
    "global_id": global_id("Adjustment", UUID("0195512f-6d6a-7b3c-9c1e-4a5b6c7d8e9f")),
    "sku": "OUT-TENT-1P-ORG",
    "product_id": "OUT-0001-1P-ORG",
    "location": "LDS-DC",
    "quantity_change": -2,
    "quantity_counted": None,
    "reason_code": "damaged",
    "note": "wet",
    "reference": None,
    "status": "APPLIED",
    "version": 1,
    "requested_by": "manager@meridian",
    "requested_at": "2025-03-01T09:30:00Z",
    "expires_at": None,
    "decided_by": None,
    "decided_at": None,
    "decision_note": None,
}
#: What differs in one that waits.
WAITS: dict[str, Any] = {"status": "PENDING_APPROVAL", "expires_at": "2025-03-03T09:30:00Z"}
#: What differs in one that was decided.
DECIDED: dict[str, Any] = {
    "version": 2,
    "decided_by": "approver@meridian",
    "decided_at": "2025-03-01T10:00:00Z",
}


def told(state: AdjustmentState, named: Callable[[str | None], str | None]) -> dict[str, Any]:
    """`named`: what the viewer may see of who did something."""
    it = state.adjustment
    return {
        "adjustment_id": str(it.id),
        "global_id": global_id("Adjustment", it.id),
        "sku": it.sku,
        "product_id": state.item.catalog_product_id,
        "location": it.location,
        "quantity_change": it.quantity_change,
        "quantity_counted": it.quantity_counted,
        "reason_code": it.reason_code,
        "note": it.note,
        "reference": it.reference,
        "status": it.status,
        "version": it.version,
        "requested_by": named(it.requested_by),
        "requested_at": it.requested_at,
        "expires_at": it.expires_at,
        "decided_by": named(it.decided_by),
        "decided_at": it.decided_at,
        "decision_note": it.decision_note,
    }
