"""The sweep on PostgreSQL: who waits though there is stock is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from db.waiting import WaitingStock
from db.worker_session import WorkerSession
from domain.allocation import FulfillmentPolicy
from domain.strategies import Want
from server.embedded.database import Addresses
from services.ports import BACKORDERS_AT_ONCE
from services.reservations import ReserveStock, reserve_stock
from tests.conformance.units_worlds import ACME, receive
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from workers.waiting import Sweep


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@asynccontextmanager
async def sweeping(shop: Shop, **more: int) -> AsyncIterator[Sweep]:
    session = WorkerSession(shop.database)
    yield Sweep(WaitingStock(shop.database, session), shop.commits, **more)
    await session.close()


async def wait_for(shop: Shop, order: str, sku: str, location: str | None = None) -> None:
    """An order that is queued, for there is nothing."""
    request = ReserveStock(order, (Want(sku, location, 1),), FulfillmentPolicy.BACKORDER, ttl_seconds=900)
    decision = await reserve_stock(order, request, CALLER, shop.commits)
    assert decision.refusals == ()


async def arrive_unnoticed(shop: Shop, sku: str, location: str = "SHOP", quantity: int = 5) -> None:
    """Stock at a place that those who wait did not know of, while nobody knew of them either."""

    async def work(unit: Any) -> None:
        await unit.levels.sites([sku], [location])
        await receive(unit, (sku, location), quantity)

    await shop.units.run(ACME.id, work)


async def test_who_waits_though_there_is_stock_is_served_by_the_sweep(shop: Shop) -> None:
    await wait_for(shop, "order", SKUS[0])
    await arrive_unnoticed(shop, SKUS[0])
    assert await shop.statuses() == {"order": "BACKORDERED"}

    async with sweeping(shop) as sweep:
        assert [await sweep.turn() for _ in range(2)] == [True, False]

    assert await shop.statuses() == {"order": "PENDING"}


async def test_more_than_one_batch_looks_at_are_served_batch_by_batch(shop: Shop) -> None:
    number = BACKORDERS_AT_ONCE + 50
    await asyncio.gather(*(wait_for(shop, f"order-{n}", SKUS[0]) for n in range(number)))
    await arrive_unnoticed(shop, SKUS[0], quantity=number)

    async with sweeping(shop) as sweep:
        assert [await sweep.turn() for _ in range(3)] == [True, True, False]

    assert set((await shop.statuses()).values()) == {"PENDING"}


async def test_the_sweep_leaves_alone_who_could_not_be_served(shop: Shop) -> None:
    await wait_for(shop, "nothing", SKUS[0])
    await wait_for(shop, "elsewhere", SKUS[1], "MAIN")
    await arrive_unnoticed(shop, SKUS[1], "SHOP")
    session = WorkerSession(shop.database)
    stock = WaitingStock(shop.database, session)

    assert await stock.skus(10) == [(ACME.id, SKUS[0]), (ACME.id, SKUS[1])]
    assert await stock.to_be_had(ACME.id, SKUS[:2]) == []
    await arrive_unnoticed(shop, SKUS[1], "MAIN")
    assert await stock.to_be_had(ACME.id, SKUS[:2]) == [SKUS[1]]
    await session.close()


async def test_the_sweep_comes_round_to_every_sku(shop: Shop) -> None:
    for sku in SKUS[:5]:
        await wait_for(shop, f"order-{sku}", sku)
    await arrive_unnoticed(shop, SKUS[4])

    async with sweeping(shop, skus_at_once=2) as sweep:
        assert [await sweep.turn() for _ in range(3)] == [True, True, True]

    assert (await shop.statuses())[f"order-{SKUS[4]}"] == "PENDING"


async def test_one_process_at_a_time_sweeps(shop: Shop) -> None:
    sessions = [WorkerSession(shop.database) for _ in range(2)]
    first, second = (WaitingStock(shop.database, session) for session in sessions)
    assert [await first.alone(), await second.alone(), await first.alone()] == [True, False, True]
    await sessions[0].close()
    assert await second.alone()
    await sessions[1].close()
