"""Rollups on a floor: months are archived, and the tenant's time zone or currency is another one then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from db import keeper
from db.folding import Folding
from db.rollup_check import RollupCheck
from domain.ledger import LedgerKind as K
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.conformance.write_model.rollup_reckoning import rollup_faults
from tests.factories.histories import entry
from tests.integration.rollup_world import FLOOR, HOUR, RollupWorld, open_rollup_world

_ROWS = "SELECT day, on_hand, received, last_at FROM movement_daily WHERE sku = $1 ORDER BY day"


@pytest.fixture(params=[1, 10_000], ids=["entry by entry", "at once"])
async def world(
    database: Addresses, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RollupWorld]:
    """Whose SKUs are folded anew in steps of so many entries."""
    monkeypatch.setattr(keeper, "STEP", request.param)
    async with open_rollup_world(database) as world:
        yield world


async def moved_to(world: RollupWorld, zone: str) -> None:
    await world.outside.execute("UPDATE tenants SET time_zone = $2 WHERE tenant_id = $1", ACME.id, zone)


async def checked(world: RollupWorld, sku: str) -> str | None:
    checked = await RollupCheck(world.database).check(ACME.id, sku)
    assert not checked.waits
    return checked.fault


async def rows(world: RollupWorld, sku: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await world.outside.fetch(_ROWS, sku)]


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Niue"])
async def test_a_change_of_zone_behind_archived_months_loses_nothing_however_often_it_is_folded_anew(
    world: RollupWorld, zone: str
) -> None:
    sku = await world.received_around_an_archive()
    before = (await rows(world, sku))[:2]

    await moved_to(world, zone)
    await world.receive(sku, 4, 1_000, FLOOR + 50 * HOUR)
    assert await rebuilt(world, sku) == 1_111
    await world.receive(sku, 5, 10_000, FLOOR + 14 * HOUR)  # later than one that is folded
    assert await rebuilt(world, sku) == 11_111
    await moved_to(world, "Europe/Berlin")
    await world.receive(sku, 6, 100_000, FLOOR + 60 * HOUR)

    assert await rebuilt(world, sku) == 111_111
    assert (await rows(world, sku))[:2] == before
    assert [row[0] for row in (await rows(world, sku))[2:]] == [date(2026, 4, 2), date(2026, 4, 4)]


async def rebuilt(world: RollupWorld, sku: str) -> object:
    """On hand by the newest row, which stays what it is when all is folded anew, and is right."""
    there = await rows(world, sku)
    assert await checked(world, sku) is None
    await Folding(world.database, world.session).rebuild(ACME.id, sku)
    assert await rows(world, sku) == there
    assert there[-1][1] == there[-1][2]
    return there[-1][1]


async def test_a_zone_that_changes_before_an_archive_is_folded_loses_nothing(world: RollupWorld) -> None:
    sku = await world.sku("MAIN")
    await world.receive(sku, 1, 1, FLOOR - 40 * 24 * HOUR)
    await world.receive(sku, 2, 10, FLOOR - 21 * HOUR)
    await world.receive(sku, 3, 100, FLOOR - 12 * HOUR)

    await moved_to(world, "America/New_York")
    await world.archive()
    await world.receive(sku, 4, 1_000, FLOOR + 90 * HOUR)

    assert await rebuilt(world, sku) == 1_111
    assert await world.outside.fetchval("SELECT floor FROM rollup_books") == FLOOR


async def travelled(world: RollupWorld, sku: str) -> None:
    """On both sides of the floor: received, sold, also before it came, lost, returned, and sent, across it too."""
    began, ended = FLOOR - 40 * 24 * HOUR, FLOOR + 30 * HOUR
    before = [
        ("MAIN", entry(K.RECEIPT, 30, began, 1, "2")),
        ("MAIN", entry(K.PICK, 4, began + HOUR, 2)),
        ("MAIN", entry(K.RETURN, 1, began + 30 * HOUR, 3)),
        ("SHOP", entry(K.PICK, 3, began + 31 * HOUR, 1)),
        ("MAIN", entry(K.WASTE, 2, FLOOR - 12 * HOUR, 4)),
        ("MAIN", entry(K.TRANSFER_OUT, 9, FLOOR - 11 * HOUR, 5, transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 5, FLOOR - 10 * HOUR, 2, transfer="t")),
    ]
    behind = [
        ("SHOP", entry(K.TRANSFER_IN, 4, FLOOR + HOUR, 3, transfer="t")),
        ("MAIN", entry(K.RECEIPT, 5, ended, 6, "7", currency="USD")),
        ("MAIN", entry(K.PICK, 18, ended + HOUR, 7)),
        ("SHOP", entry(K.RECEIPT, 2, ended + 2 * HOUR, 4, "9")),
    ]
    await world.tell(sku, before)
    await world.seal()
    await world.archive()
    await world.tell(sku, behind)
    await world.seal()
    await world.fold()


async def test_a_change_of_currency_behind_archived_months_takes_no_old_cost_for_one_in_the_new(
    world: RollupWorld,
) -> None:
    sku = await world.sku("MAIN", "SHOP")
    await travelled(world, sku)
    assert await world.kept(sku) == await world.reckoned(sku)

    await world.outside.execute("UPDATE tenants SET currency = 'USD' WHERE tenant_id = $1", ACME.id)
    await world.receive(sku, 8, 3, FLOOR + 90 * HOUR)

    # The whole ledger is there still: folded from its beginning, and reckoned another way, in the new currency.
    kept = await world.kept(sku)
    assert kept == await world.reckoned(sku, currency="USD")
    assert await rollup_faults(world.database, world.outside, ACME.id, "USD") == []
    assert {layer.parcel.cost for layers in kept.layers.values() for layer in layers} == {None, 7_0000}
    await Folding(world.database, world.session).rebuild(ACME.id, sku)
    assert await world.kept(sku) == kept


async def test_verify_names_a_level_whose_rows_lack_what_lies_before_the_floor(world: RollupWorld) -> None:
    sku = await world.received_around_an_archive()
    await world.outside.execute("DELETE FROM movement_daily WHERE day = '2026-04-01'")
    await world.outside.execute("DELETE FROM cost_layers WHERE number > 1")
    await Folding(world.database, world.session).rebuild(ACME.id, sku)

    fault = await checked(world, sku)

    assert fault is not None and "location MAIN says on_hand 101 where the ledger comes to 111" in fault
