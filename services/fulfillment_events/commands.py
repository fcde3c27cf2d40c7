"""The command that an event asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.access import Caller
from domain.movements import Return
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import invalid_lines
from domain.strategies import Want
from services.commands import Command
from services.decisions import Delivery
from services.fulfillment_events.names import FulfillmentEvent as Event
from services.fulfillment_events.order_commands import (
    ConfirmOrder,
    RecordOrder,
    ReleaseOrder,
    ShipOrder,
    TakeBack,
    line_quantities,
)
from services.fulfillment_events.told import Told
from services.reservations import DOCUMENT, Reserve, ReserveStock

Refusals = Sequence[Refusal]


def command_of(told: Told, caller: Caller, now: datetime) -> Command | Refusals:
    """What to do about an event whose lines name SKUs, or what is wrong with it whatever the stock.

    What is said to have happened after `now`, by a clock that is ahead, counts from its arrival.
    """
    if told.occurred_at is not None and told.occurred_at > now:
        told = replace(told, occurred_at=None)
    return _COMMANDS[told.event](told, caller)


def _reserve(told: Told, caller: Caller) -> Command | Refusals:
    request = ReserveStock(
        told.order_id,
        tuple(Want(line.sku or "", line.location, line.quantity) for line in told.lines or ()),
        told.policy or ReserveStock.POLICY,
        told.strategy or ReserveStock.STRATEGY,
        told.zone,
        told.channel,
        told.ttl_seconds,
        told.occurred_at,
    )
    delivery = Delivery(told.id, told.event.value, told.order_id)
    return request.invalid() or Reserve(request, caller, delivery=delivery, kept_if_refused=True)


def _ship(told: Told, caller: Caller) -> Command | Refusals:
    if told.event is Event.ITEM_PICKED and told.lines is None:
        return _no_lines()
    refusal = None if told.lines is None else invalid_lines(line_quantities(told))
    return [refusal] if refusal else ShipOrder(told, caller)


def _take_back(told: Told, caller: Caller) -> Command | Refusals:
    if told.lines is None:
        return _no_lines()
    returns = [
        Return(
            sku=line.sku or "",
            location=line.location,
            quantity=line.quantity,
            reference_type=DOCUMENT,
            reference=told.order_id,
            occurred_at=told.occurred_at,
        )
        for line in told.lines
    ]
    if refusal := invalid_lines(line_quantities(told)):
        return [refusal]
    return TakeBack(returns, caller, delivery=Delivery(told.id, told.event.value, told.order_id))


def _no_lines() -> Refusals:
    message = "lines is missing: give at least one line, or sku and quantity."
    return [Refusal(RefusalCode.INVALID_INPUT, message, ("lines",))]


_COMMANDS: Mapping[Event, Callable[[Told, Caller], Command | Refusals]] = {
    Event.INVENTORY_ALLOCATION_REQUESTED: _reserve,
    Event.ORDER_CREATED: _reserve,
    Event.ITEM_PICKED: _ship,
    Event.FULFILLMENT_CONFIRMED: _ship,
    Event.SHIPMENT_CREATED: _ship,
    Event.SHIPMENT_CANCELLED: ReleaseOrder,
    Event.ORDER_CANCELLED: ReleaseOrder,
    Event.ORDER_FAILED: ReleaseOrder,
    Event.PAYMENT_SUCCEEDED: ConfirmOrder,
    Event.PAYMENT_FAILED: ReleaseOrder,
    Event.ITEM_RETURNED: _take_back,
    Event.ORDER_DELIVERED: RecordOrder,
}
