"""Migrations: bring a database to the schema that this code expects, whatever state it is in.

Run as the database's owner. Many processes may call `migrate` at once: one works, the others wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db.faults import NOT_ADMITTED, UNREACHABLE, MigrationError, cannot_connect
from db.migrations.protection import LOCK_KEY, grants
from db.migrations.roles import ensure_roles

CONNECT_SECONDS = 10
#: Alembic keeps what it works on in the modules of the process.
_one_at_a_time = Lock()


def migrate(migration_url: str, application_url: str) -> None:
    """Bring the database to the newest schema and give the role of `application_url` what it needs.

    Roles that are missing are created, the application's with the password of its URL. Raises MigrationError.
    """
    _run(_migrate(migration_url, application_url))


def newest_revision() -> str:
    """The revision that this code expects to find in alembic_version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def revisions() -> list[str]:
    """All that this code knows, in their order."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


@cache
def older_revisions() -> frozenset[str]:
    """All that this code knows, but for the newest."""
    return frozenset(revisions()[:-1])


def _run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own, for the caller's may have a running event loop."""
    with _one_at_a_time, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _migrate(migration_url: str, application_url: str) -> None:
    connection = await _connect(migration_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        application = await ensure_roles(connection, application_url)
        await _upgrade(migration_url, application)
        async with connection.transaction():
            for statement in grants(application):
                await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as fault:
        raise _no_right(fault) from fault
    except UNREACHABLE as fault:
        raise MigrationError(cannot_connect(migration_url, "MIGRATION_DATABASE_URL", fault)) from fault
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, server_settings={"application_name": "stockcast migrations"}
        )
    except (*UNREACHABLE, *NOT_ADMITTED, ValueError) as fault:
        raise MigrationError(cannot_connect(url, "MIGRATION_DATABASE_URL", fault)) from fault


async def _upgrade(url: str, application: str) -> None:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: _connect(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade_on, application)
            await connection.commit()
    except DBAPIError as fault:
        if getattr(fault.orig, "sqlstate", None) == asyncpg.InsufficientPrivilegeError.sqlstate:
            raise _no_right(fault.orig) from fault
        raise
    finally:
        await engine.dispose()


def _upgrade_on(connection: Connection, application: str) -> None:
    config = _config()
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - set(revisions()):
        raise MigrationError(
            f"The database is at revision {', '.join(sorted(unknown))}, which this version does not know: it is newer. "
            "Install the version that made it, or restore an older backup."
        )
    config.attributes["connection"] = connection
    alone = _alone(found)
    if alone:
        _refuse_sessions(connection, application, alone)
    command.upgrade(config, "head")
    if alone:  # and nobody has come meanwhile
        _refuse_sessions(connection, application, alone)


def _alone(found: set[str]) -> str | None:
    """Why no process of an older version may be at work behind a migration that is to come; a new database has none."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions("".join(found), "head") if found else ()
    reasons = (getattr(script.module, "ALONE", None) for script in scripts if script.revision not in found)
    return next((reason for reason in reasons if reason), None)


def _refuse_sessions(connection: Connection, application: str, why: str) -> None:
    connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
    if sessions := connection.execute(_SESSIONS, {"application": application}).scalar_one():
        raise MigrationError(
            f"Processes are at work, with {sessions} session{'s' if sessions > 1 else ''} of {application}, that "
            f"{why}: for this one upgrade stop every process of the version before, migrate, then start the new one."
        )


#: Of any process of ours, whatever role it has stepped into.
_SESSIONS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :application"
)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _no_right(fault: BaseException | None) -> MigrationError:
    reason = str(fault).split(">: ")[-1].strip()
    return MigrationError(
        f"The role of MIGRATION_DATABASE_URL lacks a right ({reason}): let it own the database "
        "(ALTER DATABASE … OWNER TO …) and give it CREATEROLE, or name a superuser."
    )
