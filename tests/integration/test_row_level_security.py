"""Row-level security, tried by raw SQL in the roles that the product uses."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from db import bulk
from db.ledger_partitions import partitions
from db.ledger_seals import Seals
from db.migrations.protection import PRIVILEGES, WORKER_PRIVILEGES
from db.pool import WORKER_ROLE, Database
from db.unit_of_work import PostgresUnitOfWork
from db.worker_session import WorkerSession
from domain.access import Caller, Role
from domain.items import Item
from domain.movements import Adjust
from domain.reasons import DEFAULT_REASON_CODES
from domain.strategies import Want
from domain.tenants import Tenant
from server.embedded.database import APPLICATION, Addresses, run
from services.cycle_counts import CreateCycleCount, create_cycle_count
from services.decisions import Delivery
from services.group_commit import GroupCommit
from services.policies import SetStockPolicy, set_stock_policy
from services.reservations import Reserve, ReserveStock
from services.stock import MoveStock, move_stock
from services.transfers import Send, TransferStock
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids

pytestmark = pytest.mark.tenants

TABLES = sorted(PRIVILEGES)
#: A right to some columns only, such as "UPDATE (reservation_ttls)".
IN_PART = re.compile(r"(\w+) \([^)]*\)")
#: Rows that no use case of this module writes.
PARKED = """
INSERT INTO parked_messages
    (tenant_id, topic, key, partition, message_offset, sent_at_ms, headers, value, reason, next_try_at)
VALUES ($1, 'orders', 'order-1', 0, 7, 0, '{}', '{}', 'nothing yet', now())
"""
REVOKED = "INSERT INTO revoked_tokens (tenant_id, token_id) VALUES ($1, 'token-1')"
AUDITED = """
INSERT INTO audit_log (tenant_id, id, actor, action, subject_type, subject)
VALUES ($1, gen_random_uuid(), 'admin', 'upsertItem', 'Item', 'blue')
"""
WEBHOOK = """
INSERT INTO webhooks
    (tenant_id, id, url, events, created_by, created_at, updated_at, active, version, secret)
VALUES ($1, gen_random_uuid(), 'https://example.com', '{STALE}', 'admin', now(), now(), true, 1, 'sealed')
"""
MESSAGE = "INSERT INTO webhook_messages (tenant_id, id, payload) VALUES ($1, gen_random_uuid(), '{}')"
DELIVERY = """
INSERT INTO webhook_deliveries
    (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at)
VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'STALE', 'PENDING', now())
"""
OPENING = """
INSERT INTO ledger_openings VALUES ($1, 'blue', 'MAIN', '2020-01', gen_random_uuid(), 1, now(), 0, 0, 0, 0)
"""
ROLLUPS = (
    """INSERT INTO movement_daily VALUES ($1, 'lost', 'MAIN', '2020-01-01', now(), now(), 1, now(),
       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0)""",
    "INSERT INTO transit_daily VALUES ($1, 'lost', 'transfer-1', '2020-01-01', now(), 0, 0, 0)",
    "INSERT INTO cost_layers VALUES ($1, 'lost', 'MAIN', 5, 1, now(), 5, now(), 'RECEIPT', 1)",
    "INSERT INTO transit_layers VALUES ($1, 'lost', 'transfer-1', 5, 1, now(), 5, now(), 'RECEIPT', 1)",
    "INSERT INTO demand_daily VALUES ($1, 'lost', 'MAIN', '2020-01-01', 2, 1)",
    """INSERT INTO demand_feed (tenant_id, skus, locations, asked, served, moments)
       VALUES ($1, '{lost}', '{MAIN}', '{2}', '{1}', ARRAY[now()])""",
    "INSERT INTO rollup_books (tenant_id, time_zone, currency) VALUES ($1, 'UTC', 'EUR') ON CONFLICT DO NOTHING",
    "INSERT INTO rollup_queue VALUES ($1, 'lost', now()) ON CONFLICT DO NOTHING",
    "INSERT INTO overdue_entries VALUES ($1, 'lost', now(), now(), gen_random_uuid())",
)
#: A column that a role may update, if there is one.
CHANGEABLE = """
SELECT attname FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND has_column_privilege($2::name, attrelid, attnum, 'UPDATE')
ORDER BY attname = 'tenant_id', attnum LIMIT 1
"""
NOTHING_DONE = ("UPDATE 0", "DELETE 0")
READABLE = sorted(table for table, rights in PRIVILEGES.items() if "SELECT" in rights)


@dataclass(frozen=True, slots=True)
class Roles:
    """A database in which two tenants have a row in every table, and a connection of each role to it."""

    application: asyncpg.Connection
    owner: asyncpg.Connection
    superuser: asyncpg.Connection

    async def be(self, tenant: Tenant | None) -> None:
        for connection in (self.application, self.owner):
            await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant.id) if tenant else "")


@pytest.fixture(scope="module")
def filled(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share: what they are not refused to do changes nothing, or is taken back."""
    with postgres.clone() as addresses:
        run(_fill(addresses))
        yield addresses


