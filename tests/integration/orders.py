"""Two tenants whose orders are in every state that a reservation can come to, as their events tell them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.allocation import FulfillmentPolicy
from domain.events import ReservationChanged
from domain.items import Item
from domain.movements import Receive
from domain.reasons import DEFAULT_REASON_CODES
from domain.reservation_lines import LineQuantity
from domain.reservation_state import ReservationState
from domain.strategies import Want
from domain.tenants import Tenant
from server.embedded.database import Addresses
from services.decisions import Decision
from services.envelope import decode, with_tx
from services.group_commit import GroupCommit
from services.reservations import Reserve, ReserveStock, reserve_stock
from services.settlement import (
    CommitReservation,
    ConfirmReservation,
    ReleaseReservation,
    SettleReservation,
    settle_reservation,
)
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids

#: SKU -> its vendor.
VENDORS = {"tent": "north", "pole": "north", "lamp": "south", "bulb": None}
STATES = 8


@dataclass
class Desk:
    """One tenant's orders as they are placed and settled; keys are numbers in a row."""

    tenant: Tenant
    commits: GroupCommit
    keys: int = 0

    @property
    def caller(self) -> Caller:
        return Caller(self.tenant.id, self.tenant.slug, f"admin@{self.tenant.slug}", frozenset({Role.ADMIN}))

    @property
    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    async def receive(self, sku: str, location: str, quantity: int) -> None:
        movement = Receive(sku=sku, location=location, quantity=quantity)
        await move_stock(MoveStock(self.key, (movement,), "receiveStock"), self.caller, self.commits)

    async def reserve(self, order: str, *lines: Want, **how: Any) -> UUID:
        decision = await reserve_stock(self.key, ReserveStock(order, lines, **how), self.caller, self.commits)
        assert decision.reservation, decision.refusals
        return decision.reservation

    async def settle(self, request: SettleReservation) -> None:
        decision = await settle_reservation(self.key, request, self.caller, self.commits)
        assert decision.refusals == ()

    async def fail(self, order: str, *lines: Want) -> Decision:
        """An order that came as an event and could not be served."""
        return await self.commits.submit(Reserve(ReserveStock(order, lines), self.caller, kept_if_refused=True))


async def fill(addresses: Addresses) -> None:
    pool = await Database.connect(addresses.application_url, size=2)
    for tenant in (ACME, GLOBEX):
        items = [Item(ids(), sku, f"Goods {sku}", vendor=vendor, version=1) for sku, vendor in VENDORS.items()]
        await bulk.load(pool, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items)
        units = PostgresUnitOfWork(pool, random=random.Random(1), nudge=lambda: None)
        await _place(Desk(tenant, GroupCommit(units, ids)))
    await pool.close()
    await bulk.analyze(addresses.owner_url)


async def place_unserved(addresses: Addresses, orders: Mapping[str, int]) -> None:
    """Orders of so many lines each of which there is nothing, told one after another."""
    pool = await Database.connect(addresses.application_url, size=2)
    await bulk.load(pool, ACME, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=())
    desk = Desk(ACME, GroupCommit(PostgresUnitOfWork(pool, random=random.Random(1), nudge=lambda: None), ids))
    for order, lines in orders.items():
        await desk.fail(order, *(Want(f"nowhere-{number}", None, 1) for number in range(lines)))
    await pool.close()


async def _place(desk: Desk) -> None:
    """Orders of each kind; 'often' four times, of which the newest stands."""
    for sku, place, quantity in (("tent", "MAIN", 20), ("tent", "SHOP", 9), ("lamp", "MAIN", 50), ("pole", "A", 6)):
        await desk.receive(sku, place, quantity)
    await desk.reserve("pending", Want("tent", None, 2), Want("lamp", None, 1), ttl_seconds=60)
    await desk.reserve("later", Want("lamp", "MAIN", 3), ttl_seconds=3_600, channel="web", zone="north")
    paid = await desk.reserve("paid", Want("tent", None, 1))
    await desk.settle(ConfirmReservation(paid))
    shipped = await desk.reserve("shipped", Want("tent", "SHOP", 2), Want("pole", None, 1))
    await desk.settle(CommitReservation(shipped))
    partly = await desk.reserve("partly", Want("lamp", None, 4))
    await desk.settle(CommitReservation(partly, (LineQuantity(1, sku="lamp"),), "S-1"))
    await desk.settle(ReleaseReservation(partly, (LineQuantity(2, sku="lamp"),)))
    for _ in range(3):
        dropped = await desk.reserve("often", Want("tent", None, 1))
        await desk.settle(ReleaseReservation(dropped))
    await desk.reserve("often", Want("tent", None, 1), Want("lamp", None, 1), ttl_seconds=120)
    await desk.reserve("split", Want("tent", None, 22), policy=FulfillmentPolicy.PARTIAL)
    await desk.reserve("queued", Want("pole", None, 9), Want("lamp", None, 1), policy=FulfillmentPolicy.BACKORDER)
    await desk.receive("pole", "SHOP", 1)
    await desk.fail("nothing", Want("nowhere", None, 1))
    await desk.fail("too much", Want("bulb", "A-1", 5), Want("lamp", None, 1_000))


@dataclass(frozen=True, slots=True)
class Orders:
    """The read models over it, and the reservations of ACME as its last events tell them, the newest first."""

    database: Database
    reads: PostgresReads
    states: Sequence[ReservationState]

    def of(self, order: str) -> ReservationState:
        """The newest of an order."""
        return next(state for state in self.states if state.reservation.order.id == order)


@asynccontextmanager
async def open_orders(addresses: Addresses) -> AsyncIterator[Orders]:
    pool = await Database.connect(addresses.application_url, size=2)
    outside = await asyncpg.connect(addresses.superuser_url)
    told: dict[UUID, ReservationState] = {}
    for row in await outside.fetch("SELECT body FROM outbox WHERE tenant_id = $1 ORDER BY id", ACME.id):
        event = decode(with_tx(row[0], 1)).event
        if isinstance(event, ReservationChanged):
            told[event.state.id] = event.state
    await outside.close()
    yield Orders(pool, PostgresReads(pool), sorted(told.values(), key=lambda state: state.id, reverse=True))
    await pool.close()
