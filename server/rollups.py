"""`rollups verify` and `rollups rebuild`: the ledger folded again, and compared with what is kept or kept instead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from db.folding import Folding
from db.pool import Database
from db.rollup_check import RollupCheck
from db.worker_session import WorkerSession
from domain.identity import tenant_id
from server.demo.progress import Display, display
from server.settings import Settings

#: So many are named; the rest is counted.
NAMED_MAX = 10


def check(settings: Settings, slug: str, sku: str | None) -> int:
    """Compare; 1 where something is not what the ledger comes to. Raises ValueError."""
    return asyncio.run(_check(settings, slug, sku, display()))


def fold_again(settings: Settings, slug: str, sku: str | None) -> None:
    """Replace. Raises ValueError."""
    asyncio.run(_fold_again(settings, slug, sku, display()))


async def _check(settings: Settings, slug: str, sku: str | None, shown: Display) -> int:
    async with _opened(settings) as database:
        rollups, tenant = RollupCheck(database), tenant_id(slug)
        skus = await _asked(rollups, tenant, slug, sku)
        entries, waiting, faults = 0, 0, list[str]()
        with shown.step(f"Rollups of {slug}") as step:
            for number, each in enumerate(skus):
                step.progress(number, len(skus), "SKUs")
                checked = await rollups.check(tenant, each)
                entries, waiting = entries + checked.entries, waiting + checked.waits
                faults += [checked.fault] if checked.fault else []
        shown.say("\n".join(_lines(slug, len(skus), entries, waiting, faults)))
        return 1 if faults else 0


def _lines(slug: str, skus: int, entries: int, waiting: int, faults: list[str]) -> list[str]:
    compared = f"{entries:,} entries of {skus - waiting:,} SKUs folded again"
    if waiting:
        compared += f", {waiting:,} SKUs wait to be folded by a worker"
    if not faults:
        return [f"{slug}: in order: {compared}."]
    more = len(faults) - NAMED_MAX
    return [
        f"{slug}: WRONG: {compared}; {len(faults):,} of them are kept otherwise, the first: {faults[0]}",
        *(f"  {fault}" for fault in faults[1:NAMED_MAX]),
        *([f"  and {more:,} more"] if more > 0 else []),
        f"  `.venv/bin/python -m server rollups rebuild --tenant {slug}` keeps what the ledger comes to.",
    ]


async def _fold_again(settings: Settings, slug: str, sku: str | None, shown: Display) -> None:
    async with _opened(settings) as database:
        tenant = tenant_id(slug)
        skus = await _asked(RollupCheck(database), tenant, slug, sku)
        folding, entries = Folding(database, WorkerSession(database)), 0
        with shown.step(f"Rollups of {slug}") as step:
            for number, each in enumerate(skus):
                step.progress(number, len(skus), "SKUs")
                entries += await folding.rebuild(tenant, each)
        shown.say(f"{slug}: {entries:,} entries of {len(skus):,} SKUs folded.")


async def _asked(rollups: RollupCheck, tenant: UUID, slug: str, sku: str | None) -> list[str]:
    skus = await rollups.skus(tenant)
    if not skus:
        raise ValueError(f"there is no tenant '{slug}' with stock: see that --tenant is right.")
    if sku is None:
        return skus
    if sku not in skus:
        raise ValueError(f"{slug} has no stock of '{sku}', and never had: see that --sku is right.")
    return [sku]


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.connect(settings.database_url, size=1)
    try:
        yield database
    finally:
        await database.close()
