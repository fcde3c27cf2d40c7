"""Revoked tokens: told by a command, known to a process within a second, kept through the database's absence."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from db import revoked_tokens
from db.faults import DatabaseUnavailable
from db.pool import Database
from db.revoked_tokens import RevokedTokens
from db.worker_session import WorkerSession
from domain.identity import tenant_id
from server.cli import app
from server.embedded.database import Addresses
from server.embedded.database import run as finished
from server.operators import done
from server.revocations import ANY_TENANT, OVERLAP_S, WHOLE_EVERY_S, Revocations
from server.settings import Settings
from server.tokens import issue
from services.audit import AuditEntry
from subscriptions.outage import Outage
from tests.factories.tenants import found_tenant
from tests.fakes.live import eventually

ACME, GLOBEX = tenant_id("acme"), tenant_id("globex")
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'stockcast worker' AND datname = current_database()
"""
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


@pytest.fixture
def of_acme(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> Addresses:
    found_tenant(database, "acme")
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    return database


def revoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["token", "revoke", *arguments])


def told_of(token_id: str) -> AuditEntry:
    return done("acme", "revokeToken", "Token", token_id)


def kept(addresses: Addresses) -> list[tuple[UUID, str, datetime | None]]:
    async def ask() -> list[tuple[UUID, str, datetime | None]]:
        connection = await asyncpg.connect(addresses.superuser_url)
        rows = await connection.fetch("SELECT tenant_id, token_id, expires_at FROM revoked_tokens ORDER BY 2")
        await connection.close()
        return [(row[0], row[1], row[2]) for row in rows]

    return finished(ask())


# ---------------------------------------------------------------------- the command
def test_a_token_is_revoked_by_its_id_until_it_would_have_expired(of_acme: Addresses) -> None:
    told = revoke("one", "--tenant", "acme", "--until", LATER.isoformat())
    assert told.exit_code == 0, told.output
    assert "Token one of acme is revoked until" in told.output
    revoke("two", "--tenant", "acme", "--until", str(int(LATER.timestamp())))
    for_ever = " ".join(revoke("three").output.split())
    assert for_ever.startswith("Token three is revoked for ever")
    assert for_ever.endswith("Whether there is a token of this id is not known here.")
    assert kept(of_acme) == [(ACME, "one", LATER), (ANY_TENANT, "three", None), (ACME, "two", LATER)]


@pytest.mark.parametrize("before", ["", "Bearer ", "bearer  "])
def test_a_token_is_revoked_by_itself(
    of_acme: Addresses, tmp_path_factory: pytest.TempPathFactory, before: str
) -> None:
    settings = Settings.from_environment({"DEVELOPMENT": "1", "DATA_DIR": str(tmp_path_factory.mktemp("keys"))})
    told = revoke(before + issue(settings, "acme", "manager", ttl=600))
    assert (told.exit_code, "not known" in told.output) == (0, False), told.output
    [(tenant, token_id, until)] = kept(of_acme)
    assert (tenant, len(token_id)) == (ACME, 32)
    assert until is not None and timedelta(seconds=590) < until - datetime.now(UTC) <= timedelta(seconds=600)


def test_a_token_that_is_revoked_twice_is_kept_as_long_as_either_says(of_acme: Addresses) -> None:
    for until in (LATER, LATER + timedelta(hours=1), LATER):
        revoke("one", "--tenant", "acme", "--until", until.isoformat())
    assert kept(of_acme) == [(ACME, "one", LATER + timedelta(hours=1))]
    revoke("one", "--tenant", "acme")
    revoke("one", "--tenant", "acme", "--until", LATER.isoformat())
    assert kept(of_acme) == [(ACME, "one", None)]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("",), "id"),
        (("x" * 201,), "200"),
        (("one", "--tenant", "acne"), "no tenant 'acne'"),
        (("one", "--until", "soon"), "such as 2026-12-31T18:00:00Z"),
        (("one", "--until", "2020-01-01"), "nothing to revoke"),
        (("eyJhbGciOiJub25lIn0.e30.",), "lacks the claim"),
        (("eyJ.x.y",), "neither a token's id nor a token"),
        (("eyJ.x.y", "--tenant", "acme"), "leave --tenant"),
        (("eyJhbGciOiJFZERTQSIsImtpZCI6ImRlbW8ifQ",), "a piece of a token"),
        (("eyJhbGciOiJFZERTQSJ9.eyJ0ZW5hbnQiOiJhY21l",), "a piece of a token"),
        (("Bearer eyJhbGciOiJFZERTQSJ9.eyJ0ZW5hbnQ…",), "a piece of a token"),
    ],
)
def test_what_cannot_be_revoked_is_refused_and_keeps_nothing(
    of_acme: Addresses, arguments: tuple[str, ...], remedy: str
) -> None:
    refused = revoke(*arguments)
    assert refused.exit_code == 2
    assert remedy in " ".join(refused.output.split())
    assert kept(of_acme) == []


