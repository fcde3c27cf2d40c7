"""One level of a store and all that can be done to it through the services, in either world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TypeVar
from uuid import UUID

from domain.access import Caller, Role
from domain.alerts import Alert
from domain.approvals import ApprovalRule
from domain.movements import Movement, Receive
from domain.strategies import Want
from services.adjustments import ApproveAdjustment, decide_adjustment
from services.alerts import acknowledge_alert
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.batch import carry_out
from services.commands import Command
from services.cycle_counts import CreateCycleCount, RecordCycleCount, create_cycle_count, record_cycle_count
from services.decisions import Decision
from services.desk import EXPIRY
from services.group_commit import GroupCommit
from services.items import UpsertItem, upsert_item
from services.policies import SetStockPolicy, set_stock_policy
from services.ports import Unit, UnitOfWork
from services.reservations import ReserveStock, reserve_stock
from services.settlement import (
    CommitReservation,
    ReleaseReservation,
    SettleReservation,
    expire_reservation,
    settle_reservation,
)
from services.stock import MoveStock, move_stock
from services.transfers import MoveTransfer, TransferStock, move_transfer
from tests.conformance.units_worlds import ACME, World, ids

T = TypeVar("T")
MANAGER = Caller(ACME.id, ACME.slug, "manager@acme", frozenset({Role.ADMIN}))
APPROVER = replace(MANAGER, subject="approver@acme")
WORKER = Caller(ACME.id, ACME.slug, EXPIRY, frozenset({Role.SYSTEM}))
#: What there is at first, and what of it is low.
STOCK, THRESHOLD = 10, 5
ALERTS = ("LowStockAlert", "StaleStockAlert", "AlertAcknowledged", "AlertResolved")


@dataclass
class Counted:
    """Units of work that count their transactions."""

    units: UnitOfWork
    runs: int = 0

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        self.runs += 1
        return await self.units.run(tenant, work)


@dataclass
class Store:
    """Of the SKU blue at MAIN; keys are numbers in a row."""

    world: World
    units: Counted = field(init=False)
    keys: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.units = Counted(self.world.units)

    @property
    def commits(self) -> GroupCommit:
        """Of a process of its own."""
        return GroupCommit(self.units, ids)

    @property
    def key(self) -> str:
        return f"key-{next(self.keys)}"

    async def told(self, step: Callable[[], Awaitable[object]]) -> list[str]:
        """What one transaction tells of levels and alerts, in its order."""
        before, runs = len(await self.world.events()), self.units.runs
        await step()
        assert self.units.runs == runs + 1
        new = (await self.world.events())[before:]
        return [type for type, _, _ in new if type in ("StockLevelChanged", *ALERTS)]

    async def only(self) -> Alert:
        """The one alert that there ever was."""
        (alert,) = await self.world.alerts()
        return alert

    # ------------------------------------------------------------------ what is done
    async def move(self, *movements: Movement) -> UUID | None:
        request = MoveStock(self.key, movements, "moveStock")
        return _done(await move_stock(request, MANAGER, self.commits)).adjustment

    async def receive(self, quantity: int, location: str = "MAIN") -> None:
        await self.move(Receive(sku="blue", location=location, quantity=quantity))

    async def reserve(self, quantity: int) -> UUID:
        key = self.key
        request = ReserveStock(key, (Want("blue", "MAIN", quantity),))
        return _made(_done(await reserve_stock(key, request, MANAGER, self.commits)).reservation)

    async def settle(self, request: SettleReservation) -> None:
        _done(await settle_reservation(self.key, request, MANAGER, self.commits))

    async def commit(self, reservation: UUID) -> None:
        await self.settle(CommitReservation(reservation))

    async def release(self, reservation: UUID) -> None:
        await self.settle(ReleaseReservation(reservation))

    async def expire(self, reservation: UUID) -> None:
        _done(await expire_reservation(reservation, WORKER, self.commits))

    async def fall_due(self, reservation: UUID) -> None:
        """As if its time had come."""

        async def work(unit: Unit) -> None:
            (read,) = await unit.reservations.lock([reservation], (), ())
            assert read.expires_at is not None
            due = replace(read, expires_at=read.created_at + timedelta(microseconds=1), version=read.version + 1)
            await unit.reservations.save((), [(read, due)])

        await self.world.run(work)

    async def send(self, quantity: int, origin: str, destination: str) -> UUID:
        return _made((await self.carry(TransferStock("blue", origin, destination, quantity))).transfer)

    async def carry(self, request: MoveTransfer) -> Decision:
        return _done(await move_transfer(self.key, request, MANAGER, self.commits))

    async def list_to_count(self) -> UUID:
        request = CreateCycleCount("MAIN", ("blue",))
        return _made(_done(await create_cycle_count(self.key, request, MANAGER, self.units, ids)).cycle_count)

    async def record(self, cycle_count: UUID, counted: int) -> None:
        request = RecordCycleCount(cycle_count, "blue", counted)
        _done(await record_cycle_count(self.key, request, MANAGER, self.commits))

    async def hold_back(self, units_over: int) -> None:
        """Corrections of more units wait for approval."""
        policy = SetApprovalPolicy(self.key, (ApprovalRule(units_over=units_over),), {})
        _done(await set_approval_policy(policy, MANAGER, self.units, ids))

    async def approve(self, adjustment: UUID | None) -> None:
        request = ApproveAdjustment(_made(adjustment))
        _done(await decide_adjustment(self.key, request, APPROVER, self.commits))

    async def allow(self, location: str = "MAIN", **thresholds: int | None) -> None:
        policy = SetStockPolicy(self.key, "blue", location, thresholds)
        _done(await set_stock_policy(policy, MANAGER, self.units, ids))

    async def describe(self, **fields: object) -> None:
        _done(await upsert_item(UpsertItem(self.key, "blue", fields), MANAGER, self.units, ids))

    async def acknowledge(self, alert: UUID, by: Caller = MANAGER, key: str | None = None) -> Decision:
        return await acknowledge_alert(key or self.key, alert, by, self.units, ids)

    async def together(self, *commands: Command) -> list[Decision]:
        """As one batch; refused or not."""
        return await self.units.run(ACME.id, partial(carry_out, commands, ids=ids))


def _done(decision: Decision) -> Decision:
    assert decision.refusals == ()
    return decision


def _made(id_: UUID | None) -> UUID:
    assert id_ is not None
    return id_


async def open_store(world: World) -> Store:
    store = Store(world)
    await store.receive(STOCK)
    await store.allow(low_stock_threshold=THRESHOLD)
    return store
