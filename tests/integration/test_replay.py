"""Replaying sales: what the file says becomes stock, once, in order, and a watcher sees all of it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

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
from server.replay.run import TENANT, replay
from server.settings import Settings
from services.live import LevelStreamFilter, StreamEventType
from tests import servers
from tests.integration.sales import SKUS, Told, books, fetch, row, season, settings_of, write


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
    async with asyncio.timeout(60):
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
