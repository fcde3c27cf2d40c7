"""Approval policies: a tenant's rules, kept as JSON in its row, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

import orjson

from db import locks
from db.transaction import Transaction
from db.writes import Kind
from domain.approvals import ApprovalPolicy, ApprovalRule

#: The tenant's currency with its rules, as `policy_from` takes them.
READ = "SELECT currency, approval_policy::text FROM tenants WHERE tenant_id = $1"

#: Write the rules anew.
SAVE = Kind(
    "approval_policy_saved", "UPDATE tenants SET approval_policy = {0}::jsonb WHERE tenant_id = $1 RETURNING 1", 1
)

#: The rules by which corrections were let through or held back, as they are now that the levels are locked.
AS_READ = Kind(
    "approval_policy_changed",
    "SELECT FROM tenants WHERE tenant_id = $1 AND approval_policy <> {0}::jsonb",
    1,
    counted=True,
    contested=True,
)


def policy_from(currency: str, document: str) -> ApprovalPolicy:
    """A policy from its columns, the rules as JSON text."""
    kept: Mapping[str, Any] = orjson.loads(document)
    rules = tuple(_rule_from(rule) for rule in kept.get("rules", ()))
    return ApprovalPolicy(currency, rules, kept.get("expires_after_hours"))


def document_of(policy: ApprovalPolicy) -> str:
    """The JSON that `policy_from` reads; the currency is the tenant's own."""
    kept = {"rules": [_stated(rule) for rule in policy.rules], "expires_after_hours": policy.expires_after_hours}
    return orjson.dumps({name: value for name, value in kept.items() if value}, default=str).decode()


def _stated(rule: ApprovalRule) -> dict[str, object]:
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {name: value for name, value in values.items() if value is not None}


def _rule_from(kept: Mapping[str, Any]) -> ApprovalRule:
    typed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    if "value_over" in typed:
        typed["value_over"] = Decimal(typed["value_over"])
    return ApprovalRule(**typed)


class PostgresApprovals:
    """Implements `services.ports.Approvals`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self) -> ApprovalPolicy:
        row = await locks.lock_tenant(self._transaction)
        return policy_from(row["currency"], row["approval_policy"])

    async def save(self, policy: ApprovalPolicy) -> None:
        await self._transaction.write(SAVE, [document_of(policy)])
