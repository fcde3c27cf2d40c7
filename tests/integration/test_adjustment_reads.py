"""Adjustments as they are listed and as streams begin with them, on PostgreSQL, held against plain Python lists."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads, snapshots
from db.read_models.adjustment_snapshots import PostgresAdjustmentSnapshots
from db.read_models.adjustments import ADJUSTMENTS, LAST_ENDED_FIRST, NEWEST_FIRST
from db.read_models.listing import _paged  # pyright: ignore[reportPrivateUsage]
from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.adjustments import Adjustment, AdjustmentStatus
from domain.reasons import DEFAULT_REASON_CODES
from server.embedded.database import Addresses, run
from services.live import AdjustmentStreamFilter
from services.reads import AdjustmentFilter, AdjustmentSort, PageRequest
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids
from tests.integration.shelf import NORTH, NOW, SCOPE, all_pages, make_items

S = AdjustmentStatus
ITEMS = make_items()
SOUTH = Scope(ACME.id, "south")


def _made() -> list[Adjustment]:
    chance = random.Random(7)
    return [_one(chance, number) for number in range(90)]


def _one(chance: random.Random, number: int) -> Adjustment:
    at = NOW - timedelta(hours=chance.randrange(40))
    asked = Adjustment(
        ids(),
        chance.choice(ITEMS).sku,
        chance.choice(LOCATIONS).code,
        chance.choice((-2, 3)),
        chance.choice((None, 5)),
        chance.choice(("lost", "found")),
        None,
        chance.choice(("manager@acme", "vendor@acme")),
        at,
        reference=chance.choice((None, f"R-{number}")),
        reference_type=chance.choice((None, "cycle_count")),
    )
    status = chance.choice((*S, S.PENDING_APPROVAL))
    if status is S.APPLIED and chance.random() < 0.5:
        return asked
    request = replace(asked, status=S.PENDING_APPROVAL, expires_at=chance.choice((None, at + timedelta(hours=1))))
    later = at + timedelta(hours=2)
    ends = {
        S.PENDING_APPROVAL: request,
        S.APPLIED: replace(request, expires_at=None).approve("boss@acme", "yes", later),
        S.REJECTED: replace(request, expires_at=None).reject("boss@acme", None, later),
        S.CANCELLED: replace(request, expires_at=None).cancel(request.requested_by, None, later),
        S.EXPIRED: replace(request, expires_at=at).expire(later),
    }
    end = ends[status]
    assert isinstance(end, Adjustment)
    return end


MADE = _made()


def state(adjustment: Adjustment) -> AdjustmentState:
    items, places = {item.sku: item for item in ITEMS}, {location.code: location for location in LOCATIONS}
    return AdjustmentState(adjustment, items[adjustment.sku], places[adjustment.location])


NEWEST = sorted(map(state, MADE), key=lambda it: (it.adjustment.requested_at, it.id), reverse=True)


async def _fill(addresses: Addresses) -> None:
    pool = await Database.connect(addresses.application_url, size=1)
    for tenant in (ACME, GLOBEX):
        given = {"locations": LOCATIONS, "reason_codes": DEFAULT_REASON_CODES, "items": ITEMS, "adjustments": MADE}
        await bulk.load(pool, tenant, **given)
    await pool.close()


@pytest.fixture(scope="module")
def filled(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share, for they only read."""
    with postgres.clone() as addresses:
        run(_fill(addresses))
        yield addresses


@pytest.fixture
async def database(filled: Addresses) -> AsyncIterator[Database]:
    database = await Database.connect(filled.application_url, size=2)
    yield database
    await database.close()


FILTERS: list[tuple[AdjustmentFilter, Callable[[Adjustment], bool]]] = [
    (AdjustmentFilter(), lambda it: True),
    (AdjustmentFilter(status=[S.PENDING_APPROVAL]), lambda it: it.pending),
    (AdjustmentFilter(status=[S.REJECTED, S.PENDING_APPROVAL]), lambda it: it.pending or it.status is S.REJECTED),
    (AdjustmentFilter(status=[]), lambda it: False),
    (AdjustmentFilter(skus=[ITEMS[3].sku, ITEMS[4].sku]), lambda it: it.sku in (ITEMS[3].sku, ITEMS[4].sku)),
    (AdjustmentFilter(ids=[it.id for it in MADE[:9]]), lambda it: it.id in {each.id for each in MADE[:9]}),
    (AdjustmentFilter(locations=["SHOP", "nowhere"]), lambda it: it.location == "SHOP"),
    (AdjustmentFilter(reason_codes=["lost"]), lambda it: it.reason_code == "lost"),
    (AdjustmentFilter(requested_by="vendor@acme"), lambda it: it.requested_by == "vendor@acme"),
    (AdjustmentFilter(since=NOW - timedelta(hours=9)), lambda it: it.requested_at >= NOW - timedelta(hours=9)),
    (AdjustmentFilter(until=NOW - timedelta(hours=9)), lambda it: it.requested_at < NOW - timedelta(hours=9)),
]


@pytest.mark.parametrize(("filter", "meets"), FILTERS)
@pytest.mark.parametrize("scope", [SCOPE, NORTH, SOUTH])
async def test_a_list_holds_what_meets_its_filter_and_may_be_seen_the_newest_first(
    database: Database, scope: Scope, filter: AdjustmentFilter, meets: Callable[[Adjustment], bool]
) -> None:
    reads = PostgresReads(database).adjustments
    expected = [it for it in NEWEST if meets(it.adjustment) and it.seen_by(scope.vendor)]
    assert await all_pages(lambda page: reads.newest(scope, filter, page), 7, False) == expected
    before = database.statements_sent
    page = await reads.newest(scope, filter, PageRequest(1, counted=True))
    assert (page.total, database.statements_sent - before) == (len(expected), 2)


