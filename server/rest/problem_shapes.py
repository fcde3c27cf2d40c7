"""Problems in JSON, as the document tells of them."""

from __future__ import annotations

from typing import Any

from server.rest.adjustment_shapes import ADJUSTMENT
from server.rest.problems import ERRORS_MAX, Problem
from server.rest.reservation_shapes import RESERVATION, SHORTAGE
from server.rest.shapes import Field, ListOf, Record, Text, Whole
from server.rest.stock_levels import LEVEL

_TELLING = (
    Field("code", Text(), "What to branch on; `detail` is for people and may change."),
    Field("detail", Text(), "A sentence for a person: what is wrong, and the remedy."),
    Field("field", Text(), "Where it is: `items.0.quantity`, or a parameter's name.", optional=True),
)
_ERROR = Record(
    "Error",
    "One thing that is wrong.",
    (
        *_TELLING,
        Field("sku", Text(), "The SKU concerned.", optional=True),
        Field("location", Text(), "Code of the location concerned.", optional=True),
        Field("requested", Whole(), "Units that were asked for.", optional=True),
        Field("available", Whole(), "Units of these that there are.", optional=True),
        Field("limit", Whole(), "The limit that would be passed.", optional=True),
        Field("currentVersion", Whole(), "The version at which the level is now.", optional=True),
    ),
)
PROBLEM = Record(
    "Problem",
    "What went wrong (RFC 9457). `code`, `detail` and `field` are those of the first of `errors`.",
    (
        Field("type", Text(), "Always `about:blank`: `code` tells problems apart."),
        Field("title", Text(), "The status in words."),
        Field("status", Whole(), "The status in digits."),
        *_TELLING,
        Field("errors", ListOf(_ERROR), f"All that was found wrong, at most {ERRORS_MAX}."),
        Field("requestId", Text(), "Quote it to whoever runs the system; the header X-Request-Id holds it too."),
        Field("retryAfterMs", Whole(), "Send the same again after so many milliseconds.", optional=True),
        Field("shortages", ListOf(SHORTAGE), "What an order asked for and there was not.", optional=True),
        Field("level", LEVEL, "The level as it is now.", optional=True),
        Field("reservation", RESERVATION, "The reservation as it is now.", optional=True),
        Field("adjustment", ADJUSTMENT, "The adjustment as it is now.", optional=True),
    ),
)


def example_of(status: int, code: str, detail: str) -> dict[str, Any]:
    return Problem.of(status, code, detail).body | {"requestId": "0f6c1f3c2f0b4b7a9d1f5e8a7c6b5a49"}
