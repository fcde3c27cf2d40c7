"""Adjustments, as `/inventory/adjustments` and `/api/inventory/adjustments` name them, and stock added by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.adjustments import AdjustmentStatus
from domain.movements import Adjust
from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from resolvers.levels import with_level
from schema.ids import global_id
from schema.inputs.texts import text
from server.rest.adjustment_shapes import ADD, ADDED, ADJUST, ADJUSTMENT, told
from server.rest.operation import Body, Call, Operation, Parameter, Telling, Told
from server.rest.problems import Problem
from server.rest.shapes import Text, uuid_of
from server.rest.stock_levels import level_told
from services.decisions import Decision
from services.products import skus_of
from services.stock import MoveStock, move_stock

PATH = "/inventory/adjustments"
#: What refusals call a field -> what it is called here.
_NAMES = {"quantityChange": "quantity_change", "reasonCode": "reason_code", "expectedVersion": "expected_version"}
_STATUSES = {AdjustmentStatus.APPLIED: 201, AdjustmentStatus.PENDING_APPROVAL: 202}


async def adjust(call: Call) -> Told:
    return await _adjusted(call, call.body["quantity_change"], call.body["reason_code"], _NAMES)


async def add(call: Call) -> Told:
    names = _NAMES | {"quantityChange": "quantity"}
    quantity = call.body["quantity"]
    if quantity < 1:
        wrong = Refusal(RefusalCode.INVALID_QUANTITY, f"quantity is {quantity}: give at least 1.", ("quantity",))
        raise Problem.of_refusals([wrong])
    return await _adjusted(call, quantity, call.body["reason_code"] or ADDED, names)


async def look(call: Call) -> Told:
    state = await call.context.loaders.adjustments_by_id.load(uuid_of("Adjustment", call.path["adjustmentId"]))
    if state is None:
        raise _not_found()
    return Told(told(state, call.context.named))


async def _adjusted(call: Call, change: int, reason_code: str, names: dict[str, str]) -> Told:
    sent = _sent(call.body, change, reason_code)
    product, refusals, meant = call.body["product_id"], (), sent
    if product is not None:
        sku = (await skus_of([product], call.context.scope, call.context.reads))[product]
        refusals = (replace(sku, field=("product_id",)),) if isinstance(sku, Refusal) else ()
        meant = sent if isinstance(sku, Refusal) else replace(sent, sku=sku)
    # A product may stand for another SKU when the request comes again: its key stands for the product.
    key_of = None if product is None else (sent, "product")
    request = MoveStock(call.key, (meant,), _ADJUST.name)
    decision = await move_stock(request, call.caller, call.context.commits, sent=key_of, refusals=refusals)
    call.context.forget()
    if decision.refusals:
        raise Problem.of_refusals(decision.refusals, names, **await _level(call, decision, meant))
    state = await call.context.loaders.adjustments_by_id.load(decision.adjustment) if decision.adjustment else None
    if state is None:  # its item has gone to another vendor since
        raise _not_found()
    return Told(told(state, call.context.named), _STATUSES.get(state.status, 200), {"location": f"{PATH}/{state.id}"})


def _sent(body: Mapping[str, Any], change: int, reason_code: str) -> Adjust:
    """What is asked, with a product's id as its SKU. Raises Problem where the goods have no name or two."""
    product = text("product_id", body["product_id"])
    if refusal := _misnamed(body["sku"], product):
        raise Problem.of_refusals([refusal])
    return Adjust(
        sku=body["sku"] or product or "",
        location=body["location"],
        change=change,
        reason_code=reason_code,
        note=body["note"],
        expected_version=body["expected_version"],
        reference=body["reference"],
    )


def _misnamed(sku: str | None, product: str | None) -> Refusal | None:
    if (sku is None) == (product is None):
        message = "Goods are named by their sku or by their product_id: give one of them."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("sku",))
    return invalid_identifier("product_id", product, CODE_LENGTH_MAX)


async def _level(call: Call, decision: Decision, movement: Adjust) -> dict[str, Any]:
    """The level as it is, where a refusal concerns one that is there."""
    shown = await with_level(call.context, decision, movement.sku, movement.location)
    level = await call.context.loaders.levels_at.load(shown.places[0]) if shown.places else None
    return {} if level is None else {"level": level_told(level)}


def _not_found() -> Problem:
    message = "There is no such adjustment: give the adjustment_id that it was answered with."
    return Problem.of(404, RefusalCode.NOT_FOUND, message, "adjustmentId")


# ---------------------------------------------------------------------- what the document says
_Code = RefusalCode
_EXAMPLE: dict[str, Any] = {
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
_WAITS: dict[str, Any] = {"status": "PENDING_APPROVAL", "expires_at": "2025-03-03T09:30:00Z"}
_ADDED: dict[str, Any] = {"quantity_change": 5, "reason_code": "received", "note": None}


def _answers(**changed: Any) -> dict[int, Telling]:
    return {
        201: Telling(
            "The stock was changed. The header Location names the adjustment.", ADJUSTMENT, _EXAMPLE | changed
        ),
        202: Telling(
            "It waits for another person's approval, and nothing has moved. The header Location names it.",
            ADJUSTMENT,
            _EXAMPLE | changed | _WAITS,
        ),
        200: Telling(
            "It was asked for before under this key, and came to nothing since: `status` says how.",
            ADJUSTMENT,
            _EXAMPLE
            | changed
            | _WAITS
            | {"status": "REJECTED", "version": 2, "decided_by": "approver@meridian"}
            | {"decided_at": "2025-03-01T10:00:00Z"},
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
OPERATIONS = (
    _ADJUST,
    Operation(
        id="getAdjustment",
        name="adjustments",
        method="GET",
        path=PATH + "/{adjustmentId}",
        tag="adjustments",
        summary="Look at an adjustment",
        description="As it is now: whether it still waits, and how it ended. A vendor sees those of its items alone.",
        path_parameters=(
            Parameter(
                "adjustmentId", "Its id, as this API, an event or GraphQL told it.", _EXAMPLE["adjustment_id"], Text()
            ),
        ),
        answers={200: Telling("The adjustment.", ADJUSTMENT, _EXAMPLE)},
        serve=look,
    ),
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
)
