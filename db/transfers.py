"""Transfers: locking and writing them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import locks
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.transfers import Route, Transfer, TransferStatus

#: What changes in the life of a transfer.
_STATE = (("received", "int"), ("status", "text"), ("updated_at", "timestamptz"), ("version", "bigint"))
_MADE = (
    ("id", "uuid"),
    ("sku", "text"),
    ("origin", "text"),
    ("destination", "text"),
    ("quantity", "int"),
    ("reference", "text"),
    ("created_at", "timestamptz"),
    *_STATE,
)
_CHANGED = (("id", "uuid"), ("version_read", "bigint"), *_STATE)
_NAMES = ", ".join(name for name, _ in _MADE)

#: Columns of a transfer, in the order that `transfer_from` takes.
COLUMNS = tuple(name for name, _ in _MADE)

#: New transfers.
MAKE = Kind(
    "transfers_made",
    f"INSERT INTO transfers (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_MADE)} AS given ({_NAMES})",
    len(_MADE),
)

#: Transfers as they have become.
CHANGE = Kind(
    "transfers_changed",
    f"""
    UPDATE transfers AS transfer SET {", ".join(f"{name} = given.{name}" for name, _ in _STATE)}
    FROM {unnested(_CHANGED)} AS given ({", ".join(name for name, _ in _CHANGED)})
    WHERE transfer.tenant_id = $1 AND transfer.id = given.id AND transfer.version = given.version_read
    RETURNING transfer.id
    """,
    len(_CHANGED),
    counted=True,
)


class PostgresTransfers:
    """Implements `services.ports.Transfers`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, ids: Collection[UUID]) -> Sequence[Transfer]:
        found = [transfer_from(row[1:]) for row in await locks.lock_transfers(self._transaction, ids)]
        for transfer in found:
            self._transaction.passed(transfer.updated_at)
        return found

    async def save(self, made: Sequence[Transfer], changed: Sequence[tuple[Transfer, Transfer]]) -> None:
        if made:
            await self._transaction.write(MAKE, columns_of([_row(each) for each in made], len(_MADE)))
        if changed:
            rows = [[now.id, read.version, *_state(now)] for read, now in changed]
            await self._transaction.write(CHANGE, columns_of(rows, len(_CHANGED)), expected=len(rows))


def _state(transfer: Transfer) -> list[object]:
    return [transfer.received, transfer.status.value, transfer.updated_at, transfer.version]


def _row(transfer: Transfer) -> list[object]:
    route = transfer.route
    return [
        transfer.id,
        route.sku,
        route.origin,
        route.destination,
        transfer.quantity,
        transfer.reference,
        transfer.created_at,
        *_state(transfer),
    ]


def transfer_from(values: Sequence[Any] | Record) -> Transfer:
    """A transfer from its columns in the order of COLUMNS."""
    id_, sku, origin, destination, quantity, reference, created_at, received, status, updated_at, version = values
    route, state = Route(sku, origin, destination), TransferStatus(status)
    return Transfer(id_, route, quantity, created_at, updated_at, received, state, reference, version)
