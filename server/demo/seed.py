"""Seeding: the demo's two tenants with their past, each in one transaction, so that a tenant is there whole or not."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from db.bulk import analyze, load
from db.faults import DatabaseFault
from db.ledger_partitions import OwnedLedger
from db.pool import Database
from db.read_models import PostgresReads
from domain.reasons import DEFAULT_REASON_CODES
from domain.tenants import Tenant
from server.demo.catalogue.items import tenants
from server.demo.history.books import SEASON_DAYS, Books, books
from server.settings import Settings

#: `progress(done, total, what)`: tenants.
Progress = Callable[[int, int, str], None]


async def seed(settings: Settings, progress: Progress, until: datetime | None = None) -> bool:
    """Sow the tenants that are missing, with a past up to `until` (now); whether there were any.

    A history is written down when it is sown: its entries' recorded_at is their occurred_at.
    """
    until = until or datetime.now(UTC)
    database = await Database.connect(settings.database_url, size=2)
    try:
        missing = [tenant for tenant in tenants() if not await _exists(database, tenant)]
        done = count(1)

        async def one(tenant: Tenant) -> None:
            made = await asyncio.to_thread(books, tenant, until)
            await _sow(database, tenant, made)
            progress(next(done), len(missing), f"{tenant.name}, {made.entry_count:,} ledger entries")

        if missing and settings.migration_database_url:
            await OwnedLedger(settings.migration_database_url).make_since(until - timedelta(days=SEASON_DAYS))
        progress(0, len(missing), "ninety days of history")
        with _no_search_for_garbage():
            # While the database writes one tenant's past, the next one's is played.
            await asyncio.gather(*(one(tenant) for tenant in missing))
        if missing and settings.migration_database_url:
            progress(len(missing), len(missing), "analysing")
            await analyze(settings.migration_database_url)
        return bool(missing)
    finally:
        await database.close()


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """A past is hundreds of thousands of things that live until they are written: to look through them for garbage
    again and again takes as long as to make them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _exists(database: Database, tenant: Tenant) -> bool:
    return await PostgresReads(database).catalog.tenant(tenant.id) is not None


async def _sow(database: Database, tenant: Tenant, made: Books) -> None:
    try:
        await load(
            database,
            made.tenant,
            locations=made.locations,
            reason_codes=DEFAULT_REASON_CODES,
            items=made.items,
            levels=made.levels,
            adjustments=made.adjustments,
            reservations=made.reservations,
            alerts=made.alerts,
        )
    except DatabaseFault:
        raise
    except Exception:
        # Another process sowed it meanwhile; its transaction was the first.
        if not await _exists(database, tenant):
            raise
