"""The workers on PostgreSQL: what is due ends once, who waits is served, what is old is forgotten; all by indexes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db import due_reservations, retention, revoked_tokens, waiting
from db.due_reservations import DUE_CLASS, DueReservations
from db.faults import DatabaseUnavailable
from db.pool import Database
from db.retention import OldRows
from db.waiting import WaitingStock
from db.worker_session import WorkerSession
from domain.allocation import FulfillmentPolicy
from domain.movements import Receive
from domain.strategies import Want
from server.embedded.database import Addresses
from services.batch import carry_out
from services.group_commit import GroupCommit
from services.ports import BACKORDERS_AT_ONCE, Unit
from services.reservations import ReserveStock, reserve_stock
from services.settlement import Confirm, ConfirmReservation, settle_reservation
from subscriptions.outage import Outage
from tests.conformance.units_worlds import ACME, GLOBEX, ids, receive
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from workers import expiry, set_aside
from workers.expiry import Expiry
from workers.ports import Patience
from workers.retention import Kept, Retention
from workers.waiting import Sweep

A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=366)
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stockcast worker'"


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


async def statuses(shop: Shop) -> dict[str, str]:
    rows = await shop.outside.fetch("SELECT order_id, status FROM reservations")
    return dict(row for row in rows)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - nobody tells; it is looked for
            await asyncio.sleep(0.02)


async def expired(shop: Shop, number: int) -> None:
    async def are() -> bool:
        return list((await statuses(shop)).values()).count("EXPIRED") >= number

    await until(are)


async def ends_told(shop: Shop) -> int:
    """How many events tell that a reservation expired."""
    sql = "SELECT count(*) FROM outbox WHERE type = 'InventoryReservationExpired'"
    return await shop.outside.fetchval(sql) or 0


# ------------------------------------------------------------------ expiry
async def test_what_nobody_paid_for_in_time_gives_its_stock_back_and_what_was_paid_for_stays(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
    paid = await reserve(shop, "paid")
    await reserve(shop, "unpaid")
    await reserve(shop, "later", ttl_seconds=900)
    decision = await settle_reservation("pay", ConfirmReservation(paid), CALLER, shop.commits)
    assert decision.refusals == ()
    told = len(shop.nudges)

    async with expiring(shop):
        await expired(shop, 1)

    assert await statuses(shop) == {"paid": "CONFIRMED", "unpaid": "EXPIRED", "later": "PENDING"}
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

    on_time = "SELECT updated_at - created_at < ttl_seconds * interval '1 s' + interval '1 s' FROM reservations"
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

    assert await statuses(shop) == {"paid": "CONFIRMED", "unpaid": "EXPIRED"}
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
        assert await statuses(shop) == {"impossible": "PENDING", "order": "EXPIRED"}
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


async def test_a_session_that_is_cut_is_made_again_and_its_locks_with_it(shop: Shop) -> None:
    session, other = WorkerSession(shop.database), WorkerSession(shop.database)
    assert await session.holds(1, 1)
    await shop.outside.execute(CUT)
    for _ in range(2):
        with suppress(DatabaseUnavailable):  # once, unless it has noticed already
            await session.fetch("SELECT 1")
    assert await session.holds(1, 1)
    assert not await other.holds(1, 1)
    await session.close()
    await other.close()


# ------------------------------------------------------------------ those who wait
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
    assert await statuses(shop) == {"order": "BACKORDERED"}

    async with sweeping(shop) as sweep:
        assert [await sweep.turn() for _ in range(2)] == [True, False]

    assert await statuses(shop) == {"order": "PENDING"}


async def test_more_than_one_batch_looks_at_are_served_batch_by_batch(shop: Shop) -> None:
    number = BACKORDERS_AT_ONCE + 50
    await asyncio.gather(*(wait_for(shop, f"order-{n}", SKUS[0]) for n in range(number)))
    await arrive_unnoticed(shop, SKUS[0], quantity=number)

    async with sweeping(shop) as sweep:
        assert [await sweep.turn() for _ in range(3)] == [True, True, False]

    assert set((await statuses(shop)).values()) == {"PENDING"}


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

    assert (await statuses(shop))[f"order-{SKUS[4]}"] == "PENDING"


async def test_one_process_at_a_time_sweeps(shop: Shop) -> None:
    sessions = [WorkerSession(shop.database) for _ in range(2)]
    first, second = (WaitingStock(shop.database, session) for session in sessions)
    assert [await first.alone(), await second.alone(), await first.alone()] == [True, False, True]
    await sessions[0].close()
    assert await second.alone()
    await sessions[1].close()


# ------------------------------------------------------------------ retention
async def test_decisions_are_known_for_their_time_and_deleted_then_a_few_at_once(shop: Shop) -> None:
    for n in range(6):
        await shop.move(f"key-{n}", Receive(sku=SKUS[0], quantity=1))
    await shop.outside.execute("UPDATE decisions SET claimed_at = now() - interval '25 hours' WHERE key < 'key-5'")
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    assert await shop.outside.fetch("SELECT key FROM decisions") == [("key-5",)]
    await session.close()


async def test_deliveries_are_known_for_their_time(shop: Shop) -> None:
    await shop.outside.execute(
        "INSERT INTO inbox (tenant_id, id, type, outcome, received_at) "
        "SELECT $1, n::text, 'OrderCreated', 'APPLIED', now() - n * interval '1 day' FROM generate_series(0, 5) AS n",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, 3 * A_DAY, A_YEAR), rows_at_once=100)

    assert await old.turn() is False

    assert await shop.outside.fetch("SELECT id FROM inbox ORDER BY id") == [("0",), ("1",), ("2",)]
    await session.close()


async def test_revoked_tokens_are_known_until_they_have_expired_for_an_hour(shop: Shop) -> None:
    await shop.outside.execute(
        "INSERT INTO revoked_tokens (tenant_id, token_id, expires_at) "
        "SELECT $1::uuid, n::text, now() - n * interval '40 minutes' FROM generate_series(0, 5) AS n "
        "UNION ALL SELECT $1::uuid, 'for ever', NULL",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    left = await shop.outside.fetch("SELECT token_id FROM revoked_tokens ORDER BY 1")
    assert [row[0] for row in left] == ["0", "1", "for ever"]
    await session.close()


async def test_the_audit_log_is_kept_for_its_time_a_few_entries_deleted_at_once(shop: Shop) -> None:
    await shop.outside.execute("ALTER TABLE audit_log DISABLE TRIGGER audit_log_told_now")
    await shop.outside.execute(
        "INSERT INTO audit_log (tenant_id, id, recorded_at, actor, action, subject_type, subject) "
        "SELECT $1, gen_random_uuid(), now() - (363 + n) * interval '1 day', 'admin', 'upsertItem', 'Item', n::text "
        "FROM generate_series(1, 7) AS n",
        ACME.id,
    )
    session = WorkerSession(shop.database)
    old = Retention(OldRows(session), Kept(A_DAY, A_DAY, A_YEAR), rows_at_once=3)

    assert [await old.turn() for _ in range(3)] == [True, False, False]

    left = await shop.outside.fetch("SELECT subject FROM audit_log ORDER BY 1")
    assert [row[0] for row in left] == ["1", "2"]
    await session.close()


# ------------------------------------------------------------------ indexes
STATEMENTS = {
    "look": (due_reservations.LOOK, [60.0, [ACME.id], [ACME.id], 100, 0.25]),
    "waiting": (waiting.SKUS, [ACME.id, "", 100]),
    "decisions": (retention.FORGET_DECISIONS, [A_DAY, 100]),
    "inbox": (retention.FORGET_DELIVERIES, [A_DAY, 100]),
    "revoked tokens": (retention.FORGET_REVOCATIONS, [100]),
    "revoked tokens of late": (revoked_tokens.LATELY, [A_DAY]),
    "audit log": (retention.FORGET_AUDIT, [A_YEAR, 100]),
}

#: Columns by which rows are chosen.
MOMENTS = ("expires_at", "claimed_at", "received_at", "revoked_at", "recorded_at")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_workers_find_their_rows_by_an_index_and_sort_none(shop: Shop, name: str) -> None:
    sql, arguments = STATEMENTS[name]
    session = WorkerSession(shop.database)
    plan = json.loads((await session.fetch(f"EXPLAIN (FORMAT JSON) {sql}", *arguments))[0][0])
    await session.close()
    nodes = list(_nodes(plan[0]["Plan"]))
    tables = [node for node in nodes if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
    assert tables
    assert {node["Node Type"] for node in tables} <= {"Index Scan", "Index Only Scan"}
    assert not any("Sort" in node["Node Type"] for node in nodes)
    assert all("Index Cond" in node for node in tables)
    assert not any(moment in node.get("Filter", "") for node in tables for moment in MOMENTS)


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


async def test_the_application_itself_forgets_nothing(database: Addresses, shop: Shop) -> None:
    pool = await Database.connect(database.application_url, size=1)
    for table in ("decisions", "inbox", "revoked_tokens"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetch(ACME.id, f"DELETE FROM {table}")
    await pool.close()
