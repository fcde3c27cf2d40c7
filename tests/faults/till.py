"""A till: reserves through the services in the test's own process, so that no API stands between it and the workers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from db import bulk
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.identity import tenant_id
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.stock import StockLevel
from domain.strategies import Want
from domain.tenants import Tenant
from server.embedded.database import Addresses
from server.ids import new_id
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.reservations import ReserveStock, reserve_stock
from services.settlement import ConfirmReservation, settle_reservation
from tests.factories.shop import fresh
from tests.factories.tenants import DEFAULT_LOCATION
from tests.stack import PATIENCE_SECONDS, TENANT

ACME = Tenant(tenant_id(TENANT), TENANT, "Acme", "Europe/Berlin", "EUR", DEFAULT_LOCATION)
CALLER = Caller(ACME.id, ACME.slug, "system@acme", frozenset({Role.SYSTEM}))
UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Till:
    """`ahead_s`: by how much the database's clock is ahead of this process's."""

    skus: Sequence[str]
    commits: GroupCommit
    outside: asyncpg.Connection
    ahead_s: float

    async def reserve(self, sku: str, ttl_seconds: int) -> tuple[UUID, datetime]:
        """Hold one unit; the reservation, and when it expires by the database's clock."""
        order = fresh("order")
        request = ReserveStock(order, (Want(sku, None, 1),), ttl_seconds=ttl_seconds)
        decision = await reserve_stock(order, request, CALLER, self.commits)
        assert decision.seen is not None, decision.refusals
        reservation = decision.seen.reservation
        assert reservation.expires_at is not None
        return reservation.id, reservation.expires_at

    async def confirm(self, reservation: UUID) -> Decision:
        return await settle_reservation(fresh("pay"), ConfirmReservation(reservation), CALLER, self.commits)

    def seconds_to(self, moment: datetime) -> float:
        """Until a moment of the database's clock."""
        return (moment - datetime.now(UTC)).total_seconds() - self.ahead_s

    async def wait_until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, self.seconds_to(moment)))

    async def left_at_most(self, number: int, within_s: float) -> None:
        """Until no more reservations than that are pending."""
        pending = "SELECT NOT EXISTS (SELECT FROM reservations WHERE status = 'PENDING' OFFSET $1)"
        await self._until(pending, number, within_s)

    async def sees_workers(self, number: int) -> None:
        """Until so many workers look at the database, each over its two sessions."""
        sessions = (
            "SELECT count(*) >= $1 FROM pg_stat_activity "
            "WHERE application_name = 'stockcast worker' AND datname = current_database()"
        )
        await self._until(sessions, 2 * number, PATIENCE_SECONDS)

    async def _until(self, question: str, number: int, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not await self.outside.fetchval(question, number):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.2)

    async def told(self) -> dict[UUID, list[str]]:
        """The types of the events of each reservation, in the order in which they were written."""
        rows = await self.outside.fetch(
            "SELECT aggregate_id, array_agg(type ORDER BY id) FROM outbox "
            "WHERE type LIKE 'Inventory%' GROUP BY aggregate_id"
        )
        return {row[0]: row[1] for row in rows}

    async def allocated(self) -> int:
        return await self.outside.fetchval("SELECT sum(allocated) FROM stock_levels") or 0


@asynccontextmanager
async def open_till(addresses: Addresses, skus: int) -> AsyncIterator[Till]:
    """A till for so many SKUs, of each of which there is plenty."""
    database = await Database.connect(addresses.application_url, size=6)
    outside = await asyncpg.connect(addresses.superuser_url)
    made = [Item(new_id(), f"SKU-{number:03}", f"Goods {number}", version=1) for number in range(skus)]
    await bulk.load(database, ACME, items=made, levels=[_stocked(item.sku) for item in made])
    await bulk.analyze(addresses.owner_url)
    ahead = [await _ahead_s(outside) for _ in range(5)]
    units = PostgresUnitOfWork(database, random=random.Random(7))
    commits = GroupCommit(units, new_id)
    try:
        yield Till([item.sku for item in made], commits, outside, sorted(ahead)[2])
    finally:
        await commits.finish()
        await outside.close()
        await database.close()


def _stocked(sku: str) -> StockLevel:
    now = datetime.now(UTC)
    level = StockLevel(new_id(), sku, DEFAULT_LOCATION, now)
    level.receive(UNITS, Cause("seed"), Stamp(now, now))
    return level


async def _ahead_s(connection: asyncpg.Connection) -> float:
    before = datetime.now(UTC)
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    assert theirs is not None
    return (theirs - before - (datetime.now(UTC) - before) / 2).total_seconds()
