"""Expiry where something is slow or full: what is still held is told, and what was not begun is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from prometheus_client import REGISTRY

from services.group_commit import Batches
from services.ports import Overloaded
from tests.conformance.units_worlds import ACME, ids
from tests.fakes.combiner import Combiner
from workers.expiry import Expiry

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class FakeDue:
    id: UUID
    late_s: float = 7.0


@dataclass(frozen=True)
class FakeLook:
    tenants: Mapping[UUID, datetime]
    oldest_s: float
    next_s: float | None = None
    more: bool = False


@dataclass
class FakeDueReservations:
    """One reservation is due, for seven seconds. `tried` gets a number each time that it is to be ended."""

    tried: asyncio.Queue[int] = field(default_factory=asyncio.Queue[int])
    numbers: count[int] = field(default_factory=count)

    async def look(self, back_s: float, ahead_s: float, tenants: Collection[UUID], ids: Collection[UUID]) -> FakeLook:
        return FakeLook({}, 0.0) if ACME.id in tenants else FakeLook({ACME.id: NOON}, 7.0)

    async def claim(self, tenants: Collection[UUID]) -> Collection[UUID]:
        return tenants

    async def give_back(self, tenant: UUID) -> None:
        """Nobody else is there."""

    async def read(self, tenant: UUID, since: datetime, but_for: Collection[UUID], limit: int) -> Sequence[FakeDue]:
        self.tried.put_nowait(next(self.numbers))
        return [FakeDue(ids())]


class FakePatience:
    """Keeps what it bore with, and goes on at once."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []

    def over(self) -> None:
        """It answered."""

    async def pause(self, fault: BaseException) -> None:
        self.faults.append(fault)


@asynccontextmanager
async def expiring(due: FakeDueReservations, combiner: Combiner, clock: count[int]) -> AsyncIterator[FakePatience]:
    """Each look at the clock takes a second."""
    writing = FakePatience()
    expiry = Expiry(due, combiner.commits, FakePatience(), writing, clock=lambda: next(clock))
    task = asyncio.create_task(expiry.run())
    try:
        async with asyncio.timeout(30):
            yield writing
    finally:
        combiner.units.open.set()
        task.cancel()
        await asyncio.wait({task})


def overdue() -> float:
    return REGISTRY.get_sample_value("stockcast_expiry_overdue_seconds") or 0.0


async def test_what_hangs_is_told_as_overdue_and_grows_older() -> None:
    combiner, due = Combiner(), FakeDueReservations()
    combiner.units.open.clear()
    async with expiring(due, combiner, count()):
        await due.tried.get()
        assert overdue() >= 7
        while overdue() < 20:  # noqa: ASYNC110 - each look adds a few seconds
            await asyncio.sleep(0.01)


async def test_what_there_was_no_room_for_is_borne_with_and_tried_again() -> None:
    combiner, due = Combiner(Batches(lanes=1, waiting_max=1)), FakeDueReservations()
    await combiner.behind_one()
    async with expiring(due, combiner, count()) as writing:
        for _ in range(3):
            await due.tried.get()
        assert {type(fault) for fault in writing.faults} == {Overloaded}
