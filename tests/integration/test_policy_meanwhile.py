"""The approval policy that holds when a correction is written decides on it, however long it waited for its level."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.adjustments import AdjustmentStatus
from domain.approvals import ApprovalRule
from domain.movements import Adjust, Receive
from server.embedded.database import Addresses
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from tests.integration.test_waiting_meanwhile import Held, once

SKU = SKUS[0]
PLACE = (SKU, "MAIN")
OVER_FIVE = (ApprovalRule(units_over=5),)


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.move("stock", Receive(sku=SKU, location="MAIN", quantity=20))
        yield shop


async def settle(shop: Shop, key: str, rules: tuple[ApprovalRule, ...], **changes: int | None) -> None:
    command = SetApprovalPolicy(key, rules, changes)
    assert (await set_approval_policy(command, CALLER, shop.units, ids)).refusals == ()


async def correct(held: Held, change: int) -> Decision:
    movements = (Adjust(sku=SKU, location="MAIN", change=change, reason_code="lost"),)
    decision = await move_stock(MoveStock("correct", movements, "adjustStock"), CALLER, GroupCommit(held, ids))
    assert decision.refusals == ()
    return decision


async def status(shop: Shop, decision: Decision) -> str:
    return await shop.outside.fetchval("SELECT status FROM adjustments WHERE id = $1", decision.adjustment) or ""


async def test_a_correction_waits_by_a_rule_that_came_while_it_had_its_level(shop: Shop) -> None:
    held = Held(shop.units, "levels", once(lambda: settle(shop, "rules", OVER_FIVE)))

    decision = await correct(held, -6)

    assert await status(shop, decision) == AdjustmentStatus.PENDING_APPROVAL
    assert await shop.on_hand(PLACE) == 20
    assert held.tries == 2


async def test_a_correction_is_applied_where_the_rule_went_while_it_had_its_level(shop: Shop) -> None:
    await settle(shop, "rules", OVER_FIVE)
    held = Held(shop.units, "levels", once(lambda: settle(shop, "none", ())))

    decision = await correct(held, -6)

    assert await status(shop, decision) == AdjustmentStatus.APPLIED
    assert await shop.on_hand(PLACE) == 14
    assert held.tries == 2


async def test_a_policy_that_is_set_as_it_was_lets_a_correction_through_at_once(shop: Shop) -> None:
    await settle(shop, "rules", OVER_FIVE, expires_after_hours=2)
    held = Held(shop.units, "levels", once(lambda: settle(shop, "again", OVER_FIVE, expires_after_hours=2)))

    decision = await correct(held, -5)

    assert await status(shop, decision) == AdjustmentStatus.APPLIED
    assert held.tries == 1


async def test_who_brings_goods_does_not_care_for_the_policy(shop: Shop) -> None:
    held = Held(shop.units, "levels", once(lambda: settle(shop, "rules", OVER_FIVE)))
    request = MoveStock("bring", (Receive(sku=SKU, location="MAIN", quantity=9),), "receiveStock")

    assert (await move_stock(request, CALLER, GroupCommit(held, ids))).refusals == ()

    assert await shop.on_hand(PLACE) == 29
    assert held.tries == 1
