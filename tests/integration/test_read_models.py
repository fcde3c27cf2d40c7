"""Levels on PostgreSQL, each answer held against the same question asked of plain Python lists."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from db.bulk import analyze, load
from db.pool import Database
from db.read_models import PostgresReads
from db.read_models.availability import AVAILABILITY
from domain.access import Scope
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.levels import LevelState
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockStatus
from domain.stock import StockLevel
from server.embedded.database import Addresses
from services.pages import CURSOR_LENGTH_MAX
from services.reads import (
    BadCursor,
    LevelFilter,
    LevelSort,
    PageRequest,
)
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids
from tests.integration.shelf import EVERYTHING, NORTH, NOW, SCOPE, Shelf, all_pages, fill, nodes

SORTS: dict[LevelSort, tuple[Callable[[LevelState], Any], bool]] = {
    LevelSort.SKU: (lambda level: (), False),
    LevelSort.AVAILABLE_ASC: (lambda level: level.quantities.available_to_promise, False),
    LevelSort.AVAILABLE_DESC: (lambda level: level.quantities.available_to_promise, True),
    LevelSort.UPDATED_DESC: (lambda level: level.updated_at, True),
    LevelSort.LAST_MOVEMENT_ASC: (lambda level: level.last_movement_at or level.created_at, False),
}


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("sort", LevelSort)
async def test_pages_in_either_direction_show_every_level_once_in_order(
    shelf: Shelf, sort: LevelSort, backward: bool
) -> None:
    key, falling = SORTS[sort]
    expected = sorted(
        shelf.states, key=lambda level: (key(level), level.item.sku, level.location.code), reverse=falling
    )

    found = await all_pages(lambda page: shelf.reads.stock.levels(SCOPE, LevelFilter(), sort, page), 7, backward)

    assert found == expected


FILTERS: list[tuple[LevelFilter, Callable[[LevelState], bool]]] = [
    (LevelFilter(), lambda level: True),
    (LevelFilter(skus=["sku-5", "SKU_6"]), lambda level: level.item.sku in ("sku-5", "SKU_6")),
    (LevelFilter(skus=[]), lambda level: False),
    (LevelFilter(locations=["SHOP"]), lambda level: level.location.code == "SHOP"),
    (LevelFilter(categories=["toys"]), lambda level: level.item.category == "toys"),
    (LevelFilter(vendors=["north", "south"]), lambda level: level.item.vendor is not None),
    (LevelFilter(conditions=["used"]), lambda level: level.item.condition == "used"),
    (
        LevelFilter(status=[StockStatus.LOW, StockStatus.OVERSTOCK]),
        lambda level: level.status in (StockStatus.LOW, StockStatus.OVERSTOCK),
    ),
    (LevelFilter(stale=True), lambda level: level.stale(datetime.now(UTC))),
    (LevelFilter(stale=False), lambda level: not level.stale(datetime.now(UTC))),
    (
        LevelFilter(stale_for_days=40),
        lambda level: (level.last_movement_at or level.created_at) <= datetime.now(UTC) - timedelta(days=40),
    ),
    (LevelFilter(search="É"), lambda level: "é" in level.item.sku.lower()),
    (LevelFilter(search="strasse"), lambda level: True),
    (LevelFilter(search="%"), lambda level: "%" in level.item.sku),
    (LevelFilter(search="_"), lambda level: "_" in level.item.sku),
    (LevelFilter(search="\\"), lambda level: "\\" in level.item.sku),
    (
        LevelFilter(locations=["MAIN"], vendors=["north"], stale=False, search="NAME"),
        lambda level: (
            level.location.code == "MAIN" and level.item.vendor == "north" and not level.stale(datetime.now(UTC))
        ),
    ),
]


@pytest.mark.parametrize(("filter", "meets"), FILTERS, ids=lambda part: None)
@pytest.mark.parametrize("scope", [SCOPE, NORTH], ids=["all", "vendor"])
async def test_a_filter_finds_what_it_says_and_a_vendor_its_own(
    shelf: Shelf, scope: Scope, filter: LevelFilter, meets: Callable[[LevelState], bool]
) -> None:
    expected = [
        level for level in shelf.states if meets(level) and (scope.vendor is None or level.item.vendor == "north")
    ]
    expected.sort(key=lambda level: (level.item.sku, level.location.code))

    counted = replace(EVERYTHING, counted=True)
    page = await shelf.costs(2, lambda: shelf.reads.stock.levels(scope, filter, LevelSort.SKU, counted))
    seen = await shelf.costs(1, lambda: shelf.reads.stock.snapshot(scope, filter))

    assert nodes(page) == expected
    assert page.total == len(expected)
    assert sorted(seen.things, key=lambda level: (level.item.sku, level.location.code)) == expected


async def test_levels_are_found_by_place_sku_and_id(shelf: Shelf) -> None:
    wanted = shelf.states[3]
    place = (wanted.item.sku, wanted.location.code)
    stock = shelf.reads.stock

    assert await shelf.costs(1, lambda: stock.levels_at(SCOPE, [place, ("none", "MAIN")])) == {place: wanted}
    assert await stock.levels_by_id(SCOPE, [wanted.id, UUID(int=1)]) == {wanted.id: wanted}
    of_sku = await stock.levels_of(SCOPE, [wanted.item.sku, "none"])
    same = [level for level in shelf.states if level.item.sku == wanted.item.sku]
    assert of_sku == {wanted.item.sku: sorted(same, key=lambda level: level.location.code)}
    foreign = next(level for level in shelf.states if level.item.vendor != "north")
    assert await stock.levels_by_id(NORTH, [foreign.id]) == {}
    assert await stock.levels_by_id(Scope(GLOBEX.id, ""), [wanted.id]) == {}


async def test_availability_answers_in_the_order_asked_and_knows_what_it_knows_not(shelf: Shelf) -> None:
    skus = [shelf.items[9].sku, "none", shelf.items[0].sku, shelf.items[7].sku, shelf.items[9].sku]

    for scope in (SCOPE, NORTH):
        for location in (None, "MAIN", "NOWHERE"):
            rows = await shelf.costs(1, lambda s=scope, at=location: shelf.reads.stock.availability(s, skus, at))
            seen = {item.sku for item in shelf.items if scope.vendor in (None, item.vendor)}
            expected = [
                sum(
                    level.promisable
                    for level in shelf.states
                    if level.item.sku == sku and sku in seen and location in (None, level.location.code)
                )
                for sku in skus
            ]
            assert [row.sku for row in rows] == skus
            assert [row.known for row in rows] == [sku in seen for sku in skus]
            assert [row.available_to_promise for row in rows] == expected


async def test_availability_is_planned_once_however_few_skus_are_asked_for(database: Addresses) -> None:
    pool = await Database.connect(database.application_url, size=1)
    items = [Item(ids(), f"sku-{n}", "Thing", version=1) for n in range(3_000)]
    levels = [StockLevel(ids(), item.sku, "MAIN", NOW) for item in items]
    for level in levels:
        level.receive(1, Cause("manager@acme"), Stamp(NOW, NOW))
    await load(pool, ACME, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items, levels=levels)
    await analyze(database.owner_url)
    reads = PostgresReads(pool)
    for item in items[:20]:
        await reads.stock.availability(SCOPE, [item.sku], None)

    async with pool.acquire() as connection:
        [(anew, kept)] = await connection.fetch(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = $1", AVAILABILITY
        )

    assert (anew, kept) == (5, 15)  # PostgreSQL begins with five, to weigh the one against them
    await pool.close()


async def test_a_snapshot_tells_which_transactions_it_saw(shelf: Shelf, filled: Addresses) -> None:
    running = await asyncpg.connect(filled.superuser_url)
    try:
        async with running.transaction():
            in_progress, over = await own_id(running), await own_id(shelf.outside)
            seen = await shelf.reads.stock.snapshot(SCOPE, LevelFilter(skus=[]))
            assert (seen.saw(in_progress), seen.saw(over), seen.things) == (False, True, [])
        assert (await shelf.reads.stock.snapshot(SCOPE, LevelFilter())).saw(in_progress)
    finally:
        await running.close()
    assert not seen.saw(await own_id(shelf.outside))


async def own_id(connection: asyncpg.Connection) -> int:
    """The id of the connection's transaction, or of one that this alone makes and ends."""
    return int(await connection.fetchval("SELECT pg_current_xact_id()::text::bigint") or 0)


