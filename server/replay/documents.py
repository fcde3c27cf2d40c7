"""What happened, by the sales file: orders, cancellations and adjustments, made of the rows of one invoice each."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from domain.reservation_lines import LINES_MAX
from server.replay.reasons import reason_of
from server.replay.rows import Row, Tally

#: Stock codes that are no goods: postage, carriage, fees, discounts, manual entries, samples, pads, charity, bad debt.
#: The file writes "M" and "m"; no SKU differs from one of these by case alone.
_NO_GOODS = re.compile(r"POST|DOT|D|M|C2|S|B|PADS|CRUK|BANK CHARGES|AMAZONFEE|gift_\d+_\d+", re.IGNORECASE)
#: Characters of an invoice's number that a document's name repeats.
NAMED_MAX = 100
#: How many invoices may interrupt another one (the file has one such invoice) before it counts as complete.
_INTERRUPTIONS_MAX = 3


class Line(NamedTuple):
    """Units of one SKU on an invoice: `quantity` ≥ 1, `unit_price` in GBP. An invoice may name a SKU more than once."""

    sku: str
    description: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class _Invoice:
    """`line` is the file's line of its first row: unique, unlike the number of an invoice in two pieces. `customer` is
    empty where the file names none."""

    line: int
    invoice: str
    at: datetime
    lines: tuple[Line, ...]
    customer: str = ""

    @property
    def name(self) -> str:
        """Unique within the file."""
        return f"{self.invoice[:NAMED_MAX]}:{self.line}"

    @property
    def units(self) -> Counter[str]:
        """SKU -> units, in the order of their first lines."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += line.quantity
        return units

    @property
    def skus(self) -> Collection[str]:
        return {line.sku for line in self.lines}


class Order(_Invoice):
    """Goods sold."""

    __slots__ = ()


class Cancellation(_Invoice):
    """Goods that come back: quantities are the units returned, ≥ 1. `invoice` begins with C."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Stock corrected by hand: `quantity` is signed, not 0; `words` is what was typed beside it, perhaps empty."""

    line: int
    invoice: str
    at: datetime
    sku: str
    quantity: int
    words: str
    reason_code: str

    @property
    def name(self) -> str:
        """Unique within the file."""
        return f"{self.invoice[:NAMED_MAX]}:{self.line}"

    @property
    def skus(self) -> Collection[str]:
        return (self.sku,)


Document = Order | Cancellation | Adjustment


def documents(rows: Iterable[Row], tally: Tally | None = None) -> Iterator[Document]:
    """Invoices in the order of their first rows, each followed by the adjustments among its rows; one of more lines
    than an order may have as several.

    Rows of codes that are no goods are counted in `tally.skipped`, rows against the invoice's direction as malformed.
    """
    tally = tally or Tally()
    for invoice in _invoices(rows):
        sold = any(row.unit_price != 0 for row in invoice)
        yield from _documents_of([row for row in invoice if _is_goods(row, tally)], sold, tally)


def _invoices(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows of one invoice together, though a few other invoices lie between them."""
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        waiting.setdefault(row.invoice, []).append(row)
        if len(waiting) > _INTERRUPTIONS_MAX + 1:
            yield waiting.pop(next(iter(waiting)))
    yield from waiting.values()


def _is_goods(row: Row, tally: Tally) -> bool:
    """Neither a service nor bookkeeping (invoices that begin with A adjust bad debt)."""
    goods = not _NO_GOODS.fullmatch(row.sku) and not row.invoice.startswith("A")
    if not goods:
        tally.skipped[row.sku] += 1
    return goods


def _documents_of(rows: list[Row], sold: bool, tally: Tally) -> Iterator[Document]:
    cancelled = bool(rows) and rows[0].invoice.startswith("C")
    traded = [row for row in rows if row.unit_price != 0 or cancelled]
    kind = Cancellation if cancelled else Order
    for start in range(0, len(traded), LINES_MAX):
        part = traded[start : start + LINES_MAX]
        lines = tuple(chain.from_iterable(_line(row, -1 if cancelled else 1, tally) for row in part))
        if lines:
            yield kind(part[0].line, part[0].invoice, part[0].at, lines, part[0].customer)
    for row in rows:
        if row.unit_price == 0 and not cancelled:
            yield _adjustment(row, among_sales=sold)


def _line(row: Row, sign: int, tally: Tally) -> Iterator[Line]:
    if row.quantity * sign < 0 or row.unit_price < 0:
        way = "below" if sign < 0 else "above"
        tally.reject(row.line, f"invoice {row.invoice} wants a Quantity {way} 0 and a UnitPrice not below 0")
    else:
        yield Line(row.sku, row.description, row.quantity * sign, row.unit_price)


def _adjustment(row: Row, among_sales: bool) -> Adjustment:
    # Beside priced lines, or with a customer, the description is the item's name: no words about a reason, whatever
    # they contain ("WATERING CAN" is no water damage).
    named_only = bool(row.description) and (among_sales or bool(row.customer))
    code = reason_of(row.description, row.quantity)
    if named_only:
        code = "found" if row.quantity > 0 else "correction"
    return Adjustment(row.line, row.invoice, row.at, row.sku, row.quantity, row.description, code)
