"""How the demo's goods are written down: one product line stands for its sizes, colours, editions and conditions."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


class Size(NamedTuple):
    """One size of a line: SKU part, words on the label, and what it costs on top of the line's price."""

    code: str
    label: str
    extra: str = "0"


class Edition(NamedTuple):
    """A line in another language: ISO 639-1 code, the name in it, and the vendor if it is another one."""

    language: str
    name: str
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product line. `name` may say where the size goes with {size}; other editions come in the first size only, used
    ones in the first colour and language only. `unit` g: the price is per kilogram and quantities are grams."""

    code: str
    name: str
    category: str
    vendor: str
    price: str
    sizes: tuple[Size, ...] = (Size("", ""),)
    colours: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    language: str | None = None
    editions: tuple[Edition, ...] = ()
    cost_percent: int = 54
    unit: str = "each"


def sizes(*labels: str) -> tuple[Size, ...]:
    """Sizes at one price whose label is their code: S, M, L."""
    return tuple(Size(label, label) for label in labels)


#: Condition -> SKU part, percent of the new price.
USED = MappingProxyType(
    {"refurbished": ("RF", 78), "used-like-new": ("LN", 72), "used-good": ("UG", 58), "used-acceptable": ("UA", 40)}
)

COLOURS = MappingProxyType(
    {
        "GRN": "Moss Green", "ORG": "Ember Orange", "BLU": "Lake Blue", "GRY": "Slate Grey", "BLK": "Black",
        "RED": "Rowan Red", "SND": "Sand", "NVY": "Navy", "YEL": "Gorse Yellow", "PRP": "Heather Purple",
        "WHT": "White", "CLR": "Clear", "IVY": "Ivory", "TEA": "Teal",
    }
)  # fmt: skip
