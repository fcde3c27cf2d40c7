"""Replaying sales: what the file says becomes stock, once, in order, and a watcher sees all of it."""

import asyncio
import csv
import gzip
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import pytest

from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Scope
from resolvers.build import build_schema
from schema.executor import Executor
from server.embedded.database import Addresses
from server.key_set import KeySet
from server.metrics import Metrics
from server.parts import Contexts, Tools, assembled
from server.replay.rows import COLUMNS, digest
from server.replay.run import TENANT, replay
from server.settings import Settings
from services.live import LevelStreamFilter, StreamEventType
from tests import servers

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


async def test_a_second_run_of_the_same_file_changes_nothing_and_tells_the_same(
    database: Addresses, tmp_path: Path
) -> None:
    file, first, second = season(tmp_path / "sales.csv"), Told(), Told()
    assert await replay(settings_of(database), file, "max", first) == 0
    after = await books(database)
    assert await replay(settings_of(database), file, "max", second) == 0
    assert await books(database) == after
    assert second.summary == first.summary
    assert (first.speed, second.speed) == ((after[1], 0), (0, after[1]))
    assert first.lives > 100
    assert second.lives == 0


async def test_a_run_that_was_cut_off_goes_on_as_if_it_never_was(
    database: Addresses,
    empty_twin: Addresses,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, whole, resumed = season(tmp_path / "sales.csv"), Told(), Told()
    assert await replay(settings_of(empty_twin), file, "max", whole) == 0
    cut = asyncio.ensure_future(replay(settings_of(database), file, "max", Told()))
    run, done = PostgresUnitOfWork.run, 0

    async def counted(self: PostgresUnitOfWork, tenant: object, work: object) -> object:
        nonlocal done
        done += 1
        if done == 150:
            cut.cancel()
        return await run(self, tenant, work)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresUnitOfWork, "run", counted)
    assert await cut == 130
    assert "the same command goes on where it stopped" in capsys.readouterr().err
    monkeypatch.undo()
    done_before, whole_season = (await books(database))[1], (await books(empty_twin))[1]
    assert 0 < done_before < whole_season
    assert await replay(settings_of(database), file, "max", resumed) == 0
    assert await books(database) == await books(empty_twin)
    assert resumed.summary == whole.summary
    assert resumed.speed == (whole_season - done_before, done_before)


async def test_a_second_file_is_played_beside_the_first_whatever_its_invoices_numbers(
    database: Addresses, tmp_path: Path
) -> None:
    first = write(tmp_path / "december.csv", row("536365", "20001", 6, 0))
    second = write(tmp_path / "january.csv", row("536365", "20001", 6, 31), row("536366", "20002", 1, 31))
    for file in (first, second):
        told = Told()
        assert await replay(settings_of(database), file, "max", told) == 0
        assert "none refused" in told.summary[0]
    sold = await fetch(database, "SELECT sku, sum(committed) FROM reservation_lines WHERE tenant_id = $1 GROUP BY sku")
    assert sorted(sold) == [("20001", 12), ("20002", 1)]
    entries = (await books(database))[1]
    packed = tmp_path / "again.csv.gz"
    packed.write_bytes(gzip.compress(second.read_bytes()))
    assert await replay(settings_of(database), packed, "max", Told()) == 0
    assert (await books(database))[1] == entries


@pytest.fixture
def empty_twin(database: Addresses, postgres: servers.Postgres) -> Iterator[Addresses]:
    """A second database beside the first."""
    with postgres.clone() as addresses:
        yield addresses


async def test_entries_say_when_and_for_which_document_as_the_file_does(database: Addresses, tmp_path: Path) -> None:
    file = write(
        tmp_path / "sales.csv",
        row("536365", "85123A", 6, 0),
        row("C536379", "85123A", -1, 1),
        row("536589", "85123A", -2, 2, "0.00", "wet/rusty"),
        row("536590", "POST", 1, 2),
    )
    assert await replay(settings_of(database), file, "max", Told()) == 0
    rows = await fetch(
        database,
        """
        SELECT kind, on_hand_change, allocated_change, reference_type, reference, reason_code, note,
            to_char(occurred_at AT TIME ZONE 'UTC', 'DD HH24:MI'), unit_cost
        FROM ledger WHERE tenant_id = $1 ORDER BY level_version
        """,
    )
    order = f"536365:2@{digest(file)[:8]}"
    assert [entry[:8] for entry in rows[1:]] == [
        ("ALLOCATION", 0, 6, "order", order, None, None, "01 08:30"),
        ("PICK", -6, -6, "shipment", "536365", None, None, "01 08:30"),
        ("RETURN", 1, 0, "cancellation", "C536379", "returned", None, "02 08:30"),
        ("ADJUSTMENT", -2, 0, "adjustment", "536589", "damaged", "wet/rusty", "03 08:30"),
    ]
    assert rows[0][0] == "RECEIPT"
    assert str(rows[0][8]) == "1.50"


