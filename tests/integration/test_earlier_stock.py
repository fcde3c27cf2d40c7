"""Stock that was there before there were alerts: after the migration a worker opens what it calls for."""

from __future__ import annotations

import asyncio
from random import Random

import asyncpg

from db.invariants import violations
from db.migrations import migrate
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.integration.older_schema import migrate_to
from tests.integration.small_shop import Shop
from tests.integration.still_stock import due, workers

#: Nothing is left of `out`, and that is low; of `none` there is no telling; `old` is not sold any more.
EARLIER = f"""
INSERT INTO tenants (tenant_id, slug, name, time_zone, currency, default_location)
VALUES ('{ACME.id}', 'acme', 'Acme', 'UTC', 'EUR', 'MAIN');
INSERT INTO locations (tenant_id, id, code, name, kind, priority, active, version, searched)
VALUES ('{ACME.id}', gen_random_uuid(), 'MAIN', 'Main', 'warehouse', 0, true, 1, 'main');
INSERT INTO items (tenant_id, id, sku, name, unit_of_measure, quantity_scale, barcodes, archived_at, version, searched)
SELECT '{ACME.id}', gen_random_uuid(), sku, sku, 'each', 0, '{{}}', CASE sku WHEN 'old' THEN now() END, 1, sku
FROM unnest('{{out,none,old}}'::text[]) AS sku;
INSERT INTO stock_levels (tenant_id, sku, location, id, on_hand, allocated, unavailable, incoming, low_stock_threshold,
    stale_after_days, safety_stock, status, stale_due, version, created_at, updated_at)
SELECT '{ACME.id}', sku, 'MAIN', gen_random_uuid(), 0, 0, 0, 0, CASE WHEN sku <> 'none' THEN 5 END,
    30, 0, 'OUT_OF_STOCK', now() + interval '30 days', 1, now(), now()
FROM unnest('{{out,none,old}}'::text[]) AS sku
"""


async def test_what_was_low_before_there_were_alerts_gets_its_alert_from_a_worker(empty_database: Addresses) -> None:
    await asyncio.to_thread(migrate_to, empty_database, "0015")
    outside = await asyncpg.connect(empty_database.superuser_url)
    await outside.execute(EARLIER)
    await asyncio.to_thread(migrate, empty_database.owner_url, empty_database.application_url)
    database = await Database.connect(empty_database.application_url, size=2)
    shop = Shop(database, PostgresUnitOfWork(database, random=Random(1)), [], outside)

    assert await violations(outside) == ["alerts: out at MAIN: 0 available, low at 5, and no alert"]
    async with workers(shop) as [worker]:
        assert not await worker.turn()

    assert await violations(outside) == []
    rows = await outside.fetch("SELECT sku, kind, remaining, threshold FROM alerts")
    assert [tuple(row) for row in rows] == [("out", "OUT_OF_STOCK", 0, 5)]
    assert await due(shop) == []
    again = await outside.fetch("SELECT sku, stale_due - created_at AS later FROM stock_levels ORDER BY sku")
    assert {row["sku"]: row["later"] and row["later"].days for row in again} == {"none": 30, "old": None, "out": 30}
    await outside.close()
    await database.close()
