"""Which units of a reservation's lines are meant by ("line", its number, units) or ("sku", SKU, location, units)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.conformance.write_model.plain_stock import UNITS_MAX, Line, Refused

Entries = Sequence[tuple[Any, ...]] | None


def examine_lines(asked: Entries) -> None:
    if any(not 0 < entry[-1] <= UNITS_MAX for entry in asked or ()):
        raise Refused("INVALID_QUANTITY")


def chosen(
    lines: Sequence[Line],
    asked: Entries,
    open_: Callable[[Line], int],
    own: Sequence[Line] | None = None,
) -> list[int]:
    """Units of each line; without entries all that is open, of one's own."""
    own = lines if own is None else own
    if asked is None:
        return [open_(line) if line in own else 0 for line in lines]
    units = [0] * len(lines)
    codes: list[str] = []
    for entry in asked:
        named = [number for number, line in enumerate(lines) if _names(entry, number, line) and line in own]
        if not named:
            codes.append("NOT_FOUND")
        elif any(units[number] for number in named):
            codes.append("DUPLICATE_LINE")
        elif entry[-1] > sum(open_(lines[number]) for number in named):
            codes.append("INVALID_QUANTITY")
        else:
            rest = entry[-1]
            for number in named:
                units[number] = min(rest, open_(lines[number]))
                rest -= units[number]
    if codes:
        raise Refused(*codes)
    return units


def _names(entry: tuple[Any, ...], number: int, line: Line) -> bool:
    if entry[0] == "line":
        return number == entry[1]
    return line.sku == entry[1] and entry[2] in (None, line.location)
