"""What the demo's tenants have, as plain records that have no identity yet."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ItemSeed:
    """An item. `price` and `unit_cost` are per base unit: per piece, or per gram where `unit_of_measure` is g."""

    sku: str
    name: str
    category: str
    catalog_product_id: str
    vendor: str
    condition: str
    language: str | None
    price: Decimal
    unit_cost: Decimal
    currency: str
    unit_of_measure: str
    quantity_scale: int
    barcodes: tuple[str, ...]
    lead_time_days: int


@dataclass(frozen=True, slots=True)
class LocationSeed:
    """A place; a lower `priority` is served first, `parent` is the code of the place it lies in, named before it."""

    code: str
    name: str
    kind: str
    zone: str
    priority: int
    parent: str | None = None
