"""Items."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.items import Item as ItemPicture
from schema.fields import Made, attribute, derived, picture
from schema.ids import global_id_of
from schema.types.node import Node


@picture(
    ItemPicture,
    "What is stocked: one vendor's product in one condition and language. Never removed, only archived.",
)
class Item(Node):
    id: strawberry.ID = derived(global_id_of("Item"), "Global id.")
    sku: str = attribute(
        "sku", "Stock keeping unit: its name in every argument called `sku`. Upper and lower case differ."
    )
    name: str = attribute("name", "What people call it.")
    category: str | None = attribute("category", "The category that lists and reports group it by.")
    catalog_product_id: str | None = attribute(
        "catalog_product_id", "The product in the catalog that this item is one of; many items may share it."
    )
    vendor: str | None = attribute("vendor", "Whose item it is: a vendor's token sees the items of that vendor only.")
    condition: str | None = attribute("condition", "New, used, refurbished: as the tenant calls it.")
    language: str | None = attribute("language", "Language of the goods, such as a book's.")
    price: Decimal | None = attribute("price", "Price of one base unit, in `currency`.")
    unit_cost: Decimal | None = attribute(
        "unit_cost", "Cost of one base unit, in `currency`; a receipt may say its own."
    )
    currency: str | None = attribute("currency", "ISO 4217 code of price and cost; null where there is neither.")
    unit_of_measure: str = attribute(
        "unit_of_measure",
        "The base unit that all quantities count: `each`, or for weighed goods `g` or `ml`. Fixed once stock of the "
        "item has moved.",
    )
    quantity_scale: int = attribute(
        "quantity_scale",
        "With how many decimal places to show a quantity: at 3, 1500 is shown as 1.500. Fixed likewise.",
    )
    barcodes: list[str] = derived(Made(list, ("barcodes",)), "Barcodes under which a scanner finds it.")
    lead_time_days: int | None = attribute("lead_time_days", "Days from ordering it to having it.")
    archived_at: datetime | None = attribute(
        "archived_at", "Since when it is no longer stocked anew; null while it is in use."
    )
