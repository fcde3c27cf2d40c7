"""The same world on PostgreSQL: a tenant of its own for each run, in one database."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import asyncpg

from db import bulk
from db.adjustments import COLUMNS as ADJUSTMENT_COLUMNS
from db.adjustments import adjustment_from
from db.approval_policies import document_of
from db.invariants import violations
from db.pool import Database
from db.reservations import COLUMNS, LINE_COLUMNS, line_from, reservation_from
from db.transfers import COLUMNS as TRANSFER_COLUMNS
from db.transfers import transfer_from
from db.unit_of_work import PostgresUnitOfWork
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.reservation_lines import ReservationLine
from domain.tenants import Tenant
from server.embedded.database import Addresses
from services.group_commit import Batches, GroupCommit
from tests.conformance.write_model.world import (
    POLICY,
    TTLS,
    Balance,
    Seen,
    counting_ids,
    items,
    levels,
    locations,
    tenant,
)

_numbers = count(1)


class PostgresWorld:
    """A tenant of its own. Its clock runs by itself; to move it, what was said to expire is said to expire earlier."""

    drift_s = 30

    def __init__(self, database: Database, outside: asyncpg.Connection, tenant: Tenant, bounds: Batches) -> None:
        self.tenant = tenant
        self._outside = outside
        self._began = datetime.now(UTC)
        self._moved = timedelta()
        self.commits = GroupCommit(PostgresUnitOfWork(database, random=random.Random(1)), counting_ids, bounds)

    @classmethod
    async def opened(cls, database: Database, outside: asyncpg.Connection, bounds: Batches) -> PostgresWorld:
        own = tenant(f"tenant-{next(_numbers)}")
        await bulk.load(
            database,
            own,
            locations=locations(),
            reason_codes=DEFAULT_REASON_CODES,
            items=items(),
            levels=levels(datetime.now(UTC)),
        )
        sql = "UPDATE tenants SET reservation_ttls = $2::jsonb, approval_policy = $3::jsonb WHERE tenant_id = $1"
        ttls = json.dumps({channel or "": seconds for channel, seconds in TTLS.items()})
        await outside.execute(sql, own.id, ttls, document_of(POLICY))
        return cls(database, outside, own, bounds)

    async def advance(self, seconds: int) -> None:
        self._moved += timedelta(seconds=seconds)
        for table in ("reservations", "adjustments"):
            sql = f"UPDATE {table} SET expires_at = expires_at - $2::interval WHERE tenant_id = $1"
            await self._outside.execute(sql, self.tenant.id, timedelta(seconds=seconds))

    def seconds(self, at: datetime) -> float:
        return (at - self._began + self._moved).total_seconds()

    async def look(self) -> Seen:
        rows = await self._fetch(f"SELECT {', '.join(COLUMNS)} FROM reservations WHERE tenant_id = $1 ORDER BY id")
        lines: defaultdict[UUID, list[ReservationLine]] = defaultdict(list)
        names = ", ".join(LINE_COLUMNS)
        sql = f"SELECT reservation_id, {names} FROM reservation_lines WHERE tenant_id = $1 ORDER BY number"
        for row in await self._fetch(sql):
            lines[row[0]].append(line_from(row[1:]))
        asked = f"SELECT {', '.join(ADJUSTMENT_COLUMNS)} FROM adjustments WHERE tenant_id = $1 ORDER BY id"
        told = "SELECT type FROM outbox WHERE tenant_id = $1 AND type ~ '^(Inventory|Adjustment)' ORDER BY id"
        return Seen(
            [reservation_from(row, lines[row[0]]) for row in rows],
            [adjustment_from(row) for row in await self._fetch(asked)],
            _balances(await self._fetch(LEVELS)),
            _balances(await self._fetch(SUMS)),
            [row[0] for row in await self._fetch(told)],
            [transfer_from(row) for row in await self._fetch(TRANSFERS)],
        )

    async def faults(self) -> Sequence[str]:
        return await violations(self._outside, [self.tenant.id])

    async def _fetch(self, sql: str) -> list[asyncpg.Record]:
        return await self._outside.fetch(sql, self.tenant.id)


TRANSFERS = f"SELECT {', '.join(TRANSFER_COLUMNS)} FROM transfers WHERE tenant_id = $1 ORDER BY id"
LEVELS = """
SELECT sku, location, on_hand, allocated, unavailable, incoming, version FROM stock_levels WHERE tenant_id = $1
"""
SUMS = """
SELECT sku, location, sum(on_hand_change), sum(allocated_change), sum(unavailable_change), sum(incoming_change),
    count(*)
FROM ledger WHERE tenant_id = $1 GROUP BY sku, location
"""


def _balances(rows: Sequence[asyncpg.Record]) -> Mapping[Place, Balance]:
    return {(row[0], row[1]): tuple(map(int, row[2:])) for row in rows}  # type: ignore[misc]


class PostgresHouse:
    """One database, its loop and its connections, for many worlds one after the other."""

    def __init__(self, addresses: Addresses) -> None:
        self.runner = asyncio.Runner()
        self._database = self.runner.run(Database.connect(addresses.application_url, size=4))
        self._outside = self.runner.run(asyncpg.connect(addresses.superuser_url))

    def world(self, bounds: Batches) -> PostgresWorld:
        return self.runner.run(PostgresWorld.opened(self._database, self._outside, bounds))

    def close(self) -> None:
        self.runner.run(self._outside.close())
        self.runner.run(self._database.close())
        self.runner.close()
