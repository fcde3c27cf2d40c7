"""The live room without servers: a hub on a log in memory, over levels that a test shows it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.access import Scope
from domain.levels import LevelState
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.hub import Hub, HubLimits
from subscriptions.hub.watch import Watch
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Bounds, Message, Position
from subscriptions.log.memory_log import MemoryLog, MemoryStore
from subscriptions.log.redis_log import RedisLog
from tests.factories.events import TENANT, History

CHANNEL = str(TENANT)
EVERYTHING = LevelStreamFilter()
SCOPE = Scope(TENANT)
PATIENCE_S = 10


@dataclass
class FakeSnapshotReads:
    """Levels and the transactions that they show; `before_answer` runs while the read is under way."""

    levels: list[LevelState] = field(default_factory=list[LevelState])
    tx_max: int = 0
    reads: int = 0
    asked: list[tuple[Scope, LevelFilter]] = field(default_factory=list[tuple[Scope, LevelFilter]])
    faults: list[Exception] = field(default_factory=list[Exception])
    gate: asyncio.Event | None = None

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot:
        self.reads += 1
        self.asked.append((scope, filter))
        wanted = LevelStreamFilter(
            filter.skus, filter.locations, filter.categories, filter.vendors, filter.conditions, filter.status
        )
        seen = Snapshot([level for level in self.levels if wanted.matches(level, scope)], self.tx_max)
        if self.faults:
            raise self.faults.pop(0)
        if self.gate is not None:
            await self.gate.wait()
        return seen

    def show(self, history: History) -> None:
        """The level as it is now is committed."""
        self.levels = [level for level in self.levels if level.id != history.level.id] + [history.level]
        self.tx_max = max(self.tx_max, history.tx + 1)


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


class World:
    """A hub on a log in memory, or on the given one."""

    def __init__(self, limits: HubLimits, bounds: Bounds, log: MemoryLog | RedisLog | None) -> None:
        self.store = MemoryStore(bounds=bounds)
        self.log = MemoryLog(self.store) if log is None else log
        self.stock = FakeSnapshotReads()
        self.clock = Clock()
        self.limits = limits
        self.hub: Hub

    async def say(self, *messages: Message, channel: str = CHANNEL) -> None:
        await self.log.append(channel, messages)

    async def live(self, filter: LevelStreamFilter = EVERYTHING, scope: Scope = SCOPE) -> Watch:
        """A stream that has been told CAUGHT_UP."""
        watch = self.hub.watch(scope, filter)
        assert [event.type for event in await told(watch, 1)] == [StreamEventType.CAUGHT_UP]
        return watch

    async def head(self) -> Position:
        return await self.log.head(CHANNEL)


@asynccontextmanager
async def a_world(
    limits: HubLimits | None = None, bounds: Bounds | None = None, log: RedisLog | None = None
) -> AsyncIterator[World]:
    world = World(limits or HubLimits(reset_spread_s=0), bounds or Bounds(), log)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
    async with (
        BoundedBroadcast(world.log) as broadcast,
        Hub(broadcast, world.log, world.stock, now=now, limits=world.limits, clock=world.clock) as world.hub,
    ):
        yield world


async def told(watch: Watch, number: int) -> list[LevelEvent]:
    """The next so many events, with a little patience."""
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(watch) for _ in range(number)]


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - of a fake, which has no event to wait for
            await asyncio.sleep(0.001)


def story(events: list[LevelEvent]) -> list[tuple[StreamEventType, int | None]]:
    return [(event.type, event.level and event.level.version) for event in events]
