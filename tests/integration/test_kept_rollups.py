"""Rollups and layers on PostgreSQL: whatever the order in which entries come, they say what the whole ledger does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from db import keeper
from db.folding import Folding
from db.rollup_check import RollupCheck
from domain.ledger import LedgerKind
from server.cli import app
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.factories.histories import Told, entries, entry, histories
from tests.integration.rollup_world import RollupWorld, open_rollup_world
from workers.rollups import Rollups

#: A little over four days, to the hour, so that some fall on a midnight or on each other, or to the microsecond.
_histories = histories(timedelta(hours=1), 100) | histories(timedelta(microseconds=1_234_567_891), 300)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
K = LedgerKind


@pytest.fixture
async def world(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RollupWorld]:
    monkeypatch.setenv("DATABASE_URL", database.application_url)
    async with open_rollup_world(database) as world:
        yield world


async def fold(world: RollupWorld) -> None:
    """What the sealing left."""
    rollups = Rollups(Folding(world.database, world.session))
    while await rollups.turn():
        pass


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["rollups", *arguments, "--tenant", "acme"])


async def stocked(world: RollupWorld, locations: tuple[str, ...] = ("MAIN", "SHOP")) -> str:
    """A SKU that was received, sold, sent from one place to the other in parts, and returned, over four days."""
    sku = await world.sku(*locations)
    told = [
        ("MAIN", entry(K.RECEIPT, 10, NOON, 1, "2")),
        ("MAIN", entry(K.PICK, 4, NOON + HOUR, 2)),
        ("MAIN", entry(K.RECEIPT, 30, NOON + DAY, 3, "4")),
        ("MAIN", entry(K.TRANSFER_OUT, 20, NOON + DAY + HOUR, 4, transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 8, NOON + 2 * DAY, 1, transfer="t")),
        ("SHOP", entry(K.PICK, 3, NOON + 2 * DAY + HOUR, 2)),
        ("SHOP", entry(K.TRANSFER_IN, 12, NOON + 3 * DAY, 3, transfer="t")),
        ("SHOP", entry(K.RETURN, 1, NOON + 3 * DAY + HOUR, 4)),
    ]
    await world.tell(sku, told)
    return sku


@given(_histories, st.integers(1, 5))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_rows_and_layers_are_those_of_the_whole_ledger_in_order_however_its_entries_came(
    world: RollupWorld, told: list[Told], at_once: int
) -> None:
    sku = await world.sku("MAIN", "SHOP")
    arriving = entries(told)
    for start in range(0, len(arriving), at_once):
        await world.tell(sku, arriving[start : start + at_once])
        await world.seal()
        assert await world.kept(sku) == await world.reckoned(sku)


@given(_histories)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_a_sku_that_is_folded_by_itself_some_entries_at_a_time_comes_to_the_same(
    world: RollupWorld, monkeypatch: pytest.MonkeyPatch, told: list[Told]
) -> None:
    monkeypatch.setattr(keeper, "STEP", 3)
    monkeypatch.setattr(keeper, "CHUNK", 3)
    monkeypatch.setattr(keeper, "READ_AGAIN_MAX", 0)
    sku = await world.sku("MAIN", "SHOP")
    arriving = entries(told)
    for start in range(0, len(arriving), 4):
        await world.tell(sku, arriving[start : start + 4])
        await world.seal()
        await Folding(world.database, world.session).fold(ACME.id, sku)  # and more comes in the midst of it
    await fold(world)
    assert await world.kept(sku) == await world.reckoned(sku)
    checked = await RollupCheck(world.database).check(ACME.id, sku)
    assert checked.fault is None and checked.entries == len(arriving)


async def test_entries_that_wait_to_be_sealed_are_in_no_row_whatever_is_folded_meanwhile(world: RollupWorld) -> None:
    sku = await stocked(world)
    await world.seal()
    before = await world.kept(sku)
    await world.tell(sku, [("MAIN", entry(K.PICK, 1, NOON + 4 * DAY, 5))])

    assert (await run("rebuild")).exit_code == 0
    assert await world.kept(sku) == before
    await world.seal()

    assert await world.kept(sku) == await world.reckoned(sku) != before


async def test_what_the_ledger_held_before_anything_was_folded_is_folded_by_the_worker(world: RollupWorld) -> None:
    skus = [await stocked(world) for _ in range(3)]
    await world.seal()
    kept = [await world.kept(sku) for sku in skus]
    await world.forget()
    other = await stocked(world)

    await world.seal()
    assert (await world.kept(skus[0])).levels == {}
    assert await world.queued() == sorted([*skus, other])
    await fold(world)

    assert [await world.kept(sku) for sku in skus] == kept
    assert await world.kept(other) == await world.reckoned(other)
    assert await world.queued() == []


async def test_a_change_of_the_tenants_time_zone_or_currency_folds_every_sku_anew(world: RollupWorld) -> None:
    sku = await stocked(world)
    await world.seal()
    await world.outside.execute("UPDATE tenants SET time_zone = 'Pacific/Auckland' WHERE tenant_id = $1", ACME.id)
    late = [("MAIN", entry(K.PICK, 1, NOON - DAY, 5))]
    await world.tell(sku, late)

    await world.seal()
    await fold(world)
    assert await world.kept(sku) == await world.reckoned(sku, "Pacific/Auckland")

    await world.outside.execute("UPDATE tenants SET currency = 'USD' WHERE tenant_id = $1", ACME.id)
    await world.tell(sku, [("MAIN", entry(K.PICK, 1, NOON + 5 * DAY, 6))])
    await world.seal()
    await fold(world)
    kept = await world.kept(sku)
    assert kept == await world.reckoned(sku, "Pacific/Auckland", "USD")
    assert {level.value for level in kept.levels.values()} == {0}


@pytest.mark.parametrize("first", [2 * DAY, timedelta()], ids=["in the midst of a transfer", "before it"])
async def test_what_comes_late_for_a_sku_that_waits_to_be_folded_is_folded_with_it(
    world: RollupWorld, monkeypatch: pytest.MonkeyPatch, first: timedelta
) -> None:
    sku = await stocked(world)
    await world.seal()
    monkeypatch.setattr(keeper, "READ_AGAIN_MAX", 0)
    for version, at in ((5, NOON + first), (6, NOON + 9 * DAY), (7, NOON + first - 2 * HOUR), (8, NOON - DAY + first)):
        await world.tell(sku, [("SHOP", entry(K.COUNT, 2, at, version))])
        await world.seal()
        if version == 6:
            assert await world.queued() == [sku]
            await fold(world)
            assert await world.kept(sku) == await world.reckoned(sku)
    assert await world.queued() == [sku]

    await fold(world)

    assert await world.kept(sku) == await world.reckoned(sku)


async def test_one_sku_that_cannot_be_folded_holds_up_neither_the_seals_nor_the_others(
    world: RollupWorld, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = [await stocked(world) for _ in range(2)]
    await world.tell(bad, [("MAIN", entry(K.PICK, 1, NOON + HOUR, 2))])  # a version that was there already

    await world.seal()
    assert "cannot be folded into its rollups now" in caplog.text
    assert await world.queued() == sorted([bad, good])
    await fold(world)

    assert await world.queued() == [bad]
    assert await world.kept(good) == await world.reckoned(good)
    assert f"rollups of {bad}" in caplog.text


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("UPDATE movement_daily SET out_time = out_time + 1", "says out_time"),
        ("DELETE FROM movement_daily WHERE location = 'MAIN'", "is missing"),
        ("INSERT INTO cost_layers SELECT tenant_id, sku, location, 99, 9, entered_at, 1, received_at, origin "
         "FROM cost_layers LIMIT 1", "is of nothing in the ledger"),
        ("UPDATE transit_daily SET value = 7", "says value 7"),
        ("UPDATE transit_layers SET unit_cost = 7", "says unit_cost 7"),
    ],
)  # fmt: skip
async def test_verify_names_the_first_row_that_is_not_what_the_ledger_comes_to_and_rebuild_mends_it(
    world: RollupWorld, spoil: str, told: str
) -> None:
    sku = await stocked(world)
    await world.seal()
    assert (await run("verify")).output.splitlines()[-1] == "acme: in order: 8 entries of 1 SKUs folded again."
    await world.outside.execute(spoil)

    verified = await run("verify")
    assert verified.exit_code == 1
    assert f"1 of them are kept otherwise, the first: {sku}: the row of " in verified.output
    assert told in verified.output

    rebuilt = await run("rebuild", "--sku", sku)
    assert (rebuilt.exit_code, rebuilt.output.splitlines()[-1]) == (0, "acme: 8 entries of 1 SKUs folded.")
    assert (await run("verify")).exit_code == 0
    assert await world.kept(sku) == await world.reckoned(sku)


async def test_a_tenant_or_a_sku_that_is_not_there_is_told_with_the_option_to_look_at(world: RollupWorld) -> None:
    await stocked(world)
    assert "never had: see that --sku is right" in (await run("verify", "--sku", "none")).output
    other = await asyncio.to_thread(CliRunner().invoke, app, ["rollups", "verify", "--tenant", "nobody"])
    assert "see that --tenant is right" in other.output
