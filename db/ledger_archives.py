"""Archives of the ledger: whole partitions written to files, month by month and tenant by tenant, then dropped.

Over two connections: the application's, which sees one tenant at a time, reads what is written; the owner's drops the
partition once it holds exactly as many entries as were written, and in the same transaction seals the archives and
adds the balances that stand in their place.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from db.audit_log import add_entries
from db.ledger_partitions import EARLIER, LOCK_TIMEOUT, begin_of, bounds, making, partitions
from db.ledger_seals import BLOCK, BY_INDEX, TENANTS, add_block, block_from, entries_found, head_of
from services.audit import AuditEntry
from services.ledger_archive import BALANCE_FIELDS, MonthArchive, sealed_balances
from services.seals import Block, BlockKind, entry_hash, month_of

VERIFY = ".venv/bin/python -m server verify-ledger"
TRIES_MAX = 40
PAUSE_S = 0.25
BALANCES_AT_ONCE = 10_000

KEEPS = "SELECT slug, ledger_months, clock_timestamp() - make_interval(months => ledger_months) FROM tenants"
MONTHS = """
SELECT DISTINCT month FROM ledger_seals AS seal
WHERE tenant_id = $1 AND kind = 'ENTRIES' AND month < $2 AND NOT EXISTS (
    SELECT FROM ledger_seals AS archive
    WHERE archive.tenant_id = $1 AND archive.kind = 'ARCHIVE' AND archive.month = seal.month
) ORDER BY month
"""
BLOCKS = f"""
SELECT {BLOCK} FROM ledger_seals
WHERE tenant_id = $1 AND kind = 'ENTRIES' AND month = $2 ORDER BY number
"""
OPEN = f"""
INSERT INTO ledger_openings (tenant_id, month, {", ".join(BALANCE_FIELDS)})
SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::int[], $9::int[],
    $10::int[], $11::int[])
"""


_HOLD_BOOKS = "SELECT FROM rollup_books WHERE tenant_id = $1 FOR UPDATE"
_QUEUED = "SELECT EXISTS (SELECT FROM rollup_queue WHERE tenant_id = $1)"


class ArchiveRefused(Exception):
    """Nothing was dropped; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """The archive of a month of a tenant's, on disk."""

    tenant: UUID
    slug: str
    month: str
    file: Path
    entries: int
    document: bytes
    balances: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Partition:
    """One that can be archived: all of it was recorded before `end`."""

    name: str
    end: datetime


async def archivable(owner: asyncpg.Connection, before: datetime) -> list[Partition]:
    """Partitions that end before a moment, the oldest first."""
    return [partition for partition in await _ended(owner) if partition.end <= before]


async def first(owner: asyncpg.Connection) -> Partition | None:
    """The oldest one, unless it has no end."""
    return next(iter(await _ended(owner)), None)


async def _ended(owner: asyncpg.Connection) -> list[Partition]:
    """All but the last one, which has no end; the oldest first."""
    names = await partitions(owner)
    ends = [(name, begin_of(after)) for name, after in pairwise(names)]
    return [Partition(name, end) for name, end in ends if end is not None]


