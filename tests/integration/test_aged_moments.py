"""Aging reports as of moments within a day: what is read of the ledger for them, and what of the layers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from db.ledger_partitions import OwnedLedger
from db.read_models import PostgresReads, aging_sums, fed_entries
from db.read_models.reports import Shape
from db.read_models.statements import Statement
from domain.access import Scope
from domain.aging import BUCKETS
from domain.ledger import LedgerKind as K
from server.embedded.database import Addresses
from services.insight_ports import AgedGroup, ReportFilter
from tests.conformance.units_worlds import ACME
from tests.factories.histories import entry
from tests.integration.rollup_world import FLOOR, HOUR, RollupWorld, open_rollup_world


@pytest.fixture
async def world(database: Addresses) -> AsyncIterator[RollupWorld]:
    await OwnedLedger(database.owner_url).make_since(FLOOR - 400 * 24 * HOUR)
    async with open_rollup_world(database) as world:
        yield world


async def aged(world: RollupWorld, at: datetime) -> AgedGroup:
    reads, scope = PostgresReads(world.database), Scope(ACME.id)
    books = await reads.health.books(ACME.id)
    assert books is not None
    whole = await reads.aging.whole(scope, ReportFilter(), books, at, BUCKETS)
    assert whole.complete
    return whole.group


async def units(world: RollupWorld, at: datetime) -> int:
    return (await aged(world, at)).total.units


async def test_behind_archived_months_a_moment_within_a_day_tells_all_before_it_whatever_the_zone_was(
    world: RollupWorld,
) -> None:
    sku = await world.received_around_an_archive(emptied=True)
    assert [await units(world, FLOOR + n * HOUR) for n in (0, 2)] == [11, 111]

    await world.outside.execute("UPDATE tenants SET time_zone = 'America/New_York' WHERE tenant_id = $1", ACME.id)
    await world.receive(sku, 4, 1_000, FLOOR + 3 * HOUR)
    await world.receive(sku, 5, 10_000, FLOOR + 30 * HOUR)

    told = [await units(world, FLOOR + n * HOUR) for n in (0, 2, 4, 31)]
    assert told == [11, 111, 1_111, 11_111]


async def test_what_came_too_late_for_its_month_is_there_from_when_it_was_told(world: RollupWorld) -> None:
    sku = await world.sku("MAIN")
    await world.receive(sku, 1, 10, FLOOR - 12 * HOUR)
    await world.archive(emptied=True)
    told = await world.receive(sku, 2, 3, FLOOR - 10 * HOUR)
    await world.receive(sku, 3, 4, told + timedelta(seconds=1))
    moment = timedelta(milliseconds=1)
    assert [await units(world, at) for at in (told - moment, told + moment, told + HOUR)] == [10, 13, 17]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


async def plan_of(world: RollupWorld, statement: Statement, values: dict[str, object]) -> list[dict[str, Any]]:
    """As the application's role comes by, with row-level security."""
    sql = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
    [top] = json.loads((await world.database.fetch(ACME.id, sql, statement.arguments(values)))[0][0])
    return list(_nodes(top["Plan"]))


async def aging_plan(world: RollupWorld, at: datetime) -> list[dict[str, Any]]:
    day = {"day": at.date(), "since": at.replace(hour=0) - 2 * HOUR}
    return await plan_of(
        world, aging_sums.whole(Shape()), {"tenant": ACME.id, "bounds": list(BUCKETS), "as_of": at, **day}
    )


def read_of(nodes: list[dict[str, Any]], table: str) -> int:
    """Rows, and those that were passed over."""
    found = [node for node in nodes if re.fullmatch(rf"{table}(_\d.*|_earlier)?", node.get("Relation Name", ""))]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in found
        if node["Actual Loops"]
    )


#: What was summed up of one SKU, told of others too.
_SAME_OF = """
INSERT INTO {table} SELECT made.* FROM unnest($2::text[]) AS other (sku) CROSS JOIN {table} AS row
CROSS JOIN jsonb_populate_record(row, jsonb_build_object('sku', other.sku)) AS made WHERE row.sku = $1
"""


async def test_a_report_reads_the_layers_that_remain_and_of_the_ledger_no_more_than_a_part_of_one_day(
    world: RollupWorld,
) -> None:
    sku, days = await world.sku("MAIN"), 100
    others = [await world.sku("MAIN") for _ in range(40)]
    begin = FLOOR - days * 24 * HOUR + 8 * HOUR
    goods = [("MAIN", entry(K.RECEIPT, 5, begin + n * 24 * HOUR, 2 * n + 1, "2")) for n in range(days)]
    sales = [("MAIN", entry(K.PICK, 5, begin + (n * 24 + 1) * HOUR, 2 * n + 2)) for n in range(days)]
    await world.tell(sku, sorted([*goods, *sales], key=lambda told: told[1].level_version))
    await world.seal()
    for table in ("movement_daily", "cost_layers"):
        await world.outside.execute(_SAME_OF.format(table=table), sku, others)
    await world.outside.execute("ANALYZE")

    last, levels = begin + (days - 1) * 24 * HOUR, 1 + len(others)
    for at, entries in [(last + 2 * HOUR, 0), (last, 1), (last - 10 * HOUR, 0)]:
        nodes = await aging_plan(world, at)
        assert read_of(nodes, "cost_layers") <= 2 * levels  # the last that came, and what remains
        assert read_of(nodes, "ledger") == entries


async def test_what_waits_is_looked_up_entry_by_entry_however_long_the_ledger(world: RollupWorld) -> None:
    sku, sold = await world.sku("MAIN"), 200
    picks = [("MAIN", entry(K.PICK, 1, FLOOR + n * HOUR, n + 2)) for n in range(sold)]
    await world.tell(sku, [("MAIN", entry(K.RECEIPT, sold, FLOOR - HOUR, 1, "2")), *picks])
    await world.seal()
    await world.outside.execute("ANALYZE")
    await world.tell(sku, [("MAIN", entry(K.RECEIPT, 1, FLOOR + n * HOUR, n + 2, "2")) for n in range(sold, sold + 3)])

    nodes = await plan_of(world, fed_entries.reading(frozenset(), layers=True), {"tenant": ACME.id, "size": 2_000})

    assert read_of(nodes, "ledger") == 3
