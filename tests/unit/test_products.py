"""Which SKU the id of a product stands for."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.items import Item
from domain.products import sku_of
from domain.refusals import Refusal, RefusalCode

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_the_item_whose_sku_it_is_goes_before_the_items_of_the_product() -> None:
    tent = Item(UUID(int=1), "P-1", "Tent")
    for count, first in ((0, None), (1, "STOVE"), (2, "STOVE")):
        assert sku_of("P-1", tent, count, first) == "P-1"


def test_an_archived_item_keeps_its_name() -> None:
    assert sku_of("P-1", Item(UUID(int=1), "P-1", "Tent", archived_at=NOON), 1, "STOVE") == "P-1"


def test_a_product_is_its_one_item() -> None:
    assert sku_of("P-1", None, 1, "STOVE") == "STOVE"


@pytest.mark.parametrize(
    ("count", "first", "code", "remedy"),
    [
        (0, None, RefusalCode.UNKNOWN_SKU, "make one first"),
        (2, "STOVE", RefusalCode.INVALID_INPUT, "sold as 2 items: name one of them by sku"),
    ],
)
def test_a_product_of_no_item_or_of_several_is_not_guessed(
    count: int, first: str | None, code: RefusalCode, remedy: str
) -> None:
    refusal = sku_of("P-1", None, count, first)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (code, ("productId",))
    assert remedy in refusal.message