async def test_an_order_is_reserved_and_paid_at_its_time_and_shipped_in_the_evening(
    database: Addresses, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "sales.csv",
        row("536365", "20001", 6, 0),
        row("536365", "20002", 1, 0),
        row("536365", "20001", 2, 0),
        row("536366", "20003", 1, 0.25),
    )
    assert await replay(settings_of(database), file, "max", Told()) == 0
    kinds = await fetch(
        database,
        """
        SELECT kind, sku, -on_hand_change, to_char(occurred_at AT TIME ZONE 'UTC', 'HH24:MI') FROM ledger
        WHERE tenant_id = $1 AND kind <> 'RECEIPT' AND sku < '20003' ORDER BY kind, sku
        """,
    )
    assert kinds == [
        ("ALLOCATION", "20001", 0, "08:30"),
        ("ALLOCATION", "20002", 0, "08:30"),
        ("PICK", "20001", 8, "14:30"),
        ("PICK", "20002", 1, "14:30"),
    ]
    lives = await fetch(database, "SELECT status, confirmed, version FROM reservations WHERE tenant_id = $1")
    assert lives == [("COMMITTED", True, 3)] * 2


async def test_what_is_called_off_before_the_evening_is_released_and_what_comes_back_later_returned(
    database: Addresses, tmp_path: Path
) -> None:
    told = Told()
    file = write(
        tmp_path / "sales.csv",
        row("1", "20001", 6, 0),
        row("2", "20001", 4, 0.1),
        row("C3", "20001", -5, 0.2),
        row("4", "20002", 3, 0.2),
        row("C5", "20002", -3, 0.3),
        row("C6", "20001", -2, 0.3, customer="13047"),
        row("C7", "20001", -1, 1),
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    entries = await fetch(
        database,
        """
        SELECT kind, sku, allocated_change, on_hand_change, coalesce(note, reference) FROM ledger
        WHERE tenant_id = $1 AND kind NOT IN ('RECEIPT', 'ALLOCATION') ORDER BY sku, level_version
        """,
    )
    # The customer's latest order first: all four of the second and one of the first.
    assert entries == [
        ("DEALLOCATION", "20001", -4, 0, "Called off: C3"),
        ("DEALLOCATION", "20001", -1, 0, "Called off: C3"),
        ("RETURN", "20001", 0, 2, "C6"),
        ("PICK", "20001", -5, -5, "1"),
        ("RETURN", "20001", 0, 1, "C7"),
        ("DEALLOCATION", "20002", -3, 0, "Called off: C5"),
    ]
    lives = await fetch(database, "SELECT status FROM reservations WHERE tenant_id = $1 ORDER BY order_id")
    assert lives == [("COMMITTED",), ("RELEASED",), ("RELEASED",)]
    assert "Reservations 3 made, 0 of them short; none refused; 1 shipped" in told.summary
    assert "Returns      2 lines, none refused; 3 more were called off in time and released" in "".join(told.summary)


async def test_a_scarce_sku_goes_to_the_first_orders_of_the_file_however_many_there_are_at_once(
    database: Addresses, tmp_path: Path
) -> None:
    told = Told()
    orders = [row(f"{number:02}", "20001", 1_000, 30 + number / 1_000) for number in range(1, 21)]
    file = write(
        tmp_path / "sales.csv", row("00", "20002", 1, 0), *orders, row("C1", "20001", -1_000, 31, customer="13047")
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    served = await fetch(
        database,
        "SELECT committed FROM reservation_lines WHERE tenant_id = $1 AND sku = '20001' ORDER BY reservation_id",
    )
    *whole, part = [units for (units,) in served]
    assert whole == [1_000] * len(whole)
    assert 0 < part < 1_000
    refused = 20 - len(served)
    report = "\n".join(told.summary)
    assert f"21 with 21 lines: {21 - refused} served ({sum(whole) + part + 1:,} units), 1 of them in part" in report
    assert f"1 of them in part; {refused} refused ({refused} INSUFFICIENT_STOCK)" in report
    assert f"Reservations {21 - refused} made, 1 of them short; {refused} refused ({refused} INSUFFICIENT" in report
    assert "Returns      1 lines" in report


async def test_a_cancellation_brings_back_only_what_there_was_to_be_served(database: Addresses, tmp_path: Path) -> None:
    told = Told()
    file = write(
        tmp_path / "sales.csv",
        row("1", "20001", 6, 0),
        row("2", "20001", 50_000, 30),
        row("3", "20001", 7, 30),
        row("C4", "20001", -50_000, 31),
        row("C5", "20001", -7, 31),
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    moved = await fetch(
        database,
        "SELECT kind, on_hand_change FROM ledger WHERE tenant_id = $1 AND kind IN ('PICK', 'RETURN') "
        "ORDER BY level_version",
    )
    assert [kind for kind, _ in moved] == ["PICK", "PICK", "RETURN"]
    assert 6 < moved[2][1] == -moved[1][1] < 50_000
    assert "1 lines, none refused; 0 more were called off in time and released, 1 undid what had not been served" in (
        "\n".join(told.summary)
    )


async def test_the_orders_of_a_day_are_decided_together(
    database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [row(f"{number}", "20001", 1, number / 1_000) for number in range(50)]
    run, transactions = PostgresUnitOfWork.run, 0

    async def counted(self: PostgresUnitOfWork, tenant: object, work: object) -> object:
        nonlocal transactions
        transactions += 1
        return await run(self, tenant, work)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresUnitOfWork, "run", counted)
    assert await replay(settings_of(database), write(tmp_path / "sales.csv", *orders), "max", Told()) == 0
    assert (await fetch(database, "SELECT count(*) FROM decisions WHERE tenant_id = $1")) == [(152,)]
    assert transactions < 15


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[dict[str, tuple[int, int]]]:
    """SKU -> (available, version) as a watcher of the retailer holds them; complete when the context is left."""
    tools = Tools(settings, KeySet(), Executor(build_schema(), report_fault=lambda _: None), Metrics(), None)
    picture: dict[str, tuple[int, int]] = {}
    async with assembled(tools) as parts:
        contexts: Contexts = parts.contexts
        stream = contexts.live.watch(Scope(TENANT.id), LevelStreamFilter(), snapshot=True)

        async def follow() -> None:
            async for event in stream:
                if event.level is not None:
                    seen = picture.get(event.level.item.sku, (0, 0))
                    assert event.level.version > seen[1]
                    picture[event.level.item.sku] = event.level.quantities.available_to_promise, event.level.version
                caught_up.set() if event.type is StreamEventType.CAUGHT_UP else None

        caught_up = asyncio.Event()
        following = asyncio.create_task(follow())
        await caught_up.wait()
        yield picture
        await _settled(parts.database, picture)
        following.cancel()
        await asyncio.wait({following})


async def _settled(database: Database, picture: dict[str, tuple[int, int]]) -> None:
    """Wait until the watcher has what the database holds."""
    sql = "SELECT sku, on_hand - allocated - unavailable, version FROM stock_levels WHERE tenant_id = $1"
    async with asyncio.timeout(20):
        wanted = {row[0]: (row[1], row[2]) for row in await database.fetch(TENANT.id, sql, [TENANT.id])}
        while wanted != picture:  # noqa: ASYNC110 - the picture grows in the task that follows the stream
            await asyncio.sleep(0.01)


async def test_a_watcher_ends_with_the_same_levels_as_the_database(database: Addresses, tmp_path: Path) -> None:
    settings = settings_of(database)
    async with watched(settings) as picture:
        assert await replay(settings, season(tmp_path / "sales.csv"), "max", Told()) == 0
    assert picture.keys() == set(SKUS)


async def test_at_a_speed_each_document_waits_for_its_time(database: Addresses, tmp_path: Path) -> None:
    file = write(tmp_path / "sales.csv", row("1", "20001", 1, 0), row("2", "20001", 1, 1))
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await replay(settings_of(database), file, str(24 * 3600 / 0.5), Told()) == 0
    assert loop.time() - began >= 0.5


async def test_without_the_file_it_names_the_data_set_and_the_columns(
    database: Addresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (None, tmp_path / "nothing.csv"):
        assert await replay(settings_of(database), file, "max", Told()) == 2
        told = capsys.readouterr().err
        assert "Online Retail" in told
        assert "InvoiceNo,StockCode" in told


async def test_a_file_of_which_no_row_is_usable_is_a_failure_that_names_the_form_of_date_wanted(
    database: Addresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "sales.csv", *[("536365", "20001", "MUG", 6, "12/1/2010 8:26", "2.55", "17850", "UK")] * 3)
    assert await replay(settings_of(database), file, "max", Told()) == 1
    told = capsys.readouterr().err
    assert "None of the file's 3 rows can be played" in told
    assert "ISO form, such as 2010-12-01T08:26:00" in told
