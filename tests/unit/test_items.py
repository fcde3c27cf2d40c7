"""Items and locations: describing them anew, and what is wrong with a description."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.items import Item
from domain.locations import Location
from domain.refusals import Refusal, RefusalCode

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TENT = Item(UUID(int=1), "TENT", "Tent", category="camping", price=Decimal("99.50"), currency="GBP", version=3)


def described(changes: dict[str, Any], item: Item = TENT, used: bool = False) -> Item | Refusal:
    return item.describe(changes, used=used, default_currency="EUR", at=NOON)


def test_a_field_left_out_stays_and_one_set_to_nothing_is_cleared() -> None:
    item = described({"name": "Tent for two", "category": None})
    assert isinstance(item, Item)
    assert (item.name, item.category, item.price, item.version) == ("Tent for two", None, Decimal("99.50"), 4)


def test_describing_an_item_as_it_is_changes_nothing() -> None:
    assert described({"name": "Tent", "price": Decimal("99.5")}) is TENT


def test_an_item_is_archived_once_and_restored() -> None:
    archived = described({"archived": True})
    assert isinstance(archived, Item)
    assert archived.archived_at == NOON
    assert described({"archived": True}, archived) is archived
    restored = described({"archived": False}, archived)
    assert isinstance(restored, Item)
    assert not restored.archived


def test_an_item_without_a_currency_is_in_the_tenants_currency() -> None:
    item = described({"name": "Mug"}, Item(UUID(int=2), "MUG", "MUG"))
    assert isinstance(item, Item)
    assert item.currency == "EUR"


@pytest.mark.parametrize(
    ("field", "changes"), [("unitOfMeasure", {"unit_of_measure": "g"}), ("quantityScale", {"quantity_scale": 3})]
)
def test_the_unit_is_fixed_once_stock_has_moved(field: str, changes: dict[str, Any]) -> None:
    refusal = described(changes, used=True)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, (field,))
    assert isinstance(described(changes, used=False), Item)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 201}),
        ("name", {"name": "a\x00b"}),
        ("category", {"category": "\ud800"}),
        ("price", {"price": Decimal("-0.01")}),
        ("price", {"price": Decimal("NaN")}),
        ("price", {"price": Decimal("1e400")}),
        ("unitCost", {"unit_cost": Decimal("0.00001")}),
        ("currency", {"currency": "euro"}),
        ("quantityScale", {"quantity_scale": 7}),
        ("leadTimeDays", {"lead_time_days": -1}),
        ("barcodes", {"barcodes": ("1", "1")}),
        ("barcodes", {"barcodes": tuple(str(i) for i in range(21))}),
    ],
)
def test_a_bad_description_names_its_field(field: str, changes: dict[str, Any]) -> None:
    refusal = described(changes)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, (field,))


MAIN = Location(UUID(int=3), "MAIN", "Main warehouse", version=1)


def test_a_location_cannot_lie_inside_itself() -> None:
    refusal = MAIN.describe({"parent": "AISLE-1"}, above=("AISLE-1", "ZONE-1", "MAIN"), is_default=False)
    assert isinstance(refusal, Refusal)
    assert refusal.field == ("parent",)


def test_a_tree_of_locations_has_a_bottom() -> None:
    above = tuple(f"L{i}" for i in range(10))
    assert isinstance(MAIN.describe({"parent": "L0"}, above=above, is_default=False), Refusal)


def test_the_default_location_cannot_be_closed() -> None:
    assert isinstance(MAIN.describe({"active": False}, above=(), is_default=True), Refusal)
    closed = MAIN.describe({"active": False}, above=(), is_default=False)
    assert isinstance(closed, Location)
    assert not closed.active
