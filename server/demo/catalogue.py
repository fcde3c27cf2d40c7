"""The demo's two tenants: who they are, where they keep their goods, what those are and when they are scarce.

Everything is the same on every start.
"""

from random import Random

from server.demo.assortment import stands
from server.demo.goods import ean_13, items, locations, tenants, vendor_of
from server.demo.records import ItemSeed, LocationSeed, PolicySeed, TenantSeed

__all__ = [
    "ItemSeed",
    "LocationSeed",
    "PolicySeed",
    "TenantSeed",
    "ean_13",
    "items",
    "locations",
    "policies",
    "tenants",
    "vendor_of",
]


def policies(tenant_slug: str, rng: Random) -> tuple[PolicySeed, ...]:
    """Thresholds for each place where an item is kept. `rng` decides where a rule is left out and after how many days
    without movement a level is stale."""
    return tuple(
        PolicySeed(
            sku=stand.sku,
            location=stand.location,
            reorder_point=stand.reorder_point,
            safety_stock=stand.safety_stock,
            low_stock_threshold=stand.low_at if rng.random() < 0.9 else None,
            overstock_threshold=stand.overstock_above,
            stale_after_days=rng.choice((30, 45, 60, 75)) if rng.random() < 0.6 else None,
        )
        for stand in stands(tenant_slug)
    )
