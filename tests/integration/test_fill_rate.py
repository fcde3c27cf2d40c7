"""Fill rate: what orders asked for and what of it could be promised at once, counted with their decision."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from db.folding import Folding
from db.read_models import health_sums
from db.read_models.reports import Shape
from db.worker_session import WorkerSession
from server.embedded.database import Addresses
from tests.integration.firm import Api, open_firm

RESERVE = """mutation ($order: String!, $units: Int!) { reserveStock(input: { idempotencyKey: $order, orderId: $order,
    lines: [{ sku: "SKU-01", quantity: $units, location: "MAIN" }] }) { userErrors { code } } }"""
REPORT = """query ($by: ReportGroupBy!) { healthReport(from: "2026-01-01", to: "2999-12-31") { metrics { fillRate }
    series(points: 1) { metrics { fillRate } } groups(by: $by) { nodes { key metrics { fillRate } } } } }"""

WANTED = """mutation { reserveStock(input: { idempotencyKey: "O-1", orderId: "O-1",
    lines: [{ sku: "NEVER", quantity: 5 }] }) { userErrors { code } } }"""
GROUPS = """query ($by: ReportGroupBy!, $first: Int!, $after: String, $filter: ReportFilter) {
    healthReport(from: "2026-01-01", to: "2999-12-31", filter: $filter) {
        groups(by: $by, first: $first, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } nodes { key metrics { fillRate } } } } }"""
WEEK = [date(2025, 8, 1), date(2025, 8, 8)]
NEVER_STOCKED = """INSERT INTO items SELECT (jsonb_populate_record(item, jsonb_build_object(
    'sku', 'NEVER', 'id', gen_random_uuid()))).* FROM items AS item WHERE sku = 'SKU-01' AND tenant_id = $1"""


@pytest.fixture
async def api(database: Addresses) -> AsyncIterator[Api]:
    async with open_firm(database) as api:
        yield api


async def add_up(api: Api) -> None:
    session = WorkerSession(api.database)
    folding = Folding(api.database, session)
    while await folding.add_demand(api.caller.tenant):
        pass
    await session.close()


async def assert_told(api: Api, rate: str) -> None:
    """The rate of everything, and that of no other SKU and no other place."""
    for by, key in (("SKU", "SKU-01"), ("LOCATION", "MAIN")):
        report = (await api.ask(REPORT, by=by))["healthReport"]
        assert report["metrics"]["fillRate"] == report["series"][0]["metrics"]["fillRate"] == rate
        rates = {group["key"]: group["metrics"]["fillRate"] for group in report["groups"]["nodes"]}
        assert {each for each, told in rates.items() if told is not None} == {key}
        assert rates[key] == rate


async def test_the_fill_rate_counts_what_was_asked_for_and_refused_whether_it_is_added_up_or_not(api: Api) -> None:
    assert (await api.ask(REPORT, by="SKU"))["healthReport"]["metrics"]["fillRate"] is None
    await api.ask(RESERVE, order="O-1", units=5)
    await assert_told(api, "1.0000")
    refused = await api.ask(RESERVE, order="O-2", units=10)
    assert refused["reserveStock"]["userErrors"] == [{"code": "INSUFFICIENT_STOCK"}]
    await assert_told(api, "0.3333")
    await add_up(api)
    await assert_told(api, "0.3333")


async def told_groups(api: Api, by: str, filter: dict[str, list[str]] | None = None) -> dict[str | None, str | None]:
    """The fill rate of each group, over pages of three."""
    found: dict[str | None, str | None] = {}
    after = None
    while True:
        report = (await api.ask(GROUPS, by=by, first=3, after=after, filter=filter))["healthReport"]
        found |= {group["key"]: group["metrics"]["fillRate"] for group in report["groups"]["nodes"]}
        if not report["groups"]["pageInfo"]["hasNextPage"]:
            assert report["groups"]["totalCount"] == len(found)
            return found
        after = report["groups"]["pageInfo"]["endCursor"]


async def test_what_was_asked_for_and_never_stocked_has_a_group_of_its_own(api: Api, database: Addresses) -> None:
    outside = await asyncpg.connect(database.superuser_url)
    await outside.execute(NEVER_STOCKED, api.caller.tenant)
    await outside.close()
    before = await told_groups(api, "SKU")
    assert "NEVER" not in before
    refused = await api.ask(WANTED)
    assert refused["reserveStock"]["userErrors"] == [{"code": "INSUFFICIENT_STOCK"}]
    await assert_wanted(api, before)
    await add_up(api)
    await assert_wanted(api, before)


async def assert_wanted(api: Api, before: dict[str | None, str | None]) -> None:
    """The item that never was there has its group, and its place has none."""
    assert await told_groups(api, "SKU") == before | {"NEVER": "0.0000"}
    assert (await told_groups(api, "LOCATION"))[None] == "0.0000"
    assert await told_groups(api, "SKU", {"skus": ["NEVER"]}) == {"NEVER": "0.0000"}
    assert "NEVER" not in await told_groups(api, "SKU", {"locations": ["MAIN"]})


async def test_a_report_of_a_week_reads_a_week_of_what_was_asked_for(api: Api, database: Addresses) -> None:
    outside = await asyncpg.connect(database.superuser_url)
    await outside.execute(
        "INSERT INTO demand_daily SELECT $1, 'SKU-' || s, 'MAIN', date '2024-01-01' + d, 3, 2 "
        "FROM generate_series(1, 40) AS s, generate_series(0, 600) AS d",
        api.caller.tenant,
    )
    await outside.execute("ANALYZE demand_daily")
    report = health_sums.whole(Shape())
    looks = {"days": WEEK, "instants": [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in WEEK]}
    arguments = report.arguments(looks | {"tenant": api.caller.tenant, "now": None})
    plan = await outside.fetch(f"EXPLAIN {report.sql}", *arguments)
    await outside.close()
    assert any("demand_daily_day" in row[0] for row in plan)
