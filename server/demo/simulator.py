"""The simulator: keeps the demo's shops busy through the services, as one more caller among others."""

import asyncio
import logging
import time
from random import Random, SystemRandom

from db.faults import DatabaseFault
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.tenants import Tenant
from server.demo.catalogue.items import tenants
from server.demo.shop import Command, Shop
from server.ids import new_id
from server.logging import configure
from server.nudging import nudging
from server.processes import reached
from server.settings import Settings
from services.ports import UnitOfWork
from services.reads import LevelFilter, StockReads
from services.stock import MoveStock, move_stock
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

#: All levels are looked at anew after so long, to see new items and other people's changes.
LOOK_AGAIN_S = 60.0
POOL_SIZE = 2


async def simulate(settings: Settings) -> None:
    """Runs until it is cancelled; goes on by itself when the database was away."""
    configure(settings.log_level)
    async with reached(settings, POOL_SIZE) as database, nudging(settings) as nudge:
        units = PostgresUnitOfWork(database, random=SystemRandom(), nudge=nudge)
        await _run(PostgresReads(database).stock, units, settings.simulator_rate)


async def _run(stock: StockReads, units: UnitOfWork, rate: float) -> None:
    """`rate` commands a second over all tenants, on average."""
    rng, outage = Random(), Outage("the database", Random())
    people = [Person(_caller(tenant), Shop(rng), stock, units) for tenant in tenants()]
    while True:
        await asyncio.sleep(rng.expovariate(rate))
        person = rng.choice(people)
        try:
            await person.act(time.monotonic())
            outage.over()
        except DatabaseFault as fault:
            await outage.pause(fault)


def _caller(tenant: Tenant) -> Caller:
    return Caller(tenant.id, tenant.slug, "simulator", frozenset({Role.SYSTEM}))


class Person:
    """Acts in one shop. A command that failed on the way is sent again under its key before anything else."""

    def __init__(self, caller: Caller, shop: Shop, stock: StockReads, units: UnitOfWork) -> None:
        self._caller, self._shop, self._stock, self._units = caller, shop, stock, units
        self._looked_at = float("-inf")
        self._unanswered: tuple[str, Command] | None = None

    async def act(self, now: float) -> None:
        """One command, if there is anything to do. Raises DatabaseFault."""
        if now - self._looked_at > LOOK_AGAIN_S:
            snapshot = await self._stock.snapshot(self._caller.scope, LevelFilter())
            self._shop.see(snapshot.things, now)
            self._looked_at = now
        if self._unanswered is None:
            command = self._shop.next(now)
            if command is None:
                return
            self._unanswered = str(new_id()), command
        key, command = self._unanswered
        asked = MoveStock(key, command.movements, command.operation)
        decision = await move_stock(asked, self._caller, self._units, new_id)
        self._unanswered = None
        if not decision.refusals:
            self._shop.happened(command, now)
        places = [(movement.sku, movement.location or "") for movement in command.movements]
        self._shop.noticed(await self._stock.levels_at(self._caller.scope, places))
