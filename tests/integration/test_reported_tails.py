"""Tails of reports on PostgreSQL: what of them waits to be summed up, and what it costs to read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from db.layers import layer_from
from db.pool import Database
from db.read_models import PostgresReads, fed_entries
from domain.access import Scope
from domain.aging import BUCKETS
from domain.health import HealthTotals
from domain.ledger import LedgerKind
from domain.periods import Books, Period
from server.embedded.database import Addresses
from services.insight_ports import ReportFilter, ReportGroupBy, WholeAging
from services.pages import PageRequest
from tests.conformance.units_worlds import ACME
from tests.factories.histories import entry
from tests.integration.rollup_world import RollupWorld, open_rollup_world

BOOKS = Books("Europe/Berlin", "EUR")
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCOPE = Scope(ACME.id)
PERIOD = Period(date(2026, 3, 1), date(2026, 3, 31), BOOKS)
LAYERS = 30
EVERYTHING = ReportFilter()


@pytest.fixture
async def world(database: Addresses) -> AsyncIterator[RollupWorld]:
    async with open_rollup_world(database) as world:
        yield world


async def told(world: RollupWorld, sku: str, kind: LedgerKind, number: int, after: int = 0) -> None:
    """Entries of one unit each."""
    entries = [
        ("MAIN", entry(kind, 1, BEGIN + timedelta(minutes=n), n + 1, "2" if kind is LedgerKind.RECEIPT else None))
        for n in range(after, after + number)
    ]
    await world.tell(sku, entries)


async def stocked(world: RollupWorld) -> str:
    """A SKU with so many layers, all of them summed up."""
    sku = await world.sku("MAIN")
    await told(world, sku, LedgerKind.RECEIPT, LAYERS)
    await world.seal()
    return sku


async def aging(world: RollupWorld, filter: ReportFilter = EVERYTHING, scope: Scope = SCOPE) -> WholeAging:
    at = BEGIN + timedelta(days=1)
    return await PostgresReads(world.database).aging.whole(scope, filter, BOOKS, at, BUCKETS)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The layers that were read to be continued."""
    found: list[object] = []

    def noting(values: Sequence[object]) -> object:
        found.append(values)
        return layer_from(values)

    monkeypatch.setattr(fed_entries, "layer_from", noting)
    return found


async def test_the_layers_of_a_level_are_read_once_however_many_of_its_entries_wait(
    world: RollupWorld, parsed: list[object]
) -> None:
    sku = await stocked(world)
    await told(world, sku, LedgerKind.PICK, 20, LAYERS)
    assert (await aging(world)).group.total.units == LAYERS - 20
    assert len(parsed) == LAYERS


@pytest.mark.parametrize(
    ("filter", "scope"),
    [
        (ReportFilter(locations=["WEST"]), SCOPE),
        (ReportFilter(categories=["tents"]), SCOPE),
        (ReportFilter(), Scope(ACME.id, "nobody")),
        (ReportFilter(skus=[]), SCOPE),
    ],
)
async def test_what_waits_of_other_stock_is_not_read_for_a_report(
    world: RollupWorld, parsed: list[object], filter: ReportFilter, scope: Scope
) -> None:
    sku = await stocked(world)
    await told(world, sku, LedgerKind.PICK, 5, LAYERS)
    assert (await aging(world, filter, scope)).group.total.units == 0
    assert parsed == []
    mine = ReportFilter(skus=[sku], locations=["MAIN"])
    assert (await aging(world, mine)).group.total.units == LAYERS - 5
    assert len(parsed) == LAYERS


async def test_both_reports_tell_that_stock_is_still_being_summed_up_anew(world: RollupWorld) -> None:
    sku, other = await stocked(world), await stocked(world)
    health = PostgresReads(world.database).health
    assert (await aging(world)).complete
    await world.forget()
    await world.outside.execute("INSERT INTO rollup_queue VALUES ($1, $2, '0001-01-03Z')", ACME.id, sku)
    assert not (await aging(world)).complete
    assert not (await health.whole(SCOPE, ReportFilter(), PERIOD)).complete
    assert not (await aging(world, ReportFilter(skus=[sku]))).complete
    assert (await aging(world, ReportFilter(skus=[other]))).complete


