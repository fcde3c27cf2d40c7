"""A year of a shop's ledger, of however many entries, with the rollups and layers that the keeper makes of it.

Levels are as many whatever the number of entries: that is what makes a ledger long. Each receives ten units, sells them
one by one, and receives again; every 50th pick is a loss instead. What it costs changes with each receipt.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from benchmarks._ledger_shelf import unindexed
from benchmarks._our_shelf import TENANT, articles, sku, stock
from benchmarks._postgres import durable_server
from benchmarks._rows import say
from db.bulk import analyze
from db.folding import Folding
from db.ledger_partitions import OwnedLedger
from db.pool import Database
from db.worker_session import WorkerSession
from domain.items import Item
from domain.periods import Books
from server.embedded.database import Addresses, run
from tests import servers

SKUS = 500
DAYS = 365
CATEGORIES = 20
#: A receipt, then ten times a promise and a pick.
CYCLE = 21
CHUNK = 500_000
BOOKS = Books(TENANT.time_zone, TENANT.currency)

#: Entries $2 to $3 of $4, from the time $5 on: the level of one follows from its number, and where in its cycle it is.
ENTRIES = f"""
INSERT INTO ledger
SELECT $1, at, encode(
        substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3)
        || set_byte(set_byte(chance, 0, 112 | get_byte(chance, 0) & 15), 2, 128 | get_byte(chance, 2) & 63), 'hex'
    )::uuid,
    'SKU-' || lpad((1 + n % {SKUS})::text, 5, '0'), 'MAIN', turn + 1, at,
    CASE WHEN k = 0 THEN 'RECEIPT' WHEN k % 2 = 1 THEN 'ALLOCATION' WHEN turn % 50 = 0 THEN 'WASTE' ELSE 'PICK' END,
    CASE WHEN k = 0 THEN 10 WHEN k % 2 = 1 THEN 0 ELSE -1 END,
    CASE WHEN k = 0 THEN 0 WHEN k % 2 = 1 THEN 1 ELSE -1 END, 0, 0,
    10 - k / 2, k % 2, 0, 0, 10 + (turn / {CYCLE}) % 7, 'EUR', 'checkout',
    CASE WHEN k > 0 AND k % 2 = 0 AND turn % 50 = 0 THEN 'damaged' END, NULL, 'order', 'O-' || n / 2
FROM (
    SELECT n, n / {SKUS} AS turn, (n / {SKUS}) % {CYCLE} AS k,
        $5::timestamptz + n * (interval '1 day' * {DAYS} / $4::bigint) AS at,
        substring(decode(md5(n::text), 'hex') FROM 1 FOR 10) AS chance
    FROM generate_series($2::bigint, $3) AS n
) AS entry
"""
QUEUE = """
INSERT INTO rollup_queue (tenant_id, sku, since)
SELECT tenant_id, sku, timestamptz '0001-01-03 00:00Z' FROM items WHERE tenant_id = $1
"""


@dataclass(frozen=True, slots=True)
class Insight:
    """`entries` entries, and how many of them a second were folded."""

    addresses: Addresses
    entries: int
    since: datetime
    folded_per_second: float


@contextmanager
def shelf(entries: int) -> Iterator[Insight]:
    with servers.running(durable_server, on_disk=True) as server:
        postgres = servers.Postgres.prepared(server)
        with postgres.clone() as addresses:
            yield run(fill(addresses, entries))


async def fill(addresses: Addresses, entries: int) -> Insight:
    """Write the entries, index them, and let the keeper fold them."""
    since = datetime.now(UTC) - timedelta(days=DAYS)
    await OwnedLedger(addresses.owner_url).make_since(since)
    await stock(addresses, _items, {"MAIN": "Main"})
    await _write(addresses, entries, since)
    began = time.monotonic()
    await _fold(addresses)
    folded = entries / (time.monotonic() - began)
    await analyze(addresses.owner_url)
    return Insight(addresses, entries, since, folded)


async def _write(addresses: Addresses, entries: int, since: datetime) -> None:
    async with unindexed(addresses) as ruler:
        began = time.monotonic()
        for first in range(0, entries, CHUNK):
            last = min(first + CHUNK, entries) - 1
            await ruler.execute(ENTRIES, TENANT.id, first, last, entries, since)
            say(f"{last + 1:,} of {entries:,} entries written in {time.monotonic() - began:.0f} s")
        await ruler.execute("INSERT INTO rollup_books (tenant_id, time_zone, currency) VALUES ($1, $2, $3)", *_books())
        await ruler.execute(QUEUE, TENANT.id)


def _books() -> tuple[object, ...]:
    return TENANT.id, TENANT.time_zone, TENANT.currency


async def _fold(addresses: Addresses) -> None:
    database = await Database.connect(addresses.application_url, size=2)
    session = WorkerSession(database)
    folding = Folding(database, session)
    try:
        began = time.monotonic()
        for number in range(1, SKUS + 1):
            while (await folding.fold(TENANT.id, sku(number))).more:
                pass
            if number % 100 == 0:
                say(f"{number:,} of {SKUS:,} SKUs folded in {time.monotonic() - began:.0f} s")
    finally:
        await session.close()
        await database.close()


def _items() -> Iterator[Item]:
    for number, item in enumerate(articles(SKUS), 1):
        yield replace(item, category=f"C-{number % CATEGORIES}")
