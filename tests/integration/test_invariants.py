"""The invariants' checker: silent over honest books, and a sentence for each forgery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db.invariants import violations
from server.embedded.database import Addresses, run
from tests import servers
from tests.conformance.units_worlds import ACME
from tests.integration import orders
from tests.integration.forged_alerts import FORGED_ALERTS, HONEST
from tests.integration.forged_orders import FORGED_ORDERS
from tests.integration.shelf import LEVELS, fill

FORGERIES = {
    "a level changed behind the ledger's back": (
        "UPDATE stock_levels SET on_hand = on_hand + 1 WHERE id = '{level}'",
        ["I1: {place}: the level is (", "I1: {place}: the level is ("],
    ),
    "an entry taken out": (
        "DELETE FROM ledger WHERE (sku, location) = ('{sku}', '{location}') AND level_version = 3",
        ["I1: {place}: the level is (", "does not follow from the one before it"],
    ),
    "an entry changed": (
        "UPDATE ledger SET on_hand_change = on_hand_change + 1 WHERE (sku, location) = ('{sku}', '{location}') "
        "AND level_version = 3",
        ["its entries add up to", "does not follow from the one before it"],
    ),
    "the last entry beyond the level": (
        "UPDATE stock_levels SET version = 2 WHERE id = '{level}'",
        ["I1: {place}: the level is ("],
    ),
    "a ledger without its level": (
        "DELETE FROM stock_levels WHERE id = '{level}'",
        ["I1: {place}: the level is (, , , )"],
    ),
    "less than nothing": (
        "ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_available_to_promise_check; "
        "UPDATE stock_levels SET allocated = 100000 WHERE id = '{level}'",
        ["add up", "its last entry says", "I2: {place}: ("],
    ),
    "an event in the shard of another key": (
        "INSERT INTO outbox (tenant_id, shard, key, aggregate_id, version, type, body) "
        "VALUES ('{tenant}', 63, 'blue', '{level}', 1, 'Test', '')",
        ["outbox: the key blue lies in shard 63"],
    ),
    "events out of order": (
        "INSERT INTO outbox (tenant_id, shard, key, aggregate_id, version, type, body) "
        "SELECT '{tenant}', 0, 'key-34', '{level}', version, 'Test', '' FROM unnest('{{2,1}}'::int[]) AS version",
        ["tells version 1 of {level} after version 2"],
    ),
    "a message kept twice for one webhook": (
        "WITH kept AS (INSERT INTO webhook_messages (tenant_id, id, payload) VALUES ('{tenant}', '{level}', '')) "
        "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at) "
        "SELECT '{tenant}', gen_random_uuid(), '{level}', '{level}', 'STALE', 'PENDING', now() "
        "FROM generate_series(1, 2)",
        ["webhooks: message {level} is kept 2 times"],
    ),
    "a delivery without a message": (
        "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at) "
        "VALUES ('{tenant}', '{level}', '{level}', '{level}', 'STALE', 'PENDING', now())",
        ["webhooks: delivery {level} has no message"],
    ),
    "a message that nobody is sent": (
        "INSERT INTO webhook_messages (tenant_id, id, payload) VALUES ('{tenant}', '{level}', '')",
        ["webhooks: message {level} is kept for nobody"],
    ),
    "a delivery that nobody took": (
        "WITH kept AS (INSERT INTO webhook_messages (tenant_id, id, payload) VALUES ('{tenant}', '{level}', '')) "
        "INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, attempts, settled_at) "
        "SELECT '{tenant}', gen_random_uuid(), gen_random_uuid(), '{level}', 'STALE', 'DELIVERED', tries, "
        "now() FROM unnest(ARRAY['[]', '[{{\"status\": 204}}, {{\"status\": 500}}]', '[{{\"status\": 200}}]']"
        "::jsonb[]) AS tries",
        ["is DELIVERED, and its last try says", "is DELIVERED, and its last try says"],
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forgery_is_found_and_named(database: Addresses, forgery: str) -> None:
    await fill(database)
    connection = await asyncpg.connect(database.superuser_url)
    try:
        assert await violations(connection) == []
        level = next(level for level in LEVELS if len(level.entries) > 4)
        names = {"level": level.id, "sku": level.sku, "location": level.location, "tenant": ACME.id}
        names["place"] = f"{level.sku} at {level.location}"
        statement, told = FORGERIES[forgery]
        await connection.execute("ALTER TABLE ledger DISABLE TRIGGER ledger_only_grows")
        await connection.execute(f"SET app.tenant = '{ACME.id}'")

        await connection.execute(statement.format(**names))

        found = await violations(connection)
        assert all(any(part.format(**names) in sentence for sentence in found) for part in told), found
    finally:
        await connection.close()


FORGED = FORGED_ORDERS | FORGED_ALERTS


@pytest.fixture(scope="module")
def ordered(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share, for each leaves it as it was."""
    with postgres.clone() as addresses:
        run(orders.fill(addresses))
        yield addresses


@asynccontextmanager
async def forging(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """Honest books, and whatever is done to them is undone."""
    connection = await asyncpg.connect(addresses.superuser_url)
    undone = connection.transaction()
    await undone.start()
    try:
        assert await violations(connection) == []
        yield connection
    finally:
        await undone.rollback()
        await connection.close()


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_reservation_or_alert_is_found_and_named(ordered: Addresses, forgery: str) -> None:
    async with forging(ordered) as connection:
        names = {"tenant": str(ACME.id), **await _reservations(connection)}
        statement, told = FORGED[forgery]

        await connection.execute(statement.format(**names))

        found = await violations(connection)
        assert all(any(part.format(**names) in sentence for sentence in found) for part in told), found


@pytest.mark.parametrize("statement", HONEST, ids=["a little more than is low", "archived"])
async def test_where_no_alert_is_called_for_none_is_missing(ordered: Addresses, statement: str) -> None:
    async with forging(ordered) as connection:
        await connection.execute(statement.format(tenant=ACME.id))
        assert await violations(connection) == []


async def _reservations(connection: asyncpg.Connection) -> dict[str, str]:
    """Order -> the id of its reservation; `dropped` is one that its customer gave up."""
    rows = await connection.fetch("SELECT order_id, id::text, status FROM reservations WHERE tenant_id = $1", ACME.id)
    dropped = next(row["id"] for row in rows if row["status"] == "RELEASED")
    return {row["order_id"]: row["id"] for row in rows} | {"dropped": dropped}


async def test_the_session_is_left_as_it_was(ordered: Addresses) -> None:
    connection = await asyncpg.connect(ordered.application_url)
    try:
        await connection.execute(f"SET app.tenant = '{ACME.id}'; SET work_mem = '5MB'")
        before = await connection.fetch("SELECT name, setting FROM pg_settings")
        assert await violations(connection) == []
        assert await connection.fetch("SELECT name, setting FROM pg_settings") == before
        assert await connection.fetchval("SELECT current_setting('app.tenant')") == str(ACME.id)
    finally:
        await connection.close()
