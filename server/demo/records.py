"""What the demo is sown with: plain records, as yet in no database."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TenantSeed:
    """A tenant; `time_zone` is an IANA name, `currency` an ISO 4217 code."""

    slug: str
    name: str
    time_zone: str
    currency: str


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


@dataclass(frozen=True, slots=True)
class PolicySeed:
    """Thresholds of one SKU at one location, in base units and days; None: that rule does not apply."""

    sku: str
    location: str
    reorder_point: int | None
    safety_stock: int
    low_stock_threshold: int | None
    overstock_threshold: int | None
    stale_after_days: int | None