async def _fill(database: Addresses) -> None:
    """For two tenants, a row in every table."""
    pool = await Database.connect(database.application_url, size=1)
    units = PostgresUnitOfWork(pool, random=random.Random(1))
    seals = Seals(pool, WorkerSession(pool))
    for tenant in (ACME, GLOBEX):
        goods = [Item(ids(), "blue", "Blue goods", version=1)]
        await bulk.load(pool, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=goods)
        caller = Caller(tenant.id, tenant.slug, "admin", frozenset({Role.ADMIN}))
        found = MoveStock("key", (Adjust(sku="blue", change=5, reason_code="found"),), "adjustStock")
        commits = GroupCommit(units, ids)
        await move_stock(found, caller, commits)
        await seals.seal(tenant.id)
        order = ReserveStock("order-1", (Want("blue", None, 1),))
        await commits.submit(Reserve(order, caller, delivery=Delivery("orders-0-6", "OrderCreated", "order-1")))
        await commits.submit(Send(TransferStock("blue", "MAIN", "SHOP", 1), caller))
        low = SetStockPolicy("policy", "blue", "MAIN", {"low_stock_threshold": 10})
        await set_stock_policy(low, caller, units, ids)
        await create_cycle_count("list", CreateCycleCount("MAIN", ("blue",)), caller, units, ids)
    await pool.close()
    superuser = await asyncpg.connect(database.superuser_url)
    for tenant in (ACME, GLOBEX):
        for row in (PARKED, OPENING, REVOKED, AUDITED, WEBHOOK, MESSAGE, DELIVERY, *ROLLUPS):
            await superuser.execute(row, tenant.id)
    await superuser.close()


@pytest.fixture
async def roles(filled: Addresses) -> AsyncIterator[Roles]:
    urls = (filled.application_url, filled.owner_url, filled.superuser_url)
    connections = [await asyncpg.connect(url) for url in urls]
    yield Roles(*connections)
    for connection in connections:
        await connection.close()


