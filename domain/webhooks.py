"""Webhook: an address of a tenant's that is told of what happens, and the rules by which it is told.

    PENDING    to be sent, for the first time or again at `next_attempt_at`
    DELIVERED  the address answered 2xx
    DEAD       given up: it failed as often as it may, the webhook is gone or switched off, or too much waits for it;
               a replay makes it PENDING

Each of the five types of event is told once of what it is of: of an alert when it opens, and again when it turns from
LOW_STOCK to OUT_OF_STOCK; of a reservation when its time was over; of an adjustment that waits for approval. Nothing is
promised of the order in which messages arrive.

Where an address may lie is the matter of `domain.webhook_addresses`; how much may wait for one, and what becomes of it,
that of `domain.webhook_backlog`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from domain.adjustments import AdjustmentAct
from domain.alerts import AlertAct, AlertKind, AlertStatus
from domain.allocation import Shortage
from domain.events import AdjustmentChanged, AlertChanged, Event, ReservationChanged
from domain.refusals import Refusal, RefusalCode
from domain.reservations import ReservationAct
from domain.strategies import Want
from domain.texts import invalid_note, said
from domain.webhook_addresses import Network, invalid_url

WEBHOOKS_MAX = 50
#: A secret that was replaced goes on signing for so long, beside the new one.
ROTATION = timedelta(hours=24)
#: A webhook to which nothing was delivered for so long, though it was tried, is switched off with the next message
#: that is given up after all its tries.
FAILING_FOR = timedelta(days=5)
#: Lines of a reservation that a message tells, and its bytes: it tells fewer lines where these would be more.
LINES_TOLD_MAX = 100
MESSAGE_BYTES_MAX = 131_072
#: Tries that are kept of a delivery, the latest.
ATTEMPTS_KEPT = 20
#: Characters that are kept of an answer.
ANSWER_LENGTH_MAX = 1_024


_OfSku = TypeVar("_OfSku", Want, Shortage)


class WebhookEventType(StrEnum):
    """What may be listened to."""

    LOW_STOCK = "LOW_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    STALE = "STALE"
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    ADJUSTMENT_REQUESTED = "ADJUSTMENT_REQUESTED"

    @property
    def told_as(self) -> str:
        """Its name in a message."""
        return f"inventory.{self.value.lower()}"


class WebhookDeliveryState(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


_KINDS = {
    AlertKind.LOW_STOCK: WebhookEventType.LOW_STOCK,
    AlertKind.OUT_OF_STOCK: WebhookEventType.OUT_OF_STOCK,
    AlertKind.STALE: WebhookEventType.STALE,
}


def listened_to(event: Event) -> WebhookEventType | None:
    """As what an event is told to webhooks; None for one that is not."""
    if isinstance(event, AlertChanged):
        return _KINDS[event.state.kind] if _opens(event) else None
    if isinstance(event, ReservationChanged):
        return WebhookEventType.RESERVATION_EXPIRED if event.act is ReservationAct.EXPIRED else None
    if isinstance(event, AdjustmentChanged):
        return WebhookEventType.ADJUSTMENT_REQUESTED if event.act is AdjustmentAct.REQUESTED else None
    return None


def _opens(event: AlertChanged) -> bool:
    """Whether an alert is new, or has become worse, which opens it again."""
    if event.act not in (AlertAct.LOW, AlertAct.STALE) or event.state.status is not AlertStatus.OPEN:
        return False
    ran_out = event.state.kind is AlertKind.OUT_OF_STOCK and event.kind_before is not AlertKind.OUT_OF_STOCK
    return event.kind_before is None or ran_out


def with_lines(event: ReservationChanged, count: int) -> ReservationChanged:
    """What an event tells of its reservation's first lines, so many, and of their SKUs."""
    lines = event.state.lines[:count]
    places = {(each.line.sku, each.line.location) for each in lines}
    skus = {sku for sku, _ in places}
    reservation = event.state.reservation
    order = replace(reservation.order, wants=_of(skus, reservation.order.wants, count))
    reservation = replace(reservation, order=order, shortages=_of(skus, reservation.shortages, count))
    moved = tuple(each for each in event.moved if (each.sku, each.location) in places)[:count]
    return replace(event, state=replace(event.state, reservation=reservation, lines=lines), moved=moved)


def _of(skus: Collection[str], things: Sequence[_OfSku], count: int) -> tuple[_OfSku, ...]:
    return tuple(each for each in things if each.sku in skus)[:count]


