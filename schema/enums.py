"""Enums: the domain's own, told to the API with a line on each value."""

from enum import EnumMeta
from typing import Any

import strawberry

from domain.adjustments import AdjustmentStatus
from domain.alerts import AlertKind, AlertStatus
from domain.allocation import FulfillmentPolicy
from domain.cycle_counts import CycleCountStatus
from domain.ledger import LedgerKind
from domain.reasons import ReasonDirection
from domain.refusals import RefusalCode
from domain.reservations import ReservationStatus
from domain.status import StockStatus
from domain.strategies import AllocationStrategy
from domain.transfers import TransferStatus
from domain.webhooks import WebhookDeliveryState, WebhookEventType
from services.insight_ports import ReportGroupBy
from services.live import StreamEventType
from services.reads import AdjustmentSort, LevelSort

__all__ = [
    "AdjustmentSort",
    "AdjustmentStatus",
    "AlertKind",
    "AlertStatus",
    "AllocationStrategy",
    "CycleCountStatus",
    "FulfillmentPolicy",
    "LedgerKind",
    "LevelSort",
    "ReasonDirection",
    "RefusalCode",
    "ReportGroupBy",
    "ReservationStatus",
    "StockStatus",
    "StreamEventType",
    "TransferStatus",
    "WebhookDeliveryState",
    "WebhookEventType",
]


