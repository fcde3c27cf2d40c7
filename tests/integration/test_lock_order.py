"""Locks are taken in one order: whoever names rows in whatever order waits for others, and never in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest

from db.invariants import violations
from domain.allocation import FulfillmentPolicy
from domain.movements import Adjust, Count, Receive
from domain.refusals import RefusalCode
from domain.strategies import Want
from server.embedded.database import Addresses
from services.alerts import acknowledge_alert, open_stale
from services.decisions import Decision
from services.group_commit import Batches, GroupCommit
from services.policies import SetStockPolicy, set_stock_policy
from services.ports import Unit, UnitOfWork
from services.reservations import ReserveStock, reserve_stock
from services.settlement import CommitReservation, ReleaseReservation, settle_reservation
from services.stock import Movements, MoveStock, move_stock
from services.transfers import CancelTransfer, ReceiveTransfer, TransferStock, move_transfer
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop

T = TypeVar("T")
ORDERS, LINES, CONNECTIONS = 150, 8, 12
FEW = SKUS[:10]
PLACES = [(sku, code) for sku in FEW for code in ("MAIN", "SHOP", "A")]
STANDING = "SELECT id FROM alerts WHERE tenant_id = $1 AND status <> 'RESOLVED'"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class Tried:
    """Units of work that count how often each work was begun."""

    units: UnitOfWork
    runs: int = 0
    tries: int = 0

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        self.runs += 1

        async def counted(unit: Unit) -> T:
            self.tries += 1
            return await work(unit)

        return await self.units.run(tenant, counted)


@pytest.fixture
async def shop(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """On a busy machine the last of so many waits for its turn longer than anybody should."""
    monkeypatch.setattr("db.unit_of_work.WRITE_WAIT_SECONDS", 120.0)
    async with open_shop(database, size=CONNECTIONS) as shop:
        yield shop


def _told(decision: Decision) -> Decision:
    assert decision.refusals == ()
    return decision


async def test_orders_that_name_the_same_shelves_in_any_order_never_wait_in_a_circle(shop: Shop) -> None:
    """Each request is a transaction of its own, as those of several processes are."""
    random, units = Random(4), Tried(shop.units)
    commits = GroupCommit(units, ids, Batches(batch_max=1))
    await commits.submit(Movements([Receive(sku=sku, location=code, quantity=100_000) for sku, code in PLACES], CALLER))

    async def reserve(number: int) -> UUID:
        lines = tuple(Want(*place, random.randint(1, 3)) for place in random.sample(PLACES, LINES))
        request = ReserveStock(f"order-{number}", lines)
        decision = _told(await reserve_stock(f"order-{number}", request, CALLER, commits))
        assert decision.reservation is not None
        return decision.reservation

    async def settle(reservation: UUID) -> None:
        request = random.choice([CommitReservation(reservation), ReleaseReservation(reservation)])
        _told(await settle_reservation(str(reservation), request, CALLER, commits))

    async def correct(number: int) -> None:
        places = random.sample(PLACES, LINES)
        movements = tuple(Adjust(sku=sku, location=code, change=1, reason_code="found") for sku, code in places)
        _told(await move_stock(MoveStock(f"find-{number}", movements, "moveStock"), CALLER, commits))

    before = await shop.outside.fetchval(DEADLOCKS)
    made = await asyncio.gather(*(reserve(number) for number in range(ORDERS)))
    random.shuffle(made)
    steps: list[Awaitable[None]] = [*map(settle, made), *map(correct, range(ORDERS))]
    random.shuffle(steps)
    await asyncio.gather(*steps)

    assert units.tries == units.runs == 1 + 3 * ORDERS
    await shop.database.close()  # each session tells its deadlocks at the latest when it ends
    assert await shop.outside.fetchval(DEADLOCKS) == before


async def test_those_who_bring_what_many_wait_for_never_wait_in_a_circle(shop: Shop) -> None:
    """Each who brings goods holds all reservations that wait for them, which wait for other goods too."""
    random, units = Random(5), Tried(shop.units)
    commits = GroupCommit(units, ids, Batches(batch_max=1))
    wanted = dict.fromkeys(FEW, 0)
    await commits.submit(Movements([Receive(sku=sku, location="MAIN", quantity=1) for sku in FEW], CALLER))

    async def queue(number: int) -> None:
        lines = tuple(Want(sku, None, random.randint(1, 3)) for sku in random.sample(FEW, 4))
        for line in lines:
            wanted[line.sku] += line.units
        policy = FulfillmentPolicy.BACKORDER
        request = ReserveStock(f"order-{number}", lines, policy)
        _told(await reserve_stock(f"order-{number}", request, CALLER, commits))

    async def bring(number: int, sku: str, units: int) -> None:
        others = random.sample([each for each in FEW if each != sku], 2)
        movements = (
            Receive(sku=sku, location="MAIN", quantity=units),
            *(Receive(sku=each, location="MAIN", quantity=1) for each in others),
        )
        _told(await move_stock(MoveStock(f"bring-{number}", movements, "moveStock"), CALLER, commits))

    for number in range(40):
        await queue(number)
    parts = [(sku, part) for sku in FEW for part in (1, wanted[sku] // 2, wanted[sku])]
    random.shuffle(parts)
    await asyncio.gather(*(bring(number, sku, max(1, part)) for number, (sku, part) in enumerate(parts)))

    assert units.tries == units.runs
    waiting = await shop.outside.fetchval("SELECT count(*) FROM reservation_lines WHERE backordered > 0")
    assert waiting == 0


async def test_those_who_send_goods_both_ways_never_wait_in_a_circle(shop: Shop) -> None:
    """Each step of a transfer holds it, all reservations that wait for its goods, and both of its levels."""
    random = Random(6)
    commits = GroupCommit(shop.units, ids, Batches(batch_max=1))
    await commits.submit(Movements([Receive(sku=sku, location=code, quantity=1_000) for sku, code in PLACES], CALLER))

    async def queue(number: int) -> None:
        lines = tuple(Want(sku, "SHOP", 1_001 + random.randint(1, 3)) for sku in random.sample(FEW, 4))
        request = ReserveStock(f"order-{number}", lines, FulfillmentPolicy.BACKORDER)
        _told(await reserve_stock(f"order-{number}", request, CALLER, commits))

    async def carry(number: int) -> None:
        origin, destination = random.sample(("MAIN", "A", "SHOP"), 2)
        sent = await send(number, origin, destination)
        if sent.transfer is None:  # those who wait have taken all that there was
            return
        steps = (
            ReceiveTransfer(sent.transfer, 1),
            random.choice([CancelTransfer(sent.transfer), ReceiveTransfer(sent.transfer, 2)]),
        )
        for step, request in enumerate(steps):
            _told(await move_transfer(f"step-{number}-{step}", request, CALLER, commits))

    async def send(number: int, origin: str, destination: str) -> Decision:
        request = TransferStock(random.choice(FEW), origin, destination, 3)
        return await move_transfer(f"send-{number}", request, CALLER, commits)

    before = await shop.outside.fetchval(DEADLOCKS)
    await asyncio.gather(*map(queue, range(20)), *map(carry, range(ORDERS)))

    await shop.database.close()
    assert await shop.outside.fetchval(DEADLOCKS) == before
    assert await violations(shop.outside) == []


async def test_those_who_have_seen_alerts_never_wait_in_a_circle_with_those_who_end_them(shop: Shop) -> None:
    """Whoever counts holds several levels and then their alerts; so does who looks for what does not move. Who has seen
    an alert knows its id before it holds anything."""
    random, units = Random(7), Tried(shop.units)
    commits = GroupCommit(units, ids, Batches(batch_max=1))
    await commits.submit(Movements([Receive(sku=sku, location=code, quantity=1) for sku, code in PLACES], CALLER))
    await asyncio.gather(*(_call_low(units, *place) for place in PLACES))

    async def count(number: int) -> None:
        counted = [(place, random.choice([0, 3, 20])) for place in random.sample(PLACES, LINES)]
        movements = tuple(Count(sku=sku, location=code, counted=units) for (sku, code), units in counted)
        _told(await move_stock(MoveStock(f"count-{number}", movements, "moveStock"), CALLER, commits))

    async def acknowledge(number: int) -> None:
        rows = await shop.database.fetch(CALLER.tenant, STANDING, [CALLER.tenant])
        seen = await acknowledge_alert(f"seen-{number}", random.choice(rows)["id"], CALLER, units, ids)
        assert {refusal.code for refusal in seen.refusals} <= {RefusalCode.ILLEGAL_TRANSITION}, "it has ended"

    async def look(_: int) -> None:
        await open_stale(CALLER.tenant, random.sample(PLACES, LINES), units, ids)

    async def in_turn(step: Callable[[int], Awaitable[None]], first: int) -> None:
        for number in range(first, first + ORDERS // 5):
            await step(number)

    before = await shop.outside.fetchval(DEADLOCKS)
    everybody = [*(count, acknowledge) * 5, look, look]
    await asyncio.gather(*(in_turn(step, ORDERS * number) for number, step in enumerate(everybody)))

    told = await shop.outside.fetch("SELECT DISTINCT type FROM outbox WHERE type LIKE '%Alert%'")
    assert {row["type"] for row in told} == {"LowStockAlert", "AlertAcknowledged", "AlertResolved"}
    assert units.tries == units.runs
    await shop.database.close()
    assert await shop.outside.fetchval(DEADLOCKS) == before


async def _call_low(units: UnitOfWork, sku: str, location: str) -> None:
    policy = SetStockPolicy(f"{sku} at {location}", sku, location, {"low_stock_threshold": 5, "stale_after_days": 1})
    _told(await set_stock_policy(policy, CALLER, units, ids))
