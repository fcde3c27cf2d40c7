"""Tails of reports on PostgreSQL: what of them waits to be summed up, and what it costs to read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from db.layers import layer_from
from db.read_models import PostgresReads, fed_entries
from domain.access import Scope
from domain.aging import BUCKETS
from domain.ledger import LedgerKind
from domain.periods import Books, Period
from server.embedded.database import Addresses
from services.insight_ports import ReportFilter, WholeAging
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
