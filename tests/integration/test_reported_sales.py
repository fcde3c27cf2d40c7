"""Reports of a retailer whose sales were replayed: to the unit and the cent what its raw ledger comes to."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from db.ledger import COLUMNS, entry_from
from db.ledger_seals import Seals
from db.pool import Database
from db.read_models import PostgresReads
from db.worker_session import WorkerSession
from domain.access import Scope
from domain.ledger import LedgerEntry
from domain.periods import Books, Period
from server.embedded.database import Addresses
from server.replay.run import TENANT, replay
from services.insight_ports import ReportFilter, ReportGroupBy
from tests.integration.reported_firm import Expected, bucketed, figures
from tests.integration.sales import Told, season, settings_of
from tests.integration.test_reports import aged, all_pages, shown
from tests.reckoning import reckoned
from tests.shelves import lying

BOOKS = Books(TENANT.time_zone, TENANT.currency)
BOUNDS = (7, 30, 60)
#: Four months of real sales, in the long form.
RETAIL_FILE = os.environ.get("RETAIL_FILE") if os.environ.get("FAULTS_LONG") else None


@pytest.mark.parametrize(
    "kind",
    [
        "made up",
        pytest.param(
            "real",
            marks=pytest.mark.skipif(
                not RETAIL_FILE, reason="the real sales are compared in the long form, where RETAIL_FILE names them"
            ),
        ),
    ],
)
async def test_every_figure_of_the_retailers_is_what_its_ledger_comes_to(
    database: Addresses, tmp_path: Path, kind: str
) -> None:
    file = season(tmp_path / "sales.csv") if kind == "made up" else Path(RETAIL_FILE or "")
    assert await replay(settings_of(database), file, "max", Told()) == 0
    pool = await Database.connect(database.application_url, size=2)
    try:
        await _sum_up(pool)
        entries = await _entries(database)
        await _compare(PostgresReads(pool), entries)
    finally:
        await pool.close()


async def _sum_up(pool: Database) -> None:
    session = WorkerSession(pool)
    seals = Seals(pool, session)
    while await seals.seal(TENANT.id):
        pass
    await session.close()


async def _entries(database: Addresses) -> dict[str, dict[str, list[LedgerEntry]]]:
    """Of each SKU at each location."""
    columns = ", ".join(COLUMNS)
    outside = await asyncpg.connect(database.superuser_url)
    try:
        rows = await outside.fetch(f"SELECT sku, location, {columns} FROM ledger WHERE tenant_id = $1", TENANT.id)
    finally:
        await outside.close()
    found: dict[str, dict[str, list[LedgerEntry]]] = {}
    for sku, location, *values in rows:
        found.setdefault(sku, {}).setdefault(location, []).append(entry_from(values))
    return found


async def _compare(reads: PostgresReads, entries: dict[str, dict[str, list[LedgerEntry]]]) -> None:
    moments = [each.stamp.occurred_at for of_sku in entries.values() for at in of_sku.values() for each in at]
    first, last = BOOKS.days.of(min(moments)), BOOKS.days.of(max(moments))
    levels = {
        (sku, place): told for sku, at in entries.items() for place, told in reckoned(at, TENANT.currency).items()
    }
    expected, scope = Expected(levels, entries), Scope(TENANT.id)
    for period in (Period(first, last, BOOKS), Period(first + timedelta(days=9), last - timedelta(days=5), BOOKS)):
        whole = await reads.health.whole(scope, ReportFilter(), period)
        assert whole.complete
        assert shown(whole.health.metrics) == expected.metrics(period.span, list(levels))
        assert whole.health.metrics.units_sold > 0
        groups = await all_pages(
            lambda page, period=period: reads.health.groups(scope, ReportFilter(), period, ReportGroupBy.SKU, page), 250
        )
        for group in groups:
            places = [place for place in levels if place[0] == group.key]
            assert shown(group.health.metrics) == expected.metrics(period.span, places), group.key
    await _compare_ages(reads, entries, scope, max(moments) - timedelta(days=3, hours=5))


async def _compare_ages(
    reads: PostgresReads, entries: dict[str, dict[str, list[LedgerEntry]]], scope: Scope, at: datetime
) -> None:
    for moment in (at, BOOKS.days.start(BOOKS.days.of(at))):
        rows = await all_pages(
            lambda page, moment=moment: reads.aging.groups(
                scope, ReportFilter(), BOOKS, moment, BOUNDS, ReportGroupBy.SKU, page
            ),
            250,
        )
        found = {row.key: aged(row) for row in rows}
        for sku, at_sku in entries.items():
            pieces = [each for pile in lying(at_sku, moment, TENANT.currency).values() for each in pile]
            wanted = [figures(each, moment) for each in bucketed(pieces, moment, BOUNDS)]
            assert found.get(sku, wanted if not pieces else None) == wanted, sku
