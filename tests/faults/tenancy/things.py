"""Things: what the arguments and fields of the API name, by what they are called.

The one table to be kept when the API gets an argument or a field: a text that it does not hold ends the run.
"""

from enum import StrEnum


class Thing(StrEnum):
    """Something that belongs to a tenant, as it is named in a request. What is NEW may be made by naming it."""

    SKU = "SKU"
    NEW_SKU = "SKU to make"
    SENT_SKU = "SKU on its way"
    PRODUCT = "product"
    CATEGORY = "category"
    VENDOR = "vendor"
    CONDITION = "condition"
    LANGUAGE = "language"
    BARCODE = "barcode"
    SEARCH = "text to search"
    LOCATION = "location"
    NEW_LOCATION = "location to make"
    ZONE = "zone"
    PLACE = "kind of place"
    REASON = "reason code"
    NEW_REASON = "reason code to make"
    ORDER = "order"
    NEW_ORDER = "order to make"
    CHANNEL = "channel"
    REFERENCE = "reference"
    SUBJECT = "subject"
    AUDITED = "audited thing"
    KEY = "idempotency key"
    NODE = "node"
    RESERVATION = "Reservation"
    LINE = "ReservationLine"
    ADJUSTMENT = "Adjustment"
    ALERT = "Alert"
    TRANSFER = "Transfer"
    CYCLE_COUNT = "CycleCount"
    WEBHOOK = "Webhook"
    DELIVERY = "WebhookDelivery"
    CURSOR = "cursor"
    STREAM_CURSOR = "cursor of a stream"


#: Things that are named by their global id, by whose type each is called.
IDENTIFIED = frozenset(
    {
        *(Thing.RESERVATION, Thing.LINE, Thing.ADJUSTMENT, Thing.ALERT, Thing.TRANSFER, Thing.CYCLE_COUNT),
        *(Thing.WEBHOOK, Thing.DELIVERY),
    }
)

#: What an argument or a field names, by its name alone or below the field or input that it belongs to; or whatever has
#: a type of this name.
NAMED: dict[str, Thing] = {
    "sku": Thing.SKU,
    "skus": Thing.SKU,
    "UpsertItemInput.sku": Thing.NEW_SKU,
    "TransferFilter.skus": Thing.SENT_SKU,
    "productId": Thing.PRODUCT,
    "product_id": Thing.PRODUCT,
    "catalogProductId": Thing.PRODUCT,
    "catalogProductIds": Thing.PRODUCT,
    "checkProducts.body": Thing.PRODUCT,
    "category": Thing.CATEGORY,
    "categories": Thing.CATEGORY,
    "vendor": Thing.VENDOR,
    "vendors": Thing.VENDOR,
    "condition": Thing.CONDITION,
    "conditions": Thing.CONDITION,
    "language": Thing.LANGUAGE,
    "languages": Thing.LANGUAGE,
    "barcodes": Thing.BARCODE,
    "search": Thing.SEARCH,
    "location": Thing.LOCATION,
    "locations": Thing.LOCATION,
    "fromLocation": Thing.LOCATION,
    "toLocation": Thing.LOCATION,
    "fromLocations": Thing.LOCATION,
    "toLocations": Thing.LOCATION,
    "parent": Thing.LOCATION,
    "codes": Thing.LOCATION,
    "Query.location.code": Thing.LOCATION,
    "UpsertLocationInput.code": Thing.NEW_LOCATION,
    "zone": Thing.ZONE,
    "zones": Thing.ZONE,
    "UpsertLocationInput.kind": Thing.PLACE,
    "LocationFilter.kinds": Thing.PLACE,
    "reasonCode": Thing.REASON,
    "reason_code": Thing.REASON,
    "reasonCodes": Thing.REASON,
    "UpsertReasonCodeInput.code": Thing.NEW_REASON,
    "orderId": Thing.ORDER,
    "orderIds": Thing.ORDER,
    "ReserveStockInput.orderId": Thing.NEW_ORDER,
    "Order.orderId": Thing.NEW_ORDER,
    "channel": Thing.CHANNEL,
    "reference": Thing.REFERENCE,
    "actor": Thing.SUBJECT,
    "actors": Thing.SUBJECT,
    "requestedBy": Thing.SUBJECT,
    "requested_by": Thing.SUBJECT,
    "AuditFilter.subject": Thing.AUDITED,
    "idempotencyKey": Thing.KEY,
    "idempotency_key": Thing.KEY,
    "Idempotency-Key": Thing.KEY,
    "Query.node.id": Thing.NODE,
    "Query.reservation.id": Thing.RESERVATION,
    "ReservationStreamFilter.ids": Thing.RESERVATION,
    "reservationId": Thing.RESERVATION,
    "lineId": Thing.LINE,
    "AdjustmentFilter.ids": Thing.ADJUSTMENT,
    "AdjustmentStreamFilter.ids": Thing.ADJUSTMENT,
    "adjustmentId": Thing.ADJUSTMENT,
    "alertId": Thing.ALERT,
    "transferId": Thing.TRANSFER,
    "Query.cycleCount.id": Thing.CYCLE_COUNT,
    "cycleCountId": Thing.CYCLE_COUNT,
    "webhookId": Thing.WEBHOOK,
    "deliveryIds": Thing.DELIVERY,
    "after": Thing.CURSOR,
    "before": Thing.CURSOR,
    "Cursor": Thing.STREAM_CURSOR,
}
#: Texts that name nothing of any tenant's: words for people, and words that the API itself gives.
WORDS = frozenset(
    {"note", "name", "currency", "unitOfMeasure", "roles", "actions", "subjectTypes", "url", "description"}
)


class Unknown(Exception):
    """An argument or a field that the table does not hold."""


def key_of(owner: str, name: str, type_: str = "") -> str:
    """Under what the table has the argument or the field of this name, `owner` being the field or type that it belongs
    to. Raises Unknown."""
    for key in (f"{owner}.{name}", type_, name):
        if key in NAMED or key in WORDS:
            return key
    raise Unknown(f"{owner}.{name}: say in {__name__} what thing it names, or that it is a mere word")
