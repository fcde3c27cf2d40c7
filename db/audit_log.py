"""The audit log: its columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from db.pool import Database
from db.transaction import Transaction
from db.writes import Kind, columns_of, sent, unnested
from services.audit import AuditEntry

#: In the order of AuditEntry's fields.
COLUMNS = tuple(field.name for field in fields(AuditEntry))
_DETAIL = COLUMNS.index("detail")
_TYPES = tuple((name, {"id": "uuid", "detail": "jsonb"}.get(name, "text")) for name in COLUMNS)
_NAMES = ", ".join(COLUMNS)

#: Add entries.
ADD = Kind(
    "audited",
    f"INSERT INTO audit_log (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})",
    len(_TYPES),
)


def entry_from(values: Sequence[Any]) -> AuditEntry:
    """An entry from its columns in the order of COLUMNS."""
    typed = list(values)
    typed[_DETAIL] = None if typed[_DETAIL] is None else orjson.loads(typed[_DETAIL])
    return AuditEntry(*typed)


def _row(entry: AuditEntry) -> list[object]:
    values: list[object] = [getattr(entry, name) for name in COLUMNS]
    values[_DETAIL] = None if entry.detail is None else orjson.dumps(entry.detail).decode()
    return values


async def audited(
    database: Database,
    tenant: UUID,
    told: Callable[[asyncpg.Record], AuditEntry | None],
    sql: str,
    *arguments: object,
) -> list[asyncpg.Record]:
    """The rows of one statement whose $1 is the tenant; what is told of each is kept with what it did."""
    async with database.acquire(tenant) as connection, connection.transaction():
        rows = await connection.fetch(sql, tenant, *arguments)
        if entries := [entry for entry in map(told, rows) if entry is not None]:
            transaction = Transaction(connection, tenant)
            await PostgresAudit(transaction).add(entries)
            await transaction.flush()
    return rows


async def add_entries(connection: asyncpg.Connection, tenant: UUID, entries: Sequence[AuditEntry]) -> None:
    """In a transaction of the owner's, which serves the tenant."""
    columns = columns_of([_row(entry) for entry in entries], len(_TYPES))
    sql = ADD.sql.format(*(f"${number}" for number in range(2, 2 + ADD.arguments)))
    await connection.execute(sql, tenant, *sent(ADD, columns))


class PostgresAudit:
    """Implements `services.ports.Audit`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, entries: Sequence[AuditEntry]) -> None:
        await self._transaction.write(ADD, columns_of([_row(entry) for entry in entries], len(_TYPES)))
