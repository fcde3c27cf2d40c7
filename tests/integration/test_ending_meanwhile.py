"""A request that ends while its item goes to another vendor tells the new one, also where there is no level to hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from domain.access import Caller, Role
from domain.approvals import ApprovalRule
from domain.movements import Adjust
from server.embedded.database import Addresses
from services.adjustments import CancelAdjustment, RejectAdjustment, decide_adjustment, expire_adjustment
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.decisions import Decision
from services.desk import EXPIRY
from services.items import UpsertItem, upsert_item
from tests.conformance.units_worlds import ACME, ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from tests.integration.test_waiting_meanwhile import Held, until_blocked

SKU = SKUS[0]
APPROVER = Caller(ACME.id, ACME.slug, "approver@acme", frozenset({Role.APPROVER}))
WORKER = Caller(ACME.id, ACME.slug, EXPIRY, frozenset({Role.SYSTEM}))
DUE = "UPDATE adjustments SET requested_at = requested_at - $1::interval, expires_at = expires_at - $1 WHERE id = $2"


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def reject(adjustment: UUID, shop: Shop) -> Decision:
    return await decide_adjustment("end", RejectAdjustment(adjustment, "no"), APPROVER, shop.commits)


async def cancel(adjustment: UUID, shop: Shop) -> Decision:
    return await decide_adjustment("end", CancelAdjustment(adjustment), CALLER, shop.commits)


async def expire(adjustment: UUID, shop: Shop) -> Decision:
    return await expire_adjustment(adjustment, WORKER, shop.commits)


ENDS = {"AdjustmentRejected": reject, "AdjustmentCancelled": cancel, "AdjustmentExpired": expire}


@pytest.mark.parametrize("type", ENDS)
async def test_an_end_waits_for_who_describes_the_item_anew_and_tells_what_it_is_by_then(shop: Shop, type: str) -> None:
    rules = SetApprovalPolicy("rules", (ApprovalRule(units_over=5),), {"expires_after_hours": 1})
    assert (await set_approval_policy(rules, CALLER, shop.units, ids)).refusals == ()
    adjustment = await shop.move("ask", Adjust(sku=SKU, location="MAIN", change=10))
    assert adjustment is not None
    if type == "AdjustmentExpired":
        await shop.outside.execute(DUE, timedelta(hours=2), adjustment)
    ending: list[asyncio.Future[Decision]] = []

    async def end() -> None:
        """Until it is over, or waits."""
        ending.append(asyncio.create_task(ENDS[type](adjustment, shop)))
        blocked = asyncio.create_task(until_blocked(shop))
        await asyncio.wait({*ending, blocked}, return_when=asyncio.FIRST_COMPLETED)
        blocked.cancel()
        await asyncio.wait({blocked})

    hand_over = UpsertItem("hand over", SKU, {"vendor": "New"})
    assert (await upsert_item(hand_over, CALLER, Held(shop.units, "items", end), ids)).refusals == ()
    assert (await ending[0]).refusals == ()

    events = [orjson.loads(body) for body in await shop.bodies()]
    vendors = {event["type"]: event["data"]["item"]["vendor"] for event in events if "item" in event["data"]}
    assert vendors == {"AdjustmentRequested": None, type: "New"}
