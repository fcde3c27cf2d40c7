"""Reservations whose time comes: each ends once and on time, whoever works, whoever dies and whoever pays meanwhile."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.refusals import RefusalCode
from server.embedded.database import Addresses
from tests.faults.figures import LONG, SHARED, Figures, spread_ms
from tests.faults.till import Till, open_till
from tests.stack import Stack, assert_healthy, running_stack

pytestmark = pytest.mark.expiry

SKUS = 50
DUE, WITHIN_S = (10_000, 60) if LONG else (300, 2)
PAID, PAID_A_SECOND = (10_000, 150) if LONG else (200, 150)
LAG_P99_S = 1.0 * SHARED
BUYERS = 4
#: A reservation is made before it is due, and the shortest holds for a second.
AHEAD_S = 12 if LONG else 2
SEED = 20110309


@pytest.fixture
def workers(database: Addresses) -> Iterator[Stack]:
    """Two workers and nobody else: what is told stays in the outbox."""
    with running_stack(database, "", only=("worker", "worker-2")) as stack:
        yield stack


@pytest.fixture
async def till(workers: Stack, database: Addresses) -> AsyncIterator[Till]:
    """Both workers look at the database it sells from."""
    async with open_till(database, SKUS) as till:
        await till.sees_workers(2)
        yield till


async def reserve_all(till: Till) -> Mapping[UUID, datetime]:
    """Reservations that fall due within WITHIN_S, and when by the database's clock."""
    chance = random.Random(SEED)
    start = time.monotonic() + AHEAD_S
    gate = asyncio.Semaphore(200)

    async def reserve(number: int) -> tuple[UUID, datetime]:
        async with gate:
            ttl = max(1, int(start + number * WITHIN_S / DUE - time.monotonic()))
            return await till.reserve(chance.choice(till.skus), ttl)

    return dict(await asyncio.gather(*(reserve(number) for number in range(DUE))))


async def lags(till: Till, due: Mapping[UUID, datetime]) -> tuple[list[float], list[float]]:
    """Seconds from the moment due to that of the decision, and to that at which the event was written."""
    rows = await till.outside.fetch(
        "SELECT reservation.id, updated_at, written_at FROM reservations AS reservation "
        "JOIN outbox ON aggregate_id = reservation.id AND type = 'InventoryReservationExpired' "
        "WHERE status = 'EXPIRED'"
    )
    decided = [(row[1] - due[row[0]]).total_seconds() for row in rows]
    return decided, [(row[2] - due[row[0]]).total_seconds() for row in rows]


async def expect_each_expired_once(till: Till, due: Mapping[UUID, datetime]) -> list[float]:
    """Its lags."""
    decided, written = await lags(till, due)
    assert len(decided) == len(due)
    assert min(decided) >= 0
    told = await till.told()
    assert {tuple(told[id_]) for id_ in due} == {("InventoryReserved", "InventoryReservationExpired")}
    return written


def load() -> str:
    """How busy the machine was, with whatever else."""
    return f" (load average {os.getloadavg()[0]:.1f})"


class Buyers:
    """Checkouts meanwhile, of the same SKUs: reserved and paid for, one after the other by each buyer."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self.seconds: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Buyers:
        self._tasks = [asyncio.create_task(self._buy(random.Random(number))) for number in range(BUYERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._till.commits.finish()

    async def _buy(self, chance: random.Random) -> None:
        while True:
            began = time.monotonic()
            reservation, _ = await self._till.reserve(chance.choice(self._till.skus), 900)
            decision = await self._till.confirm(reservation)
            assert decision.refusals == ()
            self.seconds.append(time.monotonic() - began)


async def test_reservations_expire_once_and_within_a_second_while_checkouts_go_on(
    till: Till, workers: Stack, figures: Figures
) -> None:
    due = await reserve_all(till)
    began = time.monotonic()
    async with Buyers(till) as buyers:
        await till.left_at_most(BUYERS, WITHIN_S + AHEAD_S + 30)
    seconds = time.monotonic() - began

    written = await expect_each_expired_once(till, due)
    figures.tell(
        f"{DUE:,} due within {WITHIN_S} s, two workers: late by {spread_ms(written)}; each expired once{load()}"
    )
    figures.tell(
        f"meanwhile {len(buyers.seconds) / seconds:,.0f} checkouts/s of two steps, {spread_ms(buyers.seconds)}"
    )
    assert sorted(written)[int(len(written) * 0.99)] <= LAG_P99_S
    held = await till.outside.fetchval("SELECT count(*) FROM reservations WHERE status IN ('CONFIRMED', 'PENDING')")
    assert await till.allocated() == held
    assert_healthy(workers)


async def test_when_a_worker_is_killed_the_other_goes_on(till: Till, workers: Stack, figures: Figures) -> None:
    due = await reserve_all(till)
    third = sorted(due.values())[len(due) // 3]
    await till.wait_until(third)
    workers.kill("worker")
    await till.left_at_most(0, WITHIN_S + 30)

    written = await expect_each_expired_once(till, due)
    figures.tell(f"{DUE:,} due within {WITHIN_S} s, one of two workers killed: late by {spread_ms(written)}{load()}")
    assert sorted(written)[int(len(written) * 0.99)] <= LAG_P99_S
    assert await till.allocated() == 0


class Payments:
    """Payments for reservations of a second, sent so that their answers come within 50 ms of the expiry."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._chance = random.Random(SEED)
        self._takes_s = 0.0
        self.paid: dict[UUID, bool] = {}
        self.off_s: list[float] = []

    async def pay(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        reservation, expires_at = await self._till.reserve(self._chance.choice(self._till.skus), 1)
        answer_at = expires_at + timedelta(seconds=self._chance.uniform(-0.05, 0.05))
        asked_at = answer_at - timedelta(seconds=self._takes_s)
        await self._till.wait_until(asked_at)
        decision = await self._till.confirm(reservation)
        self._takes_s += (-self._till.seconds_to(asked_at) - self._takes_s) / 20
        self.off_s.append(abs(self._till.seconds_to(expires_at)))
        assert {refusal.code for refusal in decision.refusals} <= {RefusalCode.RESERVATION_EXPIRED}
        self.paid[reservation] = not decision.refusals


async def test_of_a_payment_and_an_expiry_at_one_moment_one_wins(till: Till, workers: Stack, figures: Figures) -> None:
    payments = Payments(till)
    await asyncio.gather(*(payments.pay(number / PAID_A_SECOND) for number in range(PAID)))
    await till.left_at_most(0, 60)

    paid = payments.paid
    found = await till.outside.fetch("SELECT id, status FROM reservations")
    assert {row[0]: row[1] for row in found} == {
        id_: "CONFIRMED" if confirmed else "EXPIRED" for id_, confirmed in paid.items()
    }
    ends = Counter(tuple(types) for types in (await till.told()).values())
    reserved = "InventoryReserved"
    confirmed, expired = sum(paid.values()), PAID - sum(paid.values())
    assert ends == {
        (reserved, "InventoryReservationConfirmed"): confirmed,
        (reserved, "InventoryReservationExpired"): expired,
    }
    assert await till.allocated() == confirmed
    figures.tell(
        f"{PAID:,} paid at their expiry, {spread_ms(payments.off_s)} off: "
        f"{confirmed:,} confirmed, {expired:,} expired, none both or neither"
    )
    assert_healthy(workers)
