"""The invariants' checker: silent over honest books, and a sentence for each forgery."""

from __future__ import annotations

import asyncpg
import pytest

from db.invariants import violations
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
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
