"""A firm of twelve items at two locations on PostgreSQL, a rival beside it, and the API over both."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.tenants import Tenant
from schema.context import Context
from schema.executor import Executor
from server.embedded.database import Addresses
from services.group_commit import GroupCommit
from tests.fakes.api import schema

FIRM = Tenant(tenant_id("lumen"), "lumen", "Lumen Outdoor", "Europe/Berlin", "EUR", "MAIN")
RIVAL = Tenant(tenant_id("rival"), "rival", "Rival", "UTC", "USD", "MAIN")
ADMIN = Caller(FIRM.id, FIRM.slug, "admin", frozenset({Role.ADMIN}))
VENDOR = Caller(FIRM.id, FIRM.slug, "vendor", frozenset({Role.VENDOR}), "acme")
STRANGER = Caller(RIVAL.id, RIVAL.slug, "admin@rival", frozenset({Role.ADMIN}))
LEVELS = 24


def ids() -> UUID:
    return uuid7(time.time_ns() // 1_000_000, random.getrandbits(74))


def goods() -> list[Item]:
    """SKU-00 to SKU-11, every other one of the vendor acme."""
    vendors = ["acme", "other"]
    return [Item(ids(), f"SKU-{n:02}", f"Goods {n}", vendor=vendors[n % 2], version=1) for n in range(LEVELS // 2)]


def stocked(sku: str, location: str) -> StockLevel:
    """A level that received 10 and lost 3."""
    now = datetime.now(UTC)
    level = StockLevel(ids(), sku, location, now, policy=StockPolicy(reorder_point=2))
    level.receive(10, Cause("seed", reference_type="receipt", reference="R-1"), Stamp(now, now))
    level.waste(3, Cause("seed", "lost"), Stamp(now, now))
    return level


@dataclass
class Api:
    """One caller's API over a real database; `statements` tells how many the last operation took."""

    database: Database
    caller: Caller = ADMIN
    statements: int = 0
    faults: list[Exception] = field(default_factory=list[Exception])

    def __post_init__(self) -> None:
        self.executor = Executor(schema(), report_fault=self.faults.append)
        self.reads = PostgresReads(self.database)
        self.units = PostgresUnitOfWork(self.database, random=random.Random(1), nudge=lambda: None)

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        context = Context(
            self.caller,
            self.reads,
            self.units,
            GroupCommit(self.units, ids),
            ids,
            lambda: datetime.now(UTC),
            None,
            "request-1",
        )
        before = self.database.statements_sent
        self.executor.prepare(query, variables)  # a document that came before
        answer = await self.executor.execute(self.executor.prepare(query, variables), context)
        self.statements = self.database.statements_sent - before
        assert self.faults == []
        return orjson.loads(orjson.dumps(answer))

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def of(self, caller: Caller) -> "Api":
        return Api(self.database, caller)


@asynccontextmanager
async def open_firm(database: Addresses) -> AsyncIterator[Api]:
    pool = await Database.connect(database.application_url, size=4)
    main = Location(ids(), "MAIN", "Main", version=1)
    west = Location(ids(), "WEST", "West", parent="MAIN", version=1)
    items = goods()
    levels = [stocked(item.sku, code) for item in items for code in ("MAIN", "WEST")]
    await bulk.load(pool, FIRM, locations=[main, west], reason_codes=DEFAULT_REASON_CODES, items=items, levels=levels)
    await bulk.load(pool, RIVAL, locations=[Location(ids(), "MAIN", "Theirs", version=1)])
    await bulk.analyze(database.owner_url)
    yield Api(pool)
    await pool.close()
