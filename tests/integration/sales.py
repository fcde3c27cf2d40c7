"""Files of sales, what a replay of them told, and the books that it left."""

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg

from server.embedded.database import Addresses
from server.replay.rows import COLUMNS
from server.replay.run import TENANT
from server.settings import Settings

MORNING = datetime(2010, 12, 1, 8, 30, tzinfo=UTC)
SKUS = [f"2{number:04}" for number in range(40)]


class Told:
    """A display that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, title: str) -> "Told":
        return self

    def say(self, line: str) -> None:
        self.lines.append(line)

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, *failure: object) -> None:
        """The step is over."""

    def progress(self, done: int, total: int, what: str = "") -> None:
        """It goes on."""

    def note(self, what: str) -> None:
        """It has a note."""

    @property
    def speed(self) -> tuple[int, int]:
        """New changes, and those that an earlier run had made."""
        line = next(line for line in self.lines[-1].splitlines() if line.startswith("Speed"))
        numbers = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:new|more) changes", line)]
        return numbers[0], sum(numbers[1:])

    @property
    def lives(self) -> int:
        """New reservations that were made, confirmed and shipped."""
        told = re.search(r"([\d,]+) new reservations made, confirmed and shipped", self.lines[-1])
        assert told is not None
        return int(told[1].replace(",", ""))

    @property
    def summary(self) -> list[str]:
        """The report without its times."""
        return [line for line in self.lines[-1].splitlines() if not line.startswith("Speed")]


def settings_of(database: Addresses) -> Settings:
    return Settings(database_url=database.application_url)


def write(file: Path, *rows: tuple[object, ...]) -> Path:
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return file


def row(
    invoice: str,
    sku: str,
    quantity: int,
    day: float,
    price: str = "2.50",
    words: str | None = None,
    customer: str = "17850",
) -> tuple:
    at = MORNING + timedelta(days=day)
    customer = customer if words is None else ""
    return (invoice, sku, words or f"THING {sku}", quantity, at.isoformat(), price, customer, "UK")


def season(file: Path, invoices: int = 150) -> Path:
    """Forty days of sales, cancellations and corrections, the same each time."""
    rng = Random(7)
    rows: list[tuple] = []
    for number in range(invoices):
        day, kind = number * 40 // invoices, rng.random()
        for sku in rng.sample(SKUS, rng.randint(1, 8)):
            if kind < 0.8:
                rows.append(row(f"{536365 + number}", sku, rng.choice((1, 2, 6, 12, 300)), day))
            elif kind < 0.9:
                rows.append(row(f"C{536365 + number}", sku, -rng.randint(1, 3), day))
            else:
                rows.append(row(f"{536365 + number}", sku, -rng.randint(1, 9), day, "0.00", "damages"))
                break
    return write(file, *rows)


async def fetch(database: Addresses, sql: str) -> list[tuple]:
    """Rows of a statement about the retailer, who is its $1."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, TENANT.id)]
    finally:
        await connection.close()


async def books(database: Addresses) -> tuple[list[tuple], int]:
    """Every level's quantities and every order's reservation with its lines, and the number of ledger entries, of the
    retailer."""
    levels = await fetch(
        database,
        "SELECT sku, location, on_hand, allocated, version FROM stock_levels WHERE tenant_id = $1 ORDER BY sku",
    )
    reservations = await fetch(
        database,
        """
        SELECT order_id, status, version, array_agg((sku, committed, released, allocated) ORDER BY number)
        FROM reservations AS reservation JOIN reservation_lines AS line USING (tenant_id)
        WHERE tenant_id = $1 AND reservation_id = reservation.id GROUP BY order_id, status, version ORDER BY order_id
        """,
    )
    [(entries,)] = await fetch(database, "SELECT count(*) FROM ledger WHERE tenant_id = $1")
    return [*levels, *reservations], entries