async def test_what_moved_on_is_stale_no_more_though_its_due_day_still_stands(database: Addresses) -> None:
    await fill(database)
    pool = await Database.connect(database.application_url)
    reads = PostgresReads(pool)
    stale = nodes(await reads.stock.levels(SCOPE, LevelFilter(stale=True), LevelSort.SKU, EVERYTHING))
    async with pool.acquire(ACME.id) as connection:
        await connection.execute("UPDATE stock_levels SET last_movement_at = now() WHERE id = $1", stale[0].id)

    found = nodes(await reads.stock.levels(SCOPE, LevelFilter(stale=True), LevelSort.SKU, EVERYTHING))

    assert [level.id for level in found] == [level.id for level in stale[1:]]
    await pool.close()


async def test_nothing_can_be_promised_of_an_archived_item_or_at_a_closed_location(database: Addresses) -> None:
    await fill(database)
    pool = await Database.connect(database.application_url)
    reads = PostgresReads(pool)
    levels = nodes(await reads.stock.levels(SCOPE, LevelFilter(locations=["MAIN"]), LevelSort.SKU, EVERYTHING))
    skus = [level.item.sku for level in levels if level.promisable > 0][:2]

    async def promised() -> list[int]:
        return [row.available_to_promise for row in await reads.stock.availability(SCOPE, skus, "MAIN")]

    before = await promised()
    async with pool.acquire(ACME.id) as connection:
        await connection.execute("UPDATE items SET archived_at = now() WHERE sku = $1", skus[0])
        archived = await promised()
        await connection.execute("UPDATE locations SET active = false WHERE code = 'MAIN'")

    assert (min(before) > 0, archived, await promised()) == (True, [0, before[1]], [0, 0])
    await pool.close()


