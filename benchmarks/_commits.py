"""Commits: changes made through the services, as the API makes them, each with the moment of its acknowledgement."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import TypeAlias

from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.identity import tenant_id
from domain.movements import Adjust
from server.ids import new_id
from server.nudging import nudging
from server.settings import Settings
from services.group_commit import GroupCommit
from services.stock import MoveStock, move_stock

Commit: TypeAlias = Callable[[str], Awaitable[float]]


@asynccontextmanager
async def committing(settings: Settings, tenant: str) -> AsyncIterator[Commit]:
    """Changes a SKU by one unit, one after the other. Tells when PostgreSQL acknowledged the COMMIT, in seconds since
    1970: before the relay is woken."""
    database = await Database.connect(settings.database_url, size=2)
    caller = Caller(tenant_id(tenant), tenant, "benchmark", frozenset({Role.MANAGER}))
    acknowledged = 0.0
    try:
        async with nudging(settings) as wake:

            def committed() -> None:
                nonlocal acknowledged
                acknowledged = time.time()
                wake()

            commits = GroupCommit(PostgresUnitOfWork(database, random=SystemRandom(), nudge=committed), new_id)

            async def commit(sku: str) -> float:
                command = MoveStock(str(new_id()), (Adjust(sku=sku, change=1, reason_code="found"),), "adjustStock")
                decision = await move_stock(command, caller, commits)
                if decision.refusals:
                    raise RuntimeError(str(decision.refusals))
                return acknowledged

            yield commit
            await commits.finish()
    finally:
        await database.close()
