"""What the peers hold before each run, and the five statements that they reserve with: one source for both.

The tables are leaner than ours (a primary key each, no further index, no idempotency key), which favours the peers.
Row-level security is ENABLEd and FORCEd as on ours, and the application's role owns nothing.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from benchmarks._our_shelf import SKUS, TENANT, UNITS
from server.embedded.database import Addresses

TABLES = """
CREATE TABLE levels (
    tenant_id uuid NOT NULL, sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL,
    on_hand integer NOT NULL CHECK (on_hand >= 0), allocated integer NOT NULL CHECK (allocated >= 0),
    version bigint NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sku, location), CHECK (on_hand - allocated >= 0)
) WITH (fillfactor = 70);
CREATE TABLE reservations (
    tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), order_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL, quantity integer NOT NULL CHECK (quantity > 0), status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE ledger (
    tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, recorded_at timestamptz NOT NULL DEFAULT now(),
    sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, level_version bigint NOT NULL,
    kind text NOT NULL, on_hand_change integer NOT NULL, allocated_change integer NOT NULL,
    on_hand_after integer NOT NULL, allocated_after integer NOT NULL, actor text NOT NULL, reference text,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE outbox (
    tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, version bigint NOT NULL,
    type text NOT NULL, body text NOT NULL, written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id)
);
"""

PROTECTION = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON {table} USING ({own}) WITH CHECK ({own});
GRANT SELECT, INSERT, UPDATE ON {table} TO "{application}";
"""

FILL = """
INSERT INTO levels (tenant_id, sku, location, on_hand, allocated, version)
SELECT '{tenant}', 'SKU-' || lpad(number::text, 5, '0'), 'MAIN', {units}, 0, 1 FROM generate_series(1, {skus}) number;
INSERT INTO ledger (tenant_id, sku, location, level_version, kind, on_hand_change, allocated_change, on_hand_after,
    allocated_after, actor)
SELECT tenant_id, sku, location, version, 'RECEIPT', on_hand, 0, on_hand, 0, 'benchmark' FROM levels;
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One of the five; `:name` stands for an argument."""

    name: str
    sql: str

    @property
    def arguments(self) -> list[str]:
        """Their names, each once, in the order of `$1`, `$2` …"""
        return list(dict.fromkeys(re.findall(r"(?<!:):(\w+)", self.sql)))

    @property
    def positional(self) -> str:
        """As PostgreSQL's protocol wants it."""
        numbers = {name: number for number, name in enumerate(self.arguments, 1)}
        return re.sub(r"(?<!:):(\w+)", lambda found: f"${numbers[found[1]]}", self.sql)


FIVE_STATEMENTS = (
    Statement(
        "lock",
        "SELECT on_hand, allocated, version FROM levels "
        "WHERE tenant_id = :tenant AND sku = :sku AND location = 'MAIN' FOR UPDATE",
    ),
    Statement(
        "update",
        "UPDATE levels SET allocated = :allocated, version = :version, updated_at = clock_timestamp() "
        "WHERE tenant_id = :tenant AND sku = :sku AND location = 'MAIN'",
    ),
    Statement(
        "reserve",
        "INSERT INTO reservations (tenant_id, order_id, sku, quantity, status, expires_at) "
        "VALUES (:tenant, :order, :sku, :quantity, 'PENDING', now() + :ttl::integer * interval '1 second') "
        "RETURNING id",
    ),
    Statement(
        "enter",
        "INSERT INTO ledger (tenant_id, sku, location, level_version, kind, on_hand_change, allocated_change, "
        "on_hand_after, allocated_after, actor, reference) "
        "VALUES (:tenant, :sku, 'MAIN', :version, 'ALLOCATION', 0, :quantity, :on_hand, :allocated, :actor, :order)",
    ),
    Statement(
        "tell",
        "INSERT INTO outbox (tenant_id, key, version, type, body) "
        "VALUES (:tenant, :sku, :version, 'StockLevelChanged', :body)",
    ),
)


async def fill(addresses: Addresses) -> None:
    """Make the tables in an empty database, load them, and analyse."""
    application = urlsplit(addresses.application_url).username
    own = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"
    owner = await asyncpg.connect(addresses.owner_url)
    try:
        await owner.execute(TABLES)
        for table in ("levels", "reservations", "ledger", "outbox"):
            await owner.execute(PROTECTION.format(table=table, own=own, application=application))
        await owner.execute("SELECT set_config('app.tenant', $1, false)", str(TENANT.id))
        await owner.execute(FILL.format(tenant=TENANT.id, units=UNITS, skus=SKUS))
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


async def faults(addresses: Addresses, made: int) -> list[str]:
    """What is wrong after a run that was told of `made` reservations; empty when each wrote all it had to."""
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        counts = {
            "reservations": await connection.fetchval("SELECT count(*) FROM reservations"),
            "units allocated": await connection.fetchval("SELECT sum(allocated) FROM levels"),
            "ledger entries": await connection.fetchval("SELECT count(*) FROM ledger WHERE kind = 'ALLOCATION'"),
            "outbox rows": await connection.fetchval("SELECT count(*) FROM outbox"),
        }
        connection_sees = await _seen_without_a_tenant(addresses)
    finally:
        await connection.close()
    found = [
        f"{made} reservations were told, {number} {what} are kept" for what, number in counts.items() if number != made
    ]
    return [*found, *(["a session without a tenant sees rows"] if connection_sees else [])]


async def _seen_without_a_tenant(addresses: Addresses) -> bool:
    connection = await asyncpg.connect(addresses.application_url)
    try:
        return await connection.fetchval("SELECT EXISTS (SELECT FROM levels)")
    finally:
        await connection.close()
