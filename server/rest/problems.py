"""Problems: what went wrong, as `application/problem+json` (RFC 9457) with the codes that GraphQL has.

    400  what cannot be read or used: BAD_REQUEST, BAD_USER_INPUT, INVALID_INPUT, INVALID_QUANTITY, DUPLICATE_LINE
    401  UNAUTHENTICATED            403  FORBIDDEN               404  NOT_FOUND
    405  METHOD_NOT_ALLOWED         413  PAYLOAD_TOO_LARGE       415  UNSUPPORTED_MEDIA_TYPE
    409  what things as they are do not allow
    422  what is well-formed and names something that is not there; IDEMPOTENCY_KEY_REUSED
    429  RATE_LIMITED               500  INTERNAL                503  UNAVAILABLE, OVERLOADED

A key with another request is 422 because the IETF's draft of the header Idempotency-Key has it so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any, Self

import orjson

from domain.refusals import Refusal, RefusalCode
from schema.errors import ApiError, ErrorCode
from server.rest.shapes import Misfit
from subscriptions.wire.http_request import RequestRefused

PROBLEM_JSON = "application/problem+json"
ERRORS_MAX = 100

_Code = RefusalCode
STATUSES: Mapping[RefusalCode, int] = {
    _Code.INVALID_INPUT: 400,
    _Code.INVALID_QUANTITY: 400,
    _Code.DUPLICATE_LINE: 400,
    _Code.NOT_FOUND: 404,
    _Code.INSUFFICIENT_STOCK: 409,
    _Code.STALE_VERSION: 409,
    _Code.ILLEGAL_TRANSITION: 409,
    _Code.RESERVATION_EXPIRED: 409,
    _Code.ORDER_ALREADY_RESERVED: 409,
    _Code.SELF_APPROVAL: 409,
    _Code.APPROVAL_EXPIRED: 409,
    _Code.ITEM_ARCHIVED: 409,
    _Code.LOCATION_INACTIVE: 409,
    _Code.LIMIT_EXCEEDED: 409,
    _Code.IDEMPOTENCY_KEY_REUSED: 422,
    _Code.UNKNOWN_SKU: 422,
    _Code.UNKNOWN_LOCATION: 422,
    _Code.UNKNOWN_REASON_CODE: 422,
    _Code.LOCATION_REQUIRED: 422,
    _Code.NOTE_REQUIRED: 422,
    _Code.REASON_DIRECTION_MISMATCH: 422,
    _Code.OVERLOADED: 503,
}
_API_STATUSES = {
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.LIMIT_EXCEEDED: 400,
}
_DETAILS = ("sku", "location", "requested", "available", "limit")


@dataclass(frozen=True, slots=True)
class Problem(Exception):
    """An answer that is none. `errors` are all that was found wrong, the first of them told by `code` and `detail`."""

    status: int
    errors: Sequence[Mapping[str, Any]]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    #: What else the caller should know: what there was, the thing as it is now.
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, status: int, code: str, detail: str, at: str | None = None, **headers: str) -> Self:
        return cls(status, [_error(code, detail, at)], {name.replace("_", "-"): text for name, text in headers.items()})

    @classmethod
    def of_misfits(cls, misfits: Sequence[Misfit]) -> Self:
        return cls(400, [_error(ErrorCode.BAD_USER_INPUT, message, at) for at, message in misfits])

    @classmethod
    def of_request(cls, refused: RequestRefused) -> Self:
        return cls(refused.status, [_error(refused.code, refused.message, None)], refused.headers, refused.extensions)

    @classmethod
    def of_error(cls, error: ApiError) -> Self:
        argument = error.extensions.get("argument")
        told = _error(error.code, str(error), None if argument is None else str(argument))
        return cls(_API_STATUSES.get(error.code, 500), [told])

    @classmethod
    def of_refusals(cls, refusals: Sequence[Refusal], names: Mapping[str, str] | None = None, **more: Any) -> Self:
        """`names`: the domain's names of fields -> the source's, where they differ."""
        first = refusals[0]
        wait_ms = first.retry_after_ms
        headers = {} if wait_ms is None else {"retry-after": str(ceil(wait_ms / 1_000))}
        waits = {} if wait_ms is None else {"retryAfterMs": wait_ms}
        return cls(status_of(first), [_refusal(refusal, names or {}) for refusal in refusals], headers, waits | more)

    @property
    def body(self) -> dict[str, Any]:
        """But for the request's id."""
        first = self.errors[0]
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            **{name: first[name] for name in ("code", "detail", "field") if name in first},
            "errors": self.errors[:ERRORS_MAX],
            **self.more,
        }

    def encoded(self, request_id: str) -> bytes:
        return orjson.dumps(self.body | {"requestId": request_id}, option=orjson.OPT_UTC_Z)


def status_of(refusal: Refusal) -> int:
    """404 is of what the path names; what a body names and is not there is 422."""
    status = STATUSES[refusal.code]
    return 422 if status == 404 and len(refusal.field) > 1 else status


def _refusal(refusal: Refusal, names: Mapping[str, str]) -> dict[str, Any]:
    at = ".".join(names.get(name, name) for name in refusal.field) or None
    details = {name: value for name in _DETAILS if (value := getattr(refusal, name)) is not None}
    version = {} if refusal.current_version is None else {"currentVersion": refusal.current_version}
    return _error(refusal.code, refusal.message, at) | details | version


def _error(code: str, detail: str, at: str | None) -> dict[str, Any]:
    return {"code": str(code), "detail": detail, **({} if at is None else {"field": at})}
