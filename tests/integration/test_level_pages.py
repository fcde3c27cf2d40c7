"""Pages of many levels: one far behind costs what the first does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from db import bulk
from db.pool import Database
from db.read_models.listing import paged
from db.read_models.statements import compiled
from db.read_models.stock import BY_SKU, LEVELS
from domain.items import Item
from domain.stock import StockLevel
from server.embedded.database import Addresses
from services.pages import PAGE_SIZE_MAX, PageRequest
from tests.conformance.units_worlds import ACME, LOCATIONS, ids

SKUS, PAGE = 3_000, 20
#: The plans that PostgreSQL makes of a statement, each for its parameters, before it weighs one for all.
PLANS_TRIED = 5
COLUMNS = ("item.name", "location.name", "quantities.on_hand")


@pytest.fixture
async def database(database: Addresses) -> AsyncIterator[Database]:
    """A level of each SKU at two locations."""
    pool = await Database.connect(database.application_url, size=1)
    items = [Item(ids(), f"SKU-{n:04}", "Goods", version=1) for n in range(SKUS)]
    now, places = datetime.now(UTC), [location.code for location in LOCATIONS[:2]]
    levels = [StockLevel(ids(), item.sku, code, now, version=1, updated_at=now) for item in items for code in places]
    await bulk.load(pool, ACME, locations=LOCATIONS, items=items, levels=levels)
    await bulk.analyze(database.owner_url)
    yield pool
    await pool.close()


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The tables that a plan reads, each with how many rows it read of it."""
    if "Relation Name" in plan:
        yield plan["Relation Name"], plan["Actual Rows"] * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_page_far_behind_reads_no_more_items_than_it_shows(
    database: Database, mode: str, backward: bool
) -> None:
    listing = LEVELS.of_columns(frozenset(), COLUMNS)
    statement = compiled(paged(listing, frozenset(), BY_SKU, backward, True))
    far = f"SKU-{SKUS // 10 if backward else SKUS * 9 // 10:04}"
    values = {"tenant": ACME.id, "size": PAGE + 1, "key0": far, "key1": "MAIN"}
    async with database.acquire(ACME.id) as connection:
        await connection.execute(f"SET plan_cache_mode = {mode}")
        explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + statement.sql
        told = await connection.fetchval(explained, *statement.arguments(values))
    read = dict(scans(orjson.loads(told or "")[0]["Plan"]))
    assert read["stock_levels"] <= 2 * (PAGE + 1)
    assert read["items"] <= 2 * (PAGE + 1)


@pytest.mark.parametrize("columns", [COLUMNS, (*COLUMNS, "item.sku", "location.code")], ids=["few", "with its keys"])
async def test_pages_of_all_levels_share_one_plan(database: Database, columns: tuple[str, ...]) -> None:
    for _ in range(PLANS_TRIED + 1):
        page = await LEVELS.rows(database, ACME.id, {}, BY_SKU, PageRequest(PAGE_SIZE_MAX), columns)
        assert [len(row) for row in page.nodes] == [5] * PAGE_SIZE_MAX
    async with database.acquire(ACME.id) as connection:
        planned = "SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE $1"
        assert await connection.fetchval(planned, "%FROM stock_levels JOIN items%")


async def test_cursors_are_the_same_whatever_is_read(database: Database) -> None:
    bare = await LEVELS.rows(database, ACME.id, {}, BY_SKU, PageRequest(PAGE), ("version",))
    full = await LEVELS.rows(
        database, ACME.id, {}, BY_SKU, PageRequest(PAGE), ("item.name", "item.sku", "location.code")
    )
    whole = await LEVELS.page(database, ACME.id, {}, BY_SKU, PageRequest(PAGE))
    told = [edge.cursor for edge in whole.edges]
    assert [edge.cursor for edge in bare.edges] == [edge.cursor for edge in full.edges] == told
