"""The worker that seals and folds, killed at any moment under load: the rollups are what the whole ledger comes to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from db.invariants import violations
from db.pool import Database
from domain.movements import Receive, Waste
from domain.strategies import Want
from server.embedded.database import Addresses
from services.reservations import ReserveStock, reserve_stock
from services.settlement import CommitReservation, settle_reservation
from services.stock import MoveStock, move_stock
from tests.conformance.write_model.rollup_reckoning import rollup_faults
from tests.factories.shop import fresh
from tests.faults.figures import LONG, Figures
from tests.faults.till import ACME, CALLER, Till, open_till
from tests.stack import PATIENCE_SECONDS, Stack, assert_healthy, running_stack

pytestmark = pytest.mark.rollups

KILLS = 100 if LONG else 5
SKUS = 30
CLERKS = 6
SEED = 20261122
#: Entries that are written while the worker is looked at: a busy machine may not see what lasts some milliseconds.
MORE_MAX = 1_500
#: What the worker's transactions lock one after the other, from their begin to their end.
POINTS = ("rollup_books", "ledger_seals", "movement_daily", "cost_layers", "demand_daily")
_LOCKED = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE relation = $1::regclass AND mode IN ('RowShareLock', 'RowExclusiveLock')
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""
_SEALED = "SELECT coalesce(sum(cardinality(ids)), 0) FROM ledger_seals"
_DONE = """
SELECT NOT EXISTS (SELECT FROM ledger_feed) AND NOT EXISTS (SELECT FROM demand_feed)
    AND NOT EXISTS (SELECT FROM rollup_queue)
"""
_ASKED = "SELECT coalesce(sum(asked), 0), coalesce(sum(served), 0) FROM demand_daily"


class Clerks:
    """Sell, receive, sometimes told late, and throw away, until left; `asked` and `served` are units of orders."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._tasks: list[asyncio.Task[None]] = []
        self.asked = self.served = self.entries = 0

    async def __aenter__(self) -> Clerks:
        self._tasks = [asyncio.create_task(self._work(random.Random(SEED + number))) for number in range(CLERKS)]
        return self

    async def __aexit__(self, *failure: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def more(self, number: int) -> None:
        """Until so many more entries are written."""
        goal = self.entries + number
        while self.entries < goal:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.001)

    async def _work(self, chance: random.Random) -> None:
        while True:
            sku = chance.choice(self._till.skus)
            await asyncio.shield(chance.choice([self._sell, self._sell, self._receive, self._waste])(sku, chance))

    async def _sell(self, sku: str, chance: random.Random) -> None:
        units = chance.choice([1, 2, 3, 10_000_000])
        request = ReserveStock(fresh("order"), (Want(sku, None, units),), ttl_seconds=3600)
        decision = await reserve_stock(fresh("key"), request, CALLER, self._till.commits)
        self.asked += units
        if decision.reservation is not None:
            self.served += units
            await settle_reservation(fresh("key"), CommitReservation(decision.reservation), CALLER, self._till.commits)
            self.entries += 2

    async def _receive(self, sku: str, chance: random.Random) -> None:
        late = timedelta(seconds=chance.choice([0, 0, 0, 5, 100_000]))
        at = datetime.now(UTC) - late if late else None
        move = Receive(
            sku=sku, quantity=chance.randint(1, 9), unit_cost=Decimal(chance.randint(1, 900)), occurred_at=at
        )
        await self._move(move)

    async def _waste(self, sku: str, chance: random.Random) -> None:
        await self._move(Waste(sku=sku, quantity=1, reason_code="damaged"))

    async def _move(self, move: Receive | Waste) -> None:
        decision = await move_stock(MoveStock(fresh("key"), (move,), "moveStock"), CALLER, self._till.commits)
        assert decision.refusals == ()
        self.entries += 1


@pytest.fixture
def worker(database: Addresses) -> Iterator[Stack]:
    with running_stack(database, "", only=("worker",)) as stack:
        yield stack
        assert_healthy(stack)


@pytest.fixture
async def till(worker: Stack, database: Addresses) -> AsyncIterator[Till]:
    async with open_till(database, SKUS) as till:
        await till.outside.execute("UPDATE items SET currency = 'EUR'")
        yield till


async def until(till: Till, question: str, *arguments: object) -> None:
    """Asked without a pause: a transaction that folds lasts some milliseconds."""
    async with asyncio.timeout(4 * PATIENCE_SECONDS):
        while not await till.outside.fetchval(question, *arguments):
            pass


async def seen(till: Till, point: str, clerks: Clerks) -> bool:
    """Whether the worker was seen there before very much more was to be folded."""
    looking = asyncio.create_task(until(till, _LOCKED, point))
    waiting = asyncio.create_task(clerks.more(MORE_MAX))
    done, others = await asyncio.wait([looking, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for task in done:
        task.result()
    return looking in done


async def test_rollups_are_those_of_the_whole_ledger_however_often_the_worker_is_killed_as_it_folds(
    worker: Stack, till: Till, database: Addresses, figures: Figures
) -> None:
    caught, killed_after = 0, 0
    async with Clerks(till) as clerks:
        for kill in range(KILLS):
            await clerks.more(20 + 13 * (kill % 7))
            before = await till.outside.fetchval(_SEALED)
            if kill % 2:  # else it dies with the first block that it would have sealed
                await until(till, f"SELECT ({_SEALED}) > $1", before)
            caught += await seen(till, POINTS[kill % len(POINTS)], clerks)
            await asyncio.to_thread(worker.kill, "worker")
            killed_after += await till.outside.fetchval(_SEALED) != before
            await asyncio.to_thread(worker.start, "worker")
    await until(till, _DONE)

    pool = await Database.connect(database.application_url, size=1)
    assert await rollup_faults(pool, till.outside, ACME.id, ACME.currency) == []
    await pool.close()
    assert await violations(till.outside) == []
    assert caught
    assert tuple(await till.outside.fetchrow(_ASKED) or ()) == (clerks.asked, clerks.served)
    entries = await till.outside.fetchval("SELECT count(*) FROM ledger")
    figures.tell(
        f"{KILLS} kills of the worker, {caught} of them in a transaction that folds, {killed_after} after it had sealed"
        f" some blocks; {entries:,} entries of {SKUS} SKUs: the rollups are the ledger folded again, and the raw "
        "entries reckoned another way"
    )
