"""Sealing where something is amiss: with one tenant's feed, or with a chain that is to be kept outside."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.faults import DatabaseUnavailable
from db.ledger import FEED, recorded_within
from db.ledger_check import LedgerCheck
from db.ledger_seals import Seals, add_block, blocks_after
from db.pool import Database
from db.worker_session import WorkerSession
from domain.identity import uuid7
from server.embedded.database import Addresses
from services.seals import GONE, Block, Head
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.shelf import LEVELS, add_entry, fill
from workers import metrics
from workers.head_file import HeadFile, positions
from workers.sealing import Sealing

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ENTRIES = sum(len(level.entries) for level in LEVELS)
#: The first and the last in the order in which they are sealed.
FIRST, LAST = sorted([ACME.id, GLOBEX.id])
#: Ids in arrays of arrays: nothing that a process of ours writes.
NESTED = "INSERT INTO ledger_feed (tenant_id, entries) VALUES ($1, ARRAY[[$2::uuid], [$2::uuid]])"
CHAIN_OPEN = "ALTER TABLE ledger_seals DISABLE TRIGGER ledger_seals_only_grow"


@dataclass(frozen=True, slots=True)
class Vault:
    """Two tenants' ledgers that wait to be sealed, and a connection that may do everything."""

    pool: Database
    seals: Seals
    outside: asyncpg.Connection
    file: Path

    def sealing(self) -> Sealing:
        return Sealing(self.seals, HeadFile(self.file, KEY.sign))

    async def sealed(self, sealing: Sealing | None = None) -> None:
        sealing = sealing or self.sealing()
        while await sealing.turn():
            pass

    async def feed(self, tenant: UUID, ids: Sequence[UUID | None]) -> None:
        """As the application's role may."""
        async with self.pool.acquire(tenant) as connection:
            await connection.execute(FEED.sql.format("$2"), tenant, list(ids))

    async def blocks(self, tenant: UUID) -> list[Block]:
        return await blocks_after(self.outside, tenant, 0, 1_000)

    async def rewrite(self, tenant: UUID, blocks: Sequence[Block]) -> None:
        """Put others in the place of all blocks, linked as if nothing had been."""
        await self.outside.execute("DELETE FROM ledger_seals WHERE tenant_id = $1", tenant)
        head = Head()
        for block in blocks:
            anew = replace(block, previous=head.hash).closed()
            await add_block(self.outside, anew, recorded_within(block.ids[-1]))
            head = anew.head

    def kept(self, tenant: UUID) -> list[int]:
        """Numbers of the tenant's blocks that are known outside."""
        return [number for owner, number, _ in positions(self.file) if owner == tenant]


@pytest.fixture
async def vault(database: Addresses, tmp_path: Path) -> AsyncIterator[Vault]:
    await fill(database)
    pool = await Database.connect(database.application_url, size=2)
    session, outside = WorkerSession(pool), await asyncpg.connect(database.superuser_url)
    yield Vault(pool, Seals(pool, session), outside, tmp_path / "heads")
    await outside.close()
    await session.close()
    await pool.close()


async def faults(vault: Vault, tenant: UUID) -> list[str]:
    check = LedgerCheck(vault.outside, tenant, None)
    return [named async for report in check.walk() for named in report.named]


