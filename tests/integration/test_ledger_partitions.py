"""The ledger's months: made ahead, never missing, carried over from a ledger that had none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from db import migrations
from db.faults import DatabaseUnavailable
from db.invariants import violations
from db.ledger_partitions import EARLIER, OwnedLedger, month_after, month_of, name_of, partitions
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME, GLOBEX
from tests.integration.firm import ADMIN, open_firm
from tests.integration.older_schema import migrate_to
from tests.integration.shelf import LEVELS, fill
from workers import metrics
from workers.ledger_months import MonthsAhead

NOW = datetime.now(UTC)
#: One more entry of a level that has some, recorded at a moment.
ENTRY = """
INSERT INTO ledger
SELECT tenant_id, $1, gen_random_uuid(), sku, location, level_version + $2, occurred_at, kind,
    0, 0, 0, 0, on_hand_after, allocated_after, unavailable_after, incoming_after, unit_cost, currency, actor
FROM (SELECT * FROM ledger ORDER BY sku, location, level_version DESC LIMIT 1) AS last
"""
#: Entries of a hundred days, of two tenants.
PAST = """
INSERT INTO ledger
SELECT tenant, now() - n * interval '1 day', gen_random_uuid(), 'blue', 'MAIN', 101 - n, now() - n * interval '1 day',
    'RECEIPT', 1, 0, 0, 0, 101 - n, 0, 0, 0, 1.50, 'EUR', 'seed', NULL, 'Grüße', 'receipt', 'R-1'
FROM generate_series(1, 100) AS n CROSS JOIN unnest($1::uuid[]) AS tenant
"""


@pytest.fixture
async def outside(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


def months(count: int, since: datetime = NOW) -> list[str]:
    names = [name_of(month_of(since))]
    while len(names) < count:
        since = month_after(since)
        names.append(name_of(since))
    return names


async def held(connection: asyncpg.Connection) -> dict[str, int]:
    rows = await connection.fetch("SELECT tableoid::regclass::text, count(*) FROM ledger GROUP BY 1")
    return dict(tuple(row) for row in rows)


async def test_a_new_ledger_has_this_month_and_three_more(outside: asyncpg.Connection) -> None:
    assert await partitions(outside) == [EARLIER, *months(4)]


async def test_months_are_made_as_time_goes_on_and_only_what_is_missing(
    database: Addresses, outside: asyncpg.Connection
) -> None:
    worker = MonthsAhead(OwnedLedger(database.owner_url), ahead=5)

    assert [await worker.turn(), await worker.turn()] == [False, False]

    assert await partitions(outside) == [EARLIER, *months(6)]
    assert metrics.LEDGER_MONTHS_AHEAD._value.get() == 5


async def test_several_owners_make_each_month_once(database: Addresses, outside: asyncpg.Connection) -> None:
    await asyncio.gather(*(OwnedLedger(database.owner_url).make_ahead(6) for _ in range(4)))
    await OwnedLedger(database.owner_url).make_ahead(6)
    assert await partitions(outside) == [EARLIER, *months(7)]


async def test_a_month_that_nobody_made_stops_no_entry_and_is_there_afterwards(
    database: Addresses, outside: asyncpg.Connection
) -> None:
    await fill(database)
    late, later = month_after(NOW + timedelta(days=150)), month_after(NOW + timedelta(days=220))
    for n, moment in enumerate((late, later)):
        await outside.execute(ENTRY, moment, n + 1)
    open_one = (await partitions(outside))[-1]
    assert (await held(outside))[open_one] == 2

    assert await OwnedLedger(database.owner_url).make_ahead(4) == 4

    assert (await partitions(outside))[-2:] == [open_one, name_of(month_after(later))]
    assert (await held(outside))[open_one] == 2
    await outside.execute(ENTRY, month_after(later), 3)
    assert (await held(outside))[name_of(month_after(later))] == 1


async def test_writers_go_on_while_months_are_made(database: Addresses, outside: asyncpg.Connection) -> None:
    async with open_firm(database) as api:
        making = asyncio.create_task(OwnedLedger(database.owner_url).make_ahead(8))
        written = 0
        while not making.done() or written < 20:
            data = await api.ask(
                'mutation ($key: String!) { receiveStock(input: { idempotencyKey: $key, sku: "SKU-01", location: '
                '"MAIN", quantity: 1 }) { userErrors { code } } }',
                key=f"k-{written}",
            )
            assert data["receiveStock"]["userErrors"] == []
            written += 1
        assert await making == 8
    assert (
        await outside.fetchval("SELECT count(*) FROM ledger WHERE kind = 'RECEIPT' AND actor = $1", ADMIN.subject)
        == written
    )
    assert await violations(outside) == []


async def test_who_reads_the_ledger_is_not_interrupted_and_the_month_is_made_later(
    database: Addresses, outside: asyncpg.Connection
) -> None:
    reading = outside.transaction()
    await reading.start()
    await outside.fetch("SELECT 1 FROM ledger")
    owner = OwnedLedger(database.owner_url)

    with pytest.raises(DatabaseUnavailable, match="in use"):
        await owner.make_ahead(4)
    assert len(await partitions(outside)) == 5
    await reading.rollback()

    assert await owner.make_ahead(4) == 4


async def test_a_past_that_is_to_be_loaded_gets_its_months_beforehand(
    database: Addresses, outside: asyncpg.Connection
) -> None:
    owner = OwnedLedger(database.owner_url)
    oldest = min(level.created_at for level in LEVELS)

    assert [await owner.make_since(oldest), await owner.make_since(NOW)] == [True, True]
    await fill(database)

    found = await held(outside)
    assert EARLIER not in found
    assert sum(found.values()) == 2 * sum(len(level.entries) for level in LEVELS)
    wrong = "SELECT count(*) FROM ledger WHERE to_char(recorded_at, '\"ledger_\"YYYY_MM') <> tableoid::regclass::text"
    assert await outside.fetchval(wrong) == 0
    assert await violations(outside) == []


async def test_a_past_that_was_loaded_already_stays_where_it_is(
    database: Addresses, outside: asyncpg.Connection
) -> None:
    await fill(database)
    before = await held(outside)

    assert not await OwnedLedger(database.owner_url).make_since(NOW - timedelta(days=400))

    assert await held(outside) == before
    assert await partitions(outside) == [EARLIER, *months(4)]


async def test_a_ledger_without_months_is_carried_over_row_by_row(empty_database: Addresses) -> None:
    await asyncio.to_thread(migrate_to, empty_database, "0006")
    connection = await asyncpg.connect(empty_database.superuser_url)
    try:
        await connection.execute(PAST, [ACME.id, GLOBEX.id])
        rows = "SELECT entry::text FROM ledger AS entry ORDER BY tenant_id, recorded_at, id"
        before = await connection.fetch(rows)

        migrations.migrate(empty_database.owner_url, empty_database.application_url)

        assert await connection.fetch(rows) == before
        # What is there ends with its own month; the months begin with the next.
        assert await partitions(connection) == [EARLIER, *months(4, month_after(NOW))]
        await connection.execute(ENTRY, NOW, 1)
        assert await held(connection) == {EARLIER: len(before) + 1}
    finally:
        await connection.close()
