"""Inventory: levels of many SKUs, as `GET /api/inventory` lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.levels import LevelState
from domain.status import StockStatus
from schema.inputs.texts import LIST_LENGTH_MAX
from server.rest.operation import Call, Operation, Parameter, Telling, Told
from server.rest.pages import PARAMETERS, page_of, page_record, page_told, several
from server.rest.problems import Problem
from server.rest.shapes import Choice, Field, Misfit, Record, Text, Whole
from server.rest.stock_levels import EXAMPLE_LEVEL, LEVEL, level_told
from services.pages import PAGE_SIZE_MAX
from services.reads import ItemFilter, LevelFilter, LevelSort, PageRequest

_ROW = Record(
    "InventoryLevel",
    "A SKU at one location, with what it is of.",
    (
        Field("sku", Text(), "SKU of the item."),
        Field("product_id", Text(), "The item's product of the catalog.", nullable=True),
        *LEVEL.fields,
        Field("reorder_point", Whole(), "Order anew when available to promise falls to this.", nullable=True),
        Field("safety_stock", Whole(), "Units meant to be kept in reserve."),
    ),
)
_PAGE = page_record("Inventory", "A page of levels, by SKU and location.", _ROW)


async def inventory(call: Call) -> Told:
    skus, products = several(call, "sku"), several(call, "product_id")
    wanted = LevelFilter(
        skus=skus if products is None else await _skus_of(call, products, skus),
        locations=several(call, "location"),
        categories=several(call, "category"),
        vendors=several(call, "vendor"),
        status=several(call, "status"),
    )
    with page_of(call) as page:
        found = await call.context.reads.stock.levels(call.context.scope, wanted, LevelSort.SKU, page)
    return page_told(found, _told)


async def _skus_of(call: Call, products: Sequence[str], skus: Sequence[str] | None) -> Sequence[str]:
    """All SKUs of these products, archived ones too, among those named. Raises Problem where they are too many."""
    catalog, scope = call.context.reads.catalog, call.context.scope
    wanted, found, cursor = ItemFilter(skus=skus, catalog_product_ids=products), list[str](), None
    while len(found) <= LIST_LENGTH_MAX:
        page = await catalog.items(scope, wanted, PageRequest(PAGE_SIZE_MAX, cursor))
        found += [edge.node.sku for edge in page.edges]
        if not page.has_next:
            return found
        cursor = page.edges[-1].cursor
    message = f"product_id names products of more than {LIST_LENGTH_MAX:,} SKUs: name fewer at once."
    raise Problem.of_misfits([Misfit("product_id", message)])


def _told(level: LevelState) -> dict[str, Any]:
    return {
        "sku": level.item.sku,
        "product_id": level.item.catalog_product_id,
        **level_told(level),
        "reorder_point": level.policy.reorder_point,
        "safety_stock": level.policy.safety_stock,
    }


_EXAMPLE: dict[str, Any] = {
    "sku": "OUT-TENT-1P-ORG",
    "product_id": "OUT-0001-1P-ORG",
    **EXAMPLE_LEVEL,
    "reorder_point": 10,
    "safety_stock": 0,
}
OPERATIONS = (
    Operation(
        id="getInventory",
        name="stockLevels",
        method="GET",
        path="/api/inventory",
        tag="stock",
        summary="List stock levels",
        description="By SKU and location, a page at a time. Filters of several names must all match. A vendor sees "
        "those of its items alone.",
        query=(
            Parameter("product_id", "Of items of this product; once for each.", "OUT-0001-1P-ORG", listed=True),
            Parameter("sku", "Of this SKU; once for each.", "OUT-TENT-1P-ORG", listed=True),
            Parameter("location", "At the location of this code; once for each.", "LDS-DC", listed=True),
            Parameter("status", "With this status; once for each.", "LOW", Choice(StockStatus), listed=True),
            Parameter("category", "Of items in this category; once for each.", "Tents", listed=True),
            Parameter("vendor", "Of items of this vendor; once for each.", "nordlys", listed=True),
            *PARAMETERS,
        ),
        answers={200: Telling("A page of them.", _PAGE, {"items": [_EXAMPLE], "next_cursor": None})},
        serve=inventory,
    ),
)
