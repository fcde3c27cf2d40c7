"""Corrections of what is on hand, as `/inventory/adjustments`, `/api/inventory/adjustments`, `/add` and `/audit` name
them: by a change, upwards, and to what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.adjustments import AdjustmentStatus
from domain.movements import Adjust, Count, Movement
from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from resolvers.levels import with_level
from schema.inputs.texts import text
from server.rest.adjustment_shapes import (
    ADD,
    ADDED,
    ADJUST,
    ADJUSTMENT,
    AUDIT,
    COUNTED,
    DECIDED,
    EXAMPLE,
    WAITS,
    told,
)
from server.rest.adjustments import PATH, level_of, not_found
from server.rest.operation import Body, Call, Operation, Telling, Told
from server.rest.problems import Problem
from services.decisions import Decision
from services.products import skus_of
from services.stock import MoveStock, move_stock

#: What refusals call a field -> what it is called here.
_NAMES = {
    "quantityChange": "quantity_change",
    "quantityCounted": "quantity_counted",
    "reasonCode": "reason_code",
    "expectedVersion": "expected_version",
}
_STATUSES = {AdjustmentStatus.APPLIED: 201, AdjustmentStatus.PENDING_APPROVAL: 202}


async def adjust(call: Call) -> Told:
    movement = Adjust(change=call.body["quantity_change"], **_said(call.body, call.body["reason_code"]))
    return await _corrected(call, movement, _ADJUST.name)


async def add(call: Call) -> Told:
    quantity = call.body["quantity"]
    if quantity < 1:
        wrong = Refusal(RefusalCode.INVALID_QUANTITY, f"quantity is {quantity}: give at least 1.", ("quantity",))
        raise Problem.of_refusals([wrong])
    movement = Adjust(change=quantity, **_said(call.body, call.body["reason_code"] or ADDED))
    return await _corrected(call, movement, _ADJUST.name, _NAMES | {"quantityChange": "quantity"})


async def audit(call: Call) -> Told:
    counted, reason_code = call.body["quantity_counted"], call.body["reason_code"] or COUNTED
    return await _corrected(call, Count(counted=counted, **_said(call.body, reason_code)), _AUDIT.name)


async def _corrected(call: Call, sent: Movement, name: str, names: Mapping[str, str] = _NAMES) -> Told:
    product, refusals, meant = call.body["product_id"], (), sent
    if product is not None:
        sku = (await skus_of([product], call.context.scope, call.context.reads))[product]
        refusals = (replace(sku, field=("product_id",)),) if isinstance(sku, Refusal) else ()
        meant = sent if isinstance(sku, Refusal) else replace(sent, sku=sku)
    # A product may stand for another SKU when the request comes again: its key stands for the product.
    key_of = None if product is None else (sent, "product")
    request = MoveStock(call.key, (meant,), name)
    decision = await move_stock(request, call.caller, call.context.commits, sent=key_of, refusals=refusals)
    call.context.forget()
    if decision.refusals:
        raise Problem.of_refusals(decision.refusals, names, **await _level(call, decision, meant))
    state = await call.context.loaders.adjustments_by_id.load(decision.adjustment) if decision.adjustment else None
    if state is None:  # its item has gone to another vendor since
        raise not_found()
    return Told(told(state, call.context.named), _STATUSES.get(state.status, 200), {"location": f"{PATH}/{state.id}"})


def _said(body: Mapping[str, Any], reason_code: str) -> dict[str, Any]:
    """What every correction says, a product's id as its SKU. Raises Problem where the goods have no name or two."""
    product = text("product_id", body["product_id"])
    if refusal := _misnamed(body["sku"], product):
        raise Problem.of_refusals([refusal])
    return {
        "sku": body["sku"] or product or "",
        "location": body["location"],
        "reason_code": reason_code,
        "note": body["note"],
        "expected_version": body["expected_version"],
        "reference": body["reference"],
    }


