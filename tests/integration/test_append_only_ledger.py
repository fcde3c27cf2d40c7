"""The ledger only grows: every other way to touch it is tried, by the application's role and by whoever may more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from db.ledger_partitions import EARLIER, OwnedLedger, partitions
from db.migrations import migrate
from db.pool import WORKER_ROLE
from server.embedded.database import OWNER, Addresses, run
from tests import servers
from tests.conformance.units_worlds import ACME
from tests.integration.shelf import fill

#: What is done to its rows; {ledger} is the table or the month that holds them.
CHANGES = (
    "UPDATE {ledger} SET note = 'forged'",
    "UPDATE {ledger} SET note = note WHERE false",
    "DELETE FROM {ledger}",
    "DELETE FROM {ledger} WHERE false",
    "TRUNCATE {ledger}",
    "TRUNCATE {ledger} CASCADE",
    "INSERT INTO {ledger} SELECT * FROM {ledger} ON CONFLICT (tenant_id, recorded_at, id) DO UPDATE SET note = 'x'",
    "MERGE INTO {ledger} AS l USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
    "MERGE INTO {ledger} AS l USING (SELECT 1) AS s ON true WHEN MATCHED THEN UPDATE SET note = 'forged'",
)
#: What is done to what stands before them.
WALLS = (
    "ALTER TABLE {ledger} DISABLE TRIGGER ALL",
    "ALTER TABLE {ledger} DISABLE TRIGGER ledger_only_grows",
    "DROP TRIGGER ledger_only_grows ON {ledger}",
    "CREATE TRIGGER own BEFORE INSERT ON {ledger} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE OR REPLACE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION refuse_change_of_ledger() CASCADE",
    "ALTER TABLE {ledger} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {ledger} NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY own_tenant ON {ledger}",
    "CREATE POLICY every_tenant ON {ledger} USING (true)",
    "CREATE RULE own AS ON INSERT TO {ledger} DO INSTEAD NOTHING",
    "ALTER TABLE {ledger} ADD COLUMN own int",
    "ALTER TABLE {ledger} ALTER COLUMN note SET DEFAULT 'forged'",
    "ALTER TABLE {ledger} RENAME TO own",
    "ALTER TABLE {ledger} OWNER TO CURRENT_USER",
    "CREATE INDEX own ON {ledger} (note)",
    "DO $$ BEGIN LOCK TABLE {ledger} IN ACCESS EXCLUSIVE MODE; END $$",
    "DROP TABLE {ledger}",
    "DROP TABLE {ledger} CASCADE",
    "ALTER TABLE ledger DETACH PARTITION {month}",
    "ALTER TABLE ledger DETACH PARTITION {month} CONCURRENTLY",
    "ALTER TABLE ledger ATTACH PARTITION {month} DEFAULT",
    "CREATE TABLE own PARTITION OF ledger DEFAULT",
    "CREATE TABLE own () INHERITS ({month})",
    "CREATE TABLE own (LIKE ledger)",
    "CREATE VIEW own AS SELECT * FROM ledger",
    "COPY {ledger} FROM PROGRAM 'true'",
    "COPY {ledger} FROM '/dev/null'",
    "SET ROLE stockcast_owner",
    "SET SESSION AUTHORIZATION stockcast_owner",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "GRANT stockcast_owner TO CURRENT_USER",
    "SET allow_system_table_mods = on",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "DELETE FROM pg_trigger",
    "UPDATE pg_class SET relrowsecurity = false",
    "SELECT pg_read_file('PG_VERSION')",
    "LOAD 'auto_explain'",
)
#: What needs a right on a month itself, which nobody was given.
ON_A_MONTH = ("SELECT * FROM {month}", "INSERT INTO {month} SELECT * FROM ledger", "COPY {month} TO STDOUT")

SUMS = "SELECT count(*), sum(on_hand_change), sum(hashtext(ledger::text)::bigint) FROM ledger"


@pytest.fixture(scope="module")
def filled(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database with two tenants' entries, which these tests fail to change."""
    with postgres.clone() as addresses:
        run(fill(addresses))
        yield addresses


@asynccontextmanager
async def session(url: str, role: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    """A session of ACME's."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET app.tenant = '{ACME.id}'")
        if role:
            await connection.execute(f"SET ROLE {role}")
        yield connection
    finally:
        await connection.close()


async def sums(addresses: Addresses) -> asyncpg.Record | None:
    async with session(addresses.superuser_url) as outside:
        return await outside.fetchrow(SUMS)


@pytest.mark.parametrize("role", [None, WORKER_ROLE])
async def test_the_applications_roles_can_only_add_to_it(filled: Addresses, role: str | None) -> None:
    before = await sums(filled)
    succeeded: list[str] = []
    async with session(filled.application_url, role) as connection:
        for attack in (*CHANGES, *WALLS, *ON_A_MONTH):
            for ledger in ("ledger", EARLIER):
                statement = attack.format(ledger=ledger, month=EARLIER)
                with suppress(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
                    succeeded.append(statement)
    assert succeeded == []
    assert await sums(filled) == before


async def test_no_table_of_the_sessions_own_stands_before_it(empty_database: Addresses) -> None:
    """Rights on a database are not cloned with it: it has them from its own migration."""
    migrate(empty_database.owner_url, empty_database.application_url)
    async with session(empty_database.application_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="temporary tables"):
            await connection.execute("CREATE TEMP TABLE ledger (LIKE public.ledger)")


async def test_rows_are_not_copied_into_it(filled: Addresses) -> None:
    async with session(filled.application_url) as connection:
        row = await connection.fetchrow("SELECT * FROM ledger LIMIT 1")
        assert row is not None
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="row-level security"):
            await connection.copy_records_to_table("ledger", records=[tuple(row)], columns=list(row.keys()))
        for month in await partitions(connection):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.copy_records_to_table(month, records=[tuple(row)], columns=list(row.keys()))


async def test_a_right_that_one_does_not_have_is_not_given_to_oneself(filled: Addresses) -> None:
    """What is given without the right to give it is a warning, where others were given too."""
    async with session(filled.application_url) as connection:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute("GRANT ALL ON ledger TO CURRENT_USER WITH GRANT OPTION")
        for right in ("UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
            assert not await connection.fetchval("SELECT has_table_privilege('ledger', $1)", right)


async def test_no_right_on_a_month_was_given_to_anybody(filled: Addresses) -> None:
    async with session(filled.superuser_url) as outside:
        for month in await partitions(outside):
            given = await outside.fetch(
                "SELECT grantee::regrole::text FROM pg_class, aclexplode(relacl) WHERE relname = $1", month
            )
            assert {row[0] for row in given} <= {OWNER}, month


@pytest.mark.parametrize("who", ["superuser", "owner", "replica"])
async def test_whoever_has_every_right_is_stopped_by_the_trigger(filled: Addresses, who: str) -> None:
    async with session(filled.owner_url if who == "owner" else filled.superuser_url) as connection:
        if who == "replica":
            await connection.execute("SET session_replication_role = replica")
        for change in CHANGES:
            for ledger in ("ledger", EARLIER):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="the ledger only grows"):
                    await connection.execute(change.format(ledger=ledger))


async def test_every_month_has_the_trigger_and_later_ones_will(filled: Addresses) -> None:
    await OwnedLedger(filled.owner_url).make_ahead(5)
    async with session(filled.superuser_url) as outside:
        armed = await outside.fetch(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'ledger_only_grows' AND tgenabled = 'A'"
        )
        assert sorted(row[0] for row in armed) == sorted(["ledger", *await partitions(outside)])
