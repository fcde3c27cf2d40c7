"""An order that is sent twice, to two processes at a time, is reserved once, and nobody tells that it was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest

from domain.movements import Receive
from domain.refusals import RefusalCode
from domain.strategies import Want
from server.embedded.database import Addresses
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.ports import UnitOfWork
from services.reservations import ReserveStock, reserve_stock
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from tests.integration.test_waiting_meanwhile import Held, nothing, once

SKU = SKUS[0]
ALL = Want(SKU, None, 3)


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.move("stock", Receive(sku=SKU, location="MAIN", quantity=3))
        yield shop


async def again(units: UnitOfWork, *lines: Want) -> Decision:
    return await reserve_stock("again", ReserveStock("order", lines), CALLER, GroupCommit(units, ids))


async def told(shop: Shop) -> list[str]:
    types = [orjson.loads(body)["type"] for body in await shop.bodies()]
    return [type_ for type_ in types if type_.startswith("InventoryReserv")]


async def test_an_order_that_took_all_there_was_meanwhile_gives_its_reservation(shop: Shop) -> None:
    held = Held(shop.units, "reservations", once(lambda: shop.reserve("order", ALL)))

    decision = await again(held, ALL)

    assert decision.refusals == ()
    assert decision.reservation == await shop.outside.fetchval("SELECT id FROM reservations")
    assert await told(shop) == ["InventoryReserved"]
    assert held.tries == 2


async def test_an_order_that_was_reserved_with_other_lines_meanwhile_is_told_so(shop: Shop) -> None:
    held = Held(shop.units, "reservations", once(lambda: shop.reserve("order", ALL)))

    decision = await again(held, Want(SKU, "MAIN", 2))

    assert [refusal.code for refusal in decision.refusals] == [RefusalCode.ORDER_ALREADY_RESERVED]
    assert await told(shop) == ["InventoryReserved"]


async def test_an_order_for_which_there_is_too_little_is_refused_at_the_first_try(shop: Shop) -> None:
    held = Held(shop.units, "reservations", nothing)

    decision = await again(held, Want(SKU, None, 4))

    assert [refusal.code for refusal in decision.refusals] == [RefusalCode.INSUFFICIENT_STOCK]
    assert held.tries == 1
