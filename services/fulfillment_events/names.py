"""The events that we take from others, and the names under which they come."""

from __future__ import annotations

import re
from enum import StrEnum


class FulfillmentEvent(StrEnum):
    INVENTORY_ALLOCATION_REQUESTED = "InventoryAllocationRequested"
    ORDER_CREATED = "OrderCreated"
    ITEM_PICKED = "ItemPicked"
    FULFILLMENT_CONFIRMED = "FulfillmentConfirmed"
    SHIPMENT_CREATED = "ShipmentCreated"
    SHIPMENT_CANCELLED = "ShipmentCancelled"
    ORDER_CANCELLED = "OrderCancelled"
    ORDER_FAILED = "OrderFailed"
    PAYMENT_SUCCEEDED = "PaymentSucceeded"
    PAYMENT_FAILED = "PaymentFailed"
    ITEM_RETURNED = "ItemReturned"
    ORDER_DELIVERED = "OrderDelivered"


#: Each also as an interface is named (`IOrderCreated`) and as a class of events is (`OrderCreatedEvent`).
_NAMES = {
    f"{prefix}{event.value}{suffix}": event
    for event in FulfillmentEvent
    for prefix in ("", "I")
    for suffix in ("", "Event")
}
#: What stands before the name of a class: `com.shop.orders.`, `urn:message:Shop.Contracts:`.
_NAMESPACE = re.compile(r"^.*[.:/+$]", re.S)


def event_named(name: str) -> FulfillmentEvent | None:
    """The event of this name, with or without a namespace before it; to the letter."""
    return _NAMES.get(name) or _NAMES.get(_NAMESPACE.sub("", name))
