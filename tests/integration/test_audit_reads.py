"""The audit log on PostgreSQL: what a filter finds, newest first, and how little of the log it looks at."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads
from db.read_models.audit import _NEWEST_FIRST, _entries  # pyright: ignore[reportPrivateUsage]
from db.read_models.listing import _paged  # pyright: ignore[reportPrivateUsage]
from server.embedded.database import Addresses, run
from services.audit_reads import AuditFilter
from services.reads import PageRequest
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids

ACTORS, ACTIONS = ("jo", "mia", "boss"), ("upsertItem", "setStockPolicy")
ENTRIES = 3_000


async def fill(addresses: Addresses) -> None:
    pool = await Database.connect(addresses.application_url, size=1)
    for tenant in (ACME, GLOBEX):
        await bulk.load(pool, tenant, locations=LOCATIONS, reason_codes=(), items=())
    await pool.close()
    connection = await asyncpg.connect(addresses.superuser_url)
    for tenant in (ACME, GLOBEX):
        await connection.executemany(
            "INSERT INTO audit_log (tenant_id, id, actor, action, subject_type, subject) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (tenant.id, ids(), ACTORS[number % 3], ACTIONS[number % 2], "Item", f"SKU-{number % 100}")
                for number in range(ENTRIES)
            ],
        )
    await connection.execute("ANALYZE audit_log")
    await connection.close()


@pytest.fixture(scope="module")
def audited(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share, for they only read."""
    with postgres.clone() as addresses:
        run(fill(addresses))
        yield addresses


@pytest.fixture
async def database(audited: Addresses) -> AsyncIterator[Database]:
    pool = await Database.connect(audited.application_url, size=1)
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    "filter",
    [
        AuditFilter(),
        AuditFilter(actors=["jo"]),
        AuditFilter(actors=["jo", "boss", "jo", "nobody"]),
        AuditFilter(actions=["setStockPolicy"]),
        AuditFilter(actors=["mia"], actions=["upsertItem", "no such"]),
        AuditFilter(actors=["mia"], subject="SKU-1"),
        AuditFilter(actors=[]),
        AuditFilter(actions=["no such"]),
    ],
    ids=repr,
)
async def test_a_filter_finds_what_it_says_newest_first_page_by_page(
    database: Database, audited: Addresses, filter: AuditFilter
) -> None:
    outside = await asyncpg.connect(audited.superuser_url)
    rows = await outside.fetch(
        "SELECT id, actor, action, subject FROM audit_log WHERE tenant_id = $1 ORDER BY recorded_at DESC, id DESC",
        ACME.id,
    )
    await outside.close()
    expected = [
        row["id"]
        for row in rows
        if (filter.actors is None or row["actor"] in filter.actors)
        and (filter.actions is None or row["action"] in filter.actions)
        and filter.subject in (None, row["subject"])
    ]
    reads, found, page = PostgresReads(database).audit, [], PageRequest(250)
    while True:
        told = await reads.audited(ACME.id, filter, page)
        found += [edge.node.entry.id for edge in told.edges]
        if not told.has_next:
            break
        page = PageRequest(250, told.edges[-1].cursor)
    assert found == expected


@pytest.mark.parametrize("wanted", [{"actors": ["nobody"]}, {"actions": ["no such"]}, {"actors": ["jo", "mia"]}])
async def test_who_or_what_is_asked_for_is_found_without_reading_the_rest(
    database: Database, audited: Addresses, wanted: dict[str, object]
) -> None:
    statement = _paged(_entries, frozenset(wanted), _NEWEST_FIRST, False, False)
    outside = await asyncpg.connect(audited.superuser_url)
    arguments = statement.arguments({**wanted, "tenant": ACME.id, "size": 11})
    plan = json.loads(await outside.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *arguments))
    await outside.close()
    assert looked_at(plan[0]["Plan"]) <= 11 * 2


def looked_at(plan: dict[str, Any]) -> int:
    """Rows that were read of the log, those that were left out again too."""
    own = 0
    if plan.get("Relation Name") == "audit_log":
        own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(looked_at(each) for each in plan.get("Plans", ()))
