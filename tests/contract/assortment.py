"""A tenant whose every item, level, location and ledger entry is known, and how tests list them."""

from dataclasses import dataclass
from typing import Any, Self

from tests.factories.operations import ADJUSTMENT, ALERT, AUDITED, ENTRY, ITEM, LEVEL, LOCATION, PAGE
from tests.factories.shop import Shop
from tests.stack import Stack

ASSORTED = "assorted"
VENDOR = "Nordlys"

LEVELS = f"""
query ($filter: StockLevelFilter, $sort: StockLevelSort, $first: Int, $after: String, $last: Int, $before: String) {{
  page: stockLevels(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {{
    totalCount {PAGE} nodes {{ {LEVEL} }} edges {{ cursor node {{ sku }} }}
  }}
}}
"""


def _listing(root: str, filter_type: str, node: str) -> str:
    return (
        f"query ($filter: {filter_type}, $first: Int, $after: String) {{ "
        f"page: {root}(filter: $filter, first: $first, after: $after) {{ "
        f"totalCount {PAGE} nodes {{ {node} }} edges {{ cursor }} }} }}"
    )


ITEMS = _listing("items", "ItemFilter", ITEM)
LOCATIONS = _listing("locations", "LocationFilter", LOCATION)
LEDGER = _listing("ledger", "LedgerFilter", ENTRY)
RESERVATIONS = _listing("reservations", "ReservationFilter", "id orderId status lines { sku }")
ADJUSTMENTS = _listing("adjustments", "AdjustmentFilter", ADJUSTMENT)
ALERTS = _listing("alerts", "AlertFilter", ALERT)
AUDIT_LOG = _listing("auditLog", "AuditFilter", AUDITED)
DELIVERIES = _listing("webhookDeliveries", "WebhookDeliveryFilter", "id messageId event state")
#: The lists that page forward, by the name of their root field.
LISTS = {
    "items": ITEMS,
    "locations": LOCATIONS,
    "ledger": LEDGER,
    "reservations": RESERVATIONS,
    "adjustments": ADJUSTMENTS,
    "alerts": ALERTS,
    "auditLog": AUDIT_LOG,
    "webhookDeliveries": DELIVERIES,
}


@dataclass(frozen=True, slots=True)
class Assortment:
    """A webhook, five locations, six items, six levels; three orders that only wait, so that no level is changed by
    them."""

    shop: Shop

    @classmethod
    def made(cls, stack: Stack) -> Self:
        shop = Shop(stack, ASSORTED)
        shop.webhook("LOW_STOCK", "OUT_OF_STOCK")
        shop.location("NORTH", name="North hall", zone="north", priority=5)
        shop.location("N-A1", name="Aisle one", kind="aisle", zone="north", parent="NORTH")
        shop.location("SHOP", name="Store in town", kind="store", zone="city")
        shop.location("GONE", name="Old store", kind="store", active=False)
        tent = {"category": "Tents", "vendor": VENDOR, "catalogProductId": "CAT-1"}
        lamp = {"category": "Lamps", "vendor": "Sol", "catalogProductId": "CAT-2"}
        shop.item("TENT-1", name="Fjell tent, 2 persons", condition="new", language="en", price="199.00", **tent)
        shop.item("TENT-2", name="Fjell Zelt, gebraucht", condition="used", language="de", **tent)
        shop.item("LAMP-1", name="Lamp 100% bright", condition="new", language="en", **lamp)
        shop.item("LAMP-2", name="Reading lamp", condition="used", language="en", barcodes=["L2-A", "L2-B"], **lamp)
        shop.item("BARE", name="Plain thing")
        shop.item("OLD", name="Discontinued")
        for sku, location, quantity in (
            ("TENT-1", "MAIN", 5), ("TENT-1", "NORTH", 20), ("TENT-2", "MAIN", 3), ("LAMP-1", "MAIN", 1),
            ("LAMP-2", "SHOP", 50), ("OLD", "MAIN", 1),
        ):  # fmt: skip
            shop.manager.succeed("receiveStock", sku=sku, location=location, quantity=quantity, reference=f"PO-{sku}")
        shop.adjust("LAMP-1", -1, reasonCode="damaged")
        shop.manager.succeed("returnStock", sku="TENT-1", location="MAIN", quantity=2, reasonCode="returned")
        shop.manager.succeed("countStock", sku="TENT-1", location="MAIN", quantityCounted=6, reasonCode="cycle_count")
        shop.manager.succeed("setStockPolicy", sku="TENT-2", lowStockThreshold=3)
        shop.manager.succeed("setStockPolicy", sku="LAMP-2", overstockThreshold=10)
        shop.admin.succeed("upsertItem", sku="OLD", name="Discontinued", archived=True)
        for order, *wanted in (
            ("ORDER-1", ("TENT-1", 1, "SHOP"), ("BARE", 2, None)), ("ORDER-2", ("LAMP-1", 3, None)),
            ("ORDER-3", ("BARE", 1, None)), ("ORDER-3", ("BARE", 1, None), ("TENT-2", 4, "SHOP")),
        ):  # fmt: skip
            lines = [{"sku": sku, "quantity": quantity, "location": location} for sku, quantity, location in wanted]
            made = shop.system.succeed("reserveStock", orderId=order, lines=lines, fulfillmentPolicy="BACKORDER")
            if len(lines) == 1 and order == "ORDER-3":
                shop.system.succeed("releaseReservation", reservationId=made["reservation"]["id"])
        return cls(shop)

    def page(self, query: str, **variables: Any) -> dict[str, Any]:
        return self.shop.analyst.ask(query, **variables)["page"]

    def levels(self, **filter: Any) -> list[str]:
        """`SKU@location` of the levels that a filter finds, by SKU."""
        return [place(node) for node in self.page(LEVELS, filter=filter, first=250)["nodes"]]

    def items(self, **filter: Any) -> list[str]:
        return [node["sku"] for node in self.page(ITEMS, filter=filter, first=250)["nodes"]]

    def locations(self, **filter: Any) -> list[str]:
        return [node["code"] for node in self.page(LOCATIONS, filter=filter, first=250)["nodes"]]

    def entries(self, **filter: Any) -> list[str]:
        """`KIND SKU` of the ledger entries that a filter finds, newest first."""
        return [f"{node['kind']} {node['sku']}" for node in self.page(LEDGER, filter=filter, first=250)["nodes"]]

    def reservations(self, **filter: Any) -> list[str]:
        """`ORDER STATUS` of the reservations that a filter finds, newest first."""
        found = self.page(RESERVATIONS, filter=filter, first=250)["nodes"]
        return [f"{node['orderId']} {node['status']}" for node in found]


def place(level: dict[str, Any]) -> str:
    return f"{level['sku']}@{level['location']['code']}"
