"""A health report in JSON, as the document tells of it."""

from __future__ import annotations

from typing import Any

from server.rest.shapes import MOMENT, Field, Flag, ListOf, Record, Text, Whole

DAY = Text(format="date")
DECIMAL = Text(pattern=r"^-?\d+\.\d+$")

_METRICS = Record(
    "HealthMetrics",
    "Figures over the days of a report: ratios of sums. Null: the denominator is 0, or no unit's cost is known.",
    (
        Field(
            "inventory_turnover",
            DECIMAL,
            "Cost of goods sold ÷ average inventory at cost, over these days; in units where no cost is known.",
            nullable=True,
        ),
        Field("days_of_inventory", DECIMAL, "Days in the report ÷ inventory_turnover.", nullable=True),
        Field("average_inventory_units", DECIMAL, "Units on hand on average over time."),
        Field("average_inventory_value", DECIMAL, "Their value at moving weighted average cost.", nullable=True),
        Field("units_sold", Whole(), "Units picked for orders, gross of returns."),
        Field("units_returned", Whole(), "Units that came back into stock."),
        Field(
            "cost_of_goods_sold", DECIMAL, "Cost of units_sold, each at the average when it was sold.", nullable=True
        ),
        Field("sell_through_rate", DECIMAL, "units_sold ÷ (on hand at first + received).", nullable=True),
        Field("stock_out_rate", DECIMAL, "Share of time with nothing available to promise.", nullable=True),
        Field("fill_rate", DECIMAL, "Units promised at once ÷ units asked for, by reservations.", nullable=True),
        Field("shrinkage_units", Whole(), "Units gone without use: damage, theft, loss, waste."),
        Field("shrinkage_rate", DECIMAL, "shrinkage_units ÷ (on hand at first + received).", nullable=True),
    ),
)
METRICS = tuple(field.name for field in _METRICS.fields)
_GROUP = Record(
    "HealthGroup",
    "The figures of one category, vendor, location or SKU.",
    (
        Field("key", Text(), "Which; null: items without a category or vendor.", nullable=True),
        Field("metrics", _METRICS, "Its figures."),
    ),
)
_DEAD = Record(
    "DeadStock",
    "A SKU with units on hand that have not moved.",
    (
        Field("sku", Text(), "SKU of the item."),
        Field("quantity_on_hand", Whole(), "Units on hand at the end of the report."),
        Field("value", DECIMAL, "Their value; null where no unit's cost is known.", nullable=True),
        Field("last_movement_at", MOMENT, "When what is on hand last changed."),
        Field("days_without_movement", Whole(), "Times of 24 hours since then."),
    ),
)
REPORT = Record(
    "HealthReport",
    "How healthy stock was over whole days of the tenant's time zone.",
    (
        Field("from", DAY, "The first day."),
        Field("to", DAY, "The last day, it included; today, as far as it has come, where a later one was asked for."),
        Field("time_zone", Text(), "IANA name of the time zone whose days are counted."),
        Field("currency", Text(), "ISO 4217 code of the currency of every value."),
        Field("items_without_value", Whole(), "Items with units whose cost is not known in that currency."),
        Field("complete", Flag(), "Whether all that was written by now is in these figures."),
        Field("metrics", _METRICS, "The figures of all that the report is of."),
        Field("groups", ListOf(_GROUP), "By group_by, a page at a time, by key; none where it was left out."),
        Field("next_cursor", Text(), "Give it as `after` to get the next page of groups.", nullable=True),
        Field("dead_stock", ListOf(_DEAD), "The most valuable first, at most `limit`."),
        Field("dead_stock_count", Whole(), "How many SKUs are dead stock in all."),
    ),
)
_FIGURES: dict[str, Any] = {
    "inventory_turnover": "1.8421",
    "days_of_inventory": "48.86",
    "average_inventory_units": "1250.40",
    "average_inventory_value": "98210.55",
    "units_sold": 2310,
    "units_returned": 41,
    "cost_of_goods_sold": "180913.20",
    "sell_through_rate": "0.6412",
    "stock_out_rate": "0.0271",
    "fill_rate": "0.9713",
    "shrinkage_units": 12,
    "shrinkage_rate": "0.0033",
}
EXAMPLE: dict[str, Any] = {
    "from": "2025-01-01",
    "to": "2025-03-31",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "items_without_value": 0,
    "complete": True,
    "metrics": _FIGURES,
    "groups": [{"key": "Tents", "metrics": _FIGURES}],
    "next_cursor": None,
    "dead_stock": [
        {
            "sku": "OUT-TENT-1P-ORG",
            "quantity_on_hand": 24,
            "value": "2712.00",
            "last_movement_at": "2024-12-01T09:30:00Z",
            "days_without_movement": 120,
        }
    ],
    "dead_stock_count": 1,
}
