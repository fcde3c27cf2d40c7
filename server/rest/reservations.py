"""Reservations, as `/internal/inventory/reservations` names them: reserve, look at, confirm, commit, release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.refusals import RefusalCode
from domain.reservation_lines import LineQuantity
from domain.strategies import Want
from resolvers.reservations import shown
from schema.ids import uuid_named
from server.rest.operation import Body, Call, Operation, Parameter, Telling, Told
from server.rest.order_items import read_items
from server.rest.problems import Problem
from server.rest.reservation_shapes import COMMIT, CONFIRM, RELEASE, RESERVATION, RESERVE, shortages_told, told
from server.rest.shapes import Text
from services.reservations import ReserveStock, reserve_stock
from services.settlement import (
    CommitReservation,
    ConfirmReservation,
    ReleaseReservation,
    SettleReservation,
    settle_reservation,
)

PATH = "/internal/inventory/reservations"
#: What refusals call a field -> what it is called here.
_NAMES = {"lines": "items"}


async def reserve(call: Call) -> Told:
    items = await read_items(call.context, call.body["items"])
    request = _request(call.body, items.meant)
    # A product may stand for another SKU when the request comes again: its key stands for the product.
    sent = (_request(call.body, items.sent), items.products) if items.products else None
    decision = await reserve_stock(
        call.key, request, call.caller, call.context.commits, sent=sent, refusals=items.refusals
    )
    if decision.refusals:
        shortages = shortages_told(decision.shortages)
        raise Problem.of_refusals(decision.refusals, _NAMES, **({"shortages": shortages} if shortages else {}))
    made = decision.seen is not None
    state = (await shown(call.context, decision)).seen
    if state is None:
        raise _not_found()
    return Told(told(state), 201 if made else 200, {"location": f"{PATH}/{state.id}"})


def _request(body: Mapping[str, Any], lines: tuple[Want, ...]) -> ReserveStock:
    return ReserveStock(
        body["orderId"],
        lines,
        body["fulfillmentPolicy"] or ReserveStock.POLICY,
        body["strategy"] or ReserveStock.STRATEGY,
        body["zone"],
        body["channel"],
        body["ttlSeconds"],
    )


async def look(call: Call) -> Told:
    state = await call.context.loaders.reservations_by_id.load(_named(call))
    if state is None:
        raise _not_found()
    return Told(told(state))


async def confirm(call: Call) -> Told:
    return await _settle(call, ConfirmReservation(_named(call)))


async def commit(call: Call) -> Told:
    return await _settle(call, CommitReservation(_named(call), _lines(call.body), call.body["reference"]))


async def release(call: Call) -> Told:
    reason, note = call.body["reasonCode"], call.body["note"]
    return await _settle(call, ReleaseReservation(_named(call), _lines(call.body), reason, note))


async def _settle(call: Call, request: SettleReservation) -> Told:
    decision = await settle_reservation(call.key, request, call.caller, call.context.commits)
    codes = {refusal.code for refusal in decision.refusals}
    if RefusalCode.OVERLOADED in codes:
        raise Problem.of_refusals(decision.refusals)
    state = (await shown(call.context, decision, request.reservation)).seen
    if state is None and codes <= {RefusalCode.NOT_FOUND}:
        raise _not_found()
    more = {} if state is None else {"reservation": told(state)}
    if decision.refusals or state is None:
        raise Problem.of_refusals(decision.refusals, _NAMES, **more)
    return Told(told(state))


def _named(call: Call) -> UUID:
    return uuid_named("Reservation", call.path["reservationId"])


def _lines(body: Mapping[str, Any]) -> tuple[LineQuantity, ...] | None:
    items: Sequence[Mapping[str, Any]] | None = body["items"]
    if items is None:
        return None
    return tuple(LineQuantity(each["quantity"], each["lineId"], each["sku"], each["location"]) for each in items)


def _not_found() -> Problem:
    message = "There is no such reservation: give the reservationId that its order was answered with."
    return Problem.of(404, RefusalCode.NOT_FOUND, message, "reservationId")


# ---------------------------------------------------------------------- what the document says
_Code = RefusalCode
_EXAMPLE: dict[str, Any] = {
    "reservationId": "0195512f-6d6a-7b3c-9c1e-000000000000",
    "globalId": "UmVzZXJ2YXRpb246MDE5NTUxMmYtNmQ2YS03YjNjLTljMWUtMDAwMDAwMDAwMDAw",
    "orderId": "SO-10042",
    "status": "PENDING",
    "version": 1,
    "channel": None,
    "expiresAt": "2025-03-01T09:45:00Z",
    "createdAt": "2025-03-01T09:30:00Z",
    "updatedAt": "2025-03-01T09:30:00Z",
    "items": [
        {
            "lineId": "0195512f-6d6a-7b3c-9c1e-000000000000",
            "sku": "OUT-TENT-1P-ORG",
            "productId": "OUT-0001-1P-ORG",
            "location": "LDS-DC",
            "quantity": 2,
            "quantityAllocated": 2,
            "quantityBackordered": 0,
            "quantityCommitted": 0,
            "quantityReleased": 0,
        }
    ],
    "shortages": [],
    "failureCode": None,
}
_SETTLED: dict[str, Any] = {"expiresAt": None, "version": 2, "updatedAt": "2025-03-01T09:31:00Z"}


def _telling(description: str, **changed: Any) -> Telling:
    return Telling(description, RESERVATION, _EXAMPLE | changed)


def _ended(status: str, column: str) -> dict[str, Any]:
    """The example once its two units have left the column of what is allocated."""
    item = _EXAMPLE["items"][0] | {"quantityAllocated": 0, column: 2}
    return {"status": status, **_SETTLED, "items": [item]}


_RESERVE = Operation(
    id="reserve",
    name="reserveStock",
    method="POST",
    path=PATH,
    tag="reservations",
    summary="Hold stock for an order",
    description="All of it, in part or queued, as fulfillmentPolicy says. An order reserves once: sent again, under "
    "this key or another, over REST or GraphQL, it gets its reservation as it is.",
    body=Body(RESERVE, {"orderId": "SO-10042", "items": [{"sku": "OUT-TENT-1P-ORG", "quantity": 2}]}),
    answers={
        201: _telling("Held. The header Location names it."),
        200: _telling("It was held before; as it is now."),
    },
    serve=reserve,
    writes=True,
    refusals=(
        _Code.INVALID_INPUT,
        _Code.INVALID_QUANTITY,
        _Code.INSUFFICIENT_STOCK,
        _Code.ORDER_ALREADY_RESERVED,
        _Code.ITEM_ARCHIVED,
        _Code.LOCATION_INACTIVE,
        _Code.UNKNOWN_SKU,
        _Code.UNKNOWN_LOCATION,
        _Code.IDEMPOTENCY_KEY_REUSED,
        _Code.OVERLOADED,
    ),
)
_LOOK = Operation(
    id="getReservation",
    name="reservation",
    method="GET",
    path=PATH + "/{reservationId}",
    tag="reservations",
    summary="Look at a reservation",
    description="As it is now. A vendor sees the lines of its own items alone.",
    path_parameters=(
        Parameter(
            "reservationId", "Its id, as this API, an event or GraphQL told it.", _EXAMPLE["reservationId"], Text()
        ),
    ),
    answers={200: _telling("The reservation.")},
    serve=look,
)
_STEP = replace(
    _LOOK,
    method="POST",
    writes=True,
    refusals=(
        _Code.INVALID_INPUT,
        _Code.RESERVATION_EXPIRED,
        _Code.ILLEGAL_TRANSITION,
        _Code.IDEMPOTENCY_KEY_REUSED,
        _Code.OVERLOADED,
    ),
)
_OF_LINES = (_Code.INVALID_QUANTITY, _Code.DUPLICATE_LINE, _Code.NOT_FOUND)

OPERATIONS = (
    _RESERVE,
    _LOOK,
    replace(
        _STEP,
        id="confirmReservation",
        name="confirmReservation",
        path=_LOOK.path + "/confirm",
        summary="Let a reservation expire no more",
        description="Because it was paid for. One that waits for stock stays BACKORDERED until it has all of it.",
        body=Body(CONFIRM, {}, may_be_left_out=True),
        answers={200: _telling("Confirmed, now or before under this key.", status="CONFIRMED", **_SETTLED)},
        serve=confirm,
    ),
    replace(
        _STEP,
        id="commitReservation",
        name="commitReservation",
        path=_LOOK.path + "/commit",
        summary="Deduct what was shipped",
        description="Takes units off on hand and off what is allocated: all that is held, or some of it.",
        body=Body(
            COMMIT,
            {"items": [{"sku": "OUT-TENT-1P-ORG", "quantity": 2}], "reference": "SHP-7781"},
            may_be_left_out=True,
        ),
        answers={200: _telling("Committed, now or before under this key.", **_ended("COMMITTED", "quantityCommitted"))},
        serve=commit,
        refusals=(*_STEP.refusals, *_OF_LINES),
    ),
    replace(
        _STEP,
        id="releaseReservation",
        name="releaseReservation",
        path=_LOOK.path + "/release",
        summary="Give back what is not needed",
        description="All that is open, or some of it. A vendor gives back lines of its own items alone.",
        body=Body(RELEASE, {"note": "cancelled by the buyer"}, may_be_left_out=True),
        answers={200: _telling("Released, now or before under this key.", **_ended("RELEASED", "quantityReleased"))},
        serve=release,
        refusals=(*_STEP.refusals, *_OF_LINES, _Code.UNKNOWN_REASON_CODE),
    ),
)
