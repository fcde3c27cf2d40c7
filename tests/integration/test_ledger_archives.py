"""Archiving the ledger: old months become files, balances and chain go on, and nothing goes that may not."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from db import bulk
from db.invariants import violations
from db.ledger_archives import Archivist, Written
from db.ledger_partitions import EARLIER, OwnedLedger, month_after, month_of, name_of, partitions
from db.ledger_seals import Seals, blocks_after
from db.pool import Database
from db.read_models import PostgresReads
from db.worker_session import WorkerSession
from domain.access import Scope
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.locations import Location
from domain.stock import StockLevel
from server.cli import app
from server.embedded.database import Addresses
from server.settings import SettingsError
from services.past_reads import Archived
from services.reads import LedgerFilter, LevelFilter, PageRequest
from services.seals import BlockKind
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from workers.head_file import HeadFile
from workers.sealing import Sealing

NOW = datetime.now(UTC)
#: One entry a level every ten days, the oldest some 20 months ago.
ENTRIES, LEVELS = 60, 7
OLDEST = NOW - timedelta(days=10 * ENTRIES)
LIMIT = month_of(NOW.replace(day=1, year=NOW.year - 1))
FORCED = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname LIKE 'ledger\\_%' AND relkind = 'r'"
RECEIVED = "SELECT count(*) FROM ledger WHERE tenant_id = $1 AND recorded_at < $2"


@dataclass(frozen=True, slots=True)
class Attic:
    """A sealed ledger with a past of two tenants'."""

    addresses: Addresses
    outside: asyncpg.Connection
    reads: PostgresReads
    sealing: Sealing
    levels: list[StockLevel]
    archives: Path

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))

    async def archive(self, before: datetime = LIMIT) -> Result:
        return await self.run("archive-ledger", "--before", f"{before:%Y-%m}", "--to", str(self.archives))

    async def keep(self, months: int | str = 12) -> None:
        for slug in ("acme", "globex"):
            result = await self.run("keep-ledger", "--tenant", slug, str(months))
            assert result.exit_code == 0, result.output

    async def seal(self) -> None:
        while await self.sealing.turn():
            pass


