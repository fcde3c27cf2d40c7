"""The simulator: keeps the demo's shops busy through the services, as one more caller among others."""

import asyncio
import logging
import time
from random import Random, SystemRandom

from db.faults import DatabaseFault
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from domain.tenants import Tenant
from server.demo.catalogue.items import tenants
from server.demo.shop import Command, Moves, Shop
from server.ids import new_id
from server.logging import configure
from server.nudging import nudging
from server.processes import reached
from server.settings import Settings
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.reads import PAGE_SIZE_MAX, LevelFilter, PageRequest, Reads, ReservationFilter
from services.reservations import ReserveStock, reserve_stock
from services.settlement import settle_reservation
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
        commits = GroupCommit(units, new_id)
        try:
            await _run(PostgresReads(database), commits, settings.simulator_rate)
        finally:
            await commits.finish()


async def _run(reads: Reads, commits: GroupCommit, rate: float) -> None:
    """`rate` commands a second over all tenants, on average."""
    rng, outage = Random(), Outage("the database", Random())
    people = [Person(_caller(tenant), Shop(rng), reads, commits) for tenant in tenants()]
    while True:
        await asyncio.sleep(rng.expovariate(rate))
        person = rng.choice(people)
        try:
            await person.act(time.monotonic())
            outage.over()
        except DatabaseFault as fault:
            await outage.pause(fault)


def _caller(tenant: Tenant) -> Caller:
    return Caller(tenant.id, tenant.slug, "simulator", frozenset({Role.SYSTEM, Role.MANAGER}))


class Person:
    """Acts in one shop. A command that failed on the way is sent again under its key before anything else."""

    def __init__(self, caller: Caller, shop: Shop, reads: Reads, commits: GroupCommit) -> None:
        self._caller, self._shop, self._reads, self._commits = caller, shop, reads, commits
        self._looked_at = float("-inf")
        self._unanswered: tuple[str, Command] | None = None

    async def act(self, now: float) -> None:
        """One command, if there is anything to do. Raises DatabaseFault."""
        if now - self._looked_at > LOOK_AGAIN_S:
            await self._look(now)
        if self._unanswered is None:
            command = self._shop.next(now)
            if command is None:
                return
            self._unanswered = str(new_id()), command
        key, command = self._unanswered
        decision = await ask(key, command, self._caller, self._commits)
        self._unanswered = None
        if not decision.refusals:
            self._shop.happened(command, decision.reservation, now)
        self._shop.noticed(await self._reads.stock.levels_at(self._caller.scope, command.places))

    async def _look(self, now: float) -> None:
        """All levels; the first time what waits to be shipped, too."""
        paid = [] if self._shop.levels else await self._paid()
        snapshot = await self._reads.stock.snapshot(self._caller.scope, LevelFilter())
        self._shop.find(paid, now)
        self._shop.see(snapshot.things)
        self._looked_at = now

    async def _paid(self) -> list[ReservationState]:
        filter, cursor = ReservationFilter(status=[ReservationStatus.CONFIRMED]), None
        found: list[ReservationState] = []
        while True:
            page = await self._reads.reservations.matching(
                self._caller.scope, filter, PageRequest(PAGE_SIZE_MAX, cursor)
            )
            found += [edge.node for edge in page.edges]
            if not page.has_next:
                return found
            cursor = page.edges[-1].cursor


async def ask(key: str, command: Command, caller: Caller, commits: GroupCommit) -> Decision:
    """Have the services carry out a command under this idempotency key."""
    match command.request:
        case Moves(operation, movements):
            return await move_stock(MoveStock(key, movements, operation), caller, commits)
        case ReserveStock() as request:
            return await reserve_stock(key, request, caller, commits)
        case request:
            return await settle_reservation(key, request, caller, commits)
