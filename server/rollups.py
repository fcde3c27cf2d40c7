"""`rollups verify` and `rollups rebuild`: the ledger folded again, and compared with what is kept or kept instead."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from db.folding import Folding
from db.pool import Database
from db.rollup_check import Checked, RollupCheck
from db.worker_session import WorkerSession
from domain.identity import tenant_id
from server.demo.progress import Display, display
from server.settings import Settings

#: So many are named; the rest is counted.
NAMED_MAX = 10


def check(settings: Settings, slug: str, sku: str | None) -> int:
    """Compare; 1 where something is not what the ledger comes to. Raises ValueError."""
    return asyncio.run(_check(settings, slug, sku, display()))


def fold_again(settings: Settings, slug: str, sku: str | None, *, from_balances: bool = False) -> None:
    """Replace; also what is kept of archived months, by the balances that they left. Raises ValueError."""
    if from_balances and sku is None:
        raise ValueError("--from-balances gives up what is kept of archived months: name the one SKU with --sku.")
    asyncio.run(_fold_again(settings, slug, sku, display(), from_balances))


async def _check(settings: Settings, slug: str, sku: str | None, shown: Display) -> int:
    async with _opened(settings) as database:
        rollups, tenant = RollupCheck(database), tenant_id(slug)
        skus = await _asked(rollups, tenant, slug, sku)
        entries, waiting, faulty = 0, 0, dict[str, Checked]()
        with shown.step(f"Rollups of {slug}") as step:
            for number, each in enumerate(skus):
                step.progress(number, len(skus), "SKUs")
                checked = await rollups.check(tenant, each)
                entries, waiting = entries + checked.entries, waiting + checked.waits
                if checked.fault:
                    faulty[each] = checked
        shown.say("\n".join(_lines(slug, len(skus), entries, waiting, faulty)))
        return 1 if faulty else 0


def _lines(slug: str, skus: int, entries: int, waiting: int, faulty: Mapping[str, Checked]) -> list[str]:
    compared = f"{entries:,} entries of {skus - waiting:,} SKUs folded again"
    if waiting:
        compared += f", {waiting:,} SKUs wait to be folded by a worker"
    if not faulty:
        return [f"{slug}: in order: {compared}."]
    faults = [checked.fault for checked in faulty.values()]
    more = len(faults) - NAMED_MAX
    return [
        f"{slug}: WRONG: {compared}; {len(faults):,} of them are kept otherwise, the first: {faults[0]}",
        *(f"  {fault}" for fault in faults[1:NAMED_MAX]),
        *([f"  and {more:,} more"] if more > 0 else []),
        *_remedies(slug, faulty),
    ]


def _remedies(slug: str, faulty: Mapping[str, Checked]) -> Iterator[str]:
    rebuild = f".venv/bin/python -m server rollups rebuild --tenant {slug}"
    archived = [sku for sku, checked in faulty.items() if checked.archived]
    if len(archived) < len(faulty):
        yield f"  `{rebuild}` keeps what the ledger comes to."
    if archived:
        yield (
            f"  Of {len(archived):,} of them rows of archived months are lost, which no rebuild brings back: restore "
            "movement_daily, transit_daily, cost_layers and transit_layers of these SKUs from a backup. Without one "
            f"`{rebuild} --sku {archived[0]} --from-balances` begins with what the archived months left on hand, "
            "without its cost and its age; reports tell no earlier day of that SKU any more."
        )


async def _fold_again(settings: Settings, slug: str, sku: str | None, shown: Display, from_balances: bool) -> None:
    async with _opened(settings) as database:
        tenant = tenant_id(slug)
        skus = await _asked(RollupCheck(database), tenant, slug, sku)
        folding, entries = Folding(database, WorkerSession(database)), 0
        with shown.step(f"Rollups of {slug}") as step:
            for number, each in enumerate(skus):
                step.progress(number, len(skus), "SKUs")
                entries += await folding.rebuild(tenant, each, from_balances=from_balances)
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
