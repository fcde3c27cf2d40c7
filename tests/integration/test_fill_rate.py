"""Fill rate: what orders asked for and what of it could be promised at once, counted with their decision."""

from collections.abc import AsyncIterator

import pytest

from db.folding import Folding
from db.worker_session import WorkerSession
from server.embedded.database import Addresses
from tests.integration.firm import Api, open_firm

RESERVE = """mutation ($order: String!, $units: Int!) { reserveStock(input: { idempotencyKey: $order, orderId: $order,
    lines: [{ sku: "SKU-01", quantity: $units, location: "MAIN" }] }) { userErrors { code } } }"""
REPORT = """query ($by: ReportGroupBy!) { healthReport(from: "2026-01-01", to: "2999-12-31") { metrics { fillRate }
    series(points: 1) { metrics { fillRate } } groups(by: $by) { nodes { key metrics { fillRate } } } } }"""


@pytest.fixture
async def api(database: Addresses) -> AsyncIterator[Api]:
    async with open_firm(database) as api:
        yield api


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
    session = WorkerSession(api.database)
    folding = Folding(api.database, session)
    while await folding.add_demand(api.caller.tenant):
        pass
    await session.close()
    await assert_told(api, "0.3333")
