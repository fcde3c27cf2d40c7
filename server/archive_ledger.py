"""`archive-ledger` and `keep-ledger`: old months of the ledger become files; for how long a tenant keeps them."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import asyncpg

from db.faults import NOT_ADMITTED, UNREACHABLE, DatabaseUnavailable, cannot_connect
from db.ledger_archives import Archivist, Written, archivable, first
from db.ledger_keeping import keep, kept
from db.ledger_seals import Seals
from db.pool import CONNECT_SECONDS, SERVER_SETTINGS, Database
from db.worker_session import WorkerSession
from domain.identity import tenant_id
from server.demo.progress import Display, display
from server.operators import done
from server.settings import Settings, SettingsError
from services.audit import AuditEntry

MONTHS_MIN = 12
MONTHS_MAX = 1_200
FOR_EVER = "forever"


def archive(settings: Settings, before: str, directory: Path) -> None:
    """Archive and drop what was recorded before a month, such as 2025-01. Raises ValueError and ArchiveRefused."""
    moment = _month(before)
    if not settings.migration_database_url:
        raise SettingsError("MIGRATION_DATABASE_URL is not set: only the owner of the ledger can drop its months.")
    asyncio.run(_archive(settings, moment, directory, display()))


def _month(told: str) -> datetime:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", told):
        raise ValueError(f"a month such as 2025-01, not '{told}'.")
    moment = datetime(int(told[:4]), int(told[5:]), 1, tzinfo=UTC)
    now = datetime.now(UTC)
    if (now.year - moment.year) * 12 + now.month - moment.month < MONTHS_MIN:
        raise ValueError(f"entries are kept for {MONTHS_MIN} months at least: name {now.year - 1}-{now:%m} or earlier.")
    return moment


async def _archive(settings: Settings, before: datetime, directory: Path, shown: Display) -> None:
    async with AsyncExitStack() as stack:
        database = await Database.connect(settings.database_url, size=1)
        stack.push_async_callback(database.close)
        session = WorkerSession(database)
        stack.push_async_callback(session.close)
        owner = await _connected(settings.migration_database_url, "MIGRATION_DATABASE_URL")
        stack.push_async_callback(owner.close)
        reader = await _connected(settings.database_url, "DATABASE_URL")
        stack.push_async_callback(reader.close)
        archivist = Archivist(owner, reader, directory, _archived)
        tenants = sorted(await Seals(database, session).heads())
        files = 0
        for partition in await archivable(owner, before):
            with shown.step(partition.name):
                written = await archivist.archive(partition, tenants)
            files += len(written)
            for each in written:
                shown.say(
                    f"{each.slug}, {each.month}: {each.entries:,} entries in {each.file}, SHA-256 {each.document.hex()}"
                )
        if not files:
            shown.say(await _nothing(owner, before))


async def _nothing(owner: asyncpg.Connection, before: datetime) -> str:
    """Why no file was written, so that nobody takes another database for an archived one."""
    found = await first(owner)
    if found is None:
        return (
            "Nothing to archive: the ledger is not divided into months yet; a worker with MIGRATION_DATABASE_URL does."
        )
    if found.end > before:
        return (
            f"Nothing to archive: the ledger's first part, {found.name}, goes up to the beginning of {found.end:%Y-%m}."
        )
    return f"Nothing to archive: no entry that was recorded before {before:%Y-%m} is in the database."


async def _connected(url: str, name: str) -> asyncpg.Connection:
    settings = SERVER_SETTINGS | {
        "lock_timeout": "0",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
    try:
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=settings)
    except (*UNREACHABLE, *NOT_ADMITTED) as fault:
        raise DatabaseUnavailable(cannot_connect(url, name, fault)) from fault


async def keep_for(settings: Settings, tenant: str, asked: str | None) -> str:
    """Set for how long a tenant keeps its ledger, None changes nothing; what holds now. Raises ValueError."""
    database = await Database.connect(settings.database_url, size=1)
    try:
        id_ = tenant_id(tenant)
        if asked is None:
            found = await kept(database, id_)
        else:
            found = await keep(database, id_, _months(asked), partial(_kept, tenant))
    finally:
        await database.close()
    if not found:
        raise ValueError(f"there is no tenant '{tenant}': see that --tenant is right.")
    return FOR_EVER if found[0] is None else f"{found[0]} months"


def _kept(tenant: str, before: int | None, after: int | None) -> AuditEntry:
    return done(tenant, "keepLedger", "Tenant", tenant, changes={"months": {"from": before, "to": after}})


def _archived(written: Written) -> AuditEntry:
    """Which file holds the month from now on, and how it is known."""
    file, hash_ = str(written.file.absolute()), written.document.hex()
    told = {"month": written.month, "entries": written.entries, "file": file, "sha256": hash_}
    return done(written.slug, "archiveLedger", "Tenant", written.slug, **told)


def _months(asked: str) -> int | None:
    if asked == FOR_EVER:
        return None
    if not (asked.isascii() and asked.isdigit() and MONTHS_MIN <= int(asked) <= MONTHS_MAX):
        raise ValueError(f"{MONTHS_MIN} to {MONTHS_MAX} months, or `{FOR_EVER}`, not '{asked}'.")
    return int(asked)
