"""Alerts: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import locks
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.alerts import Alert, AlertKind, AlertStatus

#: In the order of Alert's fields.
COLUMNS = tuple(field.name for field in fields(Alert))
_KIND, _STATUS = COLUMNS.index("kind"), COLUMNS.index("status")
_UNLIKE_TEXT = {
    "id": "uuid",
    "remaining": "int",
    "threshold": "int",
    "opened_at": "timestamptz",
    "updated_at": "timestamptz",
    "acknowledged_at": "timestamptz",
    "resolved_at": "timestamptz",
    "version": "bigint",
}
_TYPES = tuple((name, _UNLIKE_TEXT.get(name, "text")) for name in COLUMNS)
_NAMES = ", ".join(COLUMNS)
_FIXED = frozenset({"id", "sku", "location", "opened_at"})
_LIFE = tuple((name, type_) for name, type_ in _TYPES if name not in _FIXED)
_CHANGED = (("id", "uuid"), ("version_read", "bigint"), *_LIFE)

#: Open alerts.
ADD = Kind(
    "alerts_opened",
    f"INSERT INTO alerts (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})",
    len(_TYPES),
)

#: Alerts that turned, were seen or have ended.
CHANGE = Kind(
    "alerts_changed",
    f"""
    UPDATE alerts AS alert SET {", ".join(f"{name} = given.{name}" for name, _ in _LIFE)}
    FROM {unnested(_CHANGED)} AS given ({", ".join(name for name, _ in _CHANGED)})
    WHERE alert.tenant_id = $1 AND alert.id = given.id AND alert.version = given.version_read
    RETURNING alert.id
    """,
    len(_CHANGED),
    counted=True,
)

#: One alert, as it lies there.
READ = f"SELECT {_NAMES} FROM alerts WHERE tenant_id = $1 AND id = $2"


def alert_from(values: Sequence[Any] | Record) -> Alert:
    """An alert from its columns in the order of COLUMNS."""
    typed = list(values)
    typed[_KIND], typed[_STATUS] = AlertKind(typed[_KIND]), AlertStatus(typed[_STATUS])
    return Alert(*typed)


def _row(alert: Alert, columns: Sequence[tuple[str, str]] = _TYPES) -> list[object]:
    return [_written(getattr(alert, name)) for name, _ in columns]


def _written(value: object) -> object:
    return value.value if isinstance(value, (AlertKind, AlertStatus)) else value


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
        if made:
            await self._transaction.write(ADD, columns_of([_row(each) for each in made], len(_TYPES)))
        if changed:
            rows = [[now.id, read.version, *_row(now, _LIFE)] for read, now in changed]
            await self._transaction.write(CHANGE, columns_of(rows, len(_CHANGED)), expected=len(rows))
