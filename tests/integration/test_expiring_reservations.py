"""Expiry on PostgreSQL: what is due ends once, whoever works on it and whatever becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db.due_reservations import DUE_CLASS, DueReservations
from domain.movements import Receive
from domain.strategies import Want
from server.embedded.database import Addresses
from services.batch import carry_out
from services.group_commit import GroupCommit
from services.ports import Unit
from services.reservations import ReserveStock, reserve_stock
from services.settlement import Confirm, ConfirmReservation, settle_reservation
from subscriptions.outage import Outage
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from workers import expiry, set_aside
from workers.expiry import Expiry
from workers.ports import Patience

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'stockcast worker' AND datname = current_database()
"""


class Impatience:
    """Raises what others would bear with."""

    def over(self) -> None:
        """Nothing was wrong."""

    async def pause(self, fault: BaseException) -> None:
        raise fault


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@asynccontextmanager
async def expiring(
    shop: Shop, workers: int = 1, patience: Sequence[Patience] = (), chunk: int = expiry.CHUNK
) -> AsyncIterator[None]:
    """So many workers, each over a session of its own."""
    async with AsyncExitStack() as stack:
        for _ in range(workers):
            due = DueReservations(shop.database)
            stack.push_async_callback(due.close)
            commits = GroupCommit(shop.units, ids)
            stack.push_async_callback(commits.finish)
            reading, writing = patience or (Impatience(), Impatience())
            task = asyncio.create_task(Expiry(due, commits, reading, writing, chunk=chunk).run())
            stack.push_async_callback(ended, task)
        yield


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def reserve(shop: Shop, order: str, sku: str = SKUS[0], **more: Any) -> UUID:
    request = ReserveStock(order, (Want(sku, None, 1),), **{"ttl_seconds": 1, **more})
    decision = await reserve_stock(order, request, CALLER, shop.commits)
    assert decision.reservation is not None, decision.refusals
    return decision.reservation


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - nobody tells; it is looked for
            await asyncio.sleep(0.02)


async def expired(shop: Shop, number: int) -> None:
    async def are() -> bool:
        return list((await shop.statuses()).values()).count("EXPIRED") >= number

    await until(are)


async def ends_told(shop: Shop) -> int:
    """How many events tell that a reservation expired."""
    sql = "SELECT count(*) FROM outbox WHERE type = 'InventoryReservationExpired'"
    return await shop.outside.fetchval(sql) or 0


async def test_what_nobody_paid_for_in_time_gives_its_stock_back_and_what_was_paid_for_stays(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    paid = await reserve(shop, "paid")
    decision = await settle_reservation("pay", ConfirmReservation(paid), CALLER, shop.commits)
    assert decision.refusals == ()
    await reserve(shop, "unpaid")
    await reserve(shop, "later", ttl_seconds=900)
    told = len(shop.nudges)

    async with expiring(shop):
        await expired(shop, 1)

    assert await shop.statuses() == {"paid": "CONFIRMED", "unpaid": "EXPIRED", "later": "PENDING"}
    assert await shop.outside.fetchval("SELECT allocated FROM stock_levels") == 2
    assert len(shop.nudges) == told + 1


async def test_workers_share_what_is_due_and_end_each_reservation_once(shop: Shop) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=50) for sku in SKUS))
    await asyncio.gather(*(reserve(shop, f"order-{n}", SKUS[n % 30]) for n in range(120)))

    async with expiring(shop, workers=3):
        await expired(shop, 120)

    assert await ends_told(shop) == 120
    assert await shop.outside.fetchval("SELECT sum(allocated) FROM stock_levels") == 0


async def test_what_fell_due_while_nobody_worked_is_ended_too(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    for n in range(3):
        await reserve(shop, f"order-{n}", ttl_seconds=900)
    await shop.outside.execute("UPDATE reservations SET expires_at = now() - interval '10 days'")

    async with expiring(shop):
        await expired(shop, 3)


async def test_a_tenant_on_which_its_claimant_stands_still_is_served_by_the_others(
    shop: Shop, database: Addresses
) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    await reserve(shop, "order")
    frozen = await asyncpg.connect(database.application_url)
    assert await frozen.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", DUE_CLASS, str(ACME.id))

    async with expiring(shop):
        await expired(shop, 1)

    on_time = "SELECT updated_at - created_at < ttl_seconds * interval '1 s' + interval '4 s' FROM reservations"
    assert await shop.outside.fetchval(on_time)
    await frozen.close()


async def test_a_payment_under_way_when_the_time_comes_wins(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    paid = await reserve(shop, "paid")
    decided, ended = asyncio.Event(), asyncio.Event()

    async def pay_slowly(unit: Unit) -> None:
        await carry_out([Confirm(ConfirmReservation(paid), CALLER)], unit, ids)
        decided.set()
        await ended.wait()

    paying = asyncio.create_task(shop.units.run(ACME.id, pay_slowly))
    await decided.wait()
    async with expiring(shop):
        await until(partial(_someone_waits, shop))
        ended.set()
        await paying
        await reserve(shop, "unpaid")
        await expired(shop, 1)

    assert await shop.statuses() == {"paid": "CONFIRMED", "unpaid": "EXPIRED"}
    assert "cannot be ended" not in caplog.text


async def _someone_waits(shop: Shop) -> bool:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await shop.outside.fetchval(sql))


async def test_a_claim_is_one_workers_until_it_is_given_back(shop: Shop) -> None:
    first, second = DueReservations(shop.database), DueReservations(shop.database)
    both = [ACME.id, GLOBEX.id]
    assert await first.claim([ACME.id]) == {ACME.id}
    assert await second.claim(both) == {GLOBEX.id}
    await first.give_back(ACME.id)
    assert await second.claim([ACME.id]) == {ACME.id}
    await second.close()
    assert await first.claim(both) == set(both)
    await first.close()


async def test_one_that_cannot_be_ended_holds_up_no_other_and_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(set_aside, "FOR_S", 1.0)
    await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS[:2]))
    spoiled = "UPDATE stock_levels SET allocated = $1 WHERE sku = $2"
    await reserve(shop, "impossible", SKUS[0])
    await reserve(shop, "order", SKUS[1])
    await shop.outside.execute(spoiled, 0, SKUS[0])

    async with expiring(shop, chunk=1):
        await expired(shop, 1)
        assert await shop.statuses() == {"impossible": "PENDING", "order": "EXPIRED"}
        await reserve(shop, "another", SKUS[1])
        await shop.outside.execute(spoiled, 1, SKUS[0])
        await expired(shop, 3)

    assert 1 <= caplog.text.count("cannot be ended") <= 2


async def test_a_worker_whose_connections_are_cut_goes_on_with_others(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    outages = [Outage(name, Random(1)) for name in ("reading", "writing")]
    async with expiring(shop, patience=outages):
        await reserve(shop, "before")
        await expired(shop, 1)
        await shop.outside.execute(CUT)
        await reserve(shop, "after")
        await expired(shop, 2)
