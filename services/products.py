"""Products: the SKUs that products of the catalog stand for, as the catalog is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.access import Scope
from domain.products import sku_of
from domain.refusals import Refusal
from services.reads import Reads


async def skus_of(product_ids: Collection[str], scope: Scope, reads: Reads) -> Mapping[str, str | Refusal]:
    """Each product with its SKU, or with why there is none that it stands for."""
    if not product_ids:
        return {}
    items = await reads.catalog.items_of(scope, sorted(product_ids))
    left = sorted(set(product_ids) - items.keys())
    rows = await reads.stock.products(scope, left, None) if left else ()
    own = {id_: sku_of(id_, item, 0, None) for id_, item in items.items()}
    return own | {row.product_id: sku_of(row.product_id, None, row.items, row.sku) for row in rows}
