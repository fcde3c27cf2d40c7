"""Alerts as they are listed and as streams begin with them, on PostgreSQL, held against plain Python lists."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads, snapshots
from db.read_models.alert_snapshots import PostgresAlertSnapshots
from db.read_models.alerts import ALERTS, NEWEST_FIRST
from db.read_models.listing import paged
from db.read_models.statements import compiled
from domain.access import Scope
from domain.alert_state import AlertState
from domain.alerts import Alert, AlertKind, AlertStatus
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal
from domain.stock import StockLevel
from server.embedded.database import Addresses, run
from services.alert_reads import AlertFilter
from services.live import AlertStreamFilter
from services.reads import BadCursor, PageRequest
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids
from tests.integration.shelf import NORTH, NOW, SCOPE, all_pages, make_items, make_levels, nodes

S, K = AlertStatus, AlertKind
ITEMS = make_items()
LEVELS = make_levels(ITEMS)
SOUTH = Scope(ACME.id, "south")
SEEN = timedelta(minutes=5)


def _made() -> list[Alert]:
    chance = random.Random(11)
    return [each for level in LEVELS for each in _of(level, chance)]


def _of(level: StockLevel, chance: random.Random) -> Iterator[Alert]:
    """Some that have ended, one of its stock that stands, and one of its age."""
    at = NOW - timedelta(days=chance.randrange(1, 40))
    for _ in range(chance.randrange(3)):
        yield _alert(level, chance.choice(list(K)), chance).resolve(99, at + timedelta(hours=1))
    for kinds in ((K.LOW_STOCK, K.OUT_OF_STOCK), (K.STALE,)):
        if chance.random() < 0.5:
            made = _alert(level, chance.choice(kinds), chance)
            seen = made.acknowledge("manager@acme", at + SEEN) if chance.random() < 0.5 else made
            assert not isinstance(seen, Refusal)
            yield seen


def _alert(level: StockLevel, kind: AlertKind, chance: random.Random) -> Alert:
    at = NOW - timedelta(days=chance.randrange(40, 60))
    return Alert(ids(), kind, level.sku, level.location, -1, chance.choice((None, 3)), at, at)


MADE = _made()


def state(alert: Alert) -> AlertState:
    """As it is read: what remains of one that stands is what its level has now."""
    items, places = {item.sku: item for item in ITEMS}, {location.code: location for location in LOCATIONS}
    available = {(level.sku, level.location): level.available_to_promise for level in LEVELS}
    now = replace(alert, remaining=available[alert.place]) if alert.standing else alert
    return AlertState(now, items[alert.sku], places[alert.location])


NEWEST = sorted(map(state, MADE), key=lambda it: it.id, reverse=True)


async def _fill(addresses: Addresses) -> None:
    pool = await Database.connect(addresses.application_url, size=1)
    for tenant in (ACME, GLOBEX):
        given = {"locations": LOCATIONS, "reason_codes": DEFAULT_REASON_CODES, "items": ITEMS, "levels": LEVELS}
        await bulk.load(pool, tenant, **given, alerts=MADE)
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


SKUS = [ITEMS[3].sku, ITEMS[4].sku, "no such"]
FILTERS: list[tuple[AlertFilter, Callable[[AlertState], bool]]] = [
    (AlertFilter(), lambda it: True),
    (AlertFilter(kinds=[K.STALE]), lambda it: it.kind is K.STALE),
    (AlertFilter(kinds=[K.LOW_STOCK, K.OUT_OF_STOCK]), lambda it: it.kind is not K.STALE),
    (AlertFilter(status=[S.OPEN, S.ACKNOWLEDGED]), lambda it: it.alert.standing),
    (AlertFilter(status=[S.OPEN]), lambda it: it.status is S.OPEN),
    (AlertFilter(status=[S.RESOLVED, S.OPEN]), lambda it: it.status is not S.ACKNOWLEDGED),
    (AlertFilter(status=[S.RESOLVED]), lambda it: not it.alert.standing),
    (AlertFilter(skus=SKUS), lambda it: it.alert.sku in SKUS),
    (AlertFilter(locations=["SHOP", "A"]), lambda it: it.alert.location in ("SHOP", "A")),
    (AlertFilter(categories=["toys"]), lambda it: it.item.category == "toys"),
    (AlertFilter(vendors=["south", "nobody"]), lambda it: it.item.vendor == "south"),
    (
        AlertFilter(kinds=[K.STALE], status=[S.ACKNOWLEDGED], locations=["MAIN"], categories=["toys", "games"]),
        lambda it: (
            (it.kind, it.status, it.location.code) == (K.STALE, S.ACKNOWLEDGED, "MAIN") and it.item.category is not None
        ),
    ),
    *((AlertFilter(**{name: []}), lambda it: False) for name in AlertFilter.__dataclass_fields__),
]


@pytest.mark.parametrize(("filter", "meets"), FILTERS)
@pytest.mark.parametrize("scope", [SCOPE, NORTH, SOUTH], ids=lambda scope: str(scope.vendor))
async def test_a_list_holds_what_meets_its_filter_and_may_be_seen_the_newest_first(
    database: Database, scope: Scope, filter: AlertFilter, meets: Callable[[AlertState], bool]
) -> None:
    reads = PostgresReads(database).alerts
    expected = [it for it in NEWEST if meets(it) and it.seen_by(scope.vendor)]
    assert await all_pages(lambda page: reads.matching(scope, filter, page), 7, False) == expected
    for counted, statements in ((False, 1), (True, 2)):
        before = database.statements_sent
        page = await reads.matching(scope, filter, PageRequest(1, counted=counted))
        assert (nodes(page), page.total) == (expected[:1], len(expected) if counted else None)
        assert database.statements_sent - before == statements


async def test_a_cursor_of_another_list_is_refused(database: Database) -> None:
    with pytest.raises(BadCursor):
        await PostgresReads(database).alerts.matching(SCOPE, AlertFilter(), PageRequest(5, "rubbish"))


async def test_alerts_are_found_by_id_with_one_statement_by_who_may_see_them(database: Database) -> None:
    reads, wanted = PostgresReads(database).alerts, [it.id for it in MADE]
    for scope in (SCOPE, NORTH, SOUTH, Scope(ACME.id, "")):
        before = database.statements_sent
        found = await reads.by_id(scope, [*wanted, ids()])
        assert found == {it.id: it for it in NEWEST if it.seen_by(scope.vendor)}
        assert database.statements_sent - before == 1
    assert len(await reads.by_id(NORTH, wanted)) not in (0, len(MADE))


@pytest.mark.parametrize(
    "filter",
    [
        AlertStreamFilter(),
        AlertStreamFilter(kinds=list(K)),
        AlertStreamFilter(kinds=[]),
        AlertStreamFilter(status=[S.OPEN]),
        AlertStreamFilter(status=list(S), locations=["MAIN"]),
        AlertStreamFilter(status=[S.RESOLVED], kinds=[K.STALE]),
        AlertStreamFilter(skus=SKUS, vendors=["north", "south"], categories=["toys", "games"]),
        AlertStreamFilter(skus=[]),
    ],
    ids=str,
)
@pytest.mark.parametrize("scope", [SCOPE, NORTH], ids=lambda scope: str(scope.vendor))
async def test_a_stream_begins_with_what_stands_and_with_what_is_resolved_where_its_filter_names_it(
    database: Database, scope: Scope, filter: AlertStreamFilter
) -> None:
    before = database.statements_sent
    seen = await PostgresAlertSnapshots(database).snapshot(scope, filter)
    expected = [it for it in NEWEST if filter.matches(it, scope) and (it.alert.standing or filter.names_ended)]
    assert sorted(seen.things, key=lambda it: it.id, reverse=True) == expected
    assert (database.statements_sent - before, seen.tx_max > 0) == (1, True)


async def test_of_those_that_are_resolved_the_newest_are_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "ENDED_MAX", 3)
    filter = AlertStreamFilter(kinds=list(K), status=list(S))
    seen = await PostgresAlertSnapshots(database).snapshot(SCOPE, filter)
    ended = [it.id for it in NEWEST if not it.alert.standing][:3]
    assert {it.id for it in seen.things} == {*ended, *(it.id for it in NEWEST if it.alert.standing)}


# ------------------------------------------------------------------ indexes
#: A firm with five hundred items in two hundred places more, ten thousand alerts of them that have ended, and a
#: thousand that stand.
LARGE = (
    """
    INSERT INTO items SELECT made.* FROM items AS item, generate_series(0, 499) AS n, jsonb_populate_record(
        item, jsonb_build_object('id', gen_random_uuid(), 'sku', 'item-' || n)
    ) AS made WHERE item.tenant_id = $1 AND item.sku = 'sku-5'
    """,
    """
    INSERT INTO locations SELECT made.* FROM locations AS location, generate_series(0, 199) AS n, jsonb_populate_record(
        location, jsonb_build_object('id', gen_random_uuid(), 'code', 'place-' || n)
    ) AS made WHERE location.tenant_id = $1 AND location.code = 'SHOP'
    """,
    """
    INSERT INTO alerts (
        tenant_id, id, kind, sku, location, remaining, opened_at, updated_at, status, resolved_at, version
    )
    SELECT $1, gen_random_uuid(), 'LOW_STOCK', 'item-' || n % 500, 'place-' || n % 200, 1, now(), now(), 'RESOLVED',
        now(), 2
    FROM generate_series(1, 10000) AS n
    """,
    """
    INSERT INTO alerts (tenant_id, id, kind, sku, location, remaining, opened_at, updated_at, status, version)
    SELECT $1, gen_random_uuid(), 'LOW_STOCK', 'item-' || n % 500, 'place-' || n % 203, 1, now(), now(), 'OPEN', 1
    FROM generate_series(1, 5000) AS n
    """,
)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "alerts_pkey"),
        ({"stands": True}, "alerts_standing"),
        ({"stands": True, "status": ["OPEN"]}, "alerts_standing"),
        ({"skus": ["item-7"]}, "alerts_sku"),
        ({"locations": ["place-7"]}, "alerts_location"),
        ({"ids": [MADE[0].id, MADE[1].id]}, "alerts_pkey"),
    ],
    ids=str,
)
async def test_each_list_is_found_by_an_index(filled: Addresses, wanted: Mapping[str, object], index: str) -> None:
    statement = compiled(paged(ALERTS, frozenset(wanted), NEWEST_FIRST, backward=False, continued=False))
    outside = await asyncpg.connect(filled.superuser_url)
    transaction = outside.transaction()
    await transaction.start()
    try:
        await outside.execute("SELECT set_config('app.tenant', $1, true)", str(ACME.id))
        for making in LARGE:
            await outside.execute(making, ACME.id)
        await outside.execute("ANALYZE")
        arguments = statement.arguments({**wanted, "tenant": ACME.id, "size": 51})
        plan = json.loads(await outside.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *arguments))
    finally:
        await transaction.rollback()
        await outside.close()
    [found] = [node for node in _nodes(plan[0]["Plan"]) if node.get("Alias") == "alerts" and "Index Name" in node]
    assert (found["Node Type"], found["Index Name"]) == ("Index Scan", index)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
