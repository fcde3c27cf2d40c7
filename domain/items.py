"""Items: what is stocked. One vendor's product in one condition and language; archived, never deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier, invalid_name
from domain.value import value

#: Highest price or cost, in whole units of the currency; with 4 decimal places.
AMOUNT_MAX = Decimal(10) ** 12
BARCODES_MAX = 20
LEAD_TIME_DAYS_MAX = 3_650
QUANTITY_SCALE_MAX = 6

_CURRENCY = re.compile(r"[A-Z]{3}")


@value
class Item:
    """One SKU of a tenant. Money is in `currency`; a quantity is a whole number of `unit_of_measure`, shown with
    `quantity_scale` decimal places (3: 1500 -> 1.500)."""

    id: UUID
    sku: str
    name: str
    category: str | None = None
    catalog_product_id: str | None = None
    vendor: str | None = None
    condition: str | None = None
    language: str | None = None
    price: Decimal | None = None
    unit_cost: Decimal | None = None
    currency: str | None = None
    unit_of_measure: str = "each"
    quantity_scale: int = 0
    barcodes: tuple[str, ...] = ()
    lead_time_days: int | None = None
    archived_at: datetime | None = None
    version: int = 0

    @property
    def archived(self) -> bool:
        return self.archived_at is not None

    def describe(
        self, changes: Mapping[str, Any], *, used: bool, default_currency: str, at: datetime
    ) -> Item | Refusal:
        """The item with `changes` made: a field that is left out stays, one that is None is cleared to its default.

        `used` says whether stock of it ever moved; its unit and scale are fixed from then on. The same item comes back
        (same version) when nothing would change.
        """
        if refusal := invalid_description(changes):
            return refusal
        described = replace(self, **_settled(changes, self, default_currency, at))
        if used and (described.unit_of_measure, described.quantity_scale) != (
            self.unit_of_measure,
            self.quantity_scale,
        ):
            field = "quantityScale" if described.unit_of_measure == self.unit_of_measure else "unitOfMeasure"
            return _invalid(field, "cannot change once stock of the item has moved: make a new item instead")
        unchanged = described == self and self.version > 0  # a new one is made, whatever is said of it
        return self if unchanged else replace(described, version=self.version + 1)


_DEFAULTS = {field.name: field.default for field in fields(Item)}
_CODES = {
    "category": "category",
    "catalog_product_id": "catalogProductId",
    "vendor": "vendor",
    "condition": "condition",
    "language": "language",
    "unit_of_measure": "unitOfMeasure",
}
_AMOUNTS = {"price": "price", "unit_cost": "unitCost"}


def invalid_description(changes: Mapping[str, Any]) -> Refusal | None:
    """What is wrong with the fields sent, whatever the item."""
    if refusal := invalid_name("name", changes.get("name")):
        return refusal
    for name, field in _CODES.items():
        if refusal := invalid_identifier(field, changes.get(name), CODE_LENGTH_MAX):
            return refusal
    for name, field in _AMOUNTS.items():
        if refusal := invalid_amount(field, changes.get(name)):
            return refusal
    return (
        invalid_currency(changes.get("currency"))
        or _out_of_range("quantityScale", changes.get("quantity_scale"), QUANTITY_SCALE_MAX)
        or _out_of_range("leadTimeDays", changes.get("lead_time_days"), LEAD_TIME_DAYS_MAX)
        or _invalid_barcodes(changes.get("barcodes") or ())
    )


def invalid_amount(field: str, amount: Decimal | None) -> Refusal | None:
    """Money: a finite decimal from 0 to AMOUNT_MAX with at most 4 decimal places."""
    if amount is None:
        return None
    if not amount.is_finite() or not 0 <= amount <= AMOUNT_MAX:
        return _invalid(field, f"must lie between 0 and {AMOUNT_MAX:f}")
    if amount != amount.quantize(Decimal("0.0001")):
        return _invalid(field, "has more than 4 decimal places")
    return None


def invalid_currency(currency: str | None) -> Refusal | None:
    """A refusal naming the field `currency`, or None."""
    if currency is None or _CURRENCY.fullmatch(currency):
        return None
    return _invalid("currency", "must be a currency code of three capital letters (ISO 4217), like EUR")


def _out_of_range(field: str, number: int | None, highest: int) -> Refusal | None:
    return None if number is None or 0 <= number <= highest else _invalid(field, f"must lie between 0 and {highest}")


def _invalid_barcodes(barcodes: tuple[str, ...]) -> Refusal | None:
    if len(barcodes) > BARCODES_MAX:
        return _invalid("barcodes", f"holds {len(barcodes)}: give at most {BARCODES_MAX}")
    if len(set(barcodes)) < len(barcodes):
        return _invalid("barcodes", "names a barcode twice")
    refusals = (invalid_identifier("barcodes", barcode, CODE_LENGTH_MAX) for barcode in barcodes)
    return next((refusal for refusal in refusals if refusal), None)


def _invalid(field: str, remedy: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, f"{field} {remedy}.", (field,))


def _settled(changes: Mapping[str, Any], item: Item, default_currency: str, at: datetime) -> dict[str, Any]:
    """The changes with None turned into each field's default, and what follows from them."""
    defaults = _DEFAULTS | {"name": item.sku}
    settled = {
        name: defaults[name] if value is None else value for name, value in changes.items() if name != "archived"
    }
    if "archived" in changes:
        settled["archived_at"] = (item.archived_at or at) if changes["archived"] else None
    if settled.get("currency", item.currency) is None:
        settled["currency"] = default_currency
    return settled
