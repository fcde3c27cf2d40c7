"""The same world on PostgreSQL: a tenant of its own for each run, in one database."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from uuid import UUID

import asyncpg

from db import bulk
from db.adjustments import COLUMNS as ADJUSTMENT_COLUMNS
from db.adjustments import adjustment_from
from db.approval_policies import document_of
from db.cycle_counts import COLUMNS as COUNT_COLUMNS
from db.cycle_counts import LINE_COLUMNS as COUNT_LINE_COLUMNS
from db.cycle_counts import cycle_count_from
from db.cycle_counts import line_from as count_line_from
from db.invariants import violations
from db.ledger_check import LedgerCheck
from db.ledger_seals import Seals
from db.pool import Database
from db.reservations import COLUMNS, LINE_COLUMNS, line_from, reservation_from
from db.transfers import COLUMNS as TRANSFER_COLUMNS
from db.transfers import transfer_from
from db.unit_of_work import PostgresUnitOfWork
from db.worker_session import WorkerSession
from domain.cycle_counts import CountLine
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.reservation_lines import ReservationLine
from domain.tenants import Tenant
from server.embedded.database import Addresses
from services.group_commit import Batches, GroupCommit
from services.ports import UnitOfWork
from tests.conformance.write_model.rollup_reckoning import rollup_faults
from tests.conformance.write_model.strangers import moved_in
from tests.conformance.write_model.world import (
    BY_HAND,
    POLICY,
    SEED,
    TTLS,
    Balance,
    Seen,
    SeenAudit,
    SeenEntry,
    counting_ids,
    items,
    levels,
    locations,
    tenant,
)

_numbers = count(1)


class PostgresWorld:
    """A tenant of its own, which so many processes serve in turn. Its clock runs by itself: to move it, what was said
    to expire is said to expire earlier."""

    drift_s = 30

    def __init__(self, house: PostgresHouse, tenant: Tenant, bounds: Batches, processes: int) -> None:
        self.tenant = tenant
        self.strangers = house.strangers
        self._house = house
        self._began = datetime.now(UTC)
        self._moved = timedelta()
        self.units: UnitOfWork = PostgresUnitOfWork(house.database, random=random.Random(1))
        self._processes = processes
        self._turns = cycle([GroupCommit(self.units, counting_ids, bounds) for _ in range(processes)])

    @property
    def commits(self) -> GroupCommit:
        return next(self._turns)

    async def advance(self, seconds: int) -> None:
        """Meanwhile a worker has sealed what there was."""
        await self._house.seal(self.tenant)
        self._moved += timedelta(seconds=seconds)
        for table in ("reservations", "adjustments"):
            sql = f"UPDATE {table} SET expires_at = expires_at - $2::interval WHERE tenant_id = $1"
            await self._house.outside.execute(sql, self.tenant.id, timedelta(seconds=seconds))

    def seconds(self, at: datetime) -> float:
        return (at - self._began + self._moved).total_seconds()

    async def look(self) -> Seen:
        return await self._house.look(self.tenant, WRITTEN if self._processes == 1 else DECIDED)

    async def faults(self) -> Sequence[str]:
        found = await violations(self._house.outside, [self.tenant.id])
        found += await self._house.seal_faults(self.tenant)
        found += await self._house.rollup_faults(self.tenant)
        return found if await self._house.untouched() else [*found, "the other tenant's books changed"]


def _named(columns: Sequence[str]) -> str:
    return ", ".join(columns)


RESERVATIONS = f"SELECT {_named(COLUMNS)} FROM reservations WHERE tenant_id = $1 ORDER BY id"
LINES = f"SELECT reservation_id, {_named(LINE_COLUMNS)} FROM reservation_lines WHERE tenant_id = $1 ORDER BY number"
ADJUSTMENTS = f"SELECT {_named(ADJUSTMENT_COLUMNS)} FROM adjustments WHERE tenant_id = $1 ORDER BY id"
TRANSFERS = f"SELECT {_named(TRANSFER_COLUMNS)} FROM transfers WHERE tenant_id = $1 ORDER BY id"
CYCLE_COUNTS = f"SELECT {_named(COUNT_COLUMNS)} FROM cycle_counts WHERE tenant_id = $1 ORDER BY id"
COUNT_LINES = f"""
SELECT cycle_count_id, {_named(COUNT_LINE_COLUMNS)} FROM cycle_count_lines WHERE tenant_id = $1 ORDER BY number
"""
LEVELS = """
SELECT sku, location, on_hand, allocated, unavailable, incoming, version FROM stock_levels WHERE tenant_id = $1
"""
SUMS = """
SELECT sku, location, sum(on_hand_change), sum(allocated_change), sum(unavailable_change), sum(incoming_change),
    count(*)
FROM ledger WHERE tenant_id = $1 GROUP BY sku, location
"""
ENTRIES = f"""
SELECT sku, location, level_version, kind, on_hand_change, unavailable_change, actor, reason_code, note,
    reference_type, reference
