"""The worker that ends requests which nobody decided: on PostgreSQL, each once, however many processes look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from db.due_adjustments import DueAdjustments
from db.worker_session import WorkerSession
from domain.approvals import ApprovalRule
from domain.movements import Adjust, Receive
from server.embedded.database import Addresses
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.desk import EXPIRY
from services.group_commit import GroupCommit
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from workers.unanswered import Unanswered

DUE = "UPDATE adjustments SET requested_at = requested_at - $1::interval, expires_at = expires_at - $1 WHERE id = $2"


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        policy = SetApprovalPolicy("policy", (ApprovalRule(units_over=5),), {"expires_after_hours": 1})
        assert (await set_approval_policy(policy, CALLER, shop.units, ids)).refusals == ()
        await shop.move("stock", *(Receive(sku=sku, quantity=50) for sku in SKUS))
        yield shop


@asynccontextmanager
async def workers(shop: Shop, number: int = 1, at_once: int = 200) -> AsyncIterator[list[Unanswered]]:
    """As many processes would have them: each over a session and batches of its own."""
    async with AsyncExitStack() as stack:
        made: list[Unanswered] = []
        for _ in range(number):
            session = WorkerSession(shop.database)
            stack.push_async_callback(session.close)
            made.append(Unanswered(DueAdjustments(session), GroupCommit(shop.units, ids), at_once=at_once))
        yield made


async def ask(shop: Shop, number: int, *, due: bool = True) -> UUID:
    id_ = await shop.move(f"request {number}", Adjust(sku=SKUS[number % 5], change=-6, reason_code="lost"))
    assert id_ is not None
    if due:
        await shop.outside.execute(DUE, timedelta(hours=2), id_)
    return id_


async def statuses(shop: Shop) -> dict[UUID, str]:
    return {row[0]: row[1] for row in await shop.outside.fetch("SELECT id, status FROM adjustments")}


async def ends_told(shop: Shop) -> int:
    return await shop.outside.fetchval("SELECT count(*) FROM outbox WHERE type = 'AdjustmentExpired'") or 0


async def test_what_nobody_decided_in_time_expires_and_what_has_time_goes_on_waiting(shop: Shop) -> None:
    late, early = await ask(shop, 1), await ask(shop, 2, due=False)
    async with workers(shop) as [worker]:
        assert not await worker.turn()
    assert await statuses(shop) == {late: "EXPIRED", early: "PENDING_APPROVAL"}
    row = await shop.outside.fetchrow("SELECT actor, action, subject FROM audit_log WHERE action = 'expireAdjustment'")
    assert row is not None and tuple(row) == (EXPIRY, "expireAdjustment", str(late))
    assert await shop.outside.fetchval("SELECT count(*) FROM ledger WHERE kind = 'ADJUSTMENT'") == 0


async def test_more_than_one_turn_takes_is_ended_by_the_next(shop: Shop) -> None:
    for number in range(5):
        await ask(shop, number)
    async with workers(shop, at_once=2) as [worker]:
        assert [await worker.turn() for _ in range(4)] == [True, True, False, False]
    assert await ends_told(shop) == 5


async def test_of_two_workers_one_ends_requests_and_the_other_takes_over_when_it_goes(shop: Shop) -> None:
    async with workers(shop, 2) as [first, second]:
        await ask(shop, 1)
        await asyncio.gather(first.turn(), second.turn())
        assert await ends_told(shop) == 1
        await ask(shop, 2)
        assert sum([await first.turn(), await second.turn()]) == 0
        assert await ends_told(shop) == 2
    await ask(shop, 3)
    async with workers(shop) as [third]:
        await third.turn()
    assert await ends_told(shop) == 3


class Everybody(DueAdjustments):
    """Thinks itself alone, as one does whose connection was lost and who does not know it yet."""

    async def alone(self) -> bool:
        return True


async def test_two_who_both_think_themselves_alone_end_each_request_once(shop: Shop) -> None:
    for number in range(20):
        await ask(shop, number)
    async with AsyncExitStack() as stack:
        made: list[Unanswered] = []
        for _ in range(2):
            session = WorkerSession(shop.database)
            stack.push_async_callback(session.close)
            made.append(Unanswered(Everybody(session), GroupCommit(shop.units, ids)))
        await asyncio.gather(*(each.turn() for each in made))
    assert await ends_told(shop) == 20
    assert set((await statuses(shop)).values()) == {"EXPIRED"}
    assert await shop.outside.fetchval("SELECT count(*) FROM audit_log WHERE action = 'expireAdjustment'") == 20


async def test_one_that_cannot_be_ended_is_set_aside_and_holds_up_no_other(shop: Shop) -> None:
    bad, good = await ask(shop, 1), await ask(shop, 2)
    await shop.outside.execute(DUE, timedelta(hours=1), bad)
    await shop.outside.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; CREATE TRIGGER fail "
        f"BEFORE UPDATE ON adjustments FOR EACH ROW WHEN (NEW.id = '{bad}') EXECUTE FUNCTION fail()"
    )
    async with workers(shop, at_once=1) as [worker]:
        assert [await worker.turn() for _ in range(3)] == [True, True, False]
        assert await statuses(shop) == {bad: "PENDING_APPROVAL", good: "EXPIRED"}
        await shop.outside.execute("DROP TRIGGER fail ON adjustments")
    async with workers(shop) as [worker]:
        await worker.turn()
    assert set((await statuses(shop)).values()) == {"EXPIRED"}
