"""House: all that one tenant has, in memory, and the clock that whoever locks something of it reads."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from domain.adjustments import Adjustment
from domain.alerts import Alert
from domain.approvals import ApprovalPolicy
from domain.cycle_counts import CycleCount
from domain.demand import Demand
from domain.events import Event
from domain.items import Item
from domain.ledger import LedgerEntry
from domain.locations import Location
from domain.places import Place
from domain.reasons import ReasonCode
from domain.reservations import Reservation
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.transfers import Transfer
from domain.webhooks import Webhook, WebhookDelivery, WebhookSecrets
from services.audit import AuditEntry
from services.decisions import Delivery, Kept, KeyName


class Collision(Exception):
    """What a deadlock is to a database: raised by a work, it makes the unit run it again."""


@dataclass(slots=True)
class House:
    """All that one tenant has."""

    tenant: Tenant
    items: dict[str, Item] = field(default_factory=dict[str, Item])
    locations: dict[str, Location] = field(default_factory=dict[str, Location])
    reason_codes: dict[str, ReasonCode] = field(default_factory=dict[str, ReasonCode])
    levels: dict[Place, StockLevel] = field(default_factory=dict[Place, StockLevel])
    entries: list[tuple[Place, LedgerEntry]] = field(default_factory=list[tuple[Place, LedgerEntry]])
    adjustments: dict[UUID, Adjustment] = field(default_factory=dict[UUID, Adjustment])
    alerts: dict[UUID, Alert] = field(default_factory=dict[UUID, Alert])
    #: When levels that were watched are to be looked at again.
    looks: dict[Place, datetime | None] = field(default_factory=dict["Place", "datetime | None"])
    approvals: ApprovalPolicy | None = None
    audited: list[AuditEntry] = field(default_factory=list[AuditEntry])
    transfers: dict[UUID, Transfer] = field(default_factory=dict[UUID, Transfer])
    cycle_counts: dict[UUID, CycleCount] = field(default_factory=dict[UUID, CycleCount])
    reservations: dict[UUID, Reservation] = field(default_factory=dict[UUID, Reservation])
    asked: list[Demand] = field(default_factory=list[Demand])
    ttls: dict[str | None, int] = field(default_factory=dict["str | None", int])
    decisions: dict[KeyName, Kept] = field(default_factory=dict[KeyName, Kept])
    inbox: dict[str, Delivery] = field(default_factory=dict[str, Delivery])
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    events: list[Event] = field(default_factory=list[Event])
    #: Of what caused each of the events.
    traces: list[str | None] = field(default_factory=list["str | None"])
    webhooks: dict[UUID, Webhook] = field(default_factory=dict[UUID, Webhook])
    webhook_secrets: dict[UUID, WebhookSecrets] = field(default_factory=dict[UUID, WebhookSecrets])
    deliveries: dict[UUID, WebhookDelivery] = field(default_factory=dict[UUID, WebhookDelivery])
    #: Webhooks to which nothing was delivered since a try failed.
    failing: set[UUID] = field(default_factory=set[UUID])
    #: What webhooks are sent, by the ids of messages.
    messages: dict[UUID, str] = field(default_factory=dict[UUID, str])

    def draft(self) -> House:
        """A copy to write into; the things themselves are never changed in place."""
        draft = copy(self)
        for part in fields(self):
            if part.name != "tenant":
                setattr(draft, part.name, copy(getattr(self, part.name)))
        return draft


@dataclass(slots=True)
class Clock:
    now: Callable[[], datetime]
    moment: datetime | None = None

    def locked(self, *not_before: datetime) -> None:
        self.moment = max([self.now(), *not_before, *([self.moment] if self.moment else [])])

    def read(self) -> datetime:
        if self.moment is None:
            raise RuntimeError("a change has no time before something is locked")
        return self.moment
