"""Who begins to wait while goods arrive is served with them, at whatever moment he begins: nobody has to look later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import pytest

from domain.allocation import FulfillmentPolicy
from domain.movements import Adjust, Movement, Receive
from domain.strategies import Want
from server.embedded.database import Addresses
from services.decisions import Decision
from services.group_commit import Batches, GroupCommit
from services.ports import BACKORDERS_AT_ONCE, Unit, UnitOfWork
from services.reservations import ReserveStock, reserve_stock
from services.settlement import ReleaseReservation, settle_reservation
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop

T = TypeVar("T")
SKU = SKUS[0]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


class Held:
    """Units of work that stop when they have locked something, each time until `go` says that they may go on."""

    def __init__(self, units: UnitOfWork, part: str, go: Callable[[], Awaitable[object]]) -> None:
        self._units, self._part, self._go = units, part, go
        self.tries = 0

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        async def held(unit: Any) -> T:
            self.tries += 1
            part = getattr(unit, self._part)
            lock = part.lock

            async def then_wait(*named: Any) -> object:
                found = await lock(*named)
                await self._go()
                return found

            part.lock = then_wait
            return await work(unit)

        return await self._units.run(tenant, held)


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def bring(units: UnitOfWork, *movements: Movement) -> Decision:
    request = MoveStock(f"bring {movements}", movements, "moveStock")
    decision = await move_stock(request, CALLER, GroupCommit(units, ids))
    assert decision.refusals == ()
    return decision


async def queue(shop: Shop, order: str, units: int = 3, location: str | None = None) -> None:
    request = ReserveStock(order, (Want(SKU, location, units),), FulfillmentPolicy.BACKORDER)
    decision = await reserve_stock(order, request, CALLER, shop.commits)
    assert decision.refusals == ()


async def waiting(shop: Shop) -> list[str]:
    rows = await shop.outside.fetch("SELECT order_id FROM reservations WHERE status = 'BACKORDERED' ORDER BY id")
    return [row[0] for row in rows]


async def empty(shop: Shop, *locations: str) -> None:
    """Levels at which there is nothing."""
    for location in locations:
        await shop.move(f"to {location}", Receive(sku=SKU, location=location, quantity=1))
        await shop.move(f"from {location}", Adjust(sku=SKU, location=location, change=-1, reason_code="damaged"))


def once(doing: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    left = [doing]

    async def go() -> None:
        if left:
            await left.pop()()

    return go


async def nothing() -> None:
    """Go on at once."""


async def until_blocked(shop: Shop) -> None:
    async with asyncio.timeout(60):
        while not await shop.outside.fetchval(BLOCKED):  # noqa: ASYNC110 - nobody tells; it is looked for
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("location", [None, "MAIN"])
async def test_who_begins_to_wait_behind_the_look_of_those_who_bring_goods_is_served_by_them(
    shop: Shop, location: str | None
) -> None:
    await empty(shop, "MAIN")
    held = Held(shop.units, "reservations", once(lambda: queue(shop, "order", location=location)))

    await bring(held, Receive(sku=SKU, location="MAIN", quantity=5))

    assert await waiting(shop) == []
    assert held.tries == 2


async def test_who_begins_to_wait_while_units_are_given_back_is_served_with_them(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKU, quantity=3))
    reservation = await shop.reserve("first", Want(SKU, None, 3))
    held = Held(shop.units, "reservations", once(lambda: queue(shop, "order")))

    await settle_reservation("back", ReleaseReservation(reservation), CALLER, GroupCommit(held, ids))

    assert await waiting(shop) == []


async def test_who_comes_to_a_level_after_those_who_bring_goods_to_it_takes_them(shop: Shop) -> None:
    """He has the first of the two levels when he has to wait for the other."""
    await empty(shop, "MAIN", "SHOP")
    queued: list[asyncio.Task[None]] = []

    async def come() -> None:
        queued.append(asyncio.create_task(queue(shop, "order")))
        await until_blocked(shop)

    held = Held(shop.units, "levels", once(come))
    await bring(held, Receive(sku=SKU, location="SHOP", quantity=5))
    await asyncio.gather(*queued)

    assert await waiting(shop) == []
    assert held.tries == 1


async def test_who_is_at_a_level_before_those_who_bring_goods_to_it_is_served_by_them(shop: Shop) -> None:
    await empty(shop, "MAIN", "SHOP")
    brought: list[asyncio.Future[Decision]] = []

    async def come() -> None:
        brought.append(asyncio.create_task(bring(shop.units, Receive(sku=SKU, location="SHOP", quantity=5))))
        await until_blocked(shop)

    request = ReserveStock("order", (Want(SKU, None, 3),), FulfillmentPolicy.BACKORDER)
    held = Held(shop.units, "levels", once(come))
    await reserve_stock("order", request, CALLER, GroupCommit(held, ids))
    await asyncio.gather(*brought)

    assert await waiting(shop) == []


async def test_those_who_are_too_many_to_be_looked_at_let_nobody_look_again(shop: Shop) -> None:
    await empty(shop, "MAIN")
    for number in range(BACKORDERS_AT_ONCE + 1):
        await queue(shop, f"order-{number}", units=1)
    held = Held(shop.units, "reservations", nothing)

    await bring(held, Receive(sku=SKU, location="MAIN", quantity=500))

    assert held.tries == 1
    assert await waiting(shop) == [f"order-{BACKORDERS_AT_ONCE}"]


async def test_many_who_bring_goods_and_wait_for_them_at_once_leave_nobody_waiting(shop: Shop) -> None:
    await empty(shop, "MAIN", "SHOP")
    commits = GroupCommit(shop.units, ids, Batches(batch_max=1))

    async def come(number: int) -> None:
        line = Want(SKU, ("MAIN", "SHOP", None)[number % 3], 1)
        request = ReserveStock(f"order-{number}", (line,), FulfillmentPolicy.BACKORDER)
        assert not (await reserve_stock(f"order-{number}", request, CALLER, commits)).refusals

    async def carry(number: int) -> None:
        movement = Receive(sku=SKU, location=("MAIN", "SHOP")[number % 2], quantity=1)
        assert not (await move_stock(MoveStock(f"carry-{number}", (movement,), "moveStock"), CALLER, commits)).refusals

    await asyncio.gather(*(each for number in range(60) for each in (come(number), carry(number))))

    left = "SELECT sum(on_hand - allocated) FROM stock_levels WHERE location = $1"
    open_ = {place for place in ("MAIN", "SHOP") if await shop.outside.fetchval(left, place)}
    wants = await shop.outside.fetch("SELECT wanted FROM reservation_lines WHERE backordered > 0")
    assert not any(want[0] in open_ or (want[0] is None and open_) for want in wants)
