"""Items: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import orjson

from db import locks
from db.searching import folded
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.items import Item

#: In the order of Item's fields.
COLUMNS = tuple(field.name for field in fields(Item))
_BARCODES = COLUMNS.index("barcodes")

_TYPES = (
    ("id", "uuid"),
    ("sku", "text"),
    ("name", "text"),
    ("category", "text"),
    ("catalog_product_id", "text"),
    ("vendor", "text"),
    ("condition", "text"),
    ("language", "text"),
    ("price", "numeric"),
    ("unit_cost", "numeric"),
    ("currency", "text"),
    ("unit_of_measure", "text"),
    ("quantity_scale", "int"),
    ("barcodes", "text"),  # as a JSON list: PostgreSQL has no arrays of arrays of different lengths
    ("lead_time_days", "int"),
    ("archived_at", "timestamptz"),
    ("version", "bigint"),
    ("searched", "text"),
)
_NAMES = ", ".join(name for name, _ in _TYPES)
_BARCODES_OF = (
    "ARRAY(SELECT b.code FROM json_array_elements_text(given.barcodes::json) WITH ORDINALITY AS b (code, n) ORDER BY n)"
)
_VALUES = ", ".join(_BARCODES_OF if name == "barcodes" else f"given.{name}" for name, _ in _TYPES)
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name, _ in _TYPES if name not in ("id", "sku"))

#: Make items, or write all their attributes anew.
SAVE = Kind(
    "items_saved",
    f"""
    INSERT INTO items (tenant_id, {_NAMES}) SELECT $1, {_VALUES} FROM {unnested(_TYPES)} AS given ({_NAMES})
    ON CONFLICT (tenant_id, sku) DO UPDATE SET {_CHANGES}
    """,
    len(_TYPES),
)


def item_from(values: Iterable[Any]) -> Item:
    """An item from its columns in the order of COLUMNS."""
    typed = list(values)
    typed[_BARCODES] = tuple(typed[_BARCODES])
    return Item(*typed)


def arrays_of(items: Iterable[Item]) -> list[list[object]]:
    """The arguments of SAVE."""
    return columns_of([_row(item) for item in items], len(_TYPES))


def _row(item: Item) -> list[object]:
    values: list[object] = [getattr(item, name) for name in COLUMNS]
    values[_BARCODES] = _json_list(item.barcodes)
    return [*values, folded(item.sku, item.name)]


def _json_list(texts: Sequence[str]) -> str:
    return orjson.dumps(texts).decode()


class PostgresItems:
    """Implements `services.ports.Items`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, sku: str) -> Item | None:
        row = await locks.lock_item(self._transaction, sku)
        if row is None:
            return None
        item = item_from(row[1:])
        self._transaction.saw(item, held=True)
        return item

    async def save(self, item: Item) -> None:
        self._transaction.described(item)
        await self._transaction.write(SAVE, arrays_of([item]))
