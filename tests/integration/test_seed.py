"""The demo's data: sown whole or not at all, once, and true to the rules of stock."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from db.pool import Database
from domain.identity import tenant_id
from domain.ledger import NOTHING, LedgerKind
from domain.reservations import ReservationStatus as Status
from domain.tenants import Tenant
from server.demo import seed as sowing
from server.demo.catalogue.items import tenants
from server.demo.history.books import Books, books
from server.demo.seed import seed
from server.embedded.database import Addresses, run
from server.settings import Settings
from tests import servers

UNTIL = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)


def settings_of(database: Addresses) -> Settings:
    return Settings(database_url=database.application_url, migration_database_url=database.owner_url)


def silent(done: int, total: int, what: str = "") -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def made() -> dict[str, Books]:
    """By tenant, played once: a past is many thousands of movements."""
    return {tenant.slug: books(tenant, UNTIL) for tenant in tenants()}


@pytest.fixture(scope="module")
def sown(postgres: servers.Postgres) -> Iterator[Addresses]:
    """Both tenants, sown into an empty database."""
    with postgres.clone() as addresses:
        assert run(seed(settings_of(addresses), silent, UNTIL))
        yield addresses


async def counts(database: Addresses) -> Counter[str]:
    """Rows of each table over all tenants."""
    tables = (
        *("tenants", "items", "locations", "reason_codes", "stock_levels", "ledger", "adjustments", "outbox"),
        *("reservations", "reservation_lines"),
    )
    connection = await asyncpg.connect(database.superuser_url)
    try:
        return Counter({name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables})
    finally:
        await connection.close()


@pytest.mark.parametrize("tenant", tenants(), ids=lambda tenant: tenant.slug)
def test_each_levels_entries_add_up_to_it_and_lie_in_the_books(tenant: Tenant, made: dict[str, Books]) -> None:
    levels = made[tenant.slug].levels
    for level in levels:
        total = NOTHING
        for version, entry in enumerate(level.entries, 1):
            total = total + entry.change
            assert entry.after == total
            assert entry.level_version == version
            assert entry.stamp.occurred_at == entry.stamp.recorded_at <= UNTIL
        assert level.quantities == total
        assert level.version == len(level.entries)
    assert min(entry.stamp.occurred_at for level in levels for entry in level.entries) < UNTIL - timedelta(days=89)


@pytest.mark.parametrize("tenant", tenants(), ids=lambda tenant: tenant.slug)
def test_what_a_level_has_allocated_is_held_by_reservations_of_the_orders_that_its_entries_name(
    tenant: Tenant, made: dict[str, Books]
) -> None:
    its = made[tenant.slug]
    held = Counter[tuple[str, str]]()
    for reservation in its.reservations:
        for sku, location, units in reservation.held:
            held[sku, location] += units
    assert held == {(level.sku, level.location): level.allocated for level in its.levels if level.allocated}
    assert Counter(each.status for each in its.reservations).keys() == {Status.CONFIRMED, Status.COMMITTED}
    promised, left = (
        {
            (entry.cause.reference, level.sku, level.location, abs(entry.change.allocated))
            for level in its.levels
            for entry in level.entries
            if entry.kind is kind
        }
        for kind in (LedgerKind.ALLOCATION, LedgerKind.PICK)
    )
    lines = [(each, line) for each in its.reservations for line in each.lines]
    assert promised == {(each.order.id, line.sku, line.location, line.quantity) for each, line in lines}
    assert left == {(each.order.id, line.sku, line.location, line.committed) for each, line in lines if line.committed}
    assert len({each.order.id for each in its.reservations}) == len(its.reservations)


def test_the_same_moment_gives_the_same_books(made: dict[str, Books]) -> None:
    tenant = tenants()[0]
    assert books(tenant, UNTIL) == made[tenant.slug]


def test_every_correction_by_hand_has_its_record(made: dict[str, Books]) -> None:
    its = made[tenants()[0].slug]
    kinds = Counter(entry.kind.value for level in its.levels for entry in level.entries)
    assert len(its.adjustments) == kinds["ADJUSTMENT"] + kinds["COUNT"] > 0


async def test_both_tenants_are_sown_once(sown: Addresses, made: dict[str, Books]) -> None:
    there = await counts(sown)
    assert (there["tenants"], there["outbox"]) == (2, 0)
    assert there["items"] >= 500
    assert there["ledger"] == sum(each.entry_count for each in made.values())
    assert there["reservations"] == sum(len(each.reservations) for each in made.values())
    assert not await seed(settings_of(sown), silent, UNTIL + timedelta(days=1))
    assert await counts(sown) == there


async def test_sums_of_the_ledger_are_the_levels_in_the_database_too(sown: Addresses) -> None:
    connection = await asyncpg.connect(sown.superuser_url)
    try:
        wrong = await connection.fetch(
            """
            SELECT level.sku, level.location FROM stock_levels AS level
            LEFT JOIN (
                SELECT tenant_id, sku, location, sum(on_hand_change) AS on_hand, sum(allocated_change) AS allocated,
                    sum(unavailable_change) AS unavailable, max(level_version) AS version
                FROM ledger GROUP BY 1, 2, 3
            ) AS entries USING (tenant_id, sku, location)
            WHERE (entries.on_hand, entries.allocated, entries.unavailable, entries.version)
                IS DISTINCT FROM (level.on_hand, level.allocated, level.unavailable, level.version)
            """
        )
    finally:
        await connection.close()
    assert wrong == []


async def test_a_tenant_that_fails_half_way_leaves_nothing_and_is_sown_by_the_next_run(
    database: Addresses, monkeypatch: pytest.MonkeyPatch, made: dict[str, Books]
) -> None:
    first, second = tenants()
    sow = sowing.load

    async def failing(pool: Database, tenant: Tenant, **parts: object) -> None:
        if tenant.slug == second.slug:
            parts["adjustments"] = [*parts["adjustments"], *parts["adjustments"][:1]]  # type: ignore[misc, index]
        await sow(pool, tenant, **parts)  # type: ignore[arg-type]

    monkeypatch.setattr(sowing, "books", lambda tenant, _: made[tenant.slug])
    with monkeypatch.context() as patched:
        patched.setattr(sowing, "load", failing)
        with pytest.raises(asyncpg.UniqueViolationError):
            await seed(settings_of(database), silent, UNTIL)
    assert (await counts(database))["tenants"] == 1
    assert await seed(settings_of(database), silent, UNTIL)
    assert (await counts(database))["tenants"] == 2
    assert await _entries_of(database, first.slug) == made[first.slug].entry_count


async def _entries_of(database: Addresses, slug: str) -> int:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        return await connection.fetchval("SELECT count(*) FROM ledger WHERE tenant_id = $1", tenant_id(slug))
    finally:
        await connection.close()
