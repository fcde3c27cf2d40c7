"""What counts as a quantity: whole base units of an item, within what one level can hold."""

from __future__ import annotations

from domain.refusals import Refusal, RefusalCode

#: The most that one level holds, in base units.
LEVEL_MAX = 100_000_000


def invalid_quantity(quantity: int, sku: str | None, location: str | None) -> Refusal | None:
    """A quantity to move: 1 to LEVEL_MAX."""
    return (
        None
        if 1 <= quantity <= LEVEL_MAX
        else _invalid("quantity", quantity, f"between 1 and {LEVEL_MAX}", sku, location)
    )


def invalid_change(change: int, sku: str, location: str | None) -> Refusal | None:
    """A signed correction of on hand: not 0, at most LEVEL_MAX either way."""
    if change != 0 and abs(change) <= LEVEL_MAX:
        return None
    return _invalid("quantityChange", change, f"not 0 and between -{LEVEL_MAX} and {LEVEL_MAX}", sku, location)


def invalid_count(counted: int, sku: str, location: str | None) -> Refusal | None:
    """A counted quantity: 0 to LEVEL_MAX."""
    return (
        None
        if 0 <= counted <= LEVEL_MAX
        else _invalid("quantityCounted", counted, f"between 0 and {LEVEL_MAX}", sku, location)
    )


def _invalid(name: str, quantity: int, wanted: str, sku: str | None, location: str | None) -> Refusal:
    return Refusal(
        RefusalCode.INVALID_QUANTITY,
        f"{name} is {quantity}: give a whole number {wanted}.",
        (name,),
        sku,
        location,
        requested=quantity if abs(quantity) < 2**31 else None,
    )
