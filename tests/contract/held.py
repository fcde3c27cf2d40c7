"""What tests look at in a reservation, and in the levels and ledger beneath it."""

from typing import Any

from tests.factories.shop import Shop
from tests.stack import eventually

LEDGER = """
query ($sku: String!) { ledger(filter: { skus: [$sku] }, first: 250) { nodes {
  kind quantityOnHandChange quantityAllocatedChange referenceType reference reasonCode note actor } } }
"""


def quantities(shop: Shop, sku: str, location: str | None = None) -> tuple[int, int, int]:
    """On hand, allocated, available to promise."""
    level = shop.level(sku, location)
    assert level
    return level["quantityOnHand"], level["quantityAllocated"], level["availableToPromise"]


def entries(shop: Shop, sku: str) -> list[dict[str, Any]]:
    """The ledger of a SKU, newest first."""
    return shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"]


def units(reservation: dict[str, Any]) -> list[tuple[str | None, int, int, int, int, int]]:
    """Of each line its location, and what became of its units: all, held, waited for, shipped, given back."""
    return [
        (
            line["location"] and line["location"]["code"],
            line["quantity"],
            line["quantityAllocated"],
            line["quantityBackordered"],
            line["quantityCommitted"],
            line["quantityReleased"],
        )
        for line in reservation["lines"]
    ]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def expired(shop: Shop) -> dict[str, Any]:
    """A reservation whose time has come, by the database's clock."""
    sku = shop.stocked(10)
    reservation = shop.reserve(sku, ttlSeconds=1)
    query = "query ($sku: String!) { availability(skus: [$sku]) { asOf } }"
    eventually(
        lambda: shop.admin.ask(query, sku=sku)["availability"][0]["asOf"] > reservation["expiresAt"] or None,
        "the time of the reservation",
    )
    return reservation
