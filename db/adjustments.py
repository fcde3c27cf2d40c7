"""Adjustments: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.adjustments import Adjustment, AdjustmentStatus

#: In the order of Adjustment's fields.
COLUMNS = tuple(field.name for field in fields(Adjustment))
_STATUS = COLUMNS.index("status")
_UNLIKE_TEXT = {
    "id": "uuid",
    "quantity_change": "int",
    "quantity_counted": "int",
    "requested_at": "timestamptz",
    "decided_at": "timestamptz",
    "version": "bigint",
}
_TYPES = tuple((name, _UNLIKE_TEXT.get(name, "text")) for name in COLUMNS)
_NAMES = ", ".join(COLUMNS)

#: Add adjustments.
ADD = Kind(
    "adjustments_added",
    f"INSERT INTO adjustments (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})",
    len(_TYPES),
)


def adjustment_from(values: Sequence[Any]) -> Adjustment:
    """An adjustment from its columns in the order of COLUMNS."""
    typed = list(values)
    typed[_STATUS] = AdjustmentStatus(typed[_STATUS])
    return Adjustment(*typed)


def _row(adjustment: Adjustment) -> list[object]:
    values: list[object] = [getattr(adjustment, name) for name in COLUMNS]
    values[_STATUS] = adjustment.status.value
    return values


class PostgresAdjustments:
    """Implements `services.ports.Adjustments`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, adjustments: Collection[Adjustment]) -> None:
        await self._transaction.write(ADD, columns_of([_row(each) for each in adjustments], len(_TYPES)))
