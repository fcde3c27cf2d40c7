"""Messages to webhooks, by the Standard Webhooks convention (standardwebhooks.com, version 1 of its signatures).

A message is signed over its id, the time of the try and its body, so that nobody makes one up, changes one, or sends an
old one again. While a secret is being replaced a message bears a signature of each.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.events import AdjustmentChanged, AlertChanged, Event, ReservationChanged
from domain.webhooks import LINES_TOLD_MAX, MESSAGE_BYTES_MAX, WebhookEventType, with_lines
from services.event_codec import data_of
from services.picture_codec import time_of, written

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
AGENT = "Stockcast-Webhooks/1"


def body_of(event: Event, type_: WebhookEventType) -> str:
    """The message that tells an event as one of this type: `type`, `timestamp` and `data`, which is as in the event; of
    a reservation with its first lines alone, and how many there are beside these (`linesOmitted`)."""
    assert isinstance(event, AlertChanged | ReservationChanged | AdjustmentChanged)
    if not isinstance(event, ReservationChanged):
        return written(_message(type_, event)).decode()
    count = LINES_TOLD_MAX
    while len(body := _in_part(type_, event, count)) > MESSAGE_BYTES_MAX and count > 1:
        count //= 2
    return body.decode()


def _in_part(type_: WebhookEventType, event: ReservationChanged, count: int) -> bytes:
    told = with_lines(event, count)
    return written(_message(type_, told) | {"linesOmitted": len(event.state.lines) - len(told.state.lines)})


def _message(type_: WebhookEventType, event: AlertChanged | ReservationChanged | AdjustmentChanged) -> dict[str, Any]:
    return {"type": type_.told_as, "timestamp": time_of(event.at), "data": data_of(event)}


def headers_of(message: UUID, sent_at: int, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The headers of a try at `sent_at`, in seconds since 1970; a signature by each secret, the first one's first."""
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": str(message),
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(signature(secret, str(message), sent_at, body) for secret in secrets),
    }


def signature(secret: str, message: str, sent_at: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of "id.timestamp.body" in base64, under the bytes that the secret stands for."""
    signed = f"{message}.{sent_at}.".encode() + body
    return "v1," + b64encode(hmac.digest(b64decode(secret.removeprefix(SECRET_PREFIX)), signed, sha256)).decode()