# ---------------------------------------------------------------------- a process
@asynccontextmanager
async def following(addresses: Addresses) -> AsyncIterator[tuple[Revocations, Database, list[str]]]:
    """With the database, and a line for each time that more were told."""
    pool = await Database.connect(addresses.application_url, size=1)
    session = WorkerSession(pool)
    revocations = Revocations(RevokedTokens(session), Outage("the table", Random(1)), every_s=0.02)
    told: list[str] = []
    revocations.added = lambda: told.append("more")
    async with revocations.followed():
        yield revocations, pool, told
    await session.close()
    await pool.close()


async def test_what_was_revoked_before_the_start_is_known_at_the_start(database: Addresses) -> None:
    async with following(database) as (_, pool, _told):
        await revoked_tokens.revoke(pool, ACME, "one", LATER, told_of("one"))
        async with following(database) as (revocations, _, _):
            assert revocations.covers(ACME, "one")


async def test_a_revocation_is_of_one_tenant_or_of_all(database: Addresses) -> None:
    async with following(database) as (revocations, pool, told):
        for tenant, token_id in ((ACME, "one"), (ANY_TENANT, "two"), (GLOBEX, "three"), (ACME, "three")):
            assert not revocations.covers(tenant, token_id)
            await revoked_tokens.revoke(pool, tenant, token_id, LATER, told_of(token_id))
            await eventually(lambda tenant=tenant, token_id=token_id: revocations.covers(tenant, token_id))
        known = {
            (tenant, id_) for tenant in (ACME, GLOBEX) for id_ in ("one", "two") if revocations.covers(tenant, id_)
        }
        assert known == {(ACME, "one"), (ACME, "two"), (GLOBEX, "two")}
        assert len(told) == 4, "once for each, however often they are read"


async def test_what_is_known_stays_known_while_the_database_is_away(
    database: Addresses, caplog: pytest.LogCaptureFixture
) -> None:
    outside = await asyncpg.connect(database.superuser_url)
    name = await outside.fetchval("SELECT current_database()")
    with caplog.at_level(logging.INFO, "subscriptions.outage"):
        async with following(database) as (revocations, pool, _):
            await revoked_tokens.revoke(pool, ACME, "one", LATER, told_of("one"))
            await eventually(lambda: revocations.covers(ACME, "one"))
            await outside.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
            await outside.execute(CUT)
            await eventually(lambda: "does not answer" in caplog.text)
            await revoked_tokens.revoke(pool, ACME, "two", LATER, told_of("two"))
            assert [revocations.covers(ACME, token_id) for token_id in ("one", "two")] == [True, False]
            await outside.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
            await eventually(lambda: revocations.covers(ACME, "two"))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    await outside.close()


class Table:
    """Rows by the second in which they were revoked, read by a clock that stands still meanwhile."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.rows: list[tuple[float, UUID, str]] = []
        self.wholly = 0
        self.fault: Exception | None = None
        self.reads = 0

    async def all(self) -> Sequence[tuple[UUID, str]]:
        self.wholly += 1
        return await self.lately(timedelta(days=1))

    async def lately(self, within: timedelta) -> Sequence[tuple[UUID, str]]:
        self.reads += 1
        if self.fault is not None:
            raise self.fault
        since = self.now_s - within.total_seconds()
        return [(tenant, token_id) for at, tenant, token_id in self.rows if at > since]


@asynccontextmanager
async def over(table: Table) -> AsyncIterator[Revocations]:
    revocations = Revocations(table, Outage("the table", Random(1)), every_s=0.001, clock=lambda: table.now_s)
    async with revocations.followed():
        yield revocations


async def a_turn(table: Table) -> None:
    """Until it was read once more, begun after this."""
    reads = table.reads
    await eventually(lambda: table.reads >= reads + 2)


async def test_what_was_committed_late_is_still_seen() -> None:
    table = Table()
    async with over(table) as revocations:
        table.now_s = 100
        await a_turn(table)
        table.rows.append((table.now_s - OVERLAP_S + 1, ACME, "one"))
        await eventually(lambda: revocations.covers(ACME, "one"))


async def test_what_is_forgotten_in_the_database_is_forgotten_here_in_time() -> None:
    table = Table()
    table.rows.append((0, ACME, "one"))
    async with over(table) as revocations:
        table.rows.clear()
        await a_turn(table)
        assert revocations.covers(ACME, "one")
        table.now_s += WHOLE_EVERY_S
        await eventually(lambda: not revocations.covers(ACME, "one"))
        assert table.wholly == 2


@pytest.mark.parametrize("fault", [DatabaseUnavailable("gone"), TimeoutError(), ValueError("ours")], ids=repr)
async def test_after_a_fault_all_is_read_anew(fault: Exception) -> None:
    table = Table()
    async with over(table) as revocations:
        table.fault = fault
        table.rows.append((-10_000, ACME, "long ago, by the clock of another server"))
        await a_turn(table)
        assert not revocations.covers(ACME, table.rows[0][2])
        table.fault = None
        await eventually(lambda: revocations.covers(ACME, table.rows[0][2]))


async def test_a_start_without_the_database_is_a_fault() -> None:
    table = Table()
    table.fault = DatabaseUnavailable("gone")
    with pytest.raises(DatabaseUnavailable):
        async with over(table):
            raise AssertionError("nothing is known")


async def test_an_id_that_nobody_revoked_counts(database: Addresses) -> None:
    async with following(database) as (revocations, _, _):
        assert not revocations.covers(ACME, str(uuid4()))