# ------------------------------------------------------------------ the feed
async def test_a_tenant_whose_entries_cannot_be_sealed_holds_up_no_other_and_is_told_of_once(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    await vault.outside.execute(NESTED, FIRST, uuid4())
    failed, sealing = metrics.SEALING_FAILED._value.get(), vault.sealing()

    with caplog.at_level(logging.ERROR):
        await vault.sealed(sealing)
        await sealing.turn()

    assert [id_ for block in await vault.blocks(LAST) for id_ in block.ids] != []
    assert await vault.seals.waiting() == [FIRST]
    assert vault.kept(LAST) == [block.number for block in await vault.blocks(LAST)]
    assert [record.args for record in caplog.records] == [(FIRST,)]
    assert metrics.SEALING_FAILED._value.get() >= failed + 2

    await vault.outside.execute("DELETE FROM ledger_feed WHERE array_ndims(entries) > 1")
    await vault.sealed(sealing)
    assert await vault.seals.waiting() == []
    assert vault.kept(FIRST) == [block.number for block in await vault.blocks(FIRST)] != []


async def test_what_was_sealed_is_kept_though_the_database_goes_away_meanwhile(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = vault.seals.seal

    async def gone_for_the_last(tenant: UUID) -> int:
        if tenant == LAST:
            raise DatabaseUnavailable("gone")
        return await seal(tenant)

    monkeypatch.setattr(vault.seals, "seal", gone_for_the_last)
    with pytest.raises(DatabaseUnavailable):
        await vault.sealed()
    assert vault.kept(FIRST) == [block.number for block in await vault.blocks(FIRST)] != []


async def test_ids_that_no_entry_can_have_are_left_out_of_the_chain(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    beyond = uuid7((1 << 48) - 1, 1)
    await vault.feed(FIRST, [beyond, None, uuid4()])

    with caplog.at_level(logging.ERROR):
        await vault.sealed()

    assert await vault.seals.waiting() == []
    assert sum(block.count for block in await vault.blocks(FIRST)) == ENTRIES
    assert [record.args for record in caplog.records] == [(3, FIRST)]
    assert await faults(vault, FIRST) == []


async def test_an_id_of_no_entry_is_left_out_of_the_chain_however_well_it_is_formed(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    await vault.feed(FIRST, [stranger := ids()])
    another = await add_entry(vault.outside, FIRST)

    with caplog.at_level(logging.ERROR):
        await vault.sealed()

    sealed = [id_ for block in await vault.blocks(FIRST) for id_ in block.ids]
    assert len(sealed) == ENTRIES + 1
    assert another in sealed and stranger not in sealed
    assert [record.args for record in caplog.records] == [(1, FIRST)]
    assert await faults(vault, FIRST) == []


async def test_an_entry_that_was_taken_out_is_told_of_among_ids_that_never_were_one(vault: Vault) -> None:
    """Whatever its version: the id follows from it."""
    await vault.outside.execute("ALTER TABLE ledger DISABLE TRIGGER ledger_only_grows")
    take = """DELETE FROM ledger WHERE tenant_id = $1 AND level_version = (SELECT max(level_version) FROM ledger)
        RETURNING id"""
    gone = {row[0] for row in await vault.outside.fetch(take, FIRST)}
    await vault.feed(FIRST, [ids() for _ in range(100)])

    await vault.sealed()

    told = await faults(vault, FIRST)
    assert gone == {id_ for block in await vault.blocks(FIRST) for id_, hash_ in block.sealed if hash_ == GONE} != set()
    assert len(set(told)) == len(gone)
    assert all("taken out of the ledger before it was sealed" in each for each in told)


# ------------------------------------------------------------------ outside the database
async def test_a_new_head_file_is_signed_as_far_as_the_chain_holds(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    await vault.sealed(Sealing(vault.seals, None))
    assert len(await vault.blocks(FIRST)) > 2
    await vault.outside.execute(CHAIN_OPEN)
    change = "UPDATE ledger_seals SET sealed_at = sealed_at + interval '1 s' WHERE tenant_id = $1 AND number = 2"
    await vault.outside.execute(change, FIRST)
    sealing = vault.sealing()

    with caplog.at_level(logging.ERROR):
        await sealing.turn()
        await sealing.turn()

    assert vault.kept(FIRST) == [1]
    assert vault.kept(LAST) == [block.number for block in await vault.blocks(LAST)]
    assert [record.args for record in caplog.records] == [(FIRST,)]
    assert metrics.HEADS_AMISS._value.get() == 1


async def test_a_chain_that_was_rewritten_behind_what_is_known_is_not_signed_on(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    """Though it holds in itself: by the hash that is known of its last block."""
    await vault.sealed()
    known = vault.file.read_bytes()
    blocks = await vault.blocks(FIRST)
    await vault.outside.execute(CHAIN_OPEN)
    await vault.rewrite(FIRST, [replace(block, sealed_at=block.sealed_at + timedelta(1)) for block in blocks])
    assert await faults(vault, FIRST) == []
    await add_entry(vault.outside, FIRST)

    with caplog.at_level(logging.ERROR):
        await vault.sealed()

    assert len(await vault.blocks(FIRST)) == len(blocks) + 1
    assert vault.file.read_bytes() == known
    assert [record.args for record in caplog.records] == [(FIRST,)]


async def test_a_block_that_cannot_be_read_stops_the_keeping_of_its_own_tenant_alone(vault: Vault) -> None:
    await vault.sealed(Sealing(vault.seals, None))
    await vault.outside.execute(CHAIN_OPEN)
    change = "UPDATE ledger_seals SET sealed_at = '20000-01-01Z' WHERE tenant_id = $1"
    await vault.outside.execute(change, FIRST)

    await vault.sealing().turn()

    assert vault.kept(FIRST) == []
    assert vault.kept(LAST) == [block.number for block in await vault.blocks(LAST)]
