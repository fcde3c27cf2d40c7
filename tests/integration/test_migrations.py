"""Migrations: from nothing to the newest schema, by many at once, or a sentence that says what is wrong."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrations
from db.faults import MigrationError
from db.migrations import migrate, newest_revision
from db.migrations.protection import PRIVILEGES
from db.tables import Xid8, metadata
from server.embedded.database import Addresses, execute
from tests import servers
from tests.integration.older_schema import migrate_to


def test_an_empty_database_is_migrated_and_a_migrated_one_left_alone(empty_database: Addresses) -> None:
    for _ in range(2):
        migrate(empty_database.owner_url, empty_database.application_url)

    assert fetch(empty_database.owner_url, "SELECT version_num FROM alembic_version") == newest_revision()
    for table, rights in PRIVILEGES.items():
        rights_in_words = re.findall(r"[A-Z]+", rights)
        each = " AND ".join(f"has_{_extent(right)}_privilege('{table}', '{right}')" for right in rights_in_words)
        assert fetch(empty_database.application_url, f"SELECT {each}") is True


def _extent(right: str) -> str:
    """Rows are deleted whole."""
    return "table" if right == "DELETE" else "any_column"


async def test_it_can_be_called_where_an_event_loop_runs(empty_database: Addresses) -> None:
    migrate(empty_database.owner_url, empty_database.application_url)


def test_many_processes_at_once_migrate_once(empty_database: Addresses) -> None:
    addresses = (empty_database.owner_url, empty_database.application_url)
    with ThreadPoolExecutor(3) as threads:
        others = [process_that_migrates(*addresses) for _ in range(3)]
        assert list(threads.map(lambda _: migrate(*addresses), range(3))) == [None] * 3
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert fetch(empty_database.owner_url, "SELECT count(*) FROM alembic_version") == 1


def test_several_databases_of_one_server_make_the_roles_at_once(postgres: servers.Postgres) -> None:
    with postgres.empty() as one, postgres.empty() as two, postgres.empty() as three:
        login = "postgresql://fresh_app:it%27s%20a%20secret@"
        urls = [(each.superuser_url, login + each.application_url.split("@")[1]) for each in (one, two, three)]
        runs = [process_that_migrates(*both) for both in urls]
        assert [run.wait(60) for run in runs] == [0, 0, 0]
        assert [fetch(url, "SELECT current_user") for _, url in urls] == ["fresh_app"] * 3
        assert [fetch(url, "SELECT count(*) FROM items") for _, url in urls] == [0] * 3


async def test_the_tables_in_the_code_are_those_in_the_database(database: Addresses) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(database.superuser_url), poolclass=NullPool
    )

    def compare(connection: Connection) -> list[object]:
        connection.dialect.ischema_names["xid8"] = Xid8  # type: ignore[attr-defined]
        options = {"compare_server_default": False, "include_object": _ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with engine.connect() as connection:
        differences = await connection.run_sync(compare)
    await engine.dispose()
    assert differences == []


def _ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Foreign keys stand in the migrations alone, and a month of the ledger is as the ledger is."""
    is_month = kind == "table" and (name or "").startswith("ledger_") and name not in metadata.tables
    return kind != "foreign_key_constraint" and name != "alembic_version" and not is_month


def test_the_numbers_of_the_files_tell_the_order() -> None:
    versions = Path(migrations.__file__).parent / "versions"
    numbers = sorted(file.stem.split("_")[0] for file in versions.glob("0*.py"))
    assert migrations.revisions() == numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_a_database_newer_than_the_code_is_left_alone(empty_database: Addresses) -> None:
    migrate(empty_database.owner_url, empty_database.application_url)
    execute(empty_database.owner_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(MigrationError, match="revision 9999, which this version does not know: it is newer"):
        migrate(empty_database.owner_url, empty_database.application_url)


@pytest.fixture
async def unsealed(empty_database: Addresses) -> AsyncIterator[Addresses]:
    """Of the last version that sealed nothing."""
    await asyncio.to_thread(migrate_to, empty_database, "0008")
    yield empty_database


def migrated(addresses: Addresses) -> asyncio.Task[None]:
    return asyncio.create_task(asyncio.to_thread(migrate, addresses.owner_url, addresses.application_url))


async def revision(addresses: Addresses) -> object:
    return await asyncio.to_thread(fetch, addresses.superuser_url, "SELECT version_num FROM alembic_version")


async def gone(session: asyncpg.Connection, addresses: Addresses) -> None:
    """End a session, and wait until the server knows."""
    pid = session.get_server_pid()
    await session.close()
    outside = await asyncpg.connect(addresses.superuser_url)
    while await outside.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):
        pass
    await outside.close()


