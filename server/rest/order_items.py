"""Order items: what an order asks for, by SKU or by the catalog's product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.refusals import Refusal, RefusalCode
from domain.strategies import Want
from schema.context import Context
from schema.inputs.texts import text
from server.rest.problems import Problem
from services.reads import ProductRow

Items = Sequence[Mapping[str, Any]]


async def wants_of(context: Context, items: Items) -> tuple[Want, ...]:
    """What is asked for. A product stands for its item, where it has exactly one that is not archived; a Problem for
    each other."""
    if misnamed := [
        number for number, item in enumerate(items) if (item["sku"] is None) == (item["productId"] is None)
    ]:
        raise Problem.of_refusals([_misnamed(number) for number in misnamed])
    skus = await _skus_of(context, _first_named(items))
    return tuple(
        Want(skus[item["productId"]] if item["sku"] is None else item["sku"], item["location"], item["quantity"])
        for item in items
    )


def _first_named(items: Items) -> Mapping[str, int]:
    """The products, each with the number of the first item that names it."""
    numbers: dict[str, int] = {}
    for number, item in enumerate(items):
        if product := text(f"items.{number}.productId", item["productId"]):
            numbers.setdefault(product, number)
    return numbers


async def _skus_of(context: Context, numbers: Mapping[str, int]) -> Mapping[str, str]:
    rows = await context.reads.stock.products(context.scope, list(numbers), None) if numbers else ()
    if refusals := [_unclear(row).at("items", str(numbers[row.product_id])) for row in rows if row.items != 1]:
        raise Problem.of_refusals(refusals)
    return {row.product_id: row.sku for row in rows if row.sku is not None}


def _misnamed(number: int) -> Refusal:
    message = "An item is named by its sku or by its productId: give one of them."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("items", str(number)))


def _unclear(row: ProductRow) -> Refusal:
    if not row.items:
        message = f"There is no item of a product '{row.product_id}'."
        return Refusal(RefusalCode.UNKNOWN_SKU, message, ("productId",))
    message = f"productId '{row.product_id}' is sold as {row.items} items: name one of them by sku."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("productId",))
