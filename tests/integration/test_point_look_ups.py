"""Look-ups by key over PostgreSQL: a vendor finds its own alone, and of those who ask at once each is told his own."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.levels import LevelState
from tests.integration.shelf import NORTH, SCOPE, Shelf

ON_HAND, VERSION = ("quantities.on_hand",), ("version",)


def only(shelf: Shelf, meets: Callable[[LevelState], bool] = lambda level: True) -> LevelState:
    """The only level of its SKU."""
    times = Counter(level.item.sku for level in shelf.states)
    return next(level for level in shelf.states if times[level.item.sku] == 1 and meets(level))


@pytest.mark.parametrize("scope", [SCOPE, NORTH], ids=["all", "vendor"])
async def test_a_vendor_finds_nothing_of_another_by_its_key(shelf: Shelf, scope: Any) -> None:
    level = only(shelf, lambda level: level.item.vendor == "south")
    sku, place, stock, catalog = (
        level.item.sku,
        (level.item.sku, level.location.code),
        shelf.reads.stock,
        shelf.reads.catalog,
    )
    found: list[Any] = [
        await stock.level_row(scope, *place, ON_HAND),
        await stock.level_row(scope, sku, None, ON_HAND),
        await stock.levels_at(scope, [place]),
        await stock.levels_of(scope, [sku]),
        await stock.levels_by_id(scope, [level.id]),
        await catalog.item_row(scope, sku, ("name",)),
        await catalog.items_of(scope, [sku]),
        await catalog.items_by_id(scope, [level.item.id]),
        [row for row in await stock.availability(scope, [sku], None) if row.known],
    ]
    assert list(map(bool, found)) == [scope is SCOPE] * len(found)


async def test_where_a_sku_has_several_levels_none_is_the_one_that_is_meant(shelf: Shelf) -> None:
    times = Counter(level.item.sku for level in shelf.states)
    several = next(sku for sku, count in times.items() if count > 1)
    assert await shelf.reads.stock.level_row(SCOPE, several, None, ON_HAND) is None


async def test_who_asks_for_other_attributes_at_the_same_moment_is_told_those(shelf: Shelf) -> None:
    level, stock, catalog = (
        only(shelf, lambda level: level.quantities.on_hand != level.version),
        shelf.reads.stock,
        shelf.reads.catalog,
    )
    sku, code = level.item.sku, level.location.code
    rows = await asyncio.gather(
        stock.level_row(SCOPE, sku, code, ON_HAND),
        stock.level_row(SCOPE, sku, code, VERSION),
        stock.level_row(SCOPE, sku, None, ON_HAND),
        stock.level_row(SCOPE, sku, None, VERSION),
        catalog.item_row(SCOPE, sku, ("name",)),
        catalog.item_row(SCOPE, sku, ("id",)),
    )
    told = [level.quantities.on_hand, level.version] * 2
    assert [row and row.values[0] for row in rows] == [*told, level.item.name, level.item.id]


async def test_who_asks_for_another_location_at_the_same_moment_is_told_what_can_be_promised_there(
    shelf: Shelf,
) -> None:
    level = only(shelf, lambda level: level.promisable > 0)
    skus, code = [level.item.sku], level.location.code
    elsewhere = next(each.location.code for each in shelf.states if each.location.code != code)
    answers = await asyncio.gather(
        *(shelf.reads.stock.availability(SCOPE, skus, at) for at in (code, elsewhere, None, code))
    )
    told = [row.available_to_promise for [row] in answers]
    assert told == [level.promisable, 0, level.promisable, level.promisable]
