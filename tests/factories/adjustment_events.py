"""Events of adjustments: each act as the domain's own verbs lead to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

from domain.adjustment_state import AdjustmentState
from domain.adjustments import Adjustment, AdjustmentAct, AdjustmentStatus
from domain.events import AdjustmentApproved, AdjustmentChanged
from domain.ledger import Cause
from domain.refusals import Refusal
from tests.factories.events import START, TENANT, a_level, event_id

LEVEL = a_level("TENT", vendor="Peak")
SOON = START + timedelta(minutes=5)
PENDING = AdjustmentStatus.PENDING_APPROVAL


def adjustment(name: str = "loss", **changes: object) -> Adjustment:
    """Applied at once."""
    made = Adjustment(
        uuid5(TENANT, f"adjustment {name}"),
        LEVEL.item.sku,
        LEVEL.location.code,
        -3,
        None,
        "lost",
        "gone\nsince May",
        "manager@acme",
        START,
    )
    return replace(made, **changes)  # pyright: ignore[reportArgumentType]


def request(name: str = "request", **changes: object) -> Adjustment:
    return adjustment(name, **{"status": PENDING, "expires_at": START + timedelta(hours=1), **changes})


def told(act: AdjustmentAct, now: Adjustment, before: AdjustmentStatus | None = PENDING) -> AdjustmentChanged:
    at = now.decided_at or now.requested_at
    return AdjustmentChanged(event_id(), act, state_of(now), before, cause_of(now), at)


def state_of(it: Adjustment) -> AdjustmentState:
    return AdjustmentState(it, LEVEL.item, LEVEL.location)


def cause_of(it: Adjustment) -> Cause:
    return it.movement().cause(it.decided_by or it.requested_by)


def done(outcome: Adjustment | Refusal | None) -> Adjustment:
    assert isinstance(outcome, Adjustment), outcome
    return outcome


def life() -> list[AdjustmentChanged | AdjustmentApproved]:
    """Events of each type: by hand and counted, with notes and without."""
    sheet = {"reference": "CC-7", "reference_type": "count"}
    counted = request("count", quantity_change=0, quantity_counted=7, note=None, expires_at=None, **sheet)
    approved = done(counted.approve("approver@acme", "seen it", SOON))
    return [
        told(AdjustmentAct.APPLIED, adjustment(), None),
        told(AdjustmentAct.APPLIED, adjustment("count", quantity_counted=4, reference="CC-1", note=None), None),
        told(AdjustmentAct.REQUESTED, request(), None),
        told(AdjustmentAct.REQUESTED, counted, None),
        AdjustmentApproved(event_id(), state_of(approved), cause_of(approved), SOON),
        told(AdjustmentAct.APPLIED, approved),
        told(AdjustmentAct.REJECTED, done(request().reject("approver@acme", "no", SOON))),
        told(AdjustmentAct.CANCELLED, done(request().cancel("manager@acme", None, SOON))),
        told(AdjustmentAct.EXPIRED, done(request().expire(START + timedelta(hours=2)))),
    ]
