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
from server.metrics import Metrics
from server.parts import Contexts, Tools, assembled
from server.replay.rows import COLUMNS
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
        numbers = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:new changes|more were)", line)]
        return numbers[0], sum(numbers[1:])

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


def row(invoice: str, sku: str, quantity: int, day: int, price: str = "2.50", words: str | None = None) -> tuple:
    at = MORNING + timedelta(days=day)
    customer = "17850" if words is None else ""
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


async def books(database: Addresses) -> tuple[list[tuple], int]:
    """Every level's quantities, and the number of ledger entries, of the retailer."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        levels = await connection.fetch(
            "SELECT sku, location, on_hand, allocated, version FROM stock_levels WHERE tenant_id = $1 ORDER BY sku",
            TENANT.id,
        )
        entries = await connection.fetchval("SELECT count(*) FROM ledger WHERE tenant_id = $1", TENANT.id)
    finally:
        await connection.close()
    return [tuple(level) for level in levels], entries


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
        if done == 130:
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
    second = write(tmp_path / "january.csv", row("536365", "20001", 2, 31), row("536366", "20002", 1, 31))
    for file in (first, second):
        told = Told()
        assert await replay(settings_of(database), file, "max", told) == 0
        assert "none refused" in told.summary[0]
    assert [level[0] for level in (await books(database))[0]] == ["20001", "20002"]
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
    connection = await asyncpg.connect(database.superuser_url)
    try:
        rows = await connection.fetch(
            """
            SELECT kind, on_hand_change, allocated_change, reference, reason_code, note, occurred_at::text, unit_cost
            FROM ledger WHERE tenant_id = $1 ORDER BY level_version
            """,
            TENANT.id,
        )
    finally:
        await connection.close()
    assert [tuple(entry)[:6] for entry in rows[1:]] == [
        ("ALLOCATION", 0, 6, "536365", None, None),
        ("PICK", -6, -6, "536365", None, None),
        ("RETURN", 1, 0, "C536379", "returned", None),
        ("ADJUSTMENT", -2, 0, "536589", "damaged", "wet/rusty"),
    ]
    assert [entry["occurred_at"] for entry in rows[1:]] == [
        "2010-12-01 08:30:00+00", "2010-12-01 08:30:00+00", "2010-12-02 08:30:00+00", "2010-12-03 08:30:00+00",
    ]  # fmt: skip
    assert rows[0]["kind"] == "RECEIPT"
    assert str(rows[0]["unit_cost"]) == "1.50"


async def test_a_line_that_cannot_be_served_is_counted_and_its_cancellation_brings_nothing_back(
    database: Addresses, tmp_path: Path
) -> None:
    told = Told()
    file = write(
        tmp_path / "sales.csv",
        row("1", "20001", 6, 0),
        row("2", "20002", 2, 0),
        row("3", "20001", 50_000, 30),
        row("3", "20002", 1, 30),
        row("C4", "20001", -50_000, 31),
        row("C4", "20002", -1, 31),
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    report = "\n".join(told.summary)
    assert "3 with 4 lines: 3 served (9 units), 1 refused (1 INSUFFICIENT_STOCK)" in report
    assert "1 lines, none refused; 1 more undid lines that had not been served" in report


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[dict[str, tuple[int, int]]]:
    """SKU -> (available, version) as a watcher of the retailer holds them; complete when the context is left."""
    tools = Tools(settings, (), Executor(build_schema(), report_fault=lambda _: None), Metrics(), None)
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
