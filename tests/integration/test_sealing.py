"""Sealing on PostgreSQL: each entry once, in blocks of a month, whenever its transaction commits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.faults import DatabaseUnavailable
from db.invariants import violations
from db.ledger import recorded_within
from db.ledger_partitions import partitions
from db.ledger_seals import BY_INDEX_NOW, RECORDED, Seals, blocks_after, entries_found
from db.pool import Database
from db.worker_session import WorkerSession
from server.embedded.database import Addresses
from services.seal_check import BadWitness
from services.seals import GONE, Block, block_hash, entry_hash
from tests.conformance.units_worlds import ACME, GLOBEX
from tests.integration.firm import FIRM, Api, open_firm
from tests.integration.shelf import LEVELS, add_entry, fill
from workers import metrics
from workers.head_file import HeadFile, positions, read_line
from workers.sealing import Sealing

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ENTRIES = sum(len(level.entries) for level in LEVELS)
RECEIVE = """mutation ($key: String!) { receiveStock(input: { idempotencyKey: $key, sku: "SKU-01", location: "MAIN",
    quantity: 1 }) { userErrors { code } } }"""


@pytest.fixture
async def pool(database: Addresses) -> AsyncIterator[Database]:
    pool = await Database.connect(database.application_url, size=4)
    yield pool
    await pool.close()


@pytest.fixture
async def seals(pool: Database) -> AsyncIterator[Seals]:
    session = WorkerSession(pool)
    yield Seals(pool, session)
    await session.close()


@pytest.fixture
async def outside(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


def head_file(tmp_path: Path) -> HeadFile:
    return HeadFile(tmp_path / "heads", KEY.sign)


def verify(signature: bytes, signed: bytes) -> bool:
    return signature == KEY.sign(signed)


async def sealed(sealing: Sealing) -> None:
    while await sealing.turn():
        pass


async def test_every_entry_is_sealed_once_in_a_block_of_its_month(
    database: Addresses, seals: Seals, outside: asyncpg.Connection
) -> None:
    await fill(database)
    assert set(await seals.waiting()) == {ACME.id, GLOBEX.id}

    await sealed(Sealing(seals, None))

    assert await seals.waiting() == []
    for tenant in (ACME, GLOBEX):
        blocks = await blocks_after(outside, tenant.id, 0, 1000)
        places = [id_ for block in blocks for id_ in block.ids]
        assert len(places) == len(set(places)) == ENTRIES
        assert [block.number for block in blocks] == list(range(1, len(blocks) + 1))
        found = await entries_found(outside, tenant.id, places)
        for block in blocks:
            assert block.hash == block_hash(block)
            assert {found[id_]["recorded_at"].strftime("%Y-%m") for id_ in block.ids} == {block.month}
            assert [hash_ for _, hash_ in block.sealed] == [entry_hash(str(tenant.id), found[id_]) for id_ in block.ids]
    assert await violations(outside) == []


async def test_each_entry_is_looked_up_by_the_primary_key_though_nobody_analysed_the_ledger(
    database: Addresses, pool: Database
) -> None:
    await fill(database)
    async with pool.acquire(ACME.id) as connection, connection.transaction():
        await connection.execute(BY_INDEX_NOW)
        ids_fed = await connection.fetchval("SELECT entries FROM ledger_feed LIMIT 1") or ()
        since = sorted({recorded_within(id_) for id_ in ids_fed})
        until = [moment + timedelta(milliseconds=1) for moment in since]
        plan = await connection.fetch(f"EXPLAIN {RECORDED}", ACME.id, since, until)
        scans = [row[0] for row in plan if " Scan " in row[0] and "Function" not in row[0]]
        assert len(since) > 50
        assert len(scans) == len(await partitions(connection))
        assert all("_pkey on ledger_" in scan for scan in scans), scans


async def test_no_turn_takes_more_than_it_may_and_all_are_sealed_in_the_end(
    database: Addresses, seals: Seals, outside: asyncpg.Connection
) -> None:
    async with open_firm(database) as api:
        for n in range(7):
            await api.ask(RECEIVE, key=f"k-{n}")
        first = await seals.seal(FIRM.id, 3)
        assert first == 48, "what was loaded by one statement lies in one row"
        assert [await seals.seal(FIRM.id, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert await violations(outside) == []


async def test_an_entry_that_is_committed_late_is_sealed_when_it_is(
    database: Addresses, seals: Seals, outside: asyncpg.Connection
) -> None:
    await fill(database)
    await sealed(Sealing(seals, None))
    slow = await asyncpg.connect(database.superuser_url)
    transaction = slow.transaction()
    await transaction.start()
    late = await add_entry(slow, ACME.id)
    early = await add_entry(outside, ACME.id)

    await sealed(Sealing(seals, None))
    assert await last_sealed(outside) == [early]
    await transaction.commit()
    await slow.close()
    await sealed(Sealing(seals, None))

    assert await last_sealed(outside) == [late]
    assert [told for told in await violations(outside) if told.startswith("I6")] == []


async def last_sealed(connection: asyncpg.Connection) -> list[UUID]:
    sql = "SELECT ids FROM ledger_seals WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1"
    return list(await connection.fetchval(sql, ACME.id) or ())


async def test_two_that_seal_at_once_seal_everything_once(
    database: Addresses, seals: Seals, pool: Database, outside: asyncpg.Connection
) -> None:
    async with open_firm(database) as api:
        for n in range(30):
            await api.ask(RECEIVE, key=f"k-{n}")
    chance = Random(1)

    async def some() -> None:
        for _ in range(20):
            try:
                await seals.seal(FIRM.id, chance.randint(1, 3))
            except DatabaseUnavailable as fault:
                assert "seals this ledger too" in str(fault)

    await asyncio.gather(*(some() for _ in range(3)))
    await sealed(Sealing(seals, None))

    assert await outside.fetchval("SELECT sum(cardinality(ids)) FROM ledger_seals WHERE tenant_id = $1", FIRM.id) == 78
    assert await violations(outside) == []


async def test_only_one_worker_seals(database: Addresses, pool: Database, seals: Seals) -> None:
    await fill(database)
    assert await seals.alone()
    other = WorkerSession(pool)
    assert await Sealing(Seals(pool, other), None).turn() is False
    await other.close()
    assert len(await seals.waiting()) == 2


async def test_an_entry_that_was_taken_out_before_it_was_sealed_is_known_as_gone(
    database: Addresses, seals: Seals, outside: asyncpg.Connection
) -> None:
    await fill(database)
    await outside.execute("ALTER TABLE ledger DISABLE TRIGGER ledger_only_grows")
    gone = await outside.fetchval(
        "DELETE FROM ledger WHERE id = (SELECT id FROM ledger WHERE tenant_id = $1 LIMIT 1) RETURNING id", ACME.id
    )

    await sealed(Sealing(seals, None))

    blocks = await blocks_after(outside, ACME.id, 0, 100)
    assert [id_ for block in blocks for id_, hash_ in block.sealed if hash_ == GONE] == [gone]


# ------------------------------------------------------------------ outside the database
async def test_where_the_chains_end_is_kept_outside_and_signed(
    database: Addresses, seals: Seals, outside: asyncpg.Connection, tmp_path: Path
) -> None:
    await fill(database)
    await sealed(Sealing(seals, head_file(tmp_path)))

    lines = list(positions(tmp_path / "heads"))
    for tenant in (ACME, GLOBEX):
        blocks = await blocks_after(outside, tenant.id, 0, 100)
        kept = [read_line(tmp_path / "heads", begin, verify) for owner, _, begin in lines if owner == tenant.id]
        assert [told(block) for block in blocks] == [
            (line.number, line.first, line.hash, list(line.ids), line.marks) for line in kept
        ]


def told(block: Block) -> tuple[object, ...]:
    marks = b"".join(hash_[:4] for _, hash_ in block.sealed)
    return block.number, block.first, block.hash, list(block.ids), marks


async def test_what_a_dead_worker_did_not_keep_is_kept_by_the_next_one(
    database: Addresses, seals: Seals, tmp_path: Path
) -> None:
    async with open_firm(database) as api:
        await receive_and_seal(api, seals, head_file(tmp_path), "a")
        whole = (tmp_path / "heads").read_bytes()
        await receive_and_seal(api, seals, None, "b")
        (tmp_path / "heads").write_bytes(whole + b'{"tenant": "torn')

        await receive_and_seal(api, seals, head_file(tmp_path), "c")

    assert (tmp_path / "heads").read_bytes().startswith(whole)
    assert [number for _, number, _ in positions(tmp_path / "heads")] == [1, 2, 3]


async def receive_and_seal(api: Api, seals: Seals, heads: HeadFile | None, key: str) -> None:
    await api.ask(RECEIVE, key=key)
    await sealed(Sealing(seals, heads))


async def test_a_chain_that_has_lost_blocks_is_told_of_once(
    database: Addresses, seals: Seals, outside: asyncpg.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(database)
    sealing = Sealing(seals, head_file(tmp_path))
    await sealed(sealing)
    await outside.execute("ALTER TABLE ledger_seals DISABLE TRIGGER ledger_seals_only_grow")
    await outside.execute("DELETE FROM ledger_seals WHERE tenant_id = $1 AND number > 1", ACME.id)

    with caplog.at_level(logging.ERROR):
        await sealing.turn()
        await sealing.turn()

    assert [record.args for record in caplog.records] == [(ACME.id,)]
    assert metrics.HEADS_AMISS._value.get() == 1


async def test_a_line_that_was_changed_or_signed_by_another_is_none(
    database: Addresses, seals: Seals, tmp_path: Path
) -> None:
    await fill(database)
    file = tmp_path / "heads"
    await sealed(Sealing(seals, head_file(tmp_path)))
    body = file.read_bytes()

    with pytest.raises(BadWitness, match="not signed"):
        read_line(file, 0, lambda signature, signed: False)
    file.write_bytes(body.replace(b'"number":1', b'"number":2', 1))
    with pytest.raises(BadWitness, match="not signed"):
        read_line(file, 0, verify)
    file.write_bytes(b"nonsense\n" + body)
    with pytest.raises(BadWitness, match="none of ours"):
        await HeadFile(file, KEY.sign).last()
