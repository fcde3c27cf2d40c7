"""Everybody wants the last units, at several processes at once: as many get them as there are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import asyncpg
import pytest

from db.invariants import violations
from server.embedded.database import Addresses
from tests import servers
from tests.factories.shop import Shop
from tests.faults.checkouts import Checkout, Counted, Cut, check_out
from tests.faults.figures import LONG, Figures, spread_ms
from tests.stack import Stack, assert_healthy, running_stack

pytestmark = pytest.mark.oversell

UNITS, CHECKOUTS, AT_ONCE, PROCESSES = (1_000, 10_000, 500, 4) if LONG else (100, 1_000, 500, 2)
SEEDS, VARIANT_SEEDS = (20, 5) if LONG else (1, 1)
SKUS = 50
LINES_MAX, LINE_UNITS_MAX = 5, 3
CUT_EVERY = 5
FIRST_SEED = 20110309


@dataclass(frozen=True, slots=True)
class Drop:
    """A system with several API processes, and a look behind them."""

    shop: Shop
    urls: Sequence[str]
    outside: asyncpg.Connection

    async def sell(self, checkouts: Sequence[Checkout]) -> Counted:
        """What the customers were told: an answer each, and nothing that no customer should see."""
        counted = await check_out(checkouts, self.urls, self.shop.as_("system").token or "", AT_ONCE)
        assert not counted.faults, counted.faults.most_common(5)
        assert len(counted.won) + len(counted.refused) == len(checkouts)
        return counted

    async def expect_right(self, counted: Counted) -> None:
        """The books are those that the customers were told of."""
        assert await violations(self.outside) == []
        assert await self.outside.fetch(UNLIKE) == []
        rows = await self.outside.fetch("SELECT order_id FROM reservations WHERE order_id LIKE $1", _series(counted))
        assert sorted(row[0] for row in rows) == sorted(counted.won)

    async def left(self, skus: Sequence[str]) -> dict[str, int]:
        """Units available to promise, by SKU."""
        sql = "SELECT sku, on_hand - allocated - unavailable FROM stock_levels WHERE sku = ANY ($1::text[])"
        return {row[0]: row[1] for row in await self.outside.fetch(sql, list(skus))}

    async def deadlocks(self) -> int:
        """Seen by the database so far, each resolved by running a transaction again."""
        await self.outside.execute("SELECT pg_stat_clear_snapshot()")
        sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return await self.outside.fetchval(sql) or 0


#: Levels that hold other than what the lines of their open reservations add up to.
UNLIKE = """
SELECT sku, location, level.allocated, line.allocated FROM stock_levels AS level
FULL JOIN (
    SELECT tenant_id, sku, location, sum(allocated) AS allocated FROM reservation_lines
    WHERE location IS NOT NULL GROUP BY tenant_id, sku, location
) AS line USING (tenant_id, sku, location)
WHERE coalesce(level.allocated, 0) <> coalesce(line.allocated, 0)
"""


def _series(counted: Counted) -> str:
    """The orders of one seed begin alike."""
    return next(iter([*counted.won, *counted.refused])).rpartition("-")[0] + "-%"


@pytest.fixture(scope="module")
def processes(postgres: servers.Postgres) -> Iterator[tuple[Stack, Sequence[str], Addresses]]:
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, environ={"OPERATIONS_A_MINUTE": "999999999"}) as stack,
    ):
        beside = [stack.start_beside(f"serve-{number}") for number in range(2, PROCESSES + 1)]
        yield stack, (stack.url, *beside), addresses
        assert_healthy(stack)


@pytest.fixture
async def drop(processes: tuple[Stack, Sequence[str], Addresses]) -> AsyncIterator[Drop]:
    stack, urls, addresses = processes
    outside = await asyncpg.connect(addresses.superuser_url)
    yield Drop(Shop(stack), urls, outside)
    await outside.close()


@dataclass(slots=True)
class Totals:
    """Of all seeds."""

    seconds: list[float]
    answers: Counter[str]
    took_s: float = 0.0

    @classmethod
    def none(cls) -> Totals:
        return cls([], Counter())

    def add(self, counted: Counted) -> None:
        self.seconds += counted.seconds
        self.took_s += counted.took_s
        self.answers.update(won=len(counted.won), refused=len(counted.refused), cuts=counted.cuts)

    def text(self) -> str:
        answers = self.answers
        return (
            f"{answers['won']:,} won, {answers['refused']:,} told INSUFFICIENT_STOCK, {answers['cuts']:,} answers cut; "
            f"{len(self.seconds) / self.took_s:,.0f} checkouts/s, {spread_ms(self.seconds)}"
        )


def setting(seeds: int) -> str:
    return f"{seeds} × {CHECKOUTS:,} checkouts, {AT_ONCE} at once, {PROCESSES} processes"


@pytest.mark.parametrize(
    ("cut_every", "seeds"),
    [(0, SEEDS), (CUT_EVERY, VARIANT_SEEDS)],
    ids=["each answered", "every fifth answer cut"],
)
async def test_of_many_checkouts_for_few_units_as_many_win_as_there_are(
    drop: Drop, figures: Figures, cut_every: int, seeds: int
) -> None:
    totals, deadlocks = Totals.none(), await drop.deadlocks()
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        chance = random.Random(seed)
        sku = drop.shop.stocked(UNITS)
        cuts = [chance.choice(list(Cut)) if cut_every and n % cut_every == 0 else None for n in range(CHECKOUTS)]
        counted = await drop.sell([Checkout(f"{sku}-{n}", [(sku, 1)], cut) for n, cut in enumerate(cuts)])

        assert len(counted.won) == UNITS
        assert counted.cuts == sum(cut is not None for cut in cuts)
        assert await drop.left([sku]) == {sku: 0}
        await drop.expect_right(counted)
        kept = "SELECT count(*) FROM decisions WHERE key LIKE $1"
        assert await drop.outside.fetchval(kept, f"key-{_series(counted)}") == CHECKOUTS
        totals.add(counted)
    figures.tell(f"{UNITS:,} units, {setting(seeds)}: {totals.text()}; {await drop.deadlocks() - deadlocks} deadlocks")


async def test_of_orders_over_many_skus_none_is_sold_what_is_not_there(drop: Drop, figures: Figures) -> None:
    totals, deadlocks = Totals.none(), await drop.deadlocks()
    each = max(2, UNITS * 4 // SKUS)
    for seed in range(FIRST_SEED, FIRST_SEED + VARIANT_SEEDS):
        chance = random.Random(seed)
        skus = [drop.shop.stocked(each) for _ in range(SKUS)]
        orders = {f"{skus[0]}-{n}": _lines(skus, chance) for n in range(CHECKOUTS)}
        counted = await drop.sell([Checkout(order, lines) for order, lines in orders.items()])

        left, sold = await drop.left(skus), Counter[str]()
        for order in counted.won:
            sold.update(dict(orders[order]))
        assert {sku: each - units for sku, units in left.items()} == dict(sold)
        # Nothing came back meanwhile: who was refused for want of a SKU would be refused at the end as well.
        assert all(any(left[sku] < units for sku, units in orders[order]) for order in counted.refused)
        await drop.expect_right(counted)
        totals.add(counted)
    found = f"{totals.text()}; {await drop.deadlocks() - deadlocks} deadlocks"
    figures.tell(f"{SKUS} SKUs of {each} units, {setting(VARIANT_SEEDS)}: {found}")


def _lines(skus: Sequence[str], chance: random.Random) -> list[tuple[str, int]]:
    """Up to five lines, in no order."""
    chosen = chance.sample(list(skus), chance.randint(1, LINES_MAX))
    return [(sku, chance.randint(1, LINE_UNITS_MAX)) for sku in chosen]
