"""Products: the SKU of a line that names an item by its product in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.access import Scope
from domain.refusals import Refusal, RefusalCode
from services.fulfillment_events.told import Told, ToldLine
from services.reads import ProductRow, Reads


async def with_skus(told: Told, scope: Scope, reads: Reads) -> Told | Refusal:
    """The same with a SKU in each line: that of the item whose SKU the product id is, else of the one item of the
    product. A product of which there is none keeps its id as the SKU, which no item has."""
    ids = {line.product_id for line in told.lines or () if line.sku is None and line.product_id is not None}
    if not ids:
        return told
    skus = await reads.catalog.items_of(scope, sorted(ids))
    left = sorted(ids - skus.keys())
    rows = await reads.stock.products(scope, left, None) if left else ()
    return _named(told, {row.product_id: row for row in rows})


def _named(told: Told, products: Mapping[str, ProductRow]) -> Told | Refusal:
    lines: list[ToldLine] = []
    for number, line in enumerate(told.lines or ()):
        product = None if line.sku is not None else products.get(line.product_id or "")
        if product is not None and product.items > 1:
            return _ambiguous(product).at("lines", str(number))
        sku = line.sku or (product.sku if product else None) or line.product_id
        lines.append(replace(line, sku=sku))
    return replace(told, lines=tuple(lines))


def _ambiguous(product: ProductRow) -> Refusal:
    message = f"productId '{product.product_id}' is sold as {product.items} items: name one of them by sku."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("productId",))
