"""Access: who may do what. The one table of roles; `docs/roles.md` is made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    VENDOR = "vendor"
    MANAGER = "manager"
    APPROVER = "approver"
    ANALYST = "analyst"
    SYSTEM = "system"
    ADMIN = "admin"


_ALL = frozenset(Role)
_STAFF = _ALL - {Role.VENDOR}
_STOCK = frozenset({Role.MANAGER, Role.ADMIN})
_MASTER_DATA = frozenset({Role.ADMIN})
_AUDIT = frozenset({Role.ANALYST, Role.ADMIN})
_WEBHOOKS = frozenset({Role.ADMIN})
_DELIVERIES = _WEBHOOKS | {Role.MANAGER, Role.ANALYST}
_ORDERS = frozenset({Role.SYSTEM, Role.ADMIN})
_FULFILLMENT = _ORDERS | {Role.MANAGER}
#: A vendor's always wait for approval.
_CORRECTIONS = _STOCK | {Role.VENDOR}
_APPROVALS = frozenset({Role.APPROVER, Role.ADMIN})

#: Operation (a root field of the API) -> the roles that may call it. A vendor's reads cover its own items only.
OPERATIONS: dict[str, frozenset[Role]] = {
    "viewer": _ALL,
    "node": _ALL,
    "stock": _ALL,
    "stockLevel": _ALL,
    "stockLevels": _ALL,
    "availability": _ALL,
    "item": _ALL,
    "items": _ALL,
    "location": _ALL,
    "locations": _ALL,
    "reasonCodes": _ALL,
    "approvalPolicy": _STAFF,
    "auditLog": _AUDIT,
    "webhooks": _DELIVERIES,
    "webhookDeliveries": _DELIVERIES,
    "ledger": _ALL,
    "reservation": _ALL,
    "reservations": _ALL,
    "transfers": _ALL,
    "cycleCount": _STAFF,
    "cycleCounts": _STAFF,
    "reserveStock": _ORDERS,
    "confirmReservation": _ORDERS,
    "commitReservation": _FULFILLMENT,
    "releaseReservation": _FULFILLMENT | {Role.VENDOR},
    "extendReservation": _FULFILLMENT,
    "alerts": _ALL,
    "acknowledgeAlert": _STOCK,
    "healthReport": _ALL,
    "agingReport": _ALL,
    "adjustments": _ALL,
    "adjustStock": _CORRECTIONS,
    "countStock": _CORRECTIONS,
    "adjustStockBatch": _CORRECTIONS,
    "approveAdjustment": _APPROVALS,
    "rejectAdjustment": _APPROVALS,
    "cancelAdjustment": _CORRECTIONS,
    "receiveStock": _STOCK,
    "returnStock": _STOCK,
    "holdStock": _STOCK,
    "unholdStock": _STOCK,
    "wasteStock": _STOCK,
    "transferStock": _STOCK,
    "receiveTransfer": _STOCK,
    "cancelTransfer": _STOCK,
    "createCycleCount": _STOCK,
    "recordCycleCount": _STOCK,
    "closeCycleCount": _STOCK,
    "setStockPolicy": _STOCK,
    "upsertItem": _MASTER_DATA,
    "upsertLocation": _MASTER_DATA,
    "upsertReasonCode": _MASTER_DATA,
    "setApprovalPolicy": _MASTER_DATA,
    "createWebhook": _WEBHOOKS,
    "updateWebhook": _WEBHOOKS,
    "deleteWebhook": _WEBHOOKS,
    "rotateWebhookSecret": _WEBHOOKS,
    "replayWebhookDeliveries": _WEBHOOKS,
    "stockLevelChanged": _ALL,
    "reservationChanged": _ALL,
    "adjustmentChanged": _ALL,
    "lowStockAlerts": _ALL,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see: one tenant's things, and of these only one vendor's items if `vendor` is set."""

    tenant: UUID
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the subject of a token, within one tenant, with its roles; `vendor` is set in a vendor's token.

    `request_id` is that of the request in which it acts, for whoever writes down what was done; it tells no two apart.
    """

    tenant: UUID
    tenant_slug: str
    subject: str
    roles: frozenset[Role]
    vendor: str | None = None
    request_id: str | None = field(default=None, compare=False)

    @property
    def scope(self) -> Scope:
        """A vendor sees its own items, unless another role of the same token sees them all."""
        return Scope(self.tenant, None if self.roles & _STAFF else self.vendor or "")

    def may(self, operation: str) -> bool:
        return bool(self.roles & OPERATIONS[operation])

    def may_name(self, actor: str) -> bool:
        """Whether this caller is shown what a subject did as that subject's, and may look for it: the tenant's own
        people all, a vendor its own name alone."""
        return bool(self.roles & _STAFF) or actor == self.subject

    @property
    def sight(self) -> tuple[Scope, frozenset[Role], str | None]:
        """All that decides what is shown to a caller: to those whose sight is equal the same is shown."""
        return self.scope, self.roles, None if self.roles & _STAFF else self.subject

    def limited_to(self, operation: str) -> str | None:
        """The vendor whose items alone this caller may change so: one who may call the operation as a vendor only, be
        it that another role of the same token sees more."""
        as_vendor = Role.VENDOR in self.roles and not self.roles & (OPERATIONS[operation] - {Role.VENDOR})
        return self.vendor or "" if as_vendor else None


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """The known roles among `names`; unknown ones grant nothing."""
    known = {role.value for role in Role}
    return frozenset(Role(name) for name in names if name in known)
