"""Refusals: the expected answers "no", as values.

A refusal is decided in one documented order, so that two servers, a retry and a test agree on which of several reasons
is told (`PRECEDENCE`): what is wrong with the request itself, what does not exist, what may not be used, what changed
meanwhile, what the reason and the stock do not allow. Faults (a lost connection, a bug) are exceptions and never become
a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class RefusalCode(StrEnum):
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    STALE_VERSION = "STALE_VERSION"
    UNKNOWN_SKU = "UNKNOWN_SKU"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    UNKNOWN_REASON_CODE = "UNKNOWN_REASON_CODE"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    ORDER_ALREADY_RESERVED = "ORDER_ALREADY_RESERVED"
    NOT_FOUND = "NOT_FOUND"
    SELF_APPROVAL = "SELF_APPROVAL"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    NOTE_REQUIRED = "NOTE_REQUIRED"
    REASON_DIRECTION_MISMATCH = "REASON_DIRECTION_MISMATCH"
    ITEM_ARCHIVED = "ITEM_ARCHIVED"
    LOCATION_INACTIVE = "LOCATION_INACTIVE"
    LOCATION_REQUIRED = "LOCATION_REQUIRED"
    INVALID_INPUT = "INVALID_INPUT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    OVERLOADED = "OVERLOADED"


#: The order in which a change of stock is examined; the first reason found is the one told.
PRECEDENCE: tuple[RefusalCode, ...] = (
    RefusalCode.IDEMPOTENCY_KEY_REUSED,
    RefusalCode.INVALID_INPUT,
    RefusalCode.INVALID_QUANTITY,
    RefusalCode.NOT_FOUND,
    RefusalCode.SELF_APPROVAL,
    RefusalCode.APPROVAL_EXPIRED,
    RefusalCode.ORDER_ALREADY_RESERVED,
    RefusalCode.UNKNOWN_SKU,
    RefusalCode.UNKNOWN_LOCATION,
    RefusalCode.LOCATION_REQUIRED,
    RefusalCode.UNKNOWN_REASON_CODE,
    RefusalCode.ITEM_ARCHIVED,
    RefusalCode.LOCATION_INACTIVE,
    RefusalCode.STALE_VERSION,
    RefusalCode.REASON_DIRECTION_MISMATCH,
    RefusalCode.NOTE_REQUIRED,
    RefusalCode.RESERVATION_EXPIRED,
    RefusalCode.ILLEGAL_TRANSITION,
    RefusalCode.DUPLICATE_LINE,
    RefusalCode.INSUFFICIENT_STOCK,
    RefusalCode.LIMIT_EXCEEDED,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not carried out, and what the caller can do about it.

    `field` is the path of the input at fault, `message` a sentence for a person. The rest are typed details:
    quantities in base units, the level's `current_version`, the `limit` that was passed, milliseconds to wait.
    """

    code: RefusalCode
    message: str
    field: tuple[str, ...] = ()
    sku: str | None = None
    location: str | None = None
    requested: int | None = None
    available: int | None = None
    current_version: int | None = None
    limit: int | None = None
    retry_after_ms: int | None = None

    def at(self, *path: str) -> Refusal:
        """The same refusal with its field placed below `path` (a line of a batch, say)."""
        return replace(self, field=(*path, *self.field))