def _told(enum: EnumMeta, name: str, description: str, **values: str) -> None:
    """Register the enum under its name in the API; every value has its line."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum.__strawberry_definition__  # pyright: ignore[reportAttributeAccessIssue]
    for value in definition.values:
        value.description = values[value.name]


_told(
    StockStatus,
    "StockStatus",
    "What a level's quantities mean under its thresholds. The first that holds, in this order: OUT_OF_STOCK, LOW, "
    "OVERSTOCK, IN_STOCK.",
    IN_STOCK="None of the others.",
    LOW="Available to promise is at or below lowStockThreshold or, where there is none, at or below reorderPoint.",
    OUT_OF_STOCK="Available to promise is 0.",
    OVERSTOCK="On hand is above overstockThreshold.",
)
_told(
    LedgerKind,
    "LedgerKind",
    "What kind of change an entry of the ledger records.",
    RECEIPT="Goods arrived: on hand rose.",
    ALLOCATION="Units were promised to an order: allocated rose.",
    DEALLOCATION="A promise was taken back: allocated fell.",
    PICK="Promised units left the shelf: on hand and allocated fell together.",
    ADJUSTMENT="On hand was corrected by a signed number of units.",
    COUNT="On hand was set to what was counted; a count without a difference is an entry too.",
    RETURN="Sold goods came back into stock: on hand rose.",
    HOLD="Units were set aside: unavailable rose, on hand stayed.",
    UNHOLD="Units that were set aside went back on sale: unavailable fell.",
    TRANSFER_OUT="At the sender of a transfer: on hand fell as the units left, or rose by those that were cancelled.",
    TRANSFER_IN="At the receiver of a transfer: incoming rose as the units left; it fell as they arrived, when on "
    "hand rose, or as they were cancelled.",
    WASTE="Units were thrown away: on hand fell, and unavailable with it where they were on hold.",
)
_told(
    AdjustmentStatus,
    "AdjustmentStatus",
    "How far an adjustment has come.",
    APPLIED="The stock was changed.",
    PENDING_APPROVAL="It waits for another person's approval; nothing has moved.",
    REJECTED="An approver said no; nothing moved.",
    EXPIRED="Nobody decided in time; nothing moved.",
    CANCELLED="It was withdrawn before a decision; nothing moved.",
)
_told(
    AlertKind,
    "AlertKind",
    "What is the matter with a level. LOW_STOCK that runs out becomes OUT_OF_STOCK and, once some units are back, "
    "LOW_STOCK again: one alert whose kind changes.",
    LOW_STOCK="Available to promise is at or below lowStockThreshold or, where there is none, at or below "
    "reorderPoint; or not far enough above it yet.",
    OUT_OF_STOCK="Nothing is available to promise, or one unit again.",
    STALE="Nothing has moved for as many days as staleAfterDays says.",
)
_told(
    AlertStatus,
    "AlertStatus",
    "How far an alert has come. OPEN and ACKNOWLEDGED ones stand.",
    OPEN="Nobody has said to have seen it; or it has got worse since somebody did.",
    ACKNOWLEDGED="Somebody has seen it; what it tells of is still so.",
    RESOLVED="What it told of is no longer so. It never opens again: the next time there is a new one.",
)
_told(
    ReasonDirection,
    "ReasonDirection",
    "Which way a reason code may change what is on hand.",
    INCREASE="Up only.",
    DECREASE="Down only.",
    BOTH="Either way.",
)
_told(
    ReservationStatus,
    "ReservationStatus",
    "How far a reservation has come. PENDING becomes CONFIRMED, COMMITTED (which confirms it too), RELEASED or "
    "EXPIRED; CONFIRMED becomes COMMITTED or RELEASED; BACKORDERED becomes PENDING or CONFIRMED once it has all it "
    "waits for. Partly committed it is CONFIRMED until nothing of it is open.",
    REQUESTED="Taken, and nothing decided yet: some sales channels are answered before there is a decision.",
    PENDING="It holds stock until `expiresAt`.",
    CONFIRMED="Paid for, or shipped in part: it holds stock for as long as it takes and never expires.",
    COMMITTED="Nothing is open any more, and something was shipped.",
    RELEASED="Nothing is open any more, and nothing was shipped.",
    EXPIRED="It was still pending when its time came; what it held was given back.",
    FAILED="An order that came as an event and could not be served; it never held anything.",
    BACKORDERED="A line waits for stock. What there is is held meanwhile, and nothing of it expires.",
)
_told(
    CycleCountStatus,
    "CycleCountStatus",
    "How far a cycle count has come.",
    OPEN="What is on the list may be counted, and counted again.",
    CLOSED="Nothing more is counted under it.",
)
_told(
    TransferStatus,
    "TransferStatus",
    "How far a transfer has come.",
    IN_TRANSIT="Not all of it has arrived: the rest is in the receiver's `quantityIncoming`.",
    RECEIVED="All of it has arrived.",
    CANCELLED="What had not arrived was given back to the sender; `quantityReceived` tells what had.",
)
_told(
    WebhookEventType,
    "WebhookEventType",
    "What a webhook may be told of, each by a message of its own type.",
    LOW_STOCK="An alert opened because stock is low: `inventory.low_stock`.",
    OUT_OF_STOCK="Stock ran out: an alert opened so, or turned from LOW_STOCK: `inventory.out_of_stock`.",
    STALE="An alert opened because nothing moved for too long: `inventory.stale`.",
    RESERVATION_EXPIRED="A reservation was still pending when its time came: `inventory.reservation_expired`.",
    ADJUSTMENT_REQUESTED="A correction waits for approval: `inventory.adjustment_requested`.",
)
_told(
    WebhookDeliveryState,
    "WebhookDeliveryState",
    "What became of a message to a webhook.",
    PENDING="It is to be sent, for the first time or again.",
    DELIVERED="The address answered that it has it (2xx).",
    DEAD="It was given up: it failed as often as it may, or the webhook was deleted or switched off. "
    "`replayWebhookDeliveries` makes it PENDING again.",
)
_told(
    FulfillmentPolicy,
    "FulfillmentPolicy",
    "What becomes of an order for which there is not enough stock.",
    ALL_OR_NOTHING="It is refused.",
    PARTIAL="What there is is held and the rest given up; refused only where there is nothing of any line.",
    BACKORDER="What there is is held, and the rest waits for stock: first come, first served.",
)
_told(
    AllocationStrategy,
    "AllocationStrategy",
    "Which locations serve the lines that name none.",
    PRIORITY="The lowest `Location.priority` first, then by code.",
    NEAREST="Locations in the given zone first, then as PRIORITY.",
    MOST_STOCK="The location with the most of it available first, so that shelves empty evenly.",
    FEWEST_SPLITS="Few locations for the whole order: each time the one that serves the most lines whole.",
)
_told(
    StreamEventType,
    "StreamEventType",
    "What an event of a stream tells. Clients keep a default branch: more may come.",
    SNAPSHOT="The thing as it was when the stream began.",
    CAUGHT_UP="Everything up to `cursor` was sent: after a snapshot (an empty one too), after a replay, and now and "
    "then while nothing matches.",
    CHANGE="The thing as it is after a change, and it matches the filter.",
    REMOVED="The thing no longer matches the filter or may no longer be seen; only `nodeId` is told.",
    RESET="Drop what you have: the past cannot be told without a gap. With `snapshot: true` a new snapshot follows on "
    "this stream.",
)
_told(
    ReportGroupBy,
    "ReportGroupBy",
    "By what a report's figures are summed.",
    CATEGORY="By category of the item; a group without a key has those of none.",
    VENDOR="By vendor of the item; a group without a key has those of none.",
    LOCATION="By location, each by itself: what lies inside it is not summed into it.",
    SKU="By SKU, over its locations.",
)
_told(
    AdjustmentSort,
    "AdjustmentSort",
    "The order of a list of adjustments.",
    REQUESTED_DESC="The latest asked for first.",
    ENDED_DESC="The latest `decidedAt` first: of those alone that waited for approval and do no more, be it that they "
    "were approved, rejected, withdrawn or have expired.",
)
_told(
    LevelSort,
    "StockLevelSort",
    "The order of a list of stock levels; ties are broken by SKU, then by location, in the same direction.",
    SKU="By SKU, then by location, in code point order.",
    AVAILABLE_ASC="The least available to promise first.",
    AVAILABLE_DESC="The most available to promise first.",
    UPDATED_DESC="The latest change first.",
    LAST_MOVEMENT_ASC="The longest without movement first; a level that never moved counts from when it was made.",
)
_told(
    RefusalCode,
    "UserErrorCode",
    "Why a mutation was refused. Of several reasons the first is told, in this order: the idempotency key, the input "
    "itself, what does not exist, what may not be used, what changed meanwhile, what the stock does not allow.",
    INSUFFICIENT_STOCK="There are not that many units; `requested` and `available` tell how many. Counting below what "
    "is allocated is refused so too.",
    STALE_VERSION="The level is no longer at `expectedVersion`, or its thresholds no longer as `expected`; "
    "`currentVersion` tells where it is. Read it again.",
    UNKNOWN_SKU="There is no item with this SKU, or you may not see it.",
    UNKNOWN_LOCATION="There is no location with this code.",
    UNKNOWN_REASON_CODE="There is no active reason code of this name; name one of the tenant's that is in use.",
    INVALID_QUANTITY="The quantity is 0, negative or too large for what was asked.",
    DUPLICATE_LINE="Two lines name the same thing.",
    IDEMPOTENCY_KEY_REUSED="The key was used before with another request. A new request needs a new key.",
    ILLEGAL_TRANSITION="The thing is in a state that does not allow this.",
    RESERVATION_EXPIRED="The reservation expired before this was asked.",
    ORDER_ALREADY_RESERVED="The order holds a reservation of other lines.",
    NOT_FOUND="There is no such thing, or you may not see it.",
    SELF_APPROVAL="Who asked for an adjustment can neither approve nor reject it; `cancelAdjustment` withdraws it.",
    APPROVAL_EXPIRED="The adjustment waited too long for a decision.",
    NOTE_REQUIRED="This reason code needs a note that says what happened.",
    REASON_DIRECTION_MISMATCH="This reason code cannot change stock in that direction.",
    ITEM_ARCHIVED="The item is archived; name another one, or restore it first.",
    LOCATION_INACTIVE="The location is closed; name another one, or open it again first.",
    LOCATION_REQUIRED="The SKU is stocked at several locations: name one.",
    INVALID_INPUT="A field is empty, too long, out of its bounds or holds characters that cannot be stored.",
    LIMIT_EXCEEDED="It would pass a limit; `limit` tells which.",
    OVERLOADED="Too much is waiting; try again after `retryAfterMs`.",
)
