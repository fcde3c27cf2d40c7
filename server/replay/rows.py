"""Invoice lines of the "Online Retail" data set, read one by one: nothing is kept but a count of what was wrong."""

import csv
import gzip
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple, TextIO

from domain.quantities import LEVEL_MAX
from domain.texts import NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX, SKU_LENGTH_MAX, storable

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
DATE_WANTED = "2010-12-01T08:26:00"
WANTED = (
    'The file wanted is the "Online Retail" data set of the UCI Machine Learning Repository (CC BY 4.0) as .csv or '
    f".csv.gz, in time order, with the columns {','.join(COLUMNS)} (InvoiceDate in ISO form: {DATE_WANTED})."
)

_PROBLEMS_KEPT = 20
_NUMBER = re.compile(r"-?\d{1,12}", re.ASCII)
_MONEY = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)


class RetailFileError(Exception):
    """The file cannot be used at all; the message says why and which file is wanted."""


class Row(NamedTuple):
    """One invoice line. `line` is where it ends in the file (the header is line 1); `quantity` is signed, never 0;
    `unit_price` is in GBP; `at` is the file's time, taken as UTC."""

    line: int
    invoice: str
    sku: str
    description: str
    quantity: int
    at: datetime
    unit_price: Decimal
    customer: str
    country: str


@dataclass(slots=True)
class Tally:
    """What was left aside while reading. `problems` keeps the first 20 malformed rows: line, fault, remedy."""

    rows: int = 0
    malformed: int = 0
    problems: list[str] = field(default_factory=list[str])
    skipped: Counter[str] = field(default_factory=Counter[str])

    def reject(self, line: int, why: str) -> None:
        self.malformed += 1
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(f"line {line}: {why}")


def read(path: Path | str | None, tally: Tally | None = None) -> Iterator[Row]:
    """The file's well-formed rows in its order. Malformed rows are counted in `tally`.

    Raises RetailFileError when the file is missing, unreadable, damaged or has other columns.
    """
    tally = tally or Tally()
    try:
        with _open_bytes(path) as content, TextIOWrapper(content, "utf-8-sig", "replace", newline="") as text:
            yield from _rows(text, tally)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def digest(path: Path | str | None) -> str:
    """Tells a file from others by what is in it, packed or not: 16 hexadecimal digits. Raises as `read` does."""
    try:
        with _open_bytes(path) as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:16]
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path | str | None, error: Exception) -> RetailFileError:
    return RetailFileError(f"{path} cannot be read to its end ({error or 'it stops early'}). {WANTED}")


def _open_bytes(path: Path | str | None) -> BufferedReader | gzip.GzipFile:
    """The file's content, unpacked."""
    if path is None or not Path(path).is_file():
        raise RetailFileError(f"{'No file was named' if path is None else f'{path} is not a file'}. {WANTED}")
    # A name's ending may lie; the first two bytes do not.
    with Path(path).open("rb") as start:
        packed = start.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else Path(path).open("rb")


def _rows(text: TextIO, tally: Tally) -> Iterator[Row]:
    reader = csv.reader(text)
    columns = _columns(reader)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.reject(reader.line_num, f"it is not CSV ({error})")
            continue
        if cells:
            tally.rows += 1
            if row := _row(reader.line_num, cells, columns, tally):
                yield row


def _columns(reader: Iterator[list[str]]) -> tuple[int, ...]:
    """Where each wanted column stands; other columns beside them are ignored."""
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise RetailFileError(f"The file's first line is not CSV ({error}). {WANTED}") from error
    if missing := [name for name in COLUMNS if name not in names]:
        raise RetailFileError(f"The file has no column {', '.join(missing)}. {WANTED}")
    return tuple(names.index(name) for name in COLUMNS)


def _row(line: int, cells: list[str], columns: tuple[int, ...], tally: Tally) -> Row | None:
    if len(cells) <= max(columns):
        return tally.reject(line, f"it has {len(cells)} cells, give {max(columns) + 1}")
    invoice, sku, words, quantity, date, price, customer, country = (cells[at].strip() for at in columns)
    if why := _ill(invoice, sku, quantity, price):
        return tally.reject(line, why)
    if (at := _time(date)) is None:
        return tally.reject(line, f"InvoiceDate is {date[:70]!r}, give an ISO time such as {DATE_WANTED}")
    words = " ".join(words.split())
    if len(words) > NAME_LENGTH_MAX or not storable(words):
        return tally.reject(line, f"Description is {words[:70]!r}, give at most {NAME_LENGTH_MAX} printable characters")
    return Row(line, invoice, sku, words, int(quantity), at, Decimal(price), customer, country)


def _time(date: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(date)
    except ValueError:
        return None
    if not 1970 <= at.year < 2200:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _ill(invoice: str, sku: str, quantity: str, price: str) -> str | None:
    if not invoice or len(invoice) > REFERENCE_LENGTH_MAX or not storable(invoice):
        return f"InvoiceNo is {invoice[:70]!r}, give 1 to {REFERENCE_LENGTH_MAX} printable characters"
    if not sku or len(sku) > SKU_LENGTH_MAX or not storable(sku):
        return f"StockCode is {sku[:70]!r}, give 1 to {SKU_LENGTH_MAX} printable characters"
    if not _NUMBER.fullmatch(quantity) or not 1 <= abs(int(quantity)) <= LEVEL_MAX:
        return f"Quantity is {quantity[:70]!r}, give a whole number other than 0 within ±{LEVEL_MAX}"
    if not _MONEY.fullmatch(price):
        return f"UnitPrice is {price[:70]!r}, give a decimal number such as 2.55"
    return None
