"""Whoever rules the database changes what is sealed: each way is found, and the first bad entry named."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from db import bulk, ledger
from db.ledger_seals import BY_INDEX, Seals, add_block, blocks_after, entries_found
from db.pool import Database
from db.worker_session import WorkerSession
from domain.items import Item
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.locations import Location
from domain.stock import StockLevel
from server.cli import app
from server.embedded.database import Addresses, run
from services.seals import ENTRY_FIELDS, Block, Head, entry_hash
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.faults.figures import LONG, Figures
from workers.head_file import HeadFile
from workers.sealing import Sealing

pytestmark = pytest.mark.tamper

LEVELS = 200 if LONG else 20
ENTRIES_OF_LEVEL = 500 if LONG else 30
BLOCK = 1_000 if LONG else 50
NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Vault:
    """A sealed ledger of two tenants, all its entries, and a connection that may do everything."""

    ruler: asyncpg.Connection
    entries: Mapping[UUID, tuple[StockLevel, LedgerEntry]] = field(repr=False)

    async def blocks(self) -> list[Block]:
        return await blocks_after(self.ruler, ACME.id, 0, 1_000_000)

    async def sealed(self) -> list[UUID]:
        """ACME's entries in the order in which they were sealed."""
        return [id_ for block in await self.blocks() for id_ in block.ids]

    async def do(self, sql: str, *arguments: object) -> None:
        await self.ruler.execute(sql, *arguments)

    async def reseal(self, blocks: list[Block], since: int) -> None:
        """Write blocks anew from a number on, linked as if nothing had been."""
        head = blocks[since - 2].head if since > 1 else Head()
        for block in blocks[since - 1 :]:
            found = await entries_found(self.ruler, ACME.id, block.ids)
            hashes = b"".join(entry_hash(str(ACME.id), found[id_]) for id_ in block.ids)
            until = max(found[id_]["recorded_at"] for id_ in block.ids)
            anew = replace(block, hashes=hashes, previous=head.hash, first=head.sequence + 1).closed()
            await self.do("DELETE FROM ledger_seals WHERE tenant_id = $1 AND number = $2", ACME.id, block.number)
            await add_block(self.ruler, anew, until)
            head = anew.head


def goods(number: int) -> tuple[Item, StockLevel]:
    start = NOW - timedelta(days=40)
    level = StockLevel(ids(), f"SKU-{number:03}", "MAIN", start)
    for n in range(ENTRIES_OF_LEVEL):
        at = start + timedelta(minutes=97 * n, milliseconds=number)
        level.receive(1 + n % 3, Cause("seed", "received", f"delivery {n}", "receipt", f"R-{n}"), Stamp(at, at))
    return Item(ids(), level.sku, f"Goods {number}", version=1), level


@dataclass(frozen=True, slots=True)
class Sealed:
    """A database with what is sealed, the files beside it, and all entries; each test has a copy of the database."""

    database: str
    heads: Path
    key: Path
    entries: Mapping[UUID, tuple[StockLevel, LedgerEntry]] = field(repr=False)


@pytest.fixture(scope="module")
def sealed(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    directory = tmp_path_factory.mktemp("sealed")
    with postgres.clone() as addresses, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "ENTRIES_AT_ONCE", BLOCK)
        made = [goods(n) for n in range(LEVELS)]
        run(_seal(addresses, made, directory))
        entries = {ledger.entry_id(level.id, entry): (level, entry) for _, level in made for entry in level.entries}
        yield Sealed(urlsplit(addresses.owner_url).path[1:], directory / "heads", directory / "public.pem", entries)


async def _seal(addresses: Addresses, made: Sequence[tuple[Item, StockLevel]], directory: Path) -> None:
    pool = await Database.connect(addresses.application_url, size=2)
    session, key = WorkerSession(pool), Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (directory / "public.pem").write_bytes(public)
    seals = Seals(pool, session)
    for tenant in (ACME, GLOBEX):
        main = Location(ids(), "MAIN", "Main", version=1)
        await bulk.load(pool, tenant, locations=[main], items=[i for i, _ in made], levels=[level for _, level in made])
        while await seals.seal(tenant.id, 1):
            pass
    await Sealing(seals, HeadFile(directory / "heads", key.sign)).turn()
    await bulk.analyze(addresses.owner_url)
    await session.close()
    await pool.close()


@pytest.fixture
async def vault(postgres: servers.Postgres, sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vault]:
    with postgres.empty(template=sealed.database) as addresses:
        monkeypatch.setenv("DATABASE_URL", addresses.application_url)
        monkeypatch.setenv("LEDGER_HEAD_FILE", str(sealed.heads))
        monkeypatch.setenv("LEDGER_KEY_FILE", str(sealed.key))
        ruler = await asyncpg.connect(addresses.superuser_url)
        for table in ("ledger", "ledger_seals"):
            await ruler.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        await ruler.execute(BY_INDEX)
        yield Vault(ruler, sealed.entries)
        await ruler.close()


