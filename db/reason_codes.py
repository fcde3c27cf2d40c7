"""Reason codes of a tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any

from db import locks
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.reasons import ReasonCode, ReasonDirection

#: In the order of ReasonCode's fields.
COLUMNS = tuple(field.name for field in fields(ReasonCode))
_NAMES = ", ".join(COLUMNS)
_TYPES = tuple(zip(COLUMNS, ("text", "text", "text", "boolean", "boolean"), strict=True))

ALL = f"SELECT {_NAMES} FROM reason_codes WHERE tenant_id = $1 ORDER BY code"

#: Make reason codes, or write them anew.
SAVE = Kind(
    "reason_codes_saved",
    f"""
    INSERT INTO reason_codes (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})
    ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, direction = excluded.direction,
        requires_note = excluded.requires_note, active = excluded.active
    """,
    len(_TYPES),
)


def reason_from(values: Iterable[Any]) -> ReasonCode:
    """A reason code from its columns in the order of COLUMNS."""
    code, name, direction, requires_note, active = values
    return ReasonCode(code, name, ReasonDirection(direction), requires_note, active)


def arrays_of(reasons: Iterable[ReasonCode]) -> list[list[object]]:
    """The arguments of SAVE."""
    rows = [[each.code, each.name, each.direction.value, each.requires_note, each.active] for each in reasons]
    return columns_of(rows, len(_TYPES))


class PostgresReasonCodes:
    """Implements `services.ports.ReasonCodes`; a tenant has a few dozen, read at once."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def named(self, codes: Collection[str]) -> Mapping[str, ReasonCode]:
        if not codes:
            return {}
        known = self._transaction.reasons
        if known is None:
            rows = await self._transaction.read(ALL)
            known = self._transaction.reasons = {row["code"]: reason_from(row) for row in rows}
        return {code: known[code] for code in codes if code in known}

    async def lock(self) -> Mapping[str, ReasonCode]:
        await locks.lock_reason_codes(self._transaction)
        return {row["code"]: reason_from(row) for row in await self._transaction.read(ALL)}

    async def save(self, reason: ReasonCode) -> None:
        self._transaction.reasons = None
        await self._transaction.write(SAVE, arrays_of([reason]))
