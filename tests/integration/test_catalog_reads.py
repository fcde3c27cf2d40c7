"""The catalog on PostgreSQL, each answer held against the same question asked of plain Python lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from domain.items import Item
from domain.reasons import DEFAULT_REASON_CODES
from services.reads import (
    ItemFilter,
    LocationFilter,
)
from tests.conformance.units_worlds import ACME, LOCATIONS
from tests.integration.shelf import EVERYTHING, NORTH, SCOPE, Shelf, all_pages, nodes


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
async def test_items_come_by_sku_in_code_point_order(shelf: Shelf, backward: bool) -> None:
    found = await all_pages(lambda page: shelf.reads.catalog.items(SCOPE, ItemFilter(), page), 5, backward)
    assert found == sorted(shelf.items, key=lambda item: item.sku)


@pytest.mark.parametrize(
    ("filter", "meets"),
    [
        (ItemFilter(skus=["sku-0", "sku-5"]), lambda item: item.sku in ("sku-0", "sku-5")),
        (ItemFilter(categories=["toys"]), lambda item: item.category == "toys"),
        (ItemFilter(vendors=["south"]), lambda item: item.vendor == "south"),
        (ItemFilter(catalog_product_ids=["P-2"]), lambda item: item.catalog_product_id == "P-2"),
        (ItemFilter(conditions=["new"]), lambda item: item.condition == "new"),
        (ItemFilter(languages=["de"]), lambda item: item.language == "de"),
        (ItemFilter(barcodes=["4006381333931", "none"]), lambda item: "4006381333931" in item.barcodes),
        (ItemFilter(barcodes=[]), lambda item: False),
        (ItemFilter(archived=True), lambda item: item.archived),
        (ItemFilter(archived=False), lambda item: not item.archived),
        (ItemFilter(search="éc"), lambda item: False),
        (ItemFilter(search="CLAIR"), lambda item: "clair" in item.sku),
    ],
    ids=lambda part: None,
)
async def test_an_item_filter_finds_what_it_says(
    shelf: Shelf, filter: ItemFilter, meets: Callable[[Item], bool]
) -> None:
    counted = replace(EVERYTHING, counted=True)
    expected = sorted((item for item in shelf.items if meets(item)), key=lambda item: item.sku)

    page = await shelf.costs(2, lambda: shelf.reads.catalog.items(SCOPE, filter, counted))
    own = await shelf.reads.catalog.items(NORTH, filter, EVERYTHING)

    assert (nodes(page), page.total) == (expected, len(expected))
    assert nodes(own) == [item for item in expected if item.vendor == "north"]


async def test_items_are_found_by_sku_and_id(shelf: Shelf) -> None:
    item = next(item for item in shelf.items if item.vendor == "south")
    catalog = shelf.reads.catalog

    assert await catalog.items_of(SCOPE, [item.sku, "none"]) == {item.sku: item}
    assert await catalog.items_by_id(SCOPE, [item.id]) == {item.id: item}
    assert await catalog.items_of(NORTH, [item.sku]) == {}
    assert await catalog.items_by_id(NORTH, [item.id]) == {}


@pytest.mark.parametrize(
    ("filter", "codes"),
    [
        (LocationFilter(), ["A", "A-1", "MAIN", "SHOP"]),
        (LocationFilter(codes=["SHOP", "none"]), ["SHOP"]),
        (LocationFilter(kinds=["zone", "aisle"]), ["A", "A-1"]),
        (LocationFilter(zones=["cold"]), []),
        (LocationFilter(parent="A"), ["A-1"]),
        (LocationFilter(active=False), []),
        (LocationFilter(search="WAREHOUSE"), ["MAIN"]),
        (LocationFilter(search="a-"), ["A-1"]),
    ],
    ids=lambda part: None,
)
async def test_a_location_filter_finds_what_it_says(shelf: Shelf, filter: LocationFilter, codes: list[str]) -> None:
    page = await shelf.reads.catalog.locations(SCOPE, filter, replace(EVERYTHING, counted=True))
    assert ([location.code for location in nodes(page)], page.total) == (codes, len(codes))


async def test_locations_reason_codes_and_the_tenant_are_found(shelf: Shelf) -> None:
    shop = LOCATIONS[3]
    catalog = shelf.reads.catalog

    assert await catalog.locations_of(NORTH, ["SHOP", "none"]) == {"SHOP": shop}
    assert await catalog.locations_by_id(SCOPE, [shop.id]) == {shop.id: shop}
    assert await catalog.reason_codes(ACME.id) == sorted(DEFAULT_REASON_CODES, key=lambda reason: reason.code)
    assert await catalog.tenant(ACME.id) == ACME
    assert await catalog.tenant(UUID(int=1)) is None
