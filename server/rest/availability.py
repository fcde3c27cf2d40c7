"""Availability of many things at once, as `GET /internal/inventory/availability` names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.places import unknown_location
from domain.refusals import RefusalCode
from server.rest.operation import Call, Operation, Parameter, Telling, Told
from server.rest.problems import Problem
from server.rest.shapes import MOMENT, Field, Flag, ListOf, Misfit, Record, Text, Whole
from services.reads import AVAILABILITY_SKUS_MAX, AvailabilityRow, ProductRow

_ROW = Record(
    "Available",
    "What can be promised of one SKU, or of one product of the catalog over all its items.",
    (
        Field("sku", Text(), "The SKU as it was asked for; null where a product was.", nullable=True),
        Field("productId", Text(), "The product as it was asked for; else null.", nullable=True),
        Field("known", Flag(), "Whether there is such a thing; if not, nothing of it is available."),
        Field("availableToPromise", Whole(), "Units, over the locations asked for."),
        Field("asOf", MOMENT, "When this was so, by the database's clock."),
    ),
)
_AVAILABILITY = Record("Availability", "What can be promised.", (Field("items", ListOf(_ROW), "In the order asked."),))


async def availability(call: Call) -> Told:
    skus = [*call.query["sku"], *_listed(call.query["skus"])]
    products = call.query["productId"]
    _check(skus, products)
    stock, scope, location = call.context.reads.stock, call.context.scope, call.one("location")
    if location is not None and await call.context.loaders.locations.load(location) is None:
        raise Problem.of_refusals([unknown_location(location)])
    by_sku = await stock.availability(scope, skus, location) if skus else ()
    by_product = await stock.products(scope, products, location) if products else ()
    return Told(
        {
            "items": [
                *(_told(row, sku=row.sku, productId=None) for row in by_sku),
                *(_told(row, sku=None, productId=row.product_id) for row in by_product),
            ]
        }
    )


def _listed(values: Sequence[str]) -> list[str]:
    return [each.strip() for value in values for each in value.split(",")]


def _check(skus: Sequence[str], products: Sequence[str]) -> None:
    if not all(skus):
        misfit = Misfit("skus", "skus names an empty SKU: give them apart by single commas.")
    elif not 0 < len(skus) + len(products) <= AVAILABILITY_SKUS_MAX:
        misfit = Misfit(
            "sku", f"Give 1 to {AVAILABILITY_SKUS_MAX:,} in all: sku or productId once for each, or skus=a,b."
        )
    else:
        return
    raise Problem.of_misfits([misfit])


def _told(row: AvailabilityRow | ProductRow, **named: str | None) -> dict[str, Any]:
    return {**named, "known": row.known, "availableToPromise": row.available_to_promise, "asOf": row.as_of}


OPERATIONS = (
    Operation(
        id="getAvailability",
        name="availability",
        method="GET",
        path="/internal/inventory/availability",
        tag="stock",
        summary="What can be promised of many SKUs, or of many products",
        description="Up to 1,000 at once, answered in the order asked; of what is not known, 0.",
        query=(
            Parameter("sku", "A SKU; once for each.", "OUT-TENT-1P-ORG", listed=True),
            Parameter(
                "skus", "SKUs apart by commas, after those of `sku`.", "OUT-TENT-2P-ORG,OUT-TENT-3P-ORG", listed=True
            ),
            Parameter(
                "productId",
                "A product of the catalog, over all its items; once for each, after the SKUs.",
                "OUT-0001-1P-ORG",
                listed=True,
            ),
            Parameter("location", "At the location of this code; left out: summed over all.", "LDS-DC", Text()),
        ),
        answers={
            200: Telling(
                "What can be promised now.",
                _AVAILABILITY,
                {
                    "items": [
                        {
                            "sku": "OUT-TENT-1P-ORG",
                            "productId": None,
                            "known": True,
                            "availableToPromise": 20,
                            "asOf": "2025-03-01T09:30:00Z",
                        }
                    ]
                },
            )
        },
        serve=availability,
        refusals=(RefusalCode.UNKNOWN_LOCATION,),
    ),
)