async def verify(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["verify-ledger", *arguments])


async def test_what_nobody_touched_is_in_order(vault: Vault, figures: Figures) -> None:
    began = time.perf_counter()
    result = await verify()
    took = time.perf_counter() - began
    assert result.exit_code == 0, result.output
    count, blocks = len(vault.entries), len(await vault.blocks())
    for slug in ("acme", "globex"):
        told = f"{slug}: in order: {count:,} entries in {blocks:,} blocks, 0 wait to be sealed; known outside up to"
        assert told in result.output
    figures.tell(f"{2 * count:,} entries in {2 * blocks:,} blocks verified in {took:.1f} s, {2 * count / took:,.0f}/s")


# ------------------------------------------------------------------ attacks: each returns the first entry that is bad
async def edit(vault: Vault) -> UUID:
    victim = (await vault.sealed())[BLOCK + 3]
    await vault.do("UPDATE ledger SET note = 'forged' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    return victim


async def delete(vault: Vault) -> UUID:
    victim = (await vault.sealed())[BLOCK + 3]
    await vault.do("DELETE FROM ledger WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    return victim


async def reorder(vault: Vault) -> UUID:
    """Two entries change their contents."""
    one, _, _, other = (await vault.sealed())[BLOCK + 3 : BLOCK + 7]
    contents = ", ".join(f"{name} = their.{name}" for name in ENTRY_FIELDS if name not in ("id", "recorded_at"))
    await vault.do(
        f"""UPDATE ledger AS own SET {contents} FROM ledger AS their WHERE own.tenant_id = $1 AND their.tenant_id = $1
            AND ((own.id = $2 AND their.id = $3) OR (own.id = $3 AND their.id = $2))""",
        *(ACME.id, one, other),
    )
    return one


async def cut_the_tail(vault: Vault) -> UUID:
    """The last two blocks with their entries, and the levels as they were before them."""
    last = (await vault.blocks())[-2:]
    for block in last:
        await vault.do("DELETE FROM ledger WHERE tenant_id = $1 AND id = ANY ($2)", ACME.id, block.ids)
        await vault.do("DELETE FROM ledger_seals WHERE tenant_id = $1 AND number = $2", ACME.id, block.number)
    await vault.do(
        """UPDATE stock_levels AS level SET version = last.level_version, on_hand = last.on_hand_after
           FROM (SELECT DISTINCT ON (sku) * FROM ledger WHERE tenant_id = $1 ORDER BY sku, level_version DESC) AS last
           WHERE level.tenant_id = $1 AND level.sku = last.sku""",
        ACME.id,
    )
    return last[0].ids[0]


async def rewrite_the_chain(vault: Vault) -> UUID:
    """An early entry is changed, and every block computed anew, by the rules."""
    victim = (await vault.sealed())[3]
    await vault.do("UPDATE ledger SET actor = 'nobody' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    await vault.reseal(await vault.blocks(), since=1)
    return victim


async def rewrite_without_an_entry(vault: Vault) -> UUID:
    blocks = await vault.blocks()
    victim = blocks[1].ids[3]
    await vault.do("DELETE FROM ledger WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    blocks[1] = replace(blocks[1], ids=[id_ for id_ in blocks[1].ids if id_ != victim])
    await vault.reseal(blocks, since=2)
    return victim


async def rewrite_the_last_block(vault: Vault) -> UUID:
    blocks = await vault.blocks()
    victim = blocks[-1].ids[0]
    await vault.do("UPDATE ledger SET reference = 'R' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    await vault.reseal(blocks, since=len(blocks))
    return victim


async def slip_an_entry_in(vault: Vault) -> UUID:
    """One that no change of stock wrote."""
    victim = ids()
    await vault.do(
        """INSERT INTO ledger SELECT tenant_id, $3, $2, sku, location, level_version + 1, $3, kind, 0, 0, 0, 0,
               on_hand_after, allocated_after, unavailable_after, incoming_after, unit_cost, currency, actor
           FROM ledger WHERE tenant_id = $1 LIMIT 1""",
        *(ACME.id, victim, ledger.recorded_within(victim)),
    )
    return victim


async def take_a_block_out(vault: Vault) -> UUID:
    """With its entries, from the middle."""
    blocks = await vault.blocks()
    await vault.do("DELETE FROM ledger WHERE tenant_id = $1 AND id = ANY ($2)", ACME.id, blocks[1].ids)
    await vault.do("DELETE FROM ledger_seals WHERE tenant_id = $1 AND number = 2", ACME.id)
    return blocks[1].ids[0]


async def change_a_block(vault: Vault) -> UUID:
    await vault.do("UPDATE ledger_seals SET month = '1999-01' WHERE tenant_id = $1 AND number = 2", ACME.id)
    return (await vault.blocks())[1].ids[0]


async def take_everything(vault: Vault) -> UUID:
    first = (await vault.sealed())[0]
    await vault.do("DELETE FROM ledger WHERE tenant_id = $1", ACME.id)
    await vault.do("DELETE FROM ledger_seals WHERE tenant_id = $1", ACME.id)
    return first


# ---------------------------------------------------------------------- attacks that leave what nothing of ours writes
async def seal_in_the_year_20000(vault: Vault) -> UUID:
    await vault.do("UPDATE ledger_seals SET sealed_at = '20000-01-01Z' WHERE tenant_id = $1 AND number = 2", ACME.id)
    return (await vault.blocks())[1].ids[0]


async def seal_at_no_time(vault: Vault) -> UUID:
    await vault.do("UPDATE ledger_seals SET sealed_at = 'infinity' WHERE tenant_id = $1 AND number = 2", ACME.id)
    return (await vault.blocks())[1].ids[0]


async def seal_before_our_time(vault: Vault) -> UUID:
    await vault.do("UPDATE ledger_seals SET sealed_at = '-infinity' WHERE tenant_id = $1 AND number = 2", ACME.id)
    return (await vault.blocks())[1].ids[0]


async def seal_an_id_that_is_none(vault: Vault) -> UUID:
    victim = (await vault.blocks())[1].ids[0]
    await vault.do("UPDATE ledger_seals SET ids[3] = NULL WHERE tenant_id = $1 AND number = 2", ACME.id)
    return victim


async def seal_an_id_beyond_all_times(vault: Vault) -> UUID:
    victim = (await vault.blocks())[1].ids[0]
    last = UUID(int=(1 << 128) - 1)
    await vault.do("UPDATE ledger_seals SET ids[3] = $2 WHERE tenant_id = $1 AND number = 2", ACME.id, last)
    return victim


async def number_a_block_beyond_all(vault: Vault) -> UUID:
    """Where nobody would ever have counted to."""
    last = (await vault.blocks())[-1]
    far = "UPDATE ledger_seals SET number = 1000000000000000000 WHERE tenant_id = $1 AND number = $2"
    await vault.do(far, ACME.id, last.number)
    return last.ids[0]


async def happen_at_no_time(vault: Vault) -> UUID:
    victim = (await vault.sealed())[BLOCK + 3]
    await vault.do("UPDATE ledger SET occurred_at = 'infinity' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    return victim


async def record_at_no_time(vault: Vault) -> UUID:
    victim = (await vault.sealed())[BLOCK + 3]
    await vault.do("UPDATE ledger SET recorded_at = 'infinity' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    return victim


async def slip_an_entry_in_before_our_time(vault: Vault) -> UUID:
    victim = await slip_an_entry_in(vault)
    await vault.do("UPDATE ledger SET recorded_at = '-infinity' WHERE tenant_id = $1 AND id = $2", ACME.id, victim)
    return victim


PROMISED = (edit, delete, reorder, cut_the_tail, rewrite_the_chain)
ATTACKS: tuple[Callable[[Vault], Awaitable[UUID]], ...] = (
    *PROMISED,
    *(rewrite_without_an_entry, rewrite_the_last_block, slip_an_entry_in),
    *(take_a_block_out, change_a_block, take_everything),
    *(seal_in_the_year_20000, seal_at_no_time, seal_before_our_time, seal_an_id_that_is_none),
    *(seal_an_id_beyond_all_times, number_a_block_beyond_all),
    *(happen_at_no_time, record_at_no_time, slip_an_entry_in_before_our_time),
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_tampering_is_found_and_the_first_bad_entry_named(
    vault: Vault, attack: Callable[[Vault], Awaitable[UUID]], figures: Figures
) -> None:
    bad = await attack(vault)

    result = await verify("--tenant", "acme")

    assert result.exit_code == 1, result.output
    level, entry = vault.entries.get(bad, (None, None))
    found = re.search(r"acme: WRONG: .* the first: (entry (\S+) \(([^)]*)\): .*)", result.output)
    assert found, result.output
    assert UUID(found[2]) == bad, result.output
    if level is not None and entry is not None:
        assert found[3].startswith(f"{level.sku} at {level.location}, version {entry.level_version}"), result.output
    assert (await verify("--tenant", "globex")).exit_code == 0
    promised = "promised" if attack in PROMISED else "beyond the promise"
    figures.tell(f"found ({promised}): {found[1]}")