# ---------------------------------------------------------------------- cursors


def cursor(*content: object) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


RUBBISH = [
    "",
    "!",
    "é",
    "AAAA",
    "x" * 5_000,
    cursor(),
    cursor("SKU"),
    cursor("SKU", "a"),
    cursor("SKU", "a", "b", "c"),
    cursor("SKU", "a", 1),
    cursor("SKU", "a", None),
    cursor("SKU", "a", "nul\x00"),
    cursor("AVAILABLE_ASC", 1, "a", "b"),
    cursor("ITEM", "a"),
    cursor("ITEM", "a", "b"),
    cursor("SKU", "a", "b" * CURSOR_LENGTH_MAX),
    urlsafe_b64encode(b'["SKU", "a", "\\ud800"]').decode(),
    urlsafe_b64encode(b"[" * 1_000).decode(),
]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
async def test_a_cursor_of_another_making_is_refused(shelf: Shelf, rubbish: str) -> None:
    with pytest.raises(BadCursor):
        await shelf.reads.stock.levels(SCOPE, LevelFilter(), LevelSort.SKU, PageRequest(5, rubbish))


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        (LevelSort.AVAILABLE_ASC, (2**63, "a", "b")),
        (LevelSort.AVAILABLE_ASC, (True, "a", "b")),
        (LevelSort.AVAILABLE_ASC, (1.5, "a", "b")),
        (LevelSort.UPDATED_DESC, ("yesterday", "a", "b")),
        (LevelSort.UPDATED_DESC, ("2024-01-01T00:00:00", "a", "b")),
        (LevelSort.UPDATED_DESC, ("9999-12-31T23:59:59.999999-14:00", "a", "b")),
        (LevelSort.LAST_MOVEMENT_ASC, ("0001-01-01T00:00:00+14:00", "a", "b")),
    ],
)
async def test_a_cursor_holds_what_its_order_sorts_by(shelf: Shelf, sort: LevelSort, key: tuple[object, ...]) -> None:
    with pytest.raises(BadCursor, match="endCursor"):
        await shelf.reads.stock.levels(SCOPE, LevelFilter(), sort, PageRequest(5, cursor(sort.value, *key)))
