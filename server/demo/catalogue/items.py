"""The demo's tenants, their places, and their items: each product line in all its sizes, colours and conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from itertools import count
from types import MappingProxyType, ModuleType

from domain.tenants import Tenant
from server.demo.catalogue import lumen, meridian
from server.demo.catalogue.product_lines import COLOURS, USED, Edition, Product, Size
from server.demo.catalogue.records import ItemSeed, LocationSeed

_SHOPS: MappingProxyType[str, ModuleType] = MappingProxyType({"meridian": meridian, "lumen": lumen})
_CENT, _FINE = Decimal("0.01"), Decimal("0.0001")


def tenants() -> tuple[Tenant, ...]:
    """The tenants; the first is the one that `make run` shows."""
    return tuple(shop.TENANT for shop in _SHOPS.values())


def locations(tenant_slug: str) -> tuple[LocationSeed, ...]:
    """Four places that hold stock, the default one first, and a zone below it that holds none; parents first."""
    return _SHOPS[tenant_slug].LOCATIONS


def vendor_of(tenant_slug: str) -> str:
    """The vendor whose items the demo's vendor token sees."""
    return next(iter(_SHOPS[tenant_slug].VENDORS))


@cache
def items(tenant_slug: str) -> tuple[ItemSeed, ...]:
    """Every item of a tenant. One `catalog_product_id` stands for a product in all its conditions and languages."""
    shop, numbers = _SHOPS[tenant_slug], count(1)
    group = 1 + list(_SHOPS).index(tenant_slug)
    return tuple(
        _item(shop, variant, group, next(numbers))
        for number, product in enumerate(shop.PRODUCTS, 1)
        for variant in _variants(product, f"{shop.PREFIX}-{number:04}")
    )


def ean_13(digits: str) -> str:
    """An EAN-13 from its first twelve digits: weights 1 and 3 in turn, the check digit fills up to a multiple of 10
    (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


@dataclass(frozen=True, slots=True)
class _Variant:
    """One item of a product line."""

    product: Product
    catalog_product_id: str
    size: Size
    colour: str | None
    edition: Edition
    condition: str = "new"


def _variants(product: Product, identity: str) -> Iterator[_Variant]:
    first = Edition(product.language or "", product.name)
    for size in product.sizes:
        for colour in product.colours or (None,):
            catalog_product_id = "-".join(filter(None, (identity, size.code, colour)))
            plain = _Variant(product, catalog_product_id, size, colour, first)
            yield plain
            if size == product.sizes[0]:
                yield from (_Variant(product, catalog_product_id, size, colour, other) for other in product.editions)
            if colour in (None, *product.colours[:1]):
                yield from (_Variant(product, catalog_product_id, size, colour, first, worn) for worn in product.used)


def _item(shop: ModuleType, variant: _Variant, group: int, number: int) -> ItemSeed:
    product, vendor = variant.product, variant.edition.vendor or variant.product.vendor
    price = _price(variant)
    grain = _FINE if product.unit == "g" else _CENT
    return ItemSeed(
        sku=_sku(shop.PREFIX, variant),
        name=_name(variant),
        category=product.category,
        catalog_product_id=variant.catalog_product_id,
        vendor=vendor,
        condition=variant.condition,
        language=variant.edition.language or None,
        price=price,
        unit_cost=(price * product.cost_percent / 100).quantize(grain, ROUND_HALF_UP),
        currency=shop.TENANT.currency,
        unit_of_measure=product.unit,
        quantity_scale=3 if product.unit == "g" else 0,
        barcodes=_barcodes(group, number),
        lead_time_days=shop.VENDORS[vendor],
    )


def _sku(prefix: str, variant: _Variant) -> str:
    language = variant.edition.language.upper() if variant.product.editions else ""
    worn = USED[variant.condition][0] if variant.condition in USED else ""
    parts = (prefix, variant.product.code, variant.size.code, variant.colour, language, worn)
    return "-".join(filter(None, parts))


def _name(variant: _Variant) -> str:
    name = variant.edition.name.replace("{size}", variant.size.label)
    return f"{name}, {COLOURS[variant.colour]}" if variant.colour else name


def _price(variant: _Variant) -> Decimal:
    """What one base unit sells for. Used goods are priced down to a whole amount, or to ten cents below 10."""
    new = Decimal(variant.product.price) + Decimal(variant.size.extra)
    if variant.product.unit == "g":
        return (new / 1000).quantize(_FINE)
    if variant.condition not in USED:
        return new.quantize(_CENT)
    worn = new * USED[variant.condition][1] / 100
    return worn.quantize(Decimal(1) if worn >= 10 else Decimal("0.1"), ROUND_DOWN).quantize(_CENT)


def _barcodes(group: int, number: int) -> tuple[str, ...]:
    """GS1 keeps prefixes 200-299 for use inside a company. Every ninth item has a second code, of its outer pack."""
    inner = ean_13(f"2{group:02}{number:09}")
    return (inner, ean_13(f"29{group}{number:09}")) if number % 9 == 0 else (inner,)
