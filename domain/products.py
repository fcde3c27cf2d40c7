"""Products: which SKU is meant where an order names a product of the catalog."""

from __future__ import annotations

from domain.items import Item
from domain.refusals import Refusal, RefusalCode


def sku_of(product_id: str, own: Item | None, count: int, first: str | None) -> str | Refusal:
    """The SKU for which the id of a product stands: that of the item whose SKU it is, else of the product's one item.

    `own` is the item whose SKU it is; of the product's items that are not archived `count` is the number and `first`
    the SKU of one of them.
    """
    if own is not None:
        return own.sku
    if first is None:
        message = f"There is no item of product '{product_id}', nor one with that SKU: make one first."
        return Refusal(RefusalCode.UNKNOWN_SKU, message, ("productId",))
    if count > 1:
        message = f"productId '{product_id}' is sold as {count} items: name one of them by sku."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("productId",))
    return first