async def test_every_table_of_tenants_is_protected_and_forced(roles: Roles) -> None:
    found = await roles.superuser.fetch("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced,
            (SELECT array_agg(policyname::text ORDER BY policyname::text) FROM pg_policies
            WHERE tablename = c.relname) AS policies
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum > 0
        WHERE c.relkind IN ('r', 'p') ORDER BY c.relname
    """)
    months = await partitions(roles.superuser)

    assert [row["relname"] for row in found] == sorted([*TABLES, *months])
    assert all(row["forced"] for row in found)
    own = {table: ["own_tenant"] for table in [*TABLES, *months]}
    own |= {table: ["every_tenant", "own_tenant"] for table in WORKER_PRIVILEGES}
    assert {row["relname"]: row["policies"] for row in found} == own


async def test_no_table_is_without_a_tenant_but_the_schemas_version(roles: Roles) -> None:
    found = await roles.superuser.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert [row[0] for row in found] == sorted([*TABLES, *await partitions(roles.superuser), "alembic_version"])


async def test_every_unique_key_leads_with_the_tenant(roles: Roles) -> None:
    found = await roles.superuser.fetch("""
        SELECT i.indexrelid::regclass::text AS name, a.attname
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
    """)
    assert found
    assert {row["attname"] for row in found} == {"tenant_id"}


@pytest.mark.parametrize("table", READABLE)
async def test_a_session_sees_its_own_tenants_rows_only(roles: Roles, table: str) -> None:
    for connection in (roles.application, roles.owner):
        for tenant in (ACME, GLOBEX):
            await roles.be(tenant)
            seen = await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")
            assert [row[0] for row in seen] == [tenant.id]
        await roles.be(None)
        assert await connection.fetch(f"SELECT 1 FROM {table}") == []


async def test_a_fresh_session_without_any_tenant_sees_nothing(filled: Addresses, roles: Roles) -> None:
    connection = await asyncpg.connect(filled.application_url)
    try:
        assert [await connection.fetch(f"SELECT 1 FROM {table}") for table in READABLE] == [[]] * len(READABLE)
    finally:
        await connection.close()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("tenant", [GLOBEX, None], ids=["another", "none"])
async def test_nothing_can_be_inserted_for_another_tenant(roles: Roles, table: str, tenant: Tenant | None) -> None:
    columns = await roles.superuser.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_identity = 'NO'", table
    )
    names = ", ".join(row[0] for row in columns)
    copy = await roles.superuser.fetchrow(f"SELECT {names} FROM {table} WHERE tenant_id = $1 LIMIT 1", ACME.id)
    assert copy is not None
    await roles.be(tenant)

    marks = ", ".join(f"${n}" for n in range(1, len(copy) + 1))
    values = [str(value) if name == "tx" else value for name, value in copy.items()]
    marks = marks if "tx" not in copy else marks.replace(f"${list(copy.keys()).index('tx') + 1}", "$0")
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})".replace("$0", "DEFAULT")
    given = [value for name, value in zip(copy.keys(), values, strict=True) if name != "tx"]
    sql = _renumbered(sql)
    may_insert = [roles.owner, *([roles.application] if "INSERT" in PRIVILEGES[table] else [])]
    for connection in may_insert:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(sql, *given)


def _renumbered(sql: str) -> str:
    """Parameters $1, $2, … without gaps."""
    head, _, marks = sql.partition("VALUES (")
    numbers = iter(range(1, 100))
    parts = [part if part == "DEFAULT" else f"${next(numbers)}" for part in marks.rstrip(")").split(", ")]
    return f"{head}VALUES ({', '.join(parts)})"


@pytest.mark.parametrize("table", sorted(table for table, rights in PRIVILEGES.items() if rights.endswith("UPDATE")))
async def test_another_tenants_rows_cannot_be_changed_or_given_away(roles: Roles, table: str) -> None:
    await roles.be(ACME)
    for connection in (roles.application, roles.owner):
        untouched = await connection.execute(
            f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = $1", GLOBEX.id
        )
        assert untouched == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(f"UPDATE {table} SET tenant_id = $1", GLOBEX.id)


@pytest.mark.parametrize("tenant", [GLOBEX, None], ids=["another", "none"])
async def test_no_row_is_changed_or_removed_but_by_its_own_tenant(roles: Roles, tenant: Tenant | None) -> None:
    changes = [change for table in TABLES for change in await _changes(roles, table)]
    taken_back = roles.application.transaction()
    await taken_back.start()
    try:
        for change in changes:
            await roles.be(tenant)
            assert await roles.application.execute(change, ACME.id) in NOTHING_DONE, change
            await roles.be(ACME)
            assert await roles.application.execute(change, ACME.id) not in NOTHING_DONE, "there was a row to change"
    finally:
        await taken_back.rollback()


async def _changes(roles: Roles, table: str) -> list[str]:
    """The statements by which the application may change or remove rows, those of the tenant $1."""
    column = await roles.superuser.fetchval(CHANGEABLE, table, APPLICATION)
    changes = [f"UPDATE {table} SET {column} = {column}"] if column else []
    changes += [f"DELETE FROM {table}"] if "DELETE" in PRIVILEGES[table] else []
    return [f"{change} WHERE tenant_id = $1" for change in changes]


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_may_do_only_what_is_listed(roles: Roles, table: str) -> None:
    granted = {
        right
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
        if await roles.application.fetchval("SELECT has_table_privilege($1, $2)", table, right)
    }
    in_part = {right for right in ("SELECT", "INSERT", "UPDATE") if await _in_part(roles.application, table, right)}
    assert granted == set(IN_PART.sub("", PRIVILEGES[table]).rstrip(", ").split(", "))
    assert in_part == set(IN_PART.findall(PRIVILEGES[table]))


async def _in_part(connection: asyncpg.Connection, table: str, right: str) -> bool:
    """Whether there is a right to some columns, and none to the whole table."""
    sql = "SELECT has_any_column_privilege($1, $2) AND NOT has_table_privilege($1, $2)"
    return bool(await connection.fetchval(sql, table, right))


async def test_the_application_can_take_no_wall_down(roles: Roles) -> None:
    await roles.be(ACME)
    for attack in (
        "ALTER TABLE items DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_tenant ON items",
        "CREATE TABLE own (id int)",
        "SET ROLE stockcast_owner",
        "SET row_security = off; SELECT * FROM items",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.application.execute(attack)


async def test_the_worker_sees_the_queue_of_every_tenant_and_nothing_else(roles: Roles) -> None:
    await roles.be(ACME)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await roles.application.execute("SELECT 1 FROM outbox")

    await roles.application.execute(f"SET ROLE {WORKER_ROLE}")

    for table in WORKER_PRIVILEGES:
        assert len(await roles.application.fetch(f"SELECT DISTINCT tenant_id FROM {table}")) == 2, table
    for table in sorted(set(TABLES) - WORKER_PRIVILEGES.keys()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.application.execute(f"SELECT 1 FROM {table}")
    for attack in (
        "UPDATE outbox SET body = ''",
        "SELECT order_id FROM reservations",
        "SELECT wanted FROM reservation_lines",
        "SELECT decision FROM decisions",
        "SELECT outcome FROM inbox",
        "SELECT entries FROM ledger_feed",
        "DELETE FROM ledger_feed",
        "SELECT ids FROM ledger_seals",
        "DELETE FROM reservations",
        "UPDATE parked_messages SET value = ''",
        "INSERT INTO revoked_tokens SELECT * FROM revoked_tokens",
        "UPDATE revoked_tokens SET expires_at = now()",
        "SELECT actor FROM audit_log",
        "DELETE FROM audit_log",
        "SELECT payload FROM webhook_messages",
        "SELECT attempts FROM webhook_deliveries",
        "UPDATE webhook_deliveries SET state = 'DEAD'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.application.execute(attack)


async def test_a_pooled_connection_forgets_no_change_of_tenant(filled: Addresses, roles: Roles) -> None:
    pool = await Database.connect(filled.application_url, size=1)
    try:
        for tenant in (ACME, GLOBEX, ACME):
            rows = await pool.fetch(tenant.id, "SELECT DISTINCT tenant_id FROM items")
            assert [row[0] for row in rows] == [tenant.id]
            async with pool.acquire() as connection:
                await connection.begin(GLOBEX.id)
                await connection.execute("ROLLBACK")
                assert await connection.fetchval("SELECT count(DISTINCT tenant_id) FROM items") == 1
                assert await connection.fetchval("SELECT current_setting('app.tenant')") == str(GLOBEX.id)
    finally:
        await pool.close()
