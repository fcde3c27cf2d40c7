"""Retention on PostgreSQL: what is old is forgotten when its time has come, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from db.pool import Database
from db.retention import OldRows
from db.worker_session import WorkerSession
from domain.movements import Receive
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME, ids
from tests.integration.small_shop import SKUS, Shop, open_shop
from workers.retention import Kept, Retention

A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=366)


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def test_decisions_are_known_for_their_time_and_deleted_then_a_few_at_once(shop: Shop) -> None:
    for n in range(6):
        await shop.move(f"key-{n}", Receive(sku=SKUS[0], quantity=1))
    await shop.outside.execute("UPDATE decisions SET claimed_at = now() - interval '25 hours' WHERE key < 'key-5'")
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    assert await shop.outside.fetch("SELECT key FROM decisions") == [("key-5",)]
    await session.close()


async def test_deliveries_are_known_for_their_time(shop: Shop) -> None:
    await shop.outside.execute(
        "INSERT INTO inbox (tenant_id, id, type, outcome, received_at) "
        "SELECT $1, n::text, 'OrderCreated', 'APPLIED', now() - n * interval '1 day' FROM generate_series(0, 5) AS n",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, 3 * A_DAY, A_YEAR), rows_at_once=100)

    assert await old.turn() is False

    assert await shop.outside.fetch("SELECT id FROM inbox ORDER BY id") == [("0",), ("1",), ("2",)]
    await session.close()


async def test_revoked_tokens_are_known_until_they_have_expired_for_an_hour(shop: Shop) -> None:
    await shop.outside.execute(
        "INSERT INTO revoked_tokens (tenant_id, token_id, expires_at) "
        "SELECT $1::uuid, n::text, now() - n * interval '40 minutes' FROM generate_series(0, 5) AS n "
        "UNION ALL SELECT $1::uuid, 'for ever', NULL",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    left = await shop.outside.fetch("SELECT token_id FROM revoked_tokens ORDER BY 1")
    assert [row[0] for row in left] == ["0", "1", "for ever"]
    await session.close()


async def test_the_audit_log_is_kept_for_its_time_a_few_entries_deleted_at_once(shop: Shop) -> None:
    await shop.outside.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_told_now")
    await shop.outside.execute(
        "INSERT INTO audit_log (tenant_id, id, recorded_at, actor, action, subject_type, subject) "
        "SELECT $1, gen_random_uuid(), now() - (363 + n) * interval '1 day', 'admin', 'upsertItem', 'Item', n::text "
        "FROM generate_series(1, 7) AS n",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    left = await shop.outside.fetch("SELECT subject FROM audit_log ORDER BY 1")
    assert [row[0] for row in left] == ["1", "2"]
    await session.close()


async def test_the_application_itself_forgets_nothing(database: Addresses, shop: Shop) -> None:
    pool = await Database.connect(database.application_url, size=1)
    for table in ("decisions", "inbox", "revoked_tokens"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetch(ACME.id, f"DELETE FROM {table}")
    await pool.close()


async def test_what_webhooks_were_told_is_kept_for_its_time_and_what_they_were_not_for_longer(shop: Shop) -> None:
    await shop.outside.execute(
        "WITH told AS (SELECT gen_random_uuid() AS id, n, state "
        "FROM generate_series(1, 7, 2) AS n, unnest(ARRAY['PENDING', 'DELIVERED', 'DEAD']) AS state), "
        "kept AS (INSERT INTO webhook_messages (tenant_id, id, payload) SELECT $1, id, n FROM told) "
        "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, attempts, settled_at, "
        "next_attempt_at) SELECT $1, gen_random_uuid(), gen_random_uuid(), id, 'STALE', state, "
        "'[{\"status\": 200}]', CASE WHEN state <> 'PENDING' THEN now() - n * interval '1 day' END, "
        "CASE WHEN state = 'PENDING' THEN now() END FROM told",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR, delivered=2 * A_DAY, dead=4 * A_DAY), rows_at_once=2)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    kept = await shop.outside.fetch(
        "SELECT state, payload FROM webhook_deliveries AS delivery "
        "JOIN webhook_messages AS message ON message.id = delivery.message_id ORDER BY state, payload"
    )
    assert [tuple(row) for row in kept] == [
        ("DEAD", "1"),
        ("DEAD", "3"),
        ("DELIVERED", "1"),
        *(("PENDING", str(n)) for n in (1, 3, 5, 7)),
    ]
    assert await shop.outside.fetchval("SELECT count(*) FROM webhook_messages") == len(kept)
    await session.close()


async def test_what_a_webhook_was_sent_is_kept_as_long_as_it_is_kept_of_another(shop: Shop) -> None:
    message = ids()
    await shop.outside.execute(
        "INSERT INTO webhook_messages (tenant_id, id, payload) VALUES ($1, $2, '{}')", ACME.id, message
    )
    await shop.outside.execute(
        "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, attempts, settled_at) "
        "SELECT $1, gen_random_uuid(), gen_random_uuid(), $2, 'STALE', 'DELIVERED', '[{\"status\": 200}]', "
        "now() - n * interval '1 day' FROM unnest(ARRAY[1, 5, 5]) AS n",
        ACME.id,
        message,
    )
    session = WorkerSession(shop.database)
    old = OldRows(session)

    assert await old.forget_webhook_deliveries("DELIVERED", 3 * A_DAY, 10) == 2
    assert await shop.outside.fetchval("SELECT count(*) FROM webhook_messages") == 1
    assert await old.forget_webhook_deliveries("DELIVERED", timedelta(0), 10) == 1
    assert await shop.outside.fetchval("SELECT count(*) FROM webhook_messages") == 0
    await session.close()
