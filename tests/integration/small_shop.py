"""A shop of thirty items on PostgreSQL, its books checked when it closes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from uuid import UUID

import asyncpg

from db import bulk
from db.invariants import violations
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.items import Item
from domain.movements import Adjust, Receive
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.strategies import Want
from server.embedded.database import Addresses
from services.group_commit import GroupCommit
from services.reservations import ReserveStock, reserve_stock
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids, look

CALLER = Caller(ACME.id, ACME.slug, "admin@acme", frozenset({Role.ADMIN}))
SKUS = [f"sku-{n:02}" for n in range(30)]


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with thirty items on the way that a test chose to its database."""

    database: Database
    units: PostgresUnitOfWork
    nudges: list[int]
    outside: asyncpg.Connection

    @property
    def commits(self) -> GroupCommit:
        return GroupCommit(self.units, ids)

    async def move(self, key: str, *movements: Receive | Adjust) -> UUID | None:
        decision = await move_stock(MoveStock(key, movements, "moveStock"), CALLER, self.commits)
        assert decision.refusals == ()
        return decision.adjustment

    async def reserve(self, order_id: str, *lines: Want) -> UUID:
        """The id of the reservation."""
        decision = await reserve_stock(order_id, ReserveStock(order_id, lines), CALLER, self.commits)
        assert decision.refusals == ()
        assert decision.reservation is not None
        return decision.reservation

    async def on_hand(self, place: Place) -> int:
        return (await self.units.run(ACME.id, lambda unit: look(unit, place))).on_hand

    async def statuses(self) -> dict[str, str]:
        """The status of each order's reservation."""
        return dict(row for row in await self.outside.fetch("SELECT order_id, status FROM reservations"))

    async def bodies(self) -> list[bytes]:
        return [row[0] for row in await self.outside.fetch("SELECT body FROM outbox ORDER BY id")]


@asynccontextmanager
async def open_shop(addresses: Addresses, url: str | None = None, size: int = 6) -> AsyncIterator[Shop]:
    database = await Database.connect(url or addresses.application_url, size=size)
    outside = await asyncpg.connect(addresses.superuser_url)
    items = [Item(ids(), sku, f"Goods {sku}", version=1) for sku in SKUS]
    for tenant in (ACME, GLOBEX):
        await bulk.load(database, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items)
    nudges: list[int] = []
    units = PostgresUnitOfWork(database, random=Random(7), nudge=lambda: nudges.append(1))
    try:
        yield Shop(database, units, nudges, outside)
        assert await violations(outside) == []
    finally:
        await outside.close()
        await database.close()
