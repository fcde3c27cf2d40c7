"""A SKU that is folded by itself, step by step: nothing is lost between two steps, and nobody waits for all of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import pytest

from db import keeper, rollup_entries
from db.folding import Folding
from db.ledger_seals import BY_INDEX_NOW
from db.rollup_entries import OF_LEVEL, OVERDUE
from domain.ledger import LedgerKind as K
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME
from tests.factories.histories import entry
from tests.integration.rollup_world import RollupWorld, open_rollup_world
from workers.rollups import Rollups

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = 6
_SINCE = "SELECT since FROM rollup_queue WHERE sku = $1"


@pytest.fixture
async def world(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RollupWorld]:
    monkeypatch.setattr(keeper, "STEP", 4)
    async with open_rollup_world(database) as world:
        yield world


@pytest.fixture
def folding(world: RollupWorld) -> Folding:
    return Folding(world.database, world.session)


async def stocked(world: RollupWorld) -> str:
    """A SKU with three entries on each of six days, at two places."""
    sku = await world.sku("MAIN", "SHOP")
    at = [NOON + number * DAY for number in range(DAYS)]
    await world.tell(
        sku,
        [
            told
            for day, noon in enumerate(at)
            for told in (
                ("MAIN", entry(K.RECEIPT, 10, noon, 2 * day + 1, "2")),
                ("MAIN", entry(K.TRANSFER_OUT, 4, noon + HOUR, 2 * day + 2, transfer=f"t{day}")),
                ("SHOP", entry(K.TRANSFER_IN, 4, noon + 2 * HOUR, day + 1, transfer=f"t{day}")),
            )
        ],
    )
    await world.seal()
    return sku


async def queued(world: RollupWorld, *skus: str) -> None:
    for sku in skus:
        await world.outside.execute("INSERT INTO rollup_queue VALUES ($1, $2, $3)", ACME.id, sku, NOON - DAY)


async def test_a_step_ends_with_a_day_and_rows_of_later_days_stand_until_theirs(
    world: RollupWorld, folding: Folding
) -> None:
    sku = await stocked(world)
    right = await world.kept(sku)
    await world.outside.execute("UPDATE movement_daily SET out_time = out_time + 1")
    spoilt = await world.kept(sku)
    await queued(world, sku)

    for step in range(1, DAYS):
        assert await folding.fold(ACME.id, sku) == (3, True)
        kept, until = await world.kept(sku), NOON + step * DAY
        assert await world.outside.fetchval(_SINCE, sku) == until.replace(hour=0) - 2 * HOUR  # a midnight of Berlin
        assert kept.levels == {key: (right if key[1] < until.date() else spoilt).levels[key] for key in right.levels}

    assert await folding.fold(ACME.id, sku) == (3, False)
    assert await world.kept(sku) == right
    assert await folding.fold(ACME.id, sku) == (0, False)


async def test_a_step_is_as_large_as_what_happened_at_one_moment_and_else_ends_between_two(
    world: RollupWorld, folding: Folding
) -> None:
    sku = await world.sku("MAIN")
    await world.tell(sku, [("MAIN", entry(K.RECEIPT, 1, NOON, n + 1, "2")) for n in range(9)])
    await world.tell(sku, [("MAIN", entry(K.PICK, 1, NOON + n * HOUR, n + 9)) for n in range(1, 8)])
    await world.seal()
    right = await world.kept(sku)
    await queued(world, sku)

    steps = [await folding.fold(ACME.id, sku) for _ in range(3)]

    assert steps == [(9, True), (4, True), (3, False)]
    assert await world.kept(sku) == right == await world.reckoned(sku)


@pytest.mark.parametrize("steps", [1, 3, DAYS])
async def test_what_is_told_between_two_steps_is_folded_once_wherever_it_happened(
    world: RollupWorld, folding: Folding, steps: int
) -> None:
    sku = await stocked(world)
    await queued(world, sku)
    for _ in range(steps):
        await folding.fold(ACME.id, sku)
    late = [("MAIN", entry(K.RECEIPT, 5, NOON + day * DAY + 3 * HOUR, 2 * DAYS + day, "7")) for day in (9, 4, 1)]

    for each in late:
        await world.tell(sku, [each])
        await folding.fold(ACME.id, sku)  # while it waits to be sealed
        await world.seal()
    while (await folding.fold(ACME.id, sku)).more:
        pass

    assert await world.queued() == []
    assert await world.kept(sku) == await world.reckoned(sku)


async def test_a_sku_that_sells_on_is_folded_to_its_end_though_a_day_of_it_takes_many_steps(
    world: RollupWorld, folding: Folding
) -> None:
    sku, minute, numbers = await world.sku("MAIN"), timedelta(minutes=1), count(1)

    async def receive(times: int) -> None:
        told = [("MAIN", entry(K.RECEIPT, 1, NOON + n * minute, n, "2")) for n in islice(numbers, times)]
        await world.tell(sku, told)
        await world.seal()

    await receive(20)
    await queued(world, sku)
    for _ in range(8):  # of four entries each
        await folding.fold(ACME.id, sku)
        await receive(1)

    assert await world.queued() == []
    assert await world.kept(sku) == await world.reckoned(sku)


async def test_a_rebuild_that_ends_in_the_midst_is_gone_on_with_by_the_worker(
    world: RollupWorld, folding: Folding, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = await stocked(world)
    await world.outside.execute("UPDATE cost_layers SET unit_cost = 7")
    fold, left = folding.fold, count()

    async def dying(*asked: object) -> object:
        if next(left) == 2:
            raise KeyboardInterrupt
        return await fold(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(folding, "fold", dying)
    with pytest.raises(KeyboardInterrupt):
        await folding.rebuild(ACME.id, sku)
    assert await world.queued() == [sku]
    worker = Rollups(Folding(world.database, world.session))
    while await worker.turn():
        pass

    assert await world.kept(sku) == await world.reckoned(sku)


async def test_a_turn_ends_between_two_steps_and_a_large_sku_holds_up_no_other(
    world: RollupWorld, folding: Folding
) -> None:
    large, small = await stocked(world), await world.sku("MAIN")
    await world.tell(small, [("MAIN", entry(K.RECEIPT, 1, NOON, 1))])
    await world.seal()
    await queued(world, large, small)
    ticks = count()
    rollups = Rollups(folding, clock=lambda: next(ticks) * 0.3)

    assert await rollups.turn()
    assert await world.queued() == [large]
    turns = 1
    while await rollups.turn():
        turns += 1

    assert turns > 1
    assert await world.queued() == []
    assert await world.kept(large) == await world.reckoned(large)


@pytest.mark.parametrize("sql", [OF_LEVEL, OVERDUE], ids=["of a level", "overdue"])
async def test_entries_are_read_in_their_order_by_an_index_and_no_history_is_sorted(
    world: RollupWorld, sql: str
) -> None:
    location = "'MAIN', " if sql == OF_LEVEL else ""
    async with world.database.acquire(ACME.id) as connection, connection.transaction():
        await connection.execute(f"{BY_INDEX_NOW}; PREPARE asked AS {sql}")
        asked = f"EXPLAIN (FORMAT JSON) EXECUTE asked('{ACME.id}', 'SKU-1', {location}'{NOON - DAY}')"
        plan = json.loads(await connection.fetchval(asked) or "")
        await connection.execute("DEALLOCATE asked")
    nodes = list(nodes_of(plan[0]["Plan"]))
    assert {node["Node Type"] for node in nodes if "Relation Name" in node} == {"Index Scan"}
    assert "Sort" not in {node["Node Type"] for node in nodes}
    in_order = "entry.occurred_at" if sql == OF_LEVEL else "overdue.counted_at"
    assert [node["Presorted Key"] for node in nodes if "Presorted Key" in node] == [[in_order]]


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)


async def test_what_comes_late_waits_where_much_waits_to_be_sealed(
    world: RollupWorld, folding: Folding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup_entries, "FEED_ROWS_MAX", 1)
    sku = await stocked(world)
    for version, at in enumerate([NOON, NOON + DAY], 2 * DAYS + 1):
        await world.tell(sku, [("MAIN", entry(K.COUNT, 1, at + 5 * HOUR, version))])
        await world.seal()
    assert await world.queued() == []
    other = await world.sku("MAIN")
    await world.tell(sku, [("MAIN", entry(K.COUNT, 1, NOON + 6 * HOUR, 2 * DAYS + 3))])
    for version in (1, 2):
        await world.tell(other, [("MAIN", entry(K.COUNT, 1, NOON, version))])

    await world.seals.seal(ACME.id, entries=1)
    assert await world.queued() == [sku]
    await world.seal()
    while (await folding.fold(ACME.id, sku)).more:
        pass

    assert await world.kept(sku) == await world.reckoned(sku)
    assert await world.kept(other) == await world.reckoned(other)
