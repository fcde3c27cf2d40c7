"""A ledger of millions of entries of a year, written past the application as the application would have written it."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks._our_shelf import SKUS, TENANT, articles, stock
from benchmarks._rows import say
from db.bulk import analyze
from db.ledger_partitions import OwnedLedger
from domain.items import Item
from server.embedded.database import Addresses
from server.ids import new_id

#: Of one year; HOT has a tenth of all entries, at three locations.
DAYS = 365
HOT = "HOT"
LOCATIONS = ("MAIN", "EAST", "WEST")
#: What few entries have: one in so many.
SELDOM = 20_000
SELDOM_LOCATION, SELDOM_ACTOR, SELDOM_KIND, SELDOM_REASON = "ANNEX", "manager@acme", "WASTE", "lost"
CHUNK = 500_000

#: Entries $2 to $3 of $4 in all, from the time $5 on. Which are seldom, and where the others lie, follows from the
#: number. Two entries share an order.
ENTRIES = f"""
INSERT INTO ledger
SELECT $1, at, encode(
        substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3)
        || set_byte(set_byte(chance, 0, 112 | get_byte(chance, 0) & 15), 2, 128 | get_byte(chance, 2) & 63), 'hex'
    )::uuid,
    CASE WHEN n % 10 = 0 THEN '{HOT}' ELSE 'SKU-' || lpad((1 + (n * 7919) % {SKUS})::text, 5, '0') END,
    CASE WHEN n % {SELDOM} = 1 THEN '{SELDOM_LOCATION}' ELSE ($6::text[])[1 + (n / 10) % 3] END,
    n, at,
    CASE WHEN n % {SELDOM} = 3 THEN '{SELDOM_KIND}' WHEN n % 2 = 0 THEN 'ALLOCATION' ELSE 'PICK' END,
    0, 1, 0, 0, 1000, 1, 0, 0, 12.50, 'EUR',
    CASE WHEN n % {SELDOM} = 5 THEN '{SELDOM_ACTOR}' ELSE 'checkout' END,
    CASE WHEN n % {SELDOM} = 3 THEN '{SELDOM_REASON}' END,
    NULL, 'order', 'O-' || n / 2
FROM (
    SELECT n, $5::timestamptz + n * (interval '1 day' * {DAYS} / $4::bigint) AS at,
        substring(decode(md5(n::text), 'hex') FROM 1 FOR 10) AS chance
    FROM generate_series($2::bigint, $3) AS n
) AS entry
"""
INDEXES = """
SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
FROM pg_index WHERE indrelid = 'ledger'::regclass AND NOT indisprimary
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Of `entries` entries, the last of them of this moment."""

    addresses: Addresses
    entries: int


async def fill(addresses: Addresses, entries: int) -> Ledger:
    """Write the entries month by month, then index and analyse them."""
    since = datetime.now(UTC) - timedelta(days=DAYS)
    await OwnedLedger(addresses.owner_url).make_since(since)
    await stock(addresses, _items, {code: code.title() for code in (*LOCATIONS, SELDOM_LOCATION)})
    async with unindexed(addresses) as ruler:
        began = time.monotonic()
        for first in range(1, entries + 1, CHUNK):
            last = min(first + CHUNK - 1, entries)
            await ruler.execute(ENTRIES, TENANT.id, first, last, entries, since, list(LOCATIONS))
            say(f"{last:,} of {entries:,} entries written in {time.monotonic() - began:.0f} s")
    await analyze(addresses.owner_url)
    return Ledger(addresses, entries)


@asynccontextmanager
async def unindexed(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's session to write a ledger in, which is indexed, cleared and analysed afterwards."""
    ruler = await asyncpg.connect(addresses.superuser_url)
    try:
        await ruler.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off; SET timezone = 'UTC'")
        indexes = await ruler.fetch(INDEXES)
        for name, _ in indexes:
            await ruler.execute(f"DROP INDEX {name}")
        yield ruler
        began = time.monotonic()
        for name, definition in indexes:
            await ruler.execute(definition)
            say(f"indexed by {name}, {time.monotonic() - began:.0f} s")
        await ruler.execute("VACUUM (ANALYZE) ledger")
    finally:
        await ruler.close()


def _items() -> Iterator[Item]:
    yield Item(new_id(), HOT, f"Article {HOT}", version=1)
    yield from articles()
