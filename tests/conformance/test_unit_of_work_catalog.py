"""What every unit of work promises of items and locations; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from domain.items import Item
from domain.locations import Location
from services.ports import Unit
from tests.conformance.units_worlds import World, ids, receive


async def test_sites_tell_items_their_levels_places_named_and_the_default_one(world: World) -> None:
    await world.run(lambda unit: receive(unit, ("red", "A-1")))
    await world.run(lambda unit: receive(unit, ("red", "A")))

    sites = await world.run(lambda unit: unit.levels.sites(["red", "blue", "none"], ["SHOP", "NOWHERE"]))

    assert set(sites.items) == {"red", "blue"}
    assert sites.items["red"].name == "Goods red"
    assert set(sites.locations) == {"A", "A-1", "SHOP", "MAIN"}
    assert sites.levels == {"red": ["A", "A-1"]}
    assert sites.default_location == "MAIN"


async def test_reason_codes_are_found_by_name(world: World) -> None:
    async def ask(unit: Unit) -> tuple[set[str], set[str]]:
        before = set(await unit.reason_codes.named({"damaged", "nonsense"}))
        await unit.levels.sites(["blue"], [])
        return before, set(await unit.reason_codes.named({"other", "nonsense"}))

    assert await world.run(ask) == ({"damaged"}, {"other"})
    assert await world.run(lambda unit: unit.reason_codes.named(())) == {}


async def test_an_item_comes_back_as_it_was_saved(world: World) -> None:
    made = Item(
        *(ids(), "new/€ 1%", "Ünïque", "toys", "P-1", "north", "used", "de"),
        *(Decimal("12.50"), Decimal("0.0001"), "EUR", "kg", 3, ("400", 'a,b"{}'), 14),
        archived_at=datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        version=1,
    )

    async def make(unit: Unit) -> None:
        assert await unit.items.lock(made.sku) is None
        await unit.items.save(made)

    await world.run(make)

    found = await world.run(lambda unit: unit.items.lock(made.sku))
    assert found is not None and found == made
    assert str(found.price) == "12.50"


async def test_of_two_who_make_one_item_the_second_finds_it(world: World) -> None:
    async def make(unit: Unit) -> bool:
        if await unit.items.lock("fresh"):
            return False
        await unit.items.save(Item(ids(), "fresh", "Fresh", version=1))
        return True

    assert sorted(await asyncio.gather(*(world.run(make) for _ in range(5)))) == [False] * 4 + [True]


async def test_a_path_leads_up_to_the_root(world: World) -> None:
    assert await world.run(lambda unit: unit.locations.path("A-1")) == ["A-1", "A", "MAIN"]
    assert await world.run(lambda unit: unit.locations.path("NOWHERE")) == []


async def test_two_moves_at_once_cannot_make_a_circle(world: World) -> None:
    async def move(unit: Unit, code: str, parent: str) -> None:
        location = await unit.locations.lock(code)
        assert location is not None
        if code not in await unit.locations.path(parent):
            await unit.locations.save(replace(location, parent=parent, version=location.version + 1))

    await asyncio.gather(
        world.run(lambda unit: move(unit, "SHOP", "MAIN")), world.run(lambda unit: move(unit, "MAIN", "SHOP"))
    )

    paths = [await world.run(lambda unit, code=code: unit.locations.path(code)) for code in ("SHOP", "MAIN")]
    assert sorted(map(len, paths)) == [1, 2]


async def test_a_location_comes_back_as_it_was_saved(world: World) -> None:
    made = Location(ids(), "B", "Bin", "bin", "cold", 7, "A", False, 3)

    async def make(unit: Unit) -> None:
        assert await unit.locations.lock("B") is None
        await unit.locations.save(made)

    await world.run(make)

    assert await world.run(lambda unit: unit.locations.lock("B")) == made