@dataclass(frozen=True, slots=True)
class Webhook:
    """The aggregate. `events` are in the order of WebhookEventType, each once; `version` grows by 1 with each change.

    `disabled_reason` says why it was switched off, where nobody did it by hand.
    """

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    created_by: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    active: bool = True
    disabled_reason: str | None = None
    version: int = 1

    def describe(self, changes: Mapping[str, Any], expected_version: int | None, at: datetime) -> Webhook | Refusal:
        """The webhook with those of `url`, `events`, `description` and `active` that `changes` holds; None clears the
        description and leaves the others as they are. Itself, where nothing differs."""
        if expected_version is not None and expected_version != self.version:
            return self._stale(expected_version)
        settled: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        if "events" in settled:
            settled["events"] = in_order(settled["events"])
        if "description" in changes:
            settled["description"] = said(changes["description"])
        described = replace(self, **settled)
        if described.active:
            described = replace(described, disabled_reason=None)
        return self if described == self else described._changed(at)

    def switch_off(self, reason: str, at: datetime) -> Webhook:
        """Nobody did it by hand. One that is off stays as it is."""
        return replace(self, active=False, disabled_reason=reason)._changed(at) if self.active else self

    def begins_anew(self, before: Webhook) -> bool:
        """Whether it has not failed yet, whatever it did before: it has another address, or was off."""
        return self.url != before.url or not before.active

    def rotated(self, at: datetime) -> Webhook:
        """The same with another secret."""
        return self._changed(at)

    def _changed(self, at: datetime) -> Webhook:
        return replace(self, updated_at=max(at, self.updated_at), version=self.version + 1)

    def _stale(self, expected: int) -> Refusal:
        message = (
            f"The webhook changed meanwhile: it is at version {self.version}, you expected {expected}. "
            "Read it again and decide anew."
        )
        return Refusal(RefusalCode.STALE_VERSION, message, ("expectedVersion",), current_version=self.version)


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """What messages are signed with, sealed: nobody reads it who has not the key. `previous` counts until its time."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)
    previous_until: datetime | None = None

    def rotate(self, sealed: bytes, at: datetime) -> WebhookSecrets:
        """A secret that was on its way out already counts no more."""
        return WebhookSecrets(sealed, self.current, at + ROTATION)

    def valid(self, at: datetime) -> tuple[bytes, ...]:
        """Those that sign at that time, the newest first."""
        if self.previous is None or self.previous_until is None or at >= self.previous_until:
            return (self.current,)
        return self.current, self.previous


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One try to deliver: the answer's status with the beginning of its body, or the error that kept it from coming."""

    at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A message to one webhook. `message_id` is that of what happened, the same to every webhook, and so is what is
    sent. Of its `attempts` the latest ATTEMPTS_KEPT are kept, in order."""

    id: UUID
    message_id: UUID
    webhook: UUID
    event: WebhookEventType
    state: WebhookDeliveryState
    created_at: datetime
    attempts: tuple[WebhookAttempt, ...] = ()
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None


def invalid_webhook(changes: Mapping[str, Any], networks: Sequence[Network]) -> Refusal | None:
    """What is wrong with the fields that are sent, whatever there is."""
    url, events = changes.get("url"), changes.get("events")
    return (
        (None if url is None else invalid_url(url, networks))
        or (None if events is None or events else _listens_to_nothing())
        or invalid_note("description", changes.get("description") or None)
    )


def in_order(events: Sequence[WebhookEventType]) -> tuple[WebhookEventType, ...]:
    """Each once, in the order of the type."""
    return tuple(each for each in WebhookEventType if each in events)


def too_many_webhooks(there: int) -> Refusal | None:
    """Why none may be added to so many."""
    if there < WEBHOOKS_MAX:
        return None
    message = f"There are {there} webhooks, and no more than {WEBHOOKS_MAX} are kept: delete or update one of them."
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("url",), limit=WEBHOOKS_MAX)


def unknown_webhook() -> Refusal:
    message = "There is no such webhook: see the query webhooks."
    return Refusal(RefusalCode.NOT_FOUND, message, ("webhookId",))


def no_secrets_kept() -> Refusal:
    """Where this installation cannot keep a secret."""
    message = (
        "Webhooks are not set up here, as there is no key to keep their secrets under: whoever runs the system sets "
        "WEBHOOK_KEY_FILE."
    )
    return Refusal(RefusalCode.INVALID_INPUT, message)


def _listens_to_nothing() -> Refusal:
    message = "events is empty: name what to listen to, or switch the webhook off with active: false."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("events",))