async def test_no_process_that_feeds_no_seals_goes_on_behind_the_migration_that_brings_them(
    unsealed: Addresses,
) -> None:
    session = await asyncpg.connect(unsealed.application_url)
    told = r"1 session of stockcast_app, that would go on .* stop every process"
    with pytest.raises(MigrationError, match=told):
        await migrated(unsealed)
    assert await revision(unsealed) == "0008"
    await gone(session, unsealed)

    await migrated(unsealed)

    # Later ones go on beside older processes again.
    session = await asyncpg.connect(unsealed.application_url)
    await migrated(unsealed)
    assert await revision(unsealed) == newest_revision()
    await session.close()


async def test_a_process_that_begins_while_that_migration_works_undoes_it(
    unsealed: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade, worked, begun = migrations.command.upgrade, Event(), Event()

    def slowly(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]
        worked.set()
        assert begun.wait(30)

    monkeypatch.setattr(migrations.command, "upgrade", slowly)
    work = migrated(unsealed)
    assert await asyncio.to_thread(worked.wait, 30)
    session = await asyncpg.connect(unsealed.application_url)
    begun.set()

    with pytest.raises(MigrationError, match="stop every process"):
        await work
    assert await revision(unsealed) == "0008"
    await session.close()


def test_a_server_that_is_not_there_is_named_without_the_password(empty_database: Addresses) -> None:
    with pytest.raises(MigrationError, match=r"127\.0\.0\.1:1 as owner.*MIGRATION_DATABASE_URL") as told:
        migrate("postgresql://owner:secret@127.0.0.1:1/nowhere", empty_database.application_url)
    assert "secret" not in str(told.value)


def test_a_wrong_password_is_told_as_such(empty_database: Addresses) -> None:
    url = with_login(empty_database.owner_url, "stockcast_owner:wrong")
    with pytest.raises(MigrationError, match="password authentication failed"):
        migrate(url, empty_database.application_url)


def test_the_application_may_not_be_the_owner(empty_database: Addresses) -> None:
    with pytest.raises(MigrationError, match="give DATABASE_URL a role of its own"):
        migrate(empty_database.owner_url, empty_database.owner_url)


def test_the_application_may_not_be_above_row_level_security(empty_database: Addresses) -> None:
    with pytest.raises(MigrationError, match="name an ordinary role in DATABASE_URL"):
        migrate(empty_database.owner_url, empty_database.superuser_url)


def test_an_owner_without_rights_is_told_what_it_lacks(empty_database: Addresses) -> None:
    execute(empty_database.superuser_url, "CREATE ROLE powerless LOGIN PASSWORD 'x'")
    powerless = with_login(empty_database.owner_url, "powerless:x")
    try:
        with pytest.raises(MigrationError, match="let it own the database"):
            migrate(powerless, empty_database.application_url)
        with pytest.raises(MigrationError, match="CREATEROLE"):
            migrate(powerless, with_login(empty_database.application_url, "somebody_new:y"))
    finally:
        execute(empty_database.superuser_url, "DROP ROLE powerless")


def process_that_migrates(*urls: str) -> subprocess.Popen[bytes]:
    program = "import sys; from db.migrations import migrate; migrate(*sys.argv[1:])"
    return subprocess.Popen([sys.executable, "-c", program, *urls])


def with_login(url: str, login: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}"))


def fetch(url: str, sql: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())
