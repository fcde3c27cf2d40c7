"""Inputs of mutations. A field left out stays as it is; one that is null is cleared."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

import strawberry

from domain.movements import Adjust, Count, Hold, Movement, Receive, Return, Unhold, Waste
from domain.status import StockPolicy
from schema.fields import given, optional, required
from schema.scalars import BigInt

KEY = (
    "Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key "
    "changes nothing and gives the decision again. Kept for at least 24 hours."
)
_SKU = "SKU of the item."
_LOCATION = (
    "Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; "
    "LOCATION_REQUIRED where it has several."
)
_NOTE = "What happened, in words; some reason codes need it. At most 2,000 characters."
_EXPECTED = "Refuse with STALE_VERSION unless the level is at this version: what you decided on is what is changed."
_CHANGE = "Signed units: 5 adds, -5 takes away; not 0, at most 100,000,000 either way."
_THRESHOLDS = tuple(field.name for field in fields(StockPolicy))
_REASON = "Why: an active code of the query `reasonCodes` that allows this direction."


def _reference(movement: type[Movement]) -> str:
    return (
        f'Number of the document behind it; kept in the ledger with `referenceType` "{movement.document}". '
        "At most 200 characters."
    )


def sent(source: object, *names: str) -> Mapping[str, Any]:
    """Those of the named fields that were sent, null included."""
    return {name: value for name in names if (value := getattr(source, name)) is not strawberry.UNSET}


@strawberry.input(description="A correction of what is on hand, by a signed number of units.")
class AdjustStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity_change: int = required(_CHANGE)
    reason_code: str = required(_REASON)
    note: str | None = optional(_NOTE)
    expected_version: BigInt | None = optional(_EXPECTED)
    reference: str | None = optional(_reference(Adjust))

    def movement(self) -> Adjust:
        return _adjust(self)


@strawberry.input(description="A correction of what is on hand, by a signed number of units: one of many.")
class AdjustStockLineInput:
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity_change: int = required(_CHANGE)
    reason_code: str = required(_REASON)
    note: str | None = optional(_NOTE)
    expected_version: BigInt | None = optional(_EXPECTED)
    reference: str | None = optional(_reference(Adjust))

    def movement(self) -> Adjust:
        return _adjust(self)


def _adjust(input: AdjustStockInput | AdjustStockLineInput) -> Adjust:
    return Adjust(
        sku=input.sku,
        location=given(input.location),
        change=input.quantity_change,
        reason_code=input.reason_code,
        note=given(input.note),
        expected_version=given(input.expected_version),
        reference=given(input.reference),
    )


@strawberry.input(description="What was counted: on hand becomes this number.")
class CountStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity_counted: int = required(
        "Units found, 0 to 100,000,000. Fewer than are allocated and unavailable: INSUFFICIENT_STOCK."
    )
    reason_code: str = required("Why: an active code of the query `reasonCodes`, mostly `cycle_count`.")
    note: str | None = optional(_NOTE)
    expected_version: BigInt | None = optional(_EXPECTED)
    reference: str | None = optional(_reference(Count))


@strawberry.input(description="Goods that arrived.")
class ReceiveStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity: int = required("Units that arrived, 1 to 100,000,000.")
    unit_cost: Decimal | None = optional(
        "Cost of one unit of these goods, in the item's currency, at most 4 decimal places; the item's if left out."
    )
    reference: str | None = optional(_reference(Receive))
    note: str | None = optional(_NOTE)


@strawberry.input(description="Sold goods that came back into stock.")
class ReturnStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity: int = required("Units that came back, 1 to 100,000,000.")
    reason_code: str | None = optional("Why: an active code of the query `reasonCodes` that may raise stock.")
    reference: str | None = optional(_reference(Return))
    note: str | None = optional(_NOTE)


@strawberry.input(description="Units to be set aside, such as damaged goods or a doubtful lot.")
class HoldStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity: int = required("Units, 1 to what is available to promise.")
    reason_code: str | None = optional("Why: an active code of the query `reasonCodes`, mostly `quality_hold`.")
    reference: str | None = optional(_reference(Hold))
    note: str | None = optional(_NOTE)


@strawberry.input(description="Units that were set aside and go back on sale.")
class UnholdStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity: int = required("Units, 1 to what is unavailable.")
    reason_code: str | None = optional("Why: an active code of the query `reasonCodes`.")
    reference: str | None = optional(_reference(Unhold))
    note: str | None = optional(_NOTE)


@strawberry.input(description="Units that are thrown away.")
class WasteStockInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    quantity: int = required("Units, 1 to what is available to promise or, with `fromHold`, unavailable.")
    from_hold: bool | None = strawberry.field(
        description="True: of the units that are on hold, which do not go on sale in between.", default=False
    )
    reason_code: str | None = optional(
        "Why: an active code of the query `reasonCodes` that may lower stock. Left out: none, the entry's kind says "
        "enough."
    )
    reference: str | None = optional(_reference(Waste))
    note: str | None = optional(_NOTE)


@strawberry.input(
    description="Thresholds as somebody saw them before deciding on others. One that is left out is not compared; "
    "null: there was none (`safetyStock`: 0)."
)
class ExpectedStockPolicyInput:
    reorder_point: int | None = optional("`StockLevel.reorderPoint` as it was seen.")
    safety_stock: int | None = optional("`StockLevel.safetyStock` as it was seen.")
    low_stock_threshold: int | None = optional("`StockLevel.lowStockThreshold` as it was seen.")
    overstock_threshold: int | None = optional("`StockLevel.overstockThreshold` as it was seen.")
    stale_after_days: int | None = optional("`StockLevel.staleAfterDays` as it was seen.")


@strawberry.input(
    description="Thresholds of one SKU at one location, in base units. One that is left out stays as it is; one that "
    "is null is cleared."
)
class StockPolicyInput:
    idempotency_key: str = required(KEY)
    sku: str = required(_SKU)
    location: str | None = optional(_LOCATION)
    reorder_point: int | None = optional("Order anew when available to promise falls to this.")
    safety_stock: int | None = optional("Units meant to be kept in reserve; null: 0.")
    low_stock_threshold: int | None = optional("LOW at or below this much available; null: `reorderPoint` decides.")
    overstock_threshold: int | None = optional("OVERSTOCK above this much on hand; must lie above where stock is LOW.")
    stale_after_days: int | None = optional("Stale after so many days without movement, 1 to 3,650.")
    expected: ExpectedStockPolicyInput | None = optional(
        "Refuse with STALE_VERSION unless the thresholds named here are still as they were seen; `stockLevel` then "
        "tells what they are. The level's `version` is not compared: it grows with each sale, the thresholds do not."
    )

    def thresholds(self) -> Mapping[str, int | None]:
        return sent(self, *_THRESHOLDS)

    def seen(self) -> Mapping[str, int | None]:
        expected = given(self.expected)
        return {} if expected is None else sent(expected, *_THRESHOLDS)


@strawberry.input(
    description="An item, made if its SKU is new. A field that is left out stays as it is (in a new item: as if null); "
    "one that is null is cleared."
)
class UpsertItemInput:
    idempotency_key: str = required(KEY)
    sku: str = required("Which item, at most 64 characters; upper and lower case differ.")
    name: str = required("What people call it, at most 200 characters.")
    category: str | None = optional("Category, at most 64 characters.")
    catalog_product_id: str | None = optional("The product in the catalog that it is one of.")
    vendor: str | None = optional("Whose item it is, as vendors' tokens name the vendor.")
    condition: str | None = optional("Condition, such as `new` or `used`.")
    language: str | None = optional("Language of the goods.")
    price: Decimal | None = optional("Price of one base unit, at most 4 decimal places.")
    unit_cost: Decimal | None = optional("Cost of one base unit, at most 4 decimal places.")
    currency: str | None = optional(
        "ISO 4217 code of price and cost; null: the tenant's, where there is a price or cost."
    )
    unit_of_measure: str | None = optional("Base unit; null: `each`. Fixed once stock of the item has moved.")
    quantity_scale: int | None = optional("Decimal places to show a quantity with, 0 to 6; null: 0. Fixed likewise.")
    barcodes: list[str] | None = optional("All of its barcodes, at most 20; null: none.")
    lead_time_days: int | None = optional("Days from ordering it to having it, 0 to 3,650.")
    archived: bool | None = optional(
        "True: archive it, so that nothing is received or promised; false or null: restore it."
    )

    def changes(self) -> Mapping[str, Any]:
        changes = dict(sent(self, *_ITEM_FIELDS))
        if "barcodes" in changes:
            changes["barcodes"] = tuple(changes["barcodes"] or ())
        return changes


@strawberry.input(
    description="A location, made if its code is new. A field that is left out stays as it is; one that is null is "
    "cleared."
)
class UpsertLocationInput:
    idempotency_key: str = required(KEY)
    code: str = required("Which location, at most 64 characters.")
    name: str = required("What people call it, at most 200 characters.")
    kind: str | None = optional("`warehouse`, `store`, `bin` …; null: `warehouse`.")
    zone: str | None = optional("The zone of delivery addresses that it serves best.")
    priority: int | None = optional("The lower number is served first, 0 to 1,000,000; null: 100.")
    parent: str | None = optional("Code of the location it lies in; null: none. A tree has at most 10 levels.")
    active: bool | None = optional("False: close it; true or null: open it. The tenant's default location stays open.")

    def changes(self) -> Mapping[str, Any]:
        return sent(self, "name", "kind", "zone", "priority", "parent", "active")


_ITEM_FIELDS = (
    "name",
    "category",
    "catalog_product_id",
    "vendor",
    "condition",
    "language",
    "price",
    "unit_cost",
    "currency",
    "unit_of_measure",
    "quantity_scale",
    "barcodes",
    "lead_time_days",
    "archived",
)
