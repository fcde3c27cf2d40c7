"""What all workers hold to on PostgreSQL: rows are found by indexes, locks last as long as their session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db import (
    due_deliveries,
    due_reservations,
    folding,
    ledger_seals,
    retention,
    revoked_tokens,
    waiting,
    waiting_deliveries,
)
from db.faults import DatabaseUnavailable
from db.worker_session import WorkerSession
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.integration.small_shop import Shop, open_shop

A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=366)
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'stockcast worker' AND datname = current_database()
"""

STATEMENTS = {
    "look": (due_reservations.LOOK, [60.0, [ACME.id], [ACME.id], 100, 0.25]),
    "waiting": (waiting.SKUS, [ACME.id, "", 100]),
    "decisions": (retention.FORGET_DECISIONS, [A_DAY, 100]),
    "inbox": (retention.FORGET_DELIVERIES, [A_DAY, 100]),
    "revoked tokens": (retention.FORGET_REVOCATIONS, [100]),
    "revoked tokens of late": (revoked_tokens.LATELY, [A_DAY]),
    "audit log": (retention.FORGET_AUDIT, [A_YEAR, 100]),
    "webhooks": (due_deliveries.LOOK, [100]),
    "webhooks one after the other": (due_deliveries.WALK, [ACME.id, ACME.id, 100]),
    "deliveries to webhooks": (due_deliveries.CLAIM, [[ACME.id], [ACME.id], [4], 60.0]),
    "what waits for webhooks": (waiting_deliveries.WAITING, [UUID(int=0)]),
    "old deliveries to webhooks": (retention.FORGET_WEBHOOK_DELIVERIES, [A_DAY, 100, "DEAD"]),
    "SKUs to be folded anew": (folding.NEXT, [ACME.id, "SKU-1"]),
    "how many SKUs are to be folded anew": (folding.LEFT, [ACME.id]),
}
#: Which tenants have rows: one after the other, of which a plan tells the first.
TENANTS = {"to be folded": folding.QUEUED, "to be added up": folding.ASKED, "to be sealed": ledger_seals.FED_TENANTS}

#: Columns by which rows are chosen.
MOMENTS = ("expires_at", "claimed_at", "received_at", "revoked_at", "recorded_at", "next_attempt_at", "settled_at")


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@pytest.mark.parametrize("name", STATEMENTS)
async def test_workers_find_their_rows_by_an_index_and_sort_none(shop: Shop, name: str) -> None:
    sql, arguments = STATEMENTS[name]
    session = WorkerSession(shop.database)
    plan = json.loads((await session.fetch(f"EXPLAIN (FORMAT JSON) {sql}", *arguments))[0][0])
    await session.close()
    nodes = list(_nodes(plan[0]["Plan"]))
    tables = [node for node in nodes if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
    assert tables
    assert {node["Node Type"] for node in tables} <= {"Index Scan", "Index Only Scan"}
    assert not any("Sort" in node["Node Type"] for node in nodes)
    assert all("Index Cond" in node for node in tables)
    assert not any(moment in node.get("Filter", "") for node in tables for moment in MOMENTS)


@pytest.mark.parametrize("name", TENANTS)
async def test_workers_find_each_tenant_with_something_by_one_step_in_an_index(shop: Shop, name: str) -> None:
    session = WorkerSession(shop.database)
    plan = json.loads((await session.fetch(f"EXPLAIN (FORMAT JSON) {TENANTS[name]}"))[0][0])
    await session.close()
    [step] = [
        each for each in _nodes(plan[0]["Plan"]) if any("Relation Name" in child for child in each.get("Plans", []))
    ]
    assert (step["Node Type"], step["Plans"][0]["Node Type"]) == ("Limit", "Index Only Scan")


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


async def test_a_session_that_is_cut_is_made_again_and_its_locks_with_it(shop: Shop) -> None:
    session, other = WorkerSession(shop.database), WorkerSession(shop.database)
    assert await session.holds(1, 1)
    await shop.outside.execute(CUT)
    for _ in range(2):
        with suppress(DatabaseUnavailable):  # once, unless it has noticed already
            await session.fetch("SELECT 1")
    assert await session.holds(1, 1)
    assert not await other.holds(1, 1)
    await session.close()
    await other.close()