def made() -> list[StockLevel]:
    levels = [StockLevel(ids(), f"SKU-{n}", "MAIN", OLDEST) for n in range(LEVELS)]
    for number, level in enumerate(levels):
        for n in range(ENTRIES if number else ENTRIES // 4):
            at = OLDEST + timedelta(days=10 * n, hours=number)
            level.receive(5, Cause("seed", None, f"Lieferung {n}", "receipt", f"R-{n}"), Stamp(at, at))
            if n % 3 == 1:
                level.hold(1, Cause("seed"), Stamp(at, at))
    return levels


@pytest.fixture
async def attic(
    database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Attic]:
    """With months from the first entry on, unless a test asks for others."""
    levels, key = made(), Ed25519PrivateKey.generate()
    pool = await Database.connect(database.application_url, size=2)
    session, outside = WorkerSession(pool), await asyncpg.connect(database.superuser_url)
    assert await OwnedLedger(database.owner_url).make_since(getattr(request, "param", OLDEST))
    for tenant in (ACME, GLOBEX):
        main = Location(ids(), "MAIN", "Main", version=1)
        items = [Item(ids(), level.sku, level.sku, version=1) for level in levels]
        await bulk.load(pool, tenant, locations=[main], items=items, levels=levels)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    variables = {"DATABASE_URL": database.application_url, "MIGRATION_DATABASE_URL": database.owner_url}
    variables |= {"LEDGER_HEAD_FILE": str(tmp_path / "heads"), "LEDGER_KEY_FILE": str(tmp_path / "key.pem")}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sealing = Sealing(Seals(pool, session), HeadFile(tmp_path / "heads", key.sign))
    attic = Attic(database, outside, PostgresReads(pool), sealing, levels, tmp_path / "archives")
    await attic.seal()
    yield attic
    await outside.close()
    await session.close()
    await pool.close()


async def test_old_months_become_files_and_balances_and_chain_go_on(attic: Attic) -> None:
    await attic.keep()
    before = await attic.outside.fetchval(RECEIVED, ACME.id, LIMIT)
    histories = await history(attic)

    result = await attic.archive()

    assert result.exit_code == 0, result.output
    assert (await partitions(attic.outside))[:2] == [EARLIER, name_of(LIMIT)]
    assert await attic.outside.fetchval(RECEIVED, ACME.id, LIMIT) == 0
    assert await violations(attic.outside) == []
    await attic.seal()
    verified = await attic.run("verify-ledger")
    assert verified.exit_code == 0, verified.output
    assert await history(attic) == histories
    assert sum([len(entries_of(file)) for file in attic.archives.glob("acme-*")]) == before
    for tenant in (ACME, GLOBEX):
        files = attic.archives.glob(f"{tenant.slug}-*")
        told = [(str(file), hashlib.sha256(b"".join(lines_of(file))).hexdigest()) for file in sorted(files)]
        assert await audited(attic, tenant.id) == told
    # What comes late is recorded still, and another archive follows the first.
    page = await attic.reads.ledger.entries(Scope(ACME.id), LedgerFilter(), PageRequest(250))
    assert min(edge.node.entry.stamp.recorded_at for edge in page.edges) >= LIMIT
    again = await attic.archive()
    assert (again.exit_code, again.output.splitlines()[-1]) == (
        0,
        f"Nothing to archive: no entry that was recorded before {LIMIT:%Y-%m} is in the database.",
    )


async def test_the_past_is_told_from_the_archives_end_on_as_it_was_before(attic: Attic) -> None:
    await attic.keep()
    scope, every = Scope(ACME.id), PageRequest(250)
    moments = [LIMIT, LIMIT + timedelta(days=1), LIMIT + timedelta(days=40), NOW]
    told = [await attic.reads.past.levels(scope, LevelFilter(), every, at) for at in moments]
    assert [len(page.edges) for page in told] == [LEVELS] * len(moments)

    await attic.archive()

    assert [await attic.reads.past.levels(scope, LevelFilter(), every, at) for at in moments] == told
    before, level = LIMIT - timedelta(microseconds=1), attic.levels[0]
    for ask in (
        lambda: attic.reads.past.levels(scope, LevelFilter(), every, before),
        lambda: attic.reads.past.levels_by_id(scope, [level.id], before),
        lambda: attic.reads.ledger.histories(scope, [level.id], before, NOW, 2),
    ):
        with pytest.raises(Archived) as refused:
            await ask()
        assert refused.value.since == LIMIT


async def audited(attic: Attic, tenant: UUID) -> list[tuple[str, str]]:
    """File and hash of each month that the audit log tells to have been archived."""
    rows = await attic.outside.fetch(
        "SELECT detail ->> 'file', detail ->> 'sha256' FROM audit_log "
        "WHERE tenant_id = $1 AND action = 'archiveLedger' ORDER BY detail ->> 'month'",
        tenant,
    )
    return [(row[0], row[1]) for row in rows]


async def history(attic: Attic) -> object:
    """Balances since the time that is kept."""
    level = attic.levels[1].id
    return await attic.reads.ledger.histories(Scope(ACME.id), [level], LIMIT, NOW, 20)


def lines_of(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def entries_of(file: Path) -> list[bytes]:
    return [line for line in lines_of(file) if json.loads(line)[0] == "stockcast ledger entry 1"]


async def test_an_archive_is_verified_by_nothing_but_its_lines_and_the_chain(attic: Attic) -> None:
    await attic.keep()
    await attic.archive()

    blocks = await blocks_after(attic.outside, ACME.id, 0, 1000)
    archives = [block for block in blocks if block.kind is BlockKind.ARCHIVE]
    assert [block.month for block in archives] == sorted(file.name[12:19] for file in attic.archives.glob("acme-*"))
    for archive in archives:
        lines = lines_of(attic.archives / f"acme-ledger-{archive.month}.jsonl.gz")
        assert hashlib.sha256(b"".join(lines)).digest() == archive.document
        sealed = [hash_ for block in blocks if block.month == archive.month for _, hash_ in block.sealed]
        assert [hashlib.sha256(line.rstrip(b"\n")).digest() for line in lines] == sealed


async def test_nothing_is_dropped_before_every_tenant_allows_it(attic: Attic) -> None:
    names = await partitions(attic.outside)
    result = await attic.archive()
    assert (result.exit_code, "acme keeps its ledger for ever" in result.output) == (1, True)

    await attic.run("keep-ledger", "--tenant", "acme", "12")
    assert "globex keeps its ledger for ever" in (await attic.archive()).output
    await attic.run("keep-ledger", "--tenant", "globex", "600")
    assert "globex keeps its ledger for 600 months" in (await attic.archive()).output

    assert await partitions(attic.outside) == names
    assert await attic.outside.fetchval(FORCED) is True


async def test_the_owner_never_sees_more_of_a_month_than_one_tenants_entries_but_where_it_is_dropped(
    attic: Attic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a process that is killed at any moment leaves every month forced."""
    forced: list[bool] = []
    keep = Archivist._keep

    async def looked_at(archivist: Archivist, written: Written) -> None:
        another = await asyncpg.connect(attic.addresses.superuser_url)
        forced.append(await another.fetchval(FORCED))
        await another.close()
        await keep(archivist, written)

    monkeypatch.setattr(Archivist, "_keep", looked_at)
    await attic.keep()
    assert (await attic.archive()).exit_code == 0
    assert set(forced) == {True}


async def test_entries_of_a_tenant_that_has_no_chain_are_not_dropped(attic: Attic) -> None:
    await attic.keep()
    names = await partitions(attic.outside)
    columns = (
        "recorded_at, id, sku, location, level_version, occurred_at, kind, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 'x'"
    )
    first = "FROM ledger ORDER BY recorded_at LIMIT 1"
    await attic.outside.execute(f"INSERT INTO ledger SELECT gen_random_uuid(), {columns} {first}")

    result = await attic.archive()

    assert (result.exit_code, "of tenants without a chain" in result.output) == (1, True)
    assert await partitions(attic.outside) == names
    assert await attic.outside.fetchval(FORCED) is True


async def test_entries_are_kept_for_a_year_at_least(attic: Attic) -> None:
    await attic.keep()
    result = await attic.archive(month_after(LIMIT))
    assert result.exit_code == 2
    assert "kept for 12 months at least" in " ".join(result.output.split())
    for asked in ("11", "0", "soon", "1201"):
        assert (await attic.run("keep-ledger", "--tenant", "acme", asked)).exit_code == 2
    assert (await attic.run("keep-ledger", "--tenant", "acme")).output == "12 months\n"
    assert (await attic.run("keep-ledger", "--tenant", "acme", "forever")).output == "forever\n"
    assert "no tenant 'acne'" in (await attic.run("keep-ledger", "--tenant", "acne")).output


@pytest.mark.parametrize("attic", [LIMIT], indirect=True)
async def test_what_was_recorded_before_the_first_month_is_archived_too(attic: Attic) -> None:
    await attic.keep()
    assert (await partitions(attic.outside))[:2] == [EARLIER, name_of(LIMIT)]

    result = await attic.archive()

    assert result.exit_code == 0, result.output
    assert len(list(attic.archives.glob("acme-*"))) >= 6
    assert (await partitions(attic.outside))[:2] == [EARLIER, name_of(LIMIT)]
    assert await attic.outside.fetchval(RECEIVED, ACME.id, LIMIT) == 0
    assert await violations(attic.outside) == []
    await attic.seal()
    assert (await attic.run("verify-ledger")).exit_code == 0


@pytest.mark.parametrize("attic", [NOW], indirect=True)
async def test_a_partition_stays_as_long_as_anything_in_it_is_kept(attic: Attic) -> None:
    """The whole past lies in `ledger_earlier`, up to this month."""
    await attic.keep()
    told = await attic.archive()
    assert (told.exit_code, f"goes up to the beginning of {NOW:%Y-%m}" in told.output) == (0, True)
    assert not attic.archives.exists()
    assert await attic.outside.fetchval(RECEIVED, ACME.id, LIMIT)


TAMPERING = {
    "an entry was changed": ("UPDATE ledger SET note = 'x' WHERE level_version = 1", "is not as it was sealed"),
    "an entry is gone": ("DELETE FROM ledger WHERE level_version = 1", "is not as it was sealed"),
    "an entry was slipped in": (
        """INSERT INTO ledger SELECT tenant_id, recorded_at, gen_random_uuid(), sku, location, level_version + 900,
           occurred_at, kind, 0, 0, 0, 0, on_hand_after, allocated_after, unavailable_after, incoming_after, NULL, NULL,
           'x'
           FROM ledger WHERE tenant_id = '{acme}' ORDER BY recorded_at LIMIT 1""",
        "of which",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_does_not_verify_is_not_dropped(attic: Attic, what: str) -> None:
    await attic.keep()
    names = await partitions(attic.outside)
    sql, told = TAMPERING[what]
    await attic.outside.execute("ALTER TABLE ledger DISABLE TRIGGER ALL")
    await attic.outside.execute(sql.format(acme=ACME.id))

    result = await attic.archive()

    assert result.exit_code == 1
    assert told in result.output
    assert await partitions(attic.outside) == names


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE ledger_openings SET on_hand = on_hand + 1 WHERE sku = 'SKU-2'", "is not what was sealed"),
        ("DELETE FROM ledger_openings WHERE sku = 'SKU-2'", "is not there any more"),
    ],
)
async def test_a_balance_that_was_changed_afterwards_is_found(attic: Attic, sql: str, told: str) -> None:
    await attic.keep()
    await attic.archive()
    await attic.seal()
    await attic.outside.execute("ALTER TABLE ledger_openings DISABLE TRIGGER ALL")
    await attic.outside.execute(sql)

    result = await attic.run("verify-ledger", "--tenant", "acme")

    assert result.exit_code == 1
    assert told in result.output
    assert "SKU-2 at MAIN, version" in result.output
    assert any("I1: SKU-2 at MAIN" in sentence for sentence in await violations(attic.outside))


async def test_a_key_that_signed_no_line_of_the_head_file_is_told_of_once_and_nothing_else_is(
    attic: Attic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "another.pem").write_bytes(another.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setenv("LEDGER_KEY_FILE", str(tmp_path / "another.pem"))

    result = await attic.run("verify-ledger")

    assert isinstance(result.exception, SettingsError)
    assert "no line of it is signed with the key in LEDGER_KEY_FILE" in str(result.exception)
    assert result.output == ""


async def test_a_line_of_the_head_file_that_was_changed_is_one_fault_of_its_block(attic: Attic) -> None:
    heads = attic.archives.parent / "heads"
    heads.write_bytes(heads.read_bytes().replace(b'"number":1', b'"number": 1', 1))

    result = await attic.run("verify-ledger")

    assert result.exit_code == 1
    assert "; 1 fault, the first: block 1: the line at byte 0 of" in result.output
