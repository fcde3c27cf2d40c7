"""Order items: what an order asks for, by SKU or by the catalog's product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.refusals import Refusal, RefusalCode
from domain.strategies import Want
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from schema.context import Context
from schema.inputs.texts import text
from server.rest.problems import Problem
from services.products import skus_of

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class OrderItems:
    """Wants as they were sent, with a product's id as the SKU in those whose numbers are `products`, and as they are
    meant now, with its SKU. `refusals` tell of each product that has none."""

    sent: tuple[Want, ...]
    products: tuple[int, ...]
    meant: tuple[Want, ...]
    refusals: tuple[Refusal, ...]


async def read_items(context: Context, items: Items) -> OrderItems:
    """What is asked for. A Problem for each item whose name, whatever the catalog holds, names nothing."""
    if misnamed := [refusal for number, item in enumerate(items) if (refusal := _misnamed(number, item))]:
        raise Problem.of_refusals(misnamed)
    sent = tuple(Want(item["sku"] or item["productId"] or "", item["location"], item["quantity"]) for item in items)
    products = tuple(number for number, item in enumerate(items) if item["productId"] is not None)
    found = await skus_of({sent[number].sku for number in products}, context.scope, context.reads)
    meant, refusals = list(sent), list[Refusal]()
    for number in products:
        sku = found[sent[number].sku]
        if isinstance(sku, Refusal):
            refusals.append(sku.at("items", str(number)))
        else:
            meant[number] = replace(sent[number], sku=sku)
    return OrderItems(sent, products, tuple(meant), tuple(refusals))


def _misnamed(number: int, item: Mapping[str, Any]) -> Refusal | None:
    if (item["sku"] is None) == (item["productId"] is None):
        message = "An item is named by its sku or by its productId: give one of them."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("items", str(number)))
    product = text(f"items.{number}.productId", item["productId"])
    refusal = invalid_identifier("productId", product, CODE_LENGTH_MAX)
    return refusal and refusal.at("items", str(number))
