"""Reading the states that streams begin with: who fails, waits or leaves holds up nobody else."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from domain.access import Scope
from domain.levels import LevelState
from services.live import LevelStreamFilter
from services.ports import Unavailable
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.levels import Levels
from subscriptions.hub.snapshots import READS_AT_ONCE, READS_OF_A_VENDOR, SnapshotFailed, Snapshots
from subscriptions.hub.watch_group import GroupKey, group_key
from subscriptions.outage import Outage
from tests.fakes.live import PATIENCE_S, SCOPE, FakeLevelSnapshots, eventually


class Stock(FakeLevelSnapshots):
    """Away for whoever asks for a SKU that is away; `reading` are the reads under way."""

    reading = 0

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]:
        if filter.skus and filter.skus[0].startswith("AWAY"):
            self.reads += 1
            raise Unavailable("no connection")
        self.reading += 1
        try:
            return await super().snapshot(scope, filter)
        finally:
            self.reading -= 1


class Pauses:
    """Of an outage: each lasts until it is let on."""

    def __init__(self) -> None:
        self.begun = 0
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.begun += 1
        await self.over.wait()


@pytest.fixture
def stock() -> Stock:
    return Stock()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def snapshots(pauses: Pauses) -> Snapshots:
    return Snapshots(Outage("the database", Random(1), sleep=pauses), Random(1))


@pytest.fixture
def levels(stock: Stock) -> Levels:
    return Levels(stock)


def of(levels: Levels, sku: str) -> GroupKey:
    return group_key(levels, SCOPE, LevelStreamFilter(skus=[sku]))


async def test_reads_that_pause_leave_their_places_to_others(
    snapshots: Snapshots, pauses: Pauses, levels: Levels
) -> None:
    away = [asyncio.ensure_future(snapshots.read(of(levels, f"AWAY-{number}"))) for number in range(READS_AT_ONCE + 1)]
    await eventually(lambda: pauses.begun == len(away))
    async with asyncio.timeout(PATIENCE_S):
        await snapshots.read(of(levels, "TENT"))
    await snapshots.close()
    await asyncio.wait(away)


async def test_only_so_many_are_read_at_once(snapshots: Snapshots, stock: Stock, levels: Levels) -> None:
    stock.gate = asyncio.Event()
    reads = [asyncio.ensure_future(snapshots.read(of(levels, str(number)))) for number in range(READS_AT_ONCE * 3)]
    await eventually(lambda: stock.reading == READS_AT_ONCE)
    for _ in range(10):
        await asyncio.sleep(0)
    assert stock.reading == READS_AT_ONCE
    stock.gate.set()
    await asyncio.gather(*reads)


async def test_the_reads_of_one_vendor_leave_places_to_others(
    snapshots: Snapshots, stock: Stock, levels: Levels
) -> None:
    stock.gate = asyncio.Event()
    vendor = replace(SCOPE, vendor="Peak")
    keys = [group_key(levels, vendor, LevelStreamFilter(skus=[str(number)])) for number in range(READS_AT_ONCE * 2)]
    reads = [asyncio.ensure_future(snapshots.read(key)) for key in keys]
    for _ in range(10):
        await asyncio.sleep(0)
    assert stock.reading == READS_OF_A_VENDOR
    reads.append(asyncio.ensure_future(snapshots.read(of(levels, "TENT"))))
    await eventually(lambda: stock.reading == READS_OF_A_VENDOR + 1)
    stock.gate.set()
    await asyncio.gather(*reads)


async def test_a_read_ends_with_the_last_who_waits_for_it(snapshots: Snapshots, stock: Stock, levels: Levels) -> None:
    stock.gate = asyncio.Event()
    first, second = (asyncio.ensure_future(snapshots.read(of(levels, "TENT"))) for _ in range(2))
    await eventually(lambda: stock.reading == 1)
    first.cancel()
    await asyncio.wait({first})
    for _ in range(10):
        await asyncio.sleep(0)
    assert stock.reading == 1
    second.cancel()
    await eventually(lambda: stock.reading == 0)
    stock.gate.set()
    await snapshots.read(of(levels, "TENT"))
    assert stock.reads == 2


async def test_a_read_that_pauses_ends_with_the_last_who_waits_for_it(
    snapshots: Snapshots, pauses: Pauses, stock: Stock, levels: Levels
) -> None:
    away = asyncio.ensure_future(snapshots.read(of(levels, "AWAY")))
    await eventually(lambda: pauses.begun == 1)
    away.cancel()
    await asyncio.wait({away})
    pauses.over.set()
    await snapshots.read(of(levels, "TENT"))
    assert stock.reads == 2, "nobody asked again for what was away"


async def test_a_read_in_a_queue_of_nobody_is_never_begun(snapshots: Snapshots, stock: Stock, levels: Levels) -> None:
    stock.gate = asyncio.Event()
    reads = [asyncio.ensure_future(snapshots.read(of(levels, str(number)))) for number in range(READS_AT_ONCE)]
    await eventually(lambda: stock.reading == READS_AT_ONCE)
    gone = asyncio.ensure_future(snapshots.read(of(levels, "GONE")))
    await asyncio.sleep(0)
    gone.cancel()
    stock.gate.set()
    await asyncio.gather(*reads)
    await snapshots.read(of(levels, "GONE"))
    assert stock.reads == READS_AT_ONCE + 1


async def test_a_fault_fails_all_who_wait_for_it_at_once_and_is_logged_once(
    snapshots: Snapshots, stock: Stock, levels: Levels, caplog: pytest.LogCaptureFixture
) -> None:
    stock.fault = TypeError("a frozenset has no text")
    reads = [snapshots.read(of(levels, "TENT")) for _ in range(3)]
    async with asyncio.timeout(PATIENCE_S):
        ended = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(each) for each in ended] == [SnapshotFailed] * 3
    assert (stock.reads, len(caplog.records)) == (1, 1)
    assert "a frozenset has no text" in caplog.text
    stock.fault = None
    await snapshots.read(of(levels, "TENT"))
