"""Sums over levels: a SKU may hold more in all than a number of the API can tell."""

from typing import Any

import pytest

from domain.quantities import LEVEL_MAX
from tests.factories.pictures import item, level, location
from tests.fakes.api import FakeApi, shop

FULL_LEVELS = 22


def crowded(levels: int) -> FakeApi:
    """A SKU with so many levels, each as full as one can be."""
    reads = shop()
    crate = item("CRATE")
    reads.all_items.append(crate)
    reads.all_levels += [level(crate, location(f"L-{n}"), LEVEL_MAX) for n in range(levels)]
    return FakeApi(reads=reads)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ('{ stock(sku: "CRATE") { quantityOnHand } }', "on hand"),
        ('{ stock(sku: "CRATE") { availableToPromise } }', "available to promise"),
        ('{ availability(skus: ["CRATE"]) { availableToPromise } }', "available to promise"),
    ],
)
async def test_a_sum_that_no_number_holds_is_told_by_name_with_the_remedy(query: str, what: str) -> None:
    api = crowded(FULL_LEVELS)
    error = await api.error(query)
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("LIMIT_EXCEEDED", 2**31 - 1)
    assert error["message"] == (
        f"The sum of {what} of SKU 'CRATE' is 2200000000, above 2147483647: ask its levels one by one."
    )
    assert api.faults == []


async def test_the_levels_and_what_fits_are_still_told() -> None:
    stock = '{ stock(sku: "CRATE") { quantityAllocated status levels { quantityOnHand } } }'
    told: dict[str, Any] = (await crowded(FULL_LEVELS).ask(stock))["stock"]
    assert told["quantityAllocated"] == 0
    assert sum(each["quantityOnHand"] for each in told["levels"]) == FULL_LEVELS * LEVEL_MAX


async def test_the_largest_sum_that_fits_is_told() -> None:
    stock = await crowded(FULL_LEVELS - 1).ask('{ stock(sku: "CRATE") { quantityOnHand } }')
    assert stock["stock"]["quantityOnHand"] == 2_100_000_000
