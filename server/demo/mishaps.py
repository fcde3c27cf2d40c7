"""Mishaps: what happens to stock by hand, in the demo's past and while it runs."""

from random import Random
from typing import NamedTuple


class Mishap(NamedTuple):
    """What happens to stock by hand: how often beside the others, which way, and the words that go with it."""

    reason_code: str
    frequency: int
    sign: int
    notes: tuple[str | None, ...]


MISHAPS = (
    Mishap("damaged", 26, -1, ("Crushed in transit", "Torn packaging", "Water damage on lower shelf", None)),
    Mishap("lost", 13, -1, ("Not in its bin", None)),
    Mishap("theft", 8, -1, ("Empty box found", "Security tag cut")),
    Mishap("found", 13, 1, ("Behind the packing bench", "In the wrong bin", None)),
    Mishap("correction", 12, -1, ("Keyed twice", "Picked under the wrong SKU")),
    Mishap("correction", 8, 1, ("Receipt keyed short",)),
    Mishap("received", 4, 1, ("Over-delivery kept", "Not on the delivery note")),
    Mishap("returned", 3, 1, ("Came back without its order number",)),
    Mishap("sample", 5, -1, ("Shop window", "For the photo shoot")),
    Mishap("promotion", 4, -1, ("Prize draw", "Gift with purchase")),
    Mishap("waste", 3, -1, ("Past its date", "Beyond repair")),
    Mishap("other", 1, -1, ("Lent to the training team",)),
)
_FREQUENCIES = [mishap.frequency for mishap in MISHAPS]


def one_of_many(rng: Random) -> Mishap:
    """The frequent ones more often."""
    return rng.choices(MISHAPS, _FREQUENCIES)[0]