class Archivist:
    """Archives partitions into a directory, for `tenants` whoever they are that have a ledger; `told` is what a
    tenant's audit log has of each of its months."""

    def __init__(
        self,
        owner: asyncpg.Connection,
        reader: asyncpg.Connection,
        directory: Path,
        told: Callable[[Written], AuditEntry],
    ) -> None:
        self._owner = owner
        self._reader = reader
        self._directory = directory
        self._told = told

    async def archive(self, partition: Partition, tenants: Sequence[UUID]) -> list[Written]:
        """Write and drop a partition. Raises ArchiveRefused; then nothing is dropped, and files may be left."""
        wanted: list[tuple[UUID, str, str]] = []
        await self._reader.execute(BY_INDEX)
        for tenant in tenants:
            await _serve(self._reader, tenant)
            months = [row[0] for row in await self._reader.fetch(MONTHS, tenant, month_of(partition.end))]
            if months:
                slug = await self._may_go(partition)
                wanted += [(tenant, slug, month) for month in months]
        written = [await self._write(*each) for each in wanted]
        await self._patiently(lambda: self._exchange(partition, tenants, written))
        return written

    async def _may_go(self, partition: Partition) -> str:
        """The tenant's short name. Raises ArchiveRefused as long as it keeps what lies there."""
        row = await self._reader.fetchrow(KEEPS)
        assert row is not None
        slug, months, since = row
        if months is None:
            raise ArchiveRefused(
                f"{slug} keeps its ledger for ever: say for how many months it does with `.venv/bin/python -m server "
                f"keep-ledger --tenant {slug} MONTHS`."
            )
        if partition.end > since:
            raise ArchiveRefused(f"{slug} keeps its ledger for {months} months: {partition.name} may not go yet.")
        return slug

    async def _write(self, tenant: UUID, slug: str, month: str) -> Written:
        """One file, whole or not at all; what does not verify is not archived."""
        await _serve(self._reader, tenant)
        archive = MonthArchive(tenant, month)
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory / f"{slug}-ledger-{month}.jsonl.gz"
        partial = file.with_name(f".{file.name}.partial")
        with partial.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
            async with self._reader.transaction():
                async for row in self._reader.cursor(BLOCKS, tenant, month, prefetch=10):
                    block = block_from(tenant, row)
                    found = await entries_found(self._reader, tenant, block.ids)
                    packed.writelines(archive.line(entry) for entry in _verified(block, found))
            packed.writelines(archive.closing_lines())
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        partial.replace(file)
        return Written(tenant, slug, month, file, archive.entries, archive.document, list(archive.balances()))

    async def _patiently(self, work: Callable[[], Awaitable[object]]) -> None:
        """As soon as nobody uses the ledger for a moment. Raises ArchiveRefused when somebody always does."""
        for _ in range(TRIES_MAX):
            try:
                async with self._owner.transaction():
                    await self._owner.execute(LOCK_TIMEOUT)
                    await work()
                return
            except (asyncpg.LockNotAvailableError, asyncpg.UniqueViolationError):  # a sealer was first
                await asyncio.sleep(PAUSE_S)
        raise ArchiveRefused("The ledger is in use all the time: try again when there is less to do.")

    async def _exchange(self, partition: Partition, tenants: Sequence[UUID], written: Sequence[Written]) -> None:
        """In one transaction. While the entries are counted, they can be read."""
        name = partition.name
        for tenant in tenants:
            await self._hold_rollups(tenant)
        await self._owner.execute(f"LOCK TABLE {name} IN SHARE MODE")
        there = await self._count(name, tenants)
        if there != (known := sum(each.entries for each in written)):
            raise ArchiveRefused(
                f"{name} holds {there} entries, of which {known} are sealed: see with `.venv/bin/python -m server "
                "verify-ledger` what the others are. Entries that wait to be sealed are, once a worker runs."
            )
        for each in written:
            await _serve(self._owner, each.tenant, local=True)
            await self._keep(each)
            await add_entries(self._owner, each.tenant, [self._told(each)])
        await self._owner.execute(f"ALTER TABLE ledger DETACH PARTITION {name}")
        await self._refuse_others(name, tenants)
        await self._owner.execute(f"DROP TABLE {name}")
        await self._close_gap(partition)

    async def _hold_rollups(self, tenant: UUID) -> None:
        """Nobody folds for the tenant meanwhile. Raises ArchiveRefused as long as something is to be folded anew."""
        await _serve(self._owner, tenant, local=True)
        await self._owner.execute(_HOLD_BOOKS, tenant)
        if await self._owner.fetchval(_QUEUED, tenant):
            raise ArchiveRefused(
                "Reports are being put together anew from the ledger: try again when a worker is done with that."
            )

    async def _count(self, name: str, tenants: Sequence[UUID]) -> int:
        """Entries of these tenants. The owner, too, sees those of one at a time."""
        entries = 0
        for tenant in tenants:
            await _serve(self._owner, tenant, local=True)
            entries += await self._owner.fetchval(f"SELECT count(*) FROM {name}") or 0
        return entries

    async def _refuse_others(self, name: str, tenants: Sequence[UUID]) -> None:
        """Entries of tenants that nobody knows stay. Sees all of a partition, which is dropped next or as it was."""
        await self._owner.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
        rows = await self._owner.fetch(TENANTS.format(table=name))
        if others := sorted({str(row[0]) for row in rows} - {str(tenant) for tenant in tenants}):
            raise ArchiveRefused(
                f"{name} holds entries of tenants without a chain ({', '.join(others)}): entries that wait to be "
                "sealed are, once a worker runs."
            )

    async def _keep(self, written: Written) -> None:
        """The balances, and the block that seals them and the archive."""
        tenant, month = written.tenant, written.month
        for start in range(0, len(written.balances), BALANCES_AT_ONCE):
            some = written.balances[start : start + BALANCES_AT_ONCE]
            await self._owner.execute(OPEN, tenant, month, *(list(column) for column in zip(*some, strict=True)))
        head = await head_of(self._owner, tenant)
        at: datetime = await self._owner.fetchval("SELECT clock_timestamp()")  # type: ignore[assignment]
        sealed = sealed_balances(tenant, month, written.balances)
        ids, hashes = list(sealed), b"".join(sealed.values())
        block = Block(
            tenant,
            head.number + 1,
            BlockKind.ARCHIVE,
            month,
            head.sequence + 1,
            at,
            ids,
            hashes,
            written.document,
            head.hash,
        )
        await add_block(self._owner, block.closed(), at)

    async def _close_gap(self, partition: Partition) -> None:
        """What is recorded before the first month has a place still."""
        if partition.name == EARLIER:
            statements = making(None, partition.end)
        else:
            statements = [
                f"ALTER TABLE ledger DETACH PARTITION {EARLIER}",
                f"ALTER TABLE ledger ATTACH PARTITION {EARLIER} {bounds(None, partition.end)}",
            ]
        for statement in statements:
            await self._owner.execute(statement)


async def _serve(connection: asyncpg.Connection, tenant: UUID, local: bool = False) -> None:
    await connection.execute("SELECT set_config('app.tenant', $1, $2)", str(tenant), local)


def _verified(block: Block, found: Mapping[UUID, asyncpg.Record]) -> list[asyncpg.Record]:
    """The entries of a block. Raises ArchiveRefused for one that is not as it was sealed."""
    for id_, hash_ in block.sealed:
        if id_ not in found or entry_hash(str(block.tenant), found[id_]) != hash_:
            raise ArchiveRefused(f"entry {id_} is not as it was sealed: run `{VERIFY}`.")
    return [found[id_] for id_ in block.ids]
