"""Products of the catalog, as `GET /api/inventory/{productId}` and `POST /api/inventory/check` name them: each summed
over all of its items."""

from __future__ import annotations

from domain.texts import storable
from schema.inputs.texts import TEXT_LENGTH_MAX
from server.rest.operation import Body, Call, Operation, Parameter, Telling, Told
from server.rest.problems import Problem
from server.rest.reading import required_text
from server.rest.shapes import MOMENT, Field, ListOf, MapOf, Record, Text, Whole, identifier
from services.reads import AVAILABILITY_SKUS_MAX

_PRODUCT = Record(
    "Product",
    "A product of the catalog, summed over its items and their locations.",
    (
        Field("product_id", Text(), "Id of the product in the catalog."),
        Field("quantity", Whole(), "Units on hand."),
        Field("reserved", Whole(), "Units promised to orders and not yet shipped."),
        Field("available_to_promise", Whole(), "What can still be promised of it."),
        Field("updated_at", MOMENT, "When any of it last changed; null where none was ever stocked.", nullable=True),
    ),
)
_IDS = ListOf(identifier(TEXT_LENGTH_MAX), least=0, most=AVAILABILITY_SKUS_MAX)


async def product(call: Call) -> Told:
    ids = [call.path["productId"]]
    rows = await call.context.reads.stock.products(call.context.scope, ids, None) if storable(ids[0]) else ()
    row = next(iter(rows), None)
    if row is None or not row.known:
        raise Problem.of(404, "NOT_FOUND", "There is no product with this id.", "productId")
    return Told(
        {
            "product_id": row.product_id,
            "quantity": row.on_hand,
            "reserved": row.allocated,
            "available_to_promise": row.available_to_promise,
            "updated_at": row.updated_at,
        }
    )


async def check(call: Call) -> Told:
    for number, id_ in enumerate(call.body):
        required_text(f"body.{number}", id_)
    ids = list(dict.fromkeys(call.body))
    rows = await call.context.reads.stock.products(call.context.scope, ids, None)
    return Told({row.product_id: row.available_to_promise for row in rows})


OPERATIONS = (
    Operation(
        id="getProduct",
        name="stock",
        method="GET",
        path="/api/inventory/{productId}",
        tag="stock",
        summary="The stock of a product",
        description="What there is of a product of the catalog, summed over its items and their locations.",
        path_parameters=(Parameter("productId", "Id of the product in the catalog.", "OUT-0001-1P-ORG", Text()),),
        answers={
            200: Telling(
                "What there is of it now.",
                _PRODUCT,
                {
                    "product_id": "OUT-0001-1P-ORG",
                    "quantity": 24,
                    "reserved": 4,
                    "available_to_promise": 20,
                    "updated_at": "2025-03-01T09:30:00Z",
                },
            )
        },
        serve=product,
    ),
    Operation(
        id="checkProducts",
        name="availability",
        method="POST",
        path="/api/inventory/check",
        tag="stock",
        summary="What can be promised of many products",
        description="For a cart: how many units of each product of the catalog can be promised. Changes nothing.",
        body=Body(_IDS, ["OUT-0001-1P-ORG", "nowhere"], at="body"),
        answers={
            200: Telling(
                "Units by product id; 0 of one that is not known.",
                MapOf(Whole()),
                {"OUT-0001-1P-ORG": 20, "nowhere": 0},
            )
        },
        serve=check,
    ),
)
