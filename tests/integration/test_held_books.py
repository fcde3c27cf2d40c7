"""Tenants whose books somebody else holds, or whose demand cannot be added up: they wait, and nobody with them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import pytest
from prometheus_client import REGISTRY

from db import bulk, demand, folding, pool
from db.folding import Folding
from domain.ledger import LedgerKind
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS
from tests.factories.histories import entry
from tests.integration.rollup_world import RollupWorld, open_rollup_world
from workers.rollups import Rollups
from workers.sealing import Sealing

FOLDING_FAILED, SEALING_FAILED = "stockcast_rollup_folding_failed_total", "stockcast_ledger_sealing_failed_total"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FIRST, LAST = sorted([ACME.id, GLOBEX.id])
_ASK = """
INSERT INTO demand_feed (tenant_id, skus, locations, asked, served, moments)
VALUES ($1, '{S}', '{M}', '{2}', '{1}', $2)
"""
_OPEN = """
INSERT INTO rollup_books (tenant_id, time_zone, currency) VALUES ($1, 'Europe/Berlin', 'EUR') ON CONFLICT DO NOTHING
"""
_HOLD = "SELECT FROM rollup_books WHERE tenant_id = $1 FOR UPDATE"
_LEFT = "SELECT count(*) FROM demand_feed GROUP BY tenant_id"
_COUNTED = "SELECT tenant_id FROM demand_daily"


@pytest.fixture
async def world(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RollupWorld]:
    monkeypatch.setitem(pool.SERVER_SETTINGS, "lock_timeout", "100ms")
    async with open_rollup_world(database) as world:
        await bulk.load(world.database, GLOBEX, locations=LOCATIONS)
        await world.sku("MAIN")
        for tenant in (FIRST, LAST):
            await world.outside.execute(_OPEN, tenant)
        yield world


async def counted(world: RollupWorld) -> list[object]:
    return [row[0] for row in await world.outside.fetch(_COUNTED)]


async def test_demand_of_one_tenant_that_cannot_be_added_up_holds_up_no_other(
    world: RollupWorld, caplog: pytest.LogCaptureFixture
) -> None:
    await world.outside.execute(_ASK, FIRST, [None])
    await world.outside.execute(_ASK, LAST, [NOON])
    rollups, failed = Rollups(Folding(world.database, world.session)), REGISTRY.get_sample_value(FOLDING_FAILED)

    for _ in range(2):
        assert not await rollups.turn()

    assert await counted(world) == [LAST]
    assert caplog.text.count(f"demand of tenant {FIRST} cannot be added up") == 1
    assert REGISTRY.get_sample_value(FOLDING_FAILED) == (failed or 0) + 2


async def test_a_tenant_whose_books_are_held_is_folded_later_and_the_others_now(
    world: RollupWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for tenant in (FIRST, LAST):
        await world.outside.execute(_ASK, tenant, [NOON])
    rollups = Rollups(Folding(world.database, world.session))

    async with world.outside.transaction():
        await world.outside.execute(_HOLD, FIRST)
        await rollups.turn()
        assert await counted(world) == [LAST]
    assert f"rollups of tenant {FIRST} go on when its books are free" in caplog.text
    await rollups.turn()

    assert sorted(await counted(world), key=str) == [FIRST, LAST]


async def test_entries_are_sealed_when_the_books_are_free_and_that_is_no_failure(
    world: RollupWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sku = await world.sku("MAIN")
    await world.tell(sku, [("MAIN", entry(LedgerKind.RECEIPT, 1, NOON, 1))])
    sealing, failed = Sealing(world.seals, None), REGISTRY.get_sample_value(SEALING_FAILED)

    async with world.outside.transaction():
        await world.outside.execute(_HOLD, ACME.id)
        assert not await sealing.turn()
    assert f"the ledger of tenant {ACME.id} is sealed when its books are free" in caplog.text
    assert "cannot be sealed" not in caplog.text
    assert REGISTRY.get_sample_value(SEALING_FAILED) == failed
    while await sealing.turn():
        pass

    assert await world.kept(sku) == await world.reckoned(sku)


async def test_demand_of_one_tenant_is_added_up_for_a_turn_and_then_the_next_ones(
    world: RollupWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (demand, folding):
        monkeypatch.setattr(module, "FEED_ROWS_AT_ONCE", 1)
    for tenant in (FIRST, LAST):
        for _ in range(6):
            await world.outside.execute(_ASK, tenant, [NOON])
    ticks = count()
    rollups = Rollups(Folding(world.database, world.session), clock=lambda: next(ticks) * 0.3)

    assert await rollups.turn()

    assert [row[0] for row in await world.outside.fetch(_LEFT)] == [3, 3]
    while await rollups.turn():
        pass
    assert await world.outside.fetch(_LEFT) == []
    assert [row[0] for row in await world.outside.fetch("SELECT asked FROM demand_daily")] == [12, 12]