@pytest.mark.parametrize("change", ["time_zone = 'America/New_York'", "currency = 'USD'"])
async def test_no_report_is_complete_while_its_books_are_in_other_terms_than_its_tenant(
    world: RollupWorld, change: str
) -> None:
    await stocked(world)
    health = PostgresReads(world.database).health
    assert (await health.whole(SCOPE, ReportFilter(), PERIOD)).complete
    await world.outside.execute(f"UPDATE tenants SET {change} WHERE tenant_id = $1", ACME.id)
    assert not (await aging(world)).complete
    assert not (await health.whole(SCOPE, ReportFilter(), PERIOD)).complete


async def test_a_report_of_more_than_is_read_of_what_waits_says_so(
    world: RollupWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = await stocked(world)
    await told(world, sku, LedgerKind.PICK, 5, LAYERS)
    assert (await aging(world)).complete
    monkeypatch.setattr(fed_entries, "ENTRIES_MAX", 5)
    assert not (await aging(world)).complete


async def test_the_parts_of_a_report_tell_of_one_moment_whatever_is_written_and_summed_up_meanwhile(
    world: RollupWorld, parsed: list[object], database: Addresses
) -> None:
    sku, other, first = await stocked(world), await stocked(world), PageRequest(10)
    await told(world, sku, LedgerKind.PICK, 2, LAYERS)
    pool = await Database.connect(database.application_url, size=2)
    reads, at = PostgresReads(pool), BEGIN + timedelta(days=1)
    now = Period(PERIOD.first, BOOKS.days.of(datetime.now(UTC)), BOOKS)
    aged = SCOPE, EVERYTHING, BOOKS, at, BUCKETS
    async with reads.at_one_moment(ACME.id) as reports:
        health, aging_ = reports.health, reports.aging
        whole = (await health.whole(SCOPE, EVERYTHING, now)).health
        units = (await aging_.whole(*aged)).group.total.units
        await told(world, sku, LedgerKind.PICK, 3, LAYERS + 2)
        await told(world, other, LedgerKind.PICK, 5, LAYERS)
        await world.seal()
        await told(world, sku, LedgerKind.PICK, 4, LAYERS + 5)
        of_skus = await health.groups(SCOPE, EVERYTHING, now, ReportGroupBy.SKU, first)
        [part] = await health.series(SCOPE, EVERYTHING, [now])
        assert sum((edge.node.health.totals for edge in of_skus.edges), HealthTotals()) == whole.totals == part.totals
        assert {edge.node.health.span for edge in of_skus.edges} == {whole.span} == {part.span}
        dead = await health.dead_stock(SCOPE, EVERYTHING, now, 1, first)
        assert sorted(edge.node.on_hand for edge in dead.edges) == [LAYERS - 2, LAYERS]
        rows = await aging_.groups(*aged, ReportGroupBy.SKU, first)
        assert [edge.node.total.units for edge in rows.edges] == [LAYERS - 2, LAYERS]
        assert units == 2 * LAYERS - 2
    await pool.close()
    assert len(parsed) == LAYERS
    assert (await aging(world)).group.total.units == 2 * LAYERS - 14


async def test_a_report_is_read_though_the_first_connection_it_is_given_had_died(world: RollupWorld) -> None:
    await stocked(world)
    await aging(world)
    await world.outside.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'stockcast'"
    )
    async with PostgresReads(world.database).at_one_moment(ACME.id) as reads:
        whole = await reads.aging.whole(SCOPE, EVERYTHING, BOOKS, BEGIN + timedelta(days=1), BUCKETS)
    assert whole.group.total.units == LAYERS
