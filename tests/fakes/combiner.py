"""A combiner over units of work in memory that can be held back, and commands that write themselves down or fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from domain.access import Caller, Role
from domain.identity import tenant_id
from domain.movements import Receive
from domain.places import Place
from domain.tenants import Tenant
from services.commands import Command, Needs
from services.decisions import Claim, Decision
from services.desk import Desk
from services.group_commit import Batches, GroupCommit
from services.ports import Unit
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids, items
from tests.fakes.house import House
from tests.fakes.units import FakeUnitOfWork

T = TypeVar("T")
CALLER = Caller(ACME.id, ACME.slug, "manager@acme", frozenset({Role.MANAGER}))
OTHER = Caller(GLOBEX.id, GLOBEX.slug, "manager@globex", frozenset({Role.MANAGER}))
STRANGER = Caller(tenant_id("initech"), "initech", "manager@initech", frozenset({Role.MANAGER}))
ONE_LANE = Batches(lanes=1)


class Note(Command):
    """A command that needs nothing and writes itself down; `fails` in its own way."""

    def __init__(
        self, written: list[str], name: str, *, lane: str = "blue", caller: Caller = CALLER, claim: Claim | None = None
    ) -> None:
        super().__init__(caller, claim)
        self._written, self._name, self._lane = written, name, lane

    @property
    def lane(self) -> str:
        return self._lane

    def needs(self) -> Needs:
        return Needs()

    def places(self, desk: Desk) -> Iterable[Place]:
        return ()

    def decide(self, desk: Desk) -> Decision:
        self._written.append(self._name)
        return Decision(subject=self._name)


class Broken(Note):
    """A command that has a fault."""

    def decide(self, desk: Desk) -> Decision:
        raise ZeroDivisionError(self._name)


class BrokenEarly(Note):
    """A command that has a fault before anything is locked."""

    def needs(self) -> Needs:
        raise ZeroDivisionError(self._name)


class Turnstile(FakeUnitOfWork):
    """Units of work that wait, while it is closed, before they commit; `begun` holds the tenant of each."""

    def __init__(self) -> None:
        super().__init__(*(_house(tenant) for tenant in (ACME, GLOBEX)))
        self.begun: list[UUID] = []
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = self.at_once_max = 0
        self.fault: Exception | None = None

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        self.begun.append(tenant)
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        try:
            await self.open.wait()
            if self.fault is not None:
                raise self.fault
            return await super().run(tenant, work)
        finally:
            self.at_once -= 1


def _house(tenant: Tenant) -> House:
    return House(tenant, {each.sku: each for each in items()}, {each.code: each for each in LOCATIONS})


@dataclass
class Combiner:
    """A combiner over units of work in memory; `batches` holds the size of each batch that was committed."""

    bounds: Batches = ONE_LANE

    def __post_init__(self) -> None:
        self.units = Turnstile()
        self.batches: list[int] = []
        self.commits = GroupCommit(self.units, ids, self.bounds, told=self._told)
        self.written: list[str] = []

    def _told(self, commands: Sequence[Command], decisions: Sequence[Decision]) -> None:
        self.batches.append(len(decisions))

    def note(self, name: str, lane: str = "blue", caller: Caller = CALLER) -> asyncio.Future[Decision]:
        return self.send(Note(self.written, name, lane=lane, caller=caller))

    def send(self, command: Command) -> asyncio.Future[Decision]:
        return self.commits.submit(command)

    def receive(self, key: str, quantity: int = 1, sku: str = "blue") -> asyncio.Future[Decision]:
        movements = (Receive(sku=sku, location="MAIN", quantity=quantity),)
        return asyncio.ensure_future(move_stock(MoveStock(key, movements, "receiveStock"), CALLER, self.commits))

    async def behind_one(self) -> asyncio.Future[Decision]:
        """Close the turnstile with one command in it: what comes now has to wait."""
        self.units.open.clear()
        first = self.note("first")
        await self.settled()
        return first

    async def settled(self) -> None:
        """Until every command that was sent has come as far as it can while the turnstile is closed."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def told_at_once(self, sent: asyncio.Future[Decision]) -> Decision:
        """What is told without waiting for the turnstile."""
        await self.settled()
        assert sent.done(), "this waits with the others"
        return sent.result()

    @property
    def on_hand(self) -> int:
        level = self.units.houses[ACME.id].levels.get(("blue", "MAIN"))
        return level.on_hand if level else 0
