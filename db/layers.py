"""Layers: rows of `cost_layers` and `transit_layers`, as they are read to be continued, dropped and added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from db.rollups import Asked
from db.writes import columns_of
from domain.layers import Layer, Origin, Parcel

#: In the order that `layer_from` takes.
COLUMNS = ("number", "entered_at", "cumulative", "quantity", "received_at", "origin", "unit_cost")
_TYPES = ("bigint", "timestamptz", "bigint", "bigint", "timestamptz", "text", "numeric")
_WIDTH = len(COLUMNS) + 2
_ORIGINS = {origin.value: origin for origin in Origin}
#: The layers of a level, and of a transfer, by what tells them apart.
_TABLES = (("cost_layers", "location"), ("transit_layers", "transfer"))


class AskedShelf(NamedTuple):
    """Of a level, or of a transfer: what had entered before a moment. With so much on hand then: all that remains, by
    the rule of `domain.layers.Shelf.gone`, and the last one anyhow."""

    sku: str
    name: str
    before: datetime
    on_hand: int


def _reading(table: str, name: str) -> str:
    return f"""
    SELECT asked.sku, asked.name, {", ".join(f"layer.{column}" for column in COLUMNS)}
    FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) AS asked (sku, name, before, on_hand)
    CROSS JOIN LATERAL (
        SELECT cumulative FROM {table} WHERE tenant_id = $1 AND sku = asked.sku AND {name} = asked.name
        AND entered_at < asked.before ORDER BY cumulative DESC LIMIT 1
    ) AS last CROSS JOIN LATERAL (
        SELECT * FROM {table} WHERE tenant_id = $1 AND sku = asked.sku AND {name} = asked.name
        AND cumulative > last.cumulative - greatest(asked.on_hand, 1) AND cumulative <= last.cumulative
        ORDER BY cumulative OFFSET 0
    ) AS layer
    """


def _adding(table: str, name: str) -> str:
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(("text", "text", *_TYPES), 2))
    return f"INSERT INTO {table} (tenant_id, sku, {name}, {', '.join(COLUMNS)}) SELECT $1, * FROM unnest({arrays})"


_READ_LEVELS, _READ_TRANSFERS = (_reading(*each) for each in _TABLES)
_ADD_LEVELS, _ADD_TRANSFERS = (_adding(*each) for each in _TABLES)
_DROP_LEVELS = """
DELETE FROM cost_layers AS layer USING unnest($2::text[], $3::text[], $4::timestamptz[]) AS asked (sku, name, before)
WHERE layer.tenant_id = $1 AND layer.sku = asked.sku AND layer.location = asked.name
AND layer.entered_at >= asked.before
"""
_DROP_TRANSFERS = """
DELETE FROM transit_layers AS layer USING unnest($2::text[], $3::timestamptz[]) AS asked (sku, before)
WHERE layer.tenant_id = $1 AND layer.sku = asked.sku AND layer.entered_at >= asked.before
"""
_FORGET = [
    f"UPDATE {table} SET unit_cost = NULL WHERE tenant_id = $1 AND sku = $2 AND entered_at < $3" for table, _ in _TABLES
]


def layer_from(values: Sequence[Any]) -> Layer:
    """A layer from the columns in the order of COLUMNS."""
    number, entered_at, cumulative, quantity, received_at, origin, cost = values
    parcel = Parcel(quantity, received_at, _ORIGINS[origin], None if cost is None else int(cost))
    return Layer(number, entered_at, cumulative, parcel)


def layer_values(layer: Layer) -> tuple[object, ...]:
    """In the order of COLUMNS."""
    quantity, received_at, origin, cost = layer.parcel
    return layer.number, layer.entered_at, layer.cumulative, quantity, received_at, origin.value, cost


class PostgresLayers:
    """The layers of a tenant, in a transaction of who holds its books."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID) -> None:
        self._connection = connection
        self._tenant = tenant

    async def of_levels(self, asked: Sequence[AskedShelf]) -> Mapping[tuple[str, str], list[Layer]]:
        """By SKU and location, in their order; none where nothing had come."""
        return await self._read(_READ_LEVELS, asked)

    async def of_transfers(self, asked: Sequence[AskedShelf]) -> Mapping[tuple[str, str], list[Layer]]:
        return await self._read(_READ_TRANSFERS, asked)

    async def drop(self, levels: Sequence[Asked], skus: Mapping[str, datetime]) -> None:
        """What entered these levels from a moment on, and what went on its way of these SKUs."""
        await self._connection.execute(_DROP_LEVELS, self._tenant, *columns_of(levels, 3))
        await self._connection.execute(_DROP_TRANSFERS, self._tenant, list(skus), list(skus.values()))

    async def forget_costs(self, sku: str, before: datetime) -> None:
        """Of what entered before a moment, or went on its way."""
        for statement in _FORGET:
            await self._connection.execute(statement, self._tenant, sku, before)

    async def add(self, levels: Iterable[tuple[str, str, Layer]], transfers: Iterable[tuple[str, str, Layer]]) -> None:
        """Each with its SKU, and its location or its transfer."""
        for statement, layers in ((_ADD_LEVELS, levels), (_ADD_TRANSFERS, transfers)):
            if rows := [(sku, name, *layer_values(layer)) for sku, name, layer in layers]:
                await self._connection.execute(statement, self._tenant, *columns_of(rows, _WIDTH))

    async def _read(self, statement: str, asked: Sequence[AskedShelf]) -> Mapping[tuple[str, str], list[Layer]]:
        found: dict[tuple[str, str], list[Layer]] = {}
        if asked:
            for row in await self._connection.fetch(statement, self._tenant, *columns_of(asked, 4)):
                found.setdefault((row[0], row[1]), []).append(layer_from(row[2:]))
        for layers in found.values():
            layers.sort(key=lambda layer: layer.number)
        return found