FROM ledger WHERE tenant_id = $1 AND kind IN ({", ".join(f"'{kind.value}'" for kind in BY_HAND)}) AND actor <> '{SEED}'
ORDER BY sku COLLATE "C", location COLLATE "C", level_version
"""
TOLD = "SELECT type FROM outbox WHERE tenant_id = $1 AND type ~ '^(Inventory|Adjustment)' ORDER BY "
#: As they were written; and as they were decided, which of what has nothing to do with each other is another order.
WRITTEN, DECIDED = "id", "convert_from(body, 'UTF8')::json ->> 'id'"
AUDITED = "SELECT actor, action, subject_type, subject FROM audit_log WHERE tenant_id = $1 ORDER BY id"


def _balances(rows: Sequence[asyncpg.Record]) -> Mapping[Place, Balance]:
    return {(row[0], row[1]): tuple(map(int, row[2:])) for row in rows}  # type: ignore[misc]


class PostgresHouse:
    """One database, its loop and its connections, for many worlds one after the other; the strangers live here too."""

    def __init__(self, addresses: Addresses) -> None:
        self.runner = asyncio.Runner()
        self.database = self.runner.run(Database.connect(addresses.application_url, size=4))
        self.outside = self.runner.run(asyncpg.connect(addresses.superuser_url))
        self._sealing = WorkerSession(self.database)
        self._seals = Seals(self.database, self._sealing)
        self.strangers, self._untouched = self.runner.run(self._moved_in())

    def world(self, bounds: Batches, processes: int = 1) -> PostgresWorld:
        return self.runner.run(self._opened(bounds, processes))

    def close(self) -> None:
        self.runner.run(self._sealing.close())
        self.runner.run(self.outside.close())
        self.runner.run(self.database.close())
        self.runner.close()

    async def look(self, tenant: Tenant, told_as: str = WRITTEN) -> Seen:
        async def fetch(sql: str) -> list[asyncpg.Record]:
            return await self.outside.fetch(sql, tenant.id)

        lines: defaultdict[UUID, list[ReservationLine]] = defaultdict(list)
        for row in await fetch(LINES):
            lines[row[0]].append(line_from(row[1:]))
        count_lines: defaultdict[UUID, list[CountLine]] = defaultdict(list)
        for row in await fetch(COUNT_LINES):
            count_lines[row[0]].append(count_line_from(row[1:]))
        return Seen(
            [reservation_from(row, lines[row[0]]) for row in await fetch(RESERVATIONS)],
            [adjustment_from(row) for row in await fetch(ADJUSTMENTS)],
            [transfer_from(row) for row in await fetch(TRANSFERS)],
            [cycle_count_from(row, count_lines[row[0]]) for row in await fetch(CYCLE_COUNTS)],
            _balances(await fetch(LEVELS)),
            _balances(await fetch(SUMS)),
            [SeenEntry(*row) for row in await fetch(ENTRIES)],
            [row[0] for row in await fetch(TOLD + told_as)],
            [SeenAudit(*row) for row in await fetch(AUDITED)],
        )

    async def seal(self, tenant: Tenant) -> None:
        while await self._seals.seal(tenant.id):
            pass

    async def seal_faults(self, tenant: Tenant) -> list[str]:
        """What is wrong with the chain of the whole ledger, and with the invariants once all of it is sealed."""
        await self.seal(tenant)
        check = LedgerCheck(self.outside, tenant.id, None)
        async for _ in check.walk():
            pass
        return [*check.report.named, *await violations(self.outside, [tenant.id])]

    async def rollup_faults(self, tenant: Tenant) -> list[str]:
        """What is wrong with what the reports stand on, once all is sealed."""
        return await rollup_faults(self.database, self.outside, tenant.id, tenant.currency)

    async def untouched(self) -> bool:
        """Whether the strangers have what they had."""
        return await self.look(_STRANGERS) == self._untouched

    async def _opened(self, bounds: Batches, processes: int) -> PostgresWorld:
        own = tenant(f"tenant-{next(_numbers)}")
        await self._load(own)
        return PostgresWorld(self, own, bounds, processes)

    async def _moved_in(self) -> tuple[Mapping[str, UUID], Seen]:
        await self._load(_STRANGERS)
        units = PostgresUnitOfWork(self.database, random=random.Random(1))
        strangers = await moved_in(_STRANGERS, GroupCommit(units, counting_ids), units)
        return strangers, await self.look(_STRANGERS)

    async def _load(self, own: Tenant) -> None:
        """A tenant as every world begins, with its policies."""
        at = datetime.now(UTC)
        stock = {"items": items(at), "levels": levels(at)}
        await bulk.load(self.database, own, locations=locations(), reason_codes=DEFAULT_REASON_CODES, **stock)
        sql = "UPDATE tenants SET reservation_ttls = $2::jsonb, approval_policy = $3::jsonb WHERE tenant_id = $1"
        ttls = json.dumps({channel or "": seconds for channel, seconds in TTLS.items()})
        await self.outside.execute(sql, own.id, ttls, document_of(POLICY))


_STRANGERS = tenant("strangers")