@pytest.mark.parametrize(("filter", "meets"), FILTERS)
@pytest.mark.parametrize("scope", [SCOPE, NORTH, SOUTH])
async def test_requests_that_have_ended_are_told_the_last_ended_first(
    database: Database, scope: Scope, filter: AdjustmentFilter, meets: Callable[[Adjustment], bool]
) -> None:
    reads = PostgresReads(database).adjustments
    ended = [it for it in NEWEST if it.adjustment.decided_at and meets(it.adjustment) and it.seen_by(scope.vendor)]
    ended.sort(key=lambda it: (it.adjustment.decided_at, it.id), reverse=True)
    by = AdjustmentSort.ENDED_DESC
    assert await all_pages(lambda page: reads.newest(scope, filter, page, by), 7, False) == ended
    assert (await reads.newest(scope, filter, PageRequest(1, counted=True), by)).total == len(ended)


async def test_those_of_a_location_are_found_without_reading_the_others(filled: Addresses) -> None:
    statement = _paged(ADJUSTMENTS, frozenset({"locations"}), NEWEST_FIRST, False, False)
    asked = statement.arguments({"locations": ["SHOP"], "tenant": ACME.id, "size": 6})
    assert await read_among_many(filled, statement.sql, asked) <= len(MADE)


async def test_requests_that_have_ended_are_found_without_reading_what_never_waited(filled: Addresses) -> None:
    statement = _paged(ADJUSTMENTS, frozenset({"ended"}), LAST_ENDED_FIRST, False, False)
    asked = statement.arguments({"ended": True, "tenant": ACME.id, "size": 6})
    assert await read_among_many(filled, statement.sql, asked) <= len(MADE)


async def read_among_many(filled: Addresses, sql: str, arguments: Sequence[Any]) -> int:
    """Rows of the table that a statement reads while there are many more of another location that never waited."""
    outside = await asyncpg.connect(filled.superuser_url)
    undone = outside.transaction()
    await undone.start()
    await outside.execute(_MANY_ELSEWHERE, ACME.id)
    await outside.execute("ANALYZE adjustments")
    plan = json.loads(await outside.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments))
    await undone.rollback()
    await outside.close()
    return looked_at(plan[0]["Plan"])


#: Later than all others.
_MANY_ELSEWHERE = """
INSERT INTO adjustments SELECT (made).* FROM (
  SELECT jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'location', 'MAIN', 'requested_at', one.requested_at + interval '30 days',
    'status', 'APPLIED', 'decided_by', null, 'decided_at', null, 'decision_note', null)) AS made
  FROM adjustments AS one, generate_series(1, 20000)
  WHERE one.tenant_id = $1 AND one.id = (SELECT min(id::text)::uuid FROM adjustments WHERE status = 'REJECTED')
) AS many
"""


def looked_at(plan: dict[str, Any]) -> int:
    """Rows that were read of the table, those that were left out again too."""
    own = 0
    if plan.get("Relation Name") == "adjustments":
        own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(looked_at(each) for each in plan.get("Plans", ()))


async def test_adjustments_are_found_by_id_by_who_may_see_them(database: Database) -> None:
    reads, all_ids = PostgresReads(database).adjustments, [it.id for it in MADE]
    for scope in (SCOPE, NORTH, SOUTH, Scope(ACME.id, "")):
        found = await reads.adjustments_by_id(scope, all_ids)
        assert found == {it.id: it for it in NEWEST if it.seen_by(scope.vendor)}
    assert len(await reads.adjustments_by_id(NORTH, all_ids)) not in (0, len(MADE))


@pytest.mark.parametrize(
    "filter",
    [
        AdjustmentStreamFilter(),
        AdjustmentStreamFilter(ids=[it.id for it in MADE[:30]]),
        AdjustmentStreamFilter(status=[S.APPLIED, S.PENDING_APPROVAL], reason_codes=["found"]),
        AdjustmentStreamFilter(skus=[item.sku for item in ITEMS[:9]], requested_by="manager@acme"),
        AdjustmentStreamFilter(status=[S.PENDING_APPROVAL]),
        AdjustmentStreamFilter(skus=[]),
    ],
)
@pytest.mark.parametrize("scope", [SCOPE, NORTH])
async def test_a_stream_begins_with_what_waits_and_what_else_its_filter_names(
    database: Database, scope: Scope, filter: AdjustmentStreamFilter
) -> None:
    seen = await PostgresAdjustmentSnapshots(database).snapshot(scope, filter)
    expected = [it for it in NEWEST if filter.matches(it, scope) and (it.adjustment.pending or filter.names_ended)]
    assert sorted(seen.things, key=lambda it: it.id) == sorted(expected, key=lambda it: it.id)
    assert seen.tx_max > 0


async def test_of_those_that_do_not_wait_the_newest_are_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "ENDED_MAX", 3)
    seen = await PostgresAdjustmentSnapshots(database).snapshot(SCOPE, AdjustmentStreamFilter(status=list(S)))
    ended = [it.id for it in NEWEST if not it.adjustment.pending][:3]
    assert {it.id for it in seen.things} == {*ended, *(it.id for it in NEWEST if it.adjustment.pending)}
