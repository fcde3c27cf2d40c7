"""Webhooks of a tenant: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import locks
from db.transaction import Transaction
from db.writes import Kind
from domain.webhooks import Webhook, WebhookEventType, WebhookSecrets

#: In the order of Webhook's fields.
COLUMNS = tuple(field.name for field in fields(Webhook))
_NAMES = ", ".join(COLUMNS)
#: What changes in the life of a webhook.
_STATE = ("url", "events", "updated_at", "description", "active", "disabled_reason", "version")
_TYPES = {
    "id": "uuid",
    "events": "text[]",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "active": "boolean",
    "version": "bigint",
}

ALL = f"SELECT {_NAMES} FROM webhooks WHERE tenant_id = $1 ORDER BY id"
SECRETS = "SELECT secret, previous_secret, previous_until FROM webhooks WHERE tenant_id = $1 AND id = $2"


def _given(names: Sequence[str], start: int = 0) -> list[str]:
    """The arguments of these columns, from the place `start` on."""
    return [f"{{{start + n}}}::{_TYPES.get(name, 'text')}" for n, name in enumerate(names)]


#: A new webhook with its secret.
MAKE = Kind(
    "webhooks_made",
    f"INSERT INTO webhooks (tenant_id, {_NAMES}, secret) "
    f"SELECT $1, {', '.join(_given(COLUMNS))}, {{{len(COLUMNS)}}}::bytea",
    len(COLUMNS) + 1,
)

#: One as it has become; of one that begins anew it is forgotten that it failed.
CHANGE = Kind(
    "webhooks_changed",
    f"""
    UPDATE webhooks SET {", ".join(f"{name} = {value}" for name, value in zip(_STATE, _given(_STATE, 2), strict=True))},
        failing_since = CASE WHEN NOT {{{len(_STATE) + 2}}}::boolean THEN failing_since END
    WHERE tenant_id = $1 AND id = {{0}}::uuid AND version = {{1}}::bigint RETURNING id
    """,
    len(_STATE) + 3,
    counted=True,
)

#: Its secrets anew.
CHANGE_SECRETS = Kind(
    "webhook_secrets_changed",
    """
    UPDATE webhooks SET secret = {1}::bytea, previous_secret = {2}::bytea, previous_until = {3}::timestamptz
    WHERE tenant_id = $1 AND id = {0}::uuid RETURNING id
    """,
    4,
    counted=True,
)

DELETE = Kind("webhooks_deleted", "DELETE FROM webhooks WHERE tenant_id = $1 AND id = {0}::uuid RETURNING id", 1, True)


class PostgresWebhooks:
    """Implements `services.webhook_ports.Webhooks`; a tenant has a few dozen at most, read at once."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self) -> Mapping[UUID, Webhook]:
        await locks.lock_webhooks(self._transaction)
        return {row["id"]: webhook_from(row) for row in await self._transaction.read(ALL)}

    async def make(self, webhook: Webhook, secrets: WebhookSecrets) -> None:
        await self._transaction.write(MAKE, [*_values(webhook, COLUMNS), secrets.current])

    async def save(self, read: Webhook, now: Webhook) -> None:
        values = [read.id, read.version, *_values(now, _STATE), now.begins_anew(read)]
        await self._transaction.write(CHANGE, values, expected=1)

    async def secrets(self, webhook: UUID) -> WebhookSecrets:
        (row,) = await self._transaction.read(SECRETS, webhook)
        return WebhookSecrets(*row)

    async def save_secrets(self, webhook: UUID, secrets: WebhookSecrets) -> None:
        # A statement of its own: of two that change one row, one alone would take effect.
        await self._transaction.write(
            CHANGE_SECRETS, [webhook, secrets.current, secrets.previous, secrets.previous_until], expected=1
        )
        await self._transaction.flush()

    async def delete(self, webhook: UUID) -> None:
        await self._transaction.write(DELETE, [webhook], expected=1)


def webhook_from(values: Sequence[Any] | Record) -> Webhook:
    """A webhook from its columns in the order of COLUMNS."""
    id_, url, events, *rest = values
    return Webhook(id_, url, tuple(map(WebhookEventType, events)), *rest)


def _values(webhook: Webhook, names: Sequence[str]) -> list[object]:
    values = [getattr(webhook, name) for name in names]
    return [[each.value for each in value] if isinstance(value, tuple) else value for value in values]
