"""Products: the SKU of a line that names an item by its product in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.access import Scope
from domain.refusals import Refusal, RefusalCode
from services.fulfillment_events.told import Told, ToldLine
from services.products import skus_of
from services.reads import Reads


async def with_skus(told: Told, scope: Scope, reads: Reads) -> Told | Refusal:
    """The same with a SKU in each line. A product of which there is no item keeps its id as the SKU, which no item has:
    what becomes of an order of unknown goods is decided with the order."""
    ids = {line.product_id for line in told.lines or () if line.sku is None and line.product_id is not None}
    return _named(told, await skus_of(ids, scope, reads)) if ids else told


def _named(told: Told, skus: Mapping[str, str | Refusal]) -> Told | Refusal:
    lines: list[ToldLine] = []
    for number, line in enumerate(told.lines or ()):
        if line.sku is not None or line.product_id is None:
            lines.append(line)
            continue
        sku = skus[line.product_id]
        if isinstance(sku, Refusal) and sku.code is not RefusalCode.UNKNOWN_SKU:
            return sku.at("lines", str(number))
        lines.append(replace(line, sku=line.product_id if isinstance(sku, Refusal) else sku))
    return replace(told, lines=tuple(lines))
