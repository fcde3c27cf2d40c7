"""Alerts: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from db import locks
from db.lives import Life
from db.transaction import Transaction
from domain.alerts import Alert, AlertKind, AlertStatus

ROWS = Life(
    Alert,
    "alerts",
    types={
        "id": "uuid",
        "remaining": "int",
        "threshold": "int",
        "opened_at": "timestamptz",
        "updated_at": "timestamptz",
        "acknowledged_at": "timestamptz",
        "resolved_at": "timestamptz",
        "version": "bigint",
    },
    enums={"kind": AlertKind, "status": AlertStatus},
    lasting={"id", "sku", "location", "opened_at"},
)
#: In the order of Alert's fields.
COLUMNS = ROWS.columns
alert_from = ROWS.thing

#: One alert, as it lies there.
READ = f"SELECT {', '.join(COLUMNS)} FROM alerts WHERE tenant_id = $1 AND id = $2"


class PostgresAlerts:
    """Implements `services.ports.Alerts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def find(self, id_: UUID) -> Alert | None:
        rows = await self._transaction.read(READ, id_)
        return alert_from(rows[0]) if rows else None

    async def lock(self, ids: Collection[UUID]) -> Sequence[Alert]:
        found = [alert_from(row[1:]) for row in await locks.lock_alerts(self._transaction, ids)]
        for alert in found:
            self._transaction.passed(alert.updated_at)
        return found

    async def save(self, made: Collection[Alert], changed: Collection[tuple[Alert, Alert]]) -> None:
        await ROWS.save(self._transaction, made, changed)
