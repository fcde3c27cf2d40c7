"""Adjustments, as `/inventory/adjustments` names them: what there is of them, and what becomes of those that wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from domain.refusals import RefusalCode
from resolvers.adjustments import shown
from resolvers.admission import check_may_name
from schema.ids import uuid_named
from server.rest.address_shapes import Instant
from server.rest.adjustment_shapes import ADJUSTMENT, ADJUSTMENTS, DECIDED, DECISION, EXAMPLE, WAITS, told
from server.rest.operation import Body, Call, Operation, Parameter, Telling, Told
from server.rest.pages import PARAMETERS, page_of, page_told, several
from server.rest.problems import Problem
from server.rest.shapes import Choice, Text
from server.rest.stock_levels import level_told
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    DecideAdjustment,
    RejectAdjustment,
    decide_adjustment,
)
from services.decisions import Decision
from services.reads import AdjustmentFilter

PATH = "/inventory/adjustments"


async def browse(call: Call) -> Told:
    context = call.context
    wanted = AdjustmentFilter(
        status=several(call, "status"),
        skus=several(call, "sku"),
        locations=several(call, "location"),
        reason_codes=several(call, "reason_code"),
        requested_by=call.one("requested_by"),
        since=call.one("from"),
        until=call.one("to"),
    )
    check_may_name(wanted.requested_by, "requested_by", context)
    with page_of(call) as page:
        found = await context.reads.adjustments.newest(context.scope, wanted, page)
    return page_told(found, lambda state: told(state, context.named))


async def look(call: Call) -> Told:
    state = await call.context.loaders.adjustments_by_id.load(_named(call))
    if state is None:
        raise not_found()
    return Told(told(state, call.context.named))


async def approve(call: Call) -> Told:
    return await _decided(call, ApproveAdjustment(_named(call), call.body["note"]))


async def reject(call: Call) -> Told:
    return await _decided(call, RejectAdjustment(_named(call), call.body["note"]))


async def cancel(call: Call) -> Told:
    return await _decided(call, CancelAdjustment(_named(call), call.body["note"]))


async def _decided(call: Call, request: DecideAdjustment) -> Told:
    decision = await decide_adjustment(call.key, request, call.caller, call.context.commits)
    codes = {refusal.code for refusal in decision.refusals}
    if RefusalCode.OVERLOADED in codes:
        raise Problem.of_refusals(decision.refusals)
    decision = await shown(call.context, decision, request)
    state = await call.context.loaders.adjustments_by_id.load(decision.adjustment) if decision.adjustment else None
    if state is None and codes <= {RefusalCode.NOT_FOUND}:
        raise not_found()
    if decision.refusals or state is None:
        raise Problem.of_refusals(decision.refusals, **await _as_it_is(call, state, decision))
    return Told(told(state, call.context.named))


async def _as_it_is(call: Call, state: AdjustmentState | None, decision: Decision) -> dict[str, Any]:
    if state is None:
        return {}
    return {"adjustment": told(state, call.context.named), **await level_of(call, decision)}


async def level_of(call: Call, decision: Decision) -> dict[str, Any]:
    """The level that a decision concerns as it is, for a problem; nothing where there is none."""
    level = await call.context.loaders.levels_at.load(decision.places[0]) if decision.places else None
    return {} if level is None else {"level": level_told(level)}


def _named(call: Call) -> UUID:
    return uuid_named("Adjustment", call.path["adjustmentId"])


def not_found() -> Problem:
    message = "There is no such adjustment: give the adjustment_id that it was answered with."
    return Problem.of(404, RefusalCode.NOT_FOUND, message, "adjustmentId")


# ---------------------------------------------------------------------- what the document says
_Code = RefusalCode
_LOOK = Operation(
    id="getAdjustment",
    name="adjustments",
    method="GET",
    path=PATH + "/{adjustmentId}",
    tag="adjustments",
    summary="Look at an adjustment",
    description="As it is now: whether it still waits, and how it ended. A vendor sees those of its items alone.",
    path_parameters=(
        Parameter(
            "adjustmentId", "Its id, as this API, an event or GraphQL told it.", EXAMPLE["adjustment_id"], Text()
        ),
    ),
    answers={200: Telling("The adjustment.", ADJUSTMENT, EXAMPLE)},
    serve=look,
)
_LIST = replace(
    _LOOK,
    id="getAdjustments",
    path=PATH,
    summary="List adjustments",
    description="The newest first, by `requested_at`; what waits for a decision with `status=PENDING_APPROVAL`. A "
    "vendor sees those of its items alone.",
    path_parameters=(),
    query=(
        Parameter(
            "status", "With this status; once for each.", "PENDING_APPROVAL", Choice(AdjustmentStatus), listed=True
        ),
        Parameter("sku", "Of this SKU; once for each.", "OUT-TENT-1P-ORG", listed=True),
        Parameter("location", "At the location of this code; once for each.", "MAIN", listed=True),
        Parameter("reason_code", "With this reason code; once for each.", "damaged", listed=True),
        Parameter("requested_by", "Asked for by this subject; a vendor may name itself alone.", "manager@meridian"),
        Parameter("from", "Asked for at this moment or later.", "2025-03-01T00:00:00Z", Instant()),
        Parameter("to", "Asked for before this moment.", "2025-04-01T00:00:00Z", Instant()),
        *PARAMETERS,
    ),
    answers={200: Telling("A page of them.", ADJUSTMENTS, {"items": [EXAMPLE | WAITS], "next_cursor": None})},
    serve=browse,
)
_STEP = replace(
    _LOOK,
    method="POST",
    body=Body(DECISION, {"note": "seen on the shelf"}, may_be_left_out=True),
    writes=True,
    refusals=(
        _Code.INVALID_INPUT,
        _Code.APPROVAL_EXPIRED,
        _Code.ILLEGAL_TRANSITION,
        _Code.IDEMPOTENCY_KEY_REUSED,
        _Code.OVERLOADED,
    ),
)
#: Why what was asked for cannot be carried out now.
_NOT_NOW = (
    _Code.INSUFFICIENT_STOCK,
    _Code.LIMIT_EXCEEDED,
    _Code.ITEM_ARCHIVED,
    _Code.LOCATION_INACTIVE,
    _Code.UNKNOWN_REASON_CODE,
    _Code.REASON_DIRECTION_MISMATCH,
    _Code.NOTE_REQUIRED,
)


def _answers(status: str, **changed: Any) -> dict[int, Telling]:
    example = EXAMPLE | WAITS | DECIDED | {"status": status, "decision_note": "seen on the shelf"} | changed
    return {200: Telling(f"{status}, now or before under this key.", ADJUSTMENT, example)}


OPERATIONS = (
    _LIST,
    _LOOK,
    replace(
        _STEP,
        id="approveAdjustment",
        name="approveAdjustment",
        path=_LOOK.path + "/approve",
        summary="Carry out what another person asked for",
        description="The stock is looked at again: where it does not allow the change now, the adjustment goes on "
        "waiting. What expected_version it was asked with plays no part any more.",
        answers=_answers("APPLIED"),
        serve=approve,
        refusals=(*_STEP.refusals, _Code.SELF_APPROVAL, *_NOT_NOW),
    ),
    replace(
        _STEP,
        id="rejectAdjustment",
        name="rejectAdjustment",
        path=_LOOK.path + "/reject",
        summary="Say no to what another person asked for",
        description="Nothing moves.",
        answers=_answers("REJECTED"),
        serve=reject,
        refusals=(*_STEP.refusals, _Code.SELF_APPROVAL),
    ),
    replace(
        _STEP,
        id="cancelAdjustment",
        name="cancelAdjustment",
        path=_LOOK.path + "/cancel",
        summary="Withdraw what you asked for and still waits",
        description="Nothing moves. To anybody but who asked for it, it is none that could be withdrawn: 404.",
        answers=_answers("CANCELLED", decided_by="manager@meridian"),
        serve=cancel,
    ),
)