def _misnamed(sku: str | None, product: str | None) -> Refusal | None:
    if (sku is None) == (product is None):
        message = "Goods are named by their sku or by their product_id: give one of them."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("sku",))
    return invalid_identifier("product_id", product, CODE_LENGTH_MAX)


async def _level(call: Call, decision: Decision, movement: Movement) -> dict[str, Any]:
    """The level as it is, where a refusal concerns one that is there."""
    return await level_of(call, await with_level(call.context, decision, movement.sku, movement.location))


# ---------------------------------------------------------------------- what the document says
_Code = RefusalCode
_ADDED: dict[str, Any] = {"quantity_change": 5, "reason_code": "received", "note": None}
_COUNTED: dict[str, Any] = {"quantity_counted": 22, "reason_code": "cycle_count", "note": None}


def _answers(**changed: Any) -> dict[int, Telling]:
    example = EXAMPLE | changed
    return {
        201: Telling("The stock was changed. The header Location names the adjustment.", ADJUSTMENT, example),
        202: Telling(
            "It waits for another person's approval, and nothing has moved. The header Location names it.",
            ADJUSTMENT,
            example | WAITS,
        ),
        200: Telling(
            "It was asked for before under this key, and came to nothing since: `status` says how.",
            ADJUSTMENT,
            example | WAITS | DECIDED | {"status": "REJECTED"},
        ),
    }


_ADJUST = Operation(
    id="adjust",
    name="adjustStock",
    method="POST",
    path=PATH,
    tag="adjustments",
    summary="Correct what is on hand",
    description="By a signed number of units, with a reason. Where a rule of the tenant's approval policy is met, and "
    "always where a vendor asks, it waits for another person; what could not be done now is refused at once.",
    body=Body(ADJUST, {"sku": "OUT-TENT-1P-ORG", "quantity_change": -2, "reason_code": "damaged", "note": "wet"}),
    answers=_answers(),
    serve=adjust,
    writes=True,
    refusals=(
        _Code.INVALID_INPUT,
        _Code.INVALID_QUANTITY,
        _Code.INSUFFICIENT_STOCK,
        _Code.STALE_VERSION,
        _Code.LIMIT_EXCEEDED,
        _Code.ITEM_ARCHIVED,
        _Code.LOCATION_INACTIVE,
        _Code.UNKNOWN_SKU,
        _Code.UNKNOWN_LOCATION,
        _Code.LOCATION_REQUIRED,
        _Code.UNKNOWN_REASON_CODE,
        _Code.REASON_DIRECTION_MISMATCH,
        _Code.NOTE_REQUIRED,
        _Code.IDEMPOTENCY_KEY_REUSED,
        _Code.OVERLOADED,
    ),
)
_AUDIT = replace(
    _ADJUST,
    id="auditStock",
    name="countStock",
    path="/api/inventory/audit",
    summary="Set on hand to what was counted",
    description="Like a correction, by the difference to the books, which is kept also where there is none. Give "
    "expected_version where stock may have moved since the count: the level's, as `GET /api/inventory` told it.",
    body=Body(AUDIT, {"product_id": "OUT-0001-1P-ORG", "location": "LDS-DC", "quantity_counted": 22}),
    answers=_answers(**_COUNTED),
    serve=audit,
)
OPERATIONS = (
    _ADJUST,
    replace(
        _ADJUST,
        id="adjustProduct",
        path="/api/inventory/adjustments",
        summary="Correct what is on hand of a product",
        description=f"The same as {PATH}, for who names goods by their product of the catalog.",
        body=Body(ADJUST, {"product_id": "OUT-0001-1P-ORG", "quantity_change": -2, "reason_code": "damaged"}),
    ),
    replace(
        _ADJUST,
        id="addStock",
        path="/api/inventory/add",
        summary="Add stock by hand",
        description="A correction upwards. Goods that arrive on an order are received over GraphQL (`receiveStock`).",
        body=Body(ADD, {"product_id": "OUT-0001-1P-ORG", "quantity": 5}),
        answers=_answers(**_ADDED),
        serve=add,
    ),
    _AUDIT,
)
