"""Locations: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from db import locks
from db.searching import folded
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.locations import DEPTH_MAX, Location

#: In the order of Location's fields.
COLUMNS = tuple(field.name for field in fields(Location))

_TYPES = (
    ("id", "uuid"),
    ("code", "text"),
    ("name", "text"),
    ("kind", "text"),
    ("zone", "text"),
    ("priority", "int"),
    ("parent", "text"),
    ("active", "boolean"),
    ("version", "bigint"),
    ("searched", "text"),
)
_NAMES = ", ".join(name for name, _ in _TYPES)
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name, _ in _TYPES if name not in ("id", "code"))

#: Make locations, or write all their attributes anew.
SAVE = Kind(
    "locations_saved",
    f"""
    INSERT INTO locations (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})
    ON CONFLICT (tenant_id, code) DO UPDATE SET {_CHANGES}
    """,
    len(_TYPES),
)

#: A location and those above it; no deeper than a tree may be, whatever the rows say.
PATH = f"""
WITH RECURSIVE above (code, parent, height) AS (
    SELECT code, parent, 0 FROM locations WHERE tenant_id = $1 AND code = $2
    UNION ALL
    SELECT location.code, location.parent, above.height + 1
    FROM above JOIN locations AS location ON location.tenant_id = $1 AND location.code = above.parent
    WHERE above.height < {DEPTH_MAX}
)
SELECT code FROM above ORDER BY height
"""


def location_from(values: Iterable[Any]) -> Location:
    """A location from its columns in the order of COLUMNS."""
    return Location(*values)


def arrays_of(locations: Iterable[Location]) -> list[list[object]]:
    """The arguments of SAVE."""
    rows = [[*(getattr(each, name) for name in COLUMNS), folded(each.code, each.name)] for each in locations]
    return columns_of(rows, len(_TYPES))


class PostgresLocations:
    """Implements `services.ports.Locations`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, code: str) -> Location | None:
        row = await locks.lock_location(self._transaction, code)
        return None if row is None else location_from(row[1:])

    async def path(self, code: str) -> Sequence[str]:
        return [row["code"] for row in await self._transaction.read(PATH, code)]

    async def save(self, location: Location) -> None:
        self._transaction.described_location(location)
        await self._transaction.write(SAVE, arrays_of([location]))
