"""The audit log grows and is never changed, by nobody; what has been kept for a year may go."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.pool import WORKER_ROLE
from domain.identity import tenant_id
from server.embedded.database import Addresses

ACME = tenant_id("acme")
ADD = """
INSERT INTO audit_log (tenant_id, id, recorded_at, actor, action, subject_type, subject)
VALUES ($1, gen_random_uuid(), now() - $3::int * interval '1 day', 'admin', 'upsertItem', 'Item', $2)
"""
REFUSED = asyncpg.InsufficientPrivilegeError


@pytest.fixture
async def superuser(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("SELECT set_config('app.tenant', $1, false)", str(ACME))
    await connection.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_told_now")
    for days, subject in ((366, "old"), (364, "kept")):
        await connection.execute(ADD, ACME, subject, days)
    await connection.execute("ALTER TABLE audit_log ENABLE TRIGGER audit_log_told_now")
    yield connection
    await connection.close()


@pytest.fixture
async def application(database: Addresses, superuser: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.application_url)
    await connection.execute("SELECT set_config('app.tenant', $1, false)", str(ACME))
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (tenant_id, id) DO UPDATE SET actor = 'nobody'",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
async def test_the_application_can_only_add_to_it(application: asyncpg.Connection, attack: str) -> None:
    with pytest.raises(REFUSED):
        await application.execute(attack)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE subject = 'kept'",
        "TRUNCATE audit_log",
        "SET session_replication_role = replica; UPDATE audit_log SET recorded_at = recorded_at - interval '1 year'",
    ],
)
async def test_not_even_a_superuser_changes_what_is_kept(superuser: asyncpg.Connection, attack: str) -> None:
    with pytest.raises(REFUSED, match="the audit log only grows"):
        await superuser.execute(attack)


async def test_the_worker_may_delete_what_has_been_kept_for_a_year_and_nothing_younger(
    application: asyncpg.Connection,
) -> None:
    await application.execute(f"SET ROLE {WORKER_ROLE}")

    old = "DELETE FROM audit_log WHERE recorded_at < now() - interval '365 days'"
    assert await application.execute(old) == "DELETE 1"
    with pytest.raises(REFUSED, match="the audit log only grows"):
        await application.execute("DELETE FROM audit_log")


async def test_a_row_tells_when_it_was_written_whatever_its_writer_says(application: asyncpg.Connection) -> None:
    await application.execute(ADD, ACME, "forged", 800)

    seen = "SELECT recorded_at > now() - interval '1 hour' FROM audit_log WHERE subject = 'forged'"
    assert await application.fetchval(seen) is True
