"""Stock levels by SKU, as `GET /inventory/stock_levels/{sku}` names them."""

from __future__ import annotations

from typing import Any

from domain.ledger import Quantities
from domain.levels import LevelState
from domain.status import StockStatus
from domain.texts import storable
from resolvers.node import stock_of
from server.rest.operation import Call, Operation, Parameter, Telling, Told
from server.rest.problems import Problem
from server.rest.shapes import MOMENT, Choice, Field, ListOf, Record, Text, Whole

_QUANTITIES = (
    Field("quantity_on_hand", Whole(), "Units that lie there, whatever they are promised to."),
    Field("quantity_allocated", Whole(), "Units promised to orders and not yet shipped."),
    Field("quantity_unavailable", Whole(), "Units on hand that are set aside: damage, quality."),
    Field("quantity_incoming", Whole(), "Units on order or in transit; not on hand yet."),
    Field("available_to_promise", Whole(), "What can still be promised: on hand - allocated - unavailable."),
)
_STATUS = Field("status", Choice(StockStatus), "What the quantities mean under the thresholds.")
_SKU = Field("sku", Text(), "SKU of the item.")
LEVEL = Record(
    "StockLevel",
    "A SKU at one location.",
    (
        Field("location", Text(), "Code of the location."),
        *_QUANTITIES,
        _STATUS,
        Field("version", Whole(), "Grows by 1 with each change of this level."),
        Field("updated_at", MOMENT, "Time of the last change, a new threshold included."),
        Field("last_movement_at", MOMENT, "When a quantity last changed in the world.", nullable=True),
    ),
)
_STOCK = Record(
    "StockLevels",
    "A SKU summed over its locations.",
    (_SKU, *_QUANTITIES, _STATUS, Field("levels", ListOf(LEVEL), "The SKU at each location, by its code.")),
)
_EXAMPLE_QUANTITIES = {
    "quantity_on_hand": 24,
    "quantity_allocated": 4,
    "quantity_unavailable": 0,
    "quantity_incoming": 0,
    "available_to_promise": 20,
    "status": "IN_STOCK",
}
EXAMPLE_LEVEL = {
    "location": "LDS-DC",
    **_EXAMPLE_QUANTITIES,
    "version": 7,
    "updated_at": "2025-03-01T09:30:00Z",
    "last_movement_at": "2025-03-01T09:30:00Z",
}


async def stock_levels(call: Call) -> Told:
    sku = call.path["sku"]
    item = await call.context.loaders.items.load(sku) if storable(sku) else None
    if item is None:
        raise Problem.of(404, "NOT_FOUND", "There is no item with this SKU.", "sku")
    stock = await stock_of(call.context, item)
    levels = [level_told(level) for level in stock.levels]
    return Told({"sku": stock.sku, **_quantities(stock.quantities), "status": stock.status, "levels": levels})


def level_told(level: LevelState) -> dict[str, Any]:
    return {
        "location": level.location.code,
        **_quantities(level.quantities),
        "status": level.status,
        "version": level.version,
        "updated_at": level.updated_at,
        "last_movement_at": level.last_movement_at,
    }


def _quantities(quantities: Quantities) -> dict[str, int]:
    return {
        "quantity_on_hand": quantities.on_hand,
        "quantity_allocated": quantities.allocated,
        "quantity_unavailable": quantities.unavailable,
        "quantity_incoming": quantities.incoming,
        "available_to_promise": quantities.available_to_promise,
    }


OPERATIONS = (
    Operation(
        id="getStockLevels",
        name="stock",
        method="GET",
        path="/inventory/stock_levels/{sku}",
        tag="stock",
        summary="The stock of a SKU",
        description="A SKU at each of its locations, and summed over them.",
        path_parameters=(Parameter("sku", "SKU of the item; upper and lower case differ.", "OUT-TENT-1P-ORG", Text()),),
        answers={
            200: Telling(
                "The stock as it is now.",
                _STOCK,
                {"sku": "OUT-TENT-1P-ORG", **_EXAMPLE_QUANTITIES, "levels": [EXAMPLE_LEVEL]},
            )
        },
        serve=stock_levels,
    ),
)
