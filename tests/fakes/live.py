"""The live room without servers: a hub on a log in memory, over levels, reservations, adjustments and alerts that
it is shown."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from domain.alert_state import AlertState
from domain.levels import LevelState
from domain.reservation_state import ReservationState
from services.live import (
    AdjustmentEvent,
    AdjustmentStreamFilter,
    AlertEvent,
    AlertStreamFilter,
    LevelEvent,
    LevelStreamFilter,
    ReservationEvent,
    ReservationStreamFilter,
    StreamEvent,
    StreamEventType,
    StreamFilter,
)
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.adjustments import Adjustments
from subscriptions.hub.alerts import Alerts
from subscriptions.hub.hub import Hub, HubLimits
from subscriptions.hub.levels import Levels
from subscriptions.hub.reservations import Reservations
from subscriptions.hub.watch import Watch
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Bounds, Message, Position
from subscriptions.log.memory_log import MemoryLog, MemoryStore
from subscriptions.log.redis_log import RedisLog
from tests.factories.events import TENANT, History, Life

CHANNEL = str(TENANT)
EVERYTHING = LevelStreamFilter()
SCOPE = Scope(TENANT)
PATIENCE_S = 30

F = TypeVar("F")
T = TypeVar("T")
S = TypeVar("S", bound=StreamEvent)


@dataclass
class FakeSnapshots(ABC, Generic[F, T]):
    """Things and the transactions that they show; a read takes until the `gate` is open."""

    things: list[T] = field(default_factory=list[T])
    tx_max: int = 0
    reads: int = 0
    asked: list[tuple[Scope, F]] = field(default_factory=list[tuple[Scope, F]])
    faults: list[Exception] = field(default_factory=list[Exception])
    #: Until it is None, every read fails with it.
    fault: Exception | None = None
    gate: asyncio.Event | None = None

    async def snapshot(self, scope: Scope, filter: F) -> Snapshot[T]:
        self.reads += 1
        self.asked.append((scope, filter))
        seen = Snapshot([seen for thing in self.things if (seen := self._seen(thing, scope, filter))], self.tx_max)
        if self.fault is not None:
            raise self.fault
        if self.faults:
            raise self.faults.pop(0)
        if self.gate is not None:
            await self.gate.wait()
        return seen

    @abstractmethod
    def _seen(self, thing: T, scope: Scope, filter: F) -> T | None: ...


class FakeLevelSnapshots(FakeSnapshots[LevelFilter, LevelState]):
    def show(self, history: History) -> None:
        """The level as it is now is committed."""
        self.things = [level for level in self.things if level.id != history.level.id] + [history.level]
        self.tx_max = max(self.tx_max, history.tx + 1)

    def _seen(self, thing: LevelState, scope: Scope, filter: LevelFilter) -> LevelState | None:
        wanted = LevelStreamFilter(
            filter.skus, filter.locations, filter.categories, filter.vendors, filter.conditions, filter.status
        )
        return thing if wanted.matches(thing, scope) else None


class FakeReservationSnapshots(FakeSnapshots[ReservationStreamFilter, ReservationState]):
    def show(self, life: Life) -> None:
        """The reservation as it is now is committed."""
        self.things = [each for each in self.things if each.id != life.state.id] + [life.state]
        self.tx_max = max(self.tx_max, life.tx + 1)

    def _seen(self, thing: ReservationState, scope: Scope, filter: ReservationStreamFilter) -> ReservationState | None:
        seen = thing.seen_by(scope.vendor)
        told = seen is not None and filter.matches(seen) and (seen.reservation.open or filter.names_ended)
        return seen if told else None


class FakeAdjustmentSnapshots(FakeSnapshots[AdjustmentStreamFilter, AdjustmentState]):
    def show(self, state: AdjustmentState, tx: int) -> None:
        """The adjustment as it is now is committed, by this transaction."""
        self.things = [each for each in self.things if each.id != state.id] + [state]
        self.tx_max = max(self.tx_max, tx + 1)

    def _seen(self, thing: AdjustmentState, scope: Scope, filter: AdjustmentStreamFilter) -> AdjustmentState | None:
        waits = thing.status is AdjustmentStatus.PENDING_APPROVAL
        return thing if filter.matches(thing, scope) and (waits or filter.names_ended) else None


class FakeAlertSnapshots(FakeSnapshots[AlertStreamFilter, AlertState]):
    def show(self, state: AlertState, tx: int) -> None:
        """The alert as it is now is committed, by this transaction."""
        self.things = [each for each in self.things if each.id != state.id] + [state]
        self.tx_max = max(self.tx_max, tx + 1)

    def _seen(self, thing: AlertState, scope: Scope, filter: AlertStreamFilter) -> AlertState | None:
        told = filter.matches(thing, scope) and (thing.alert.standing or filter.names_ended)
        return thing if told else None


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
        self.stock = FakeLevelSnapshots()
        self.orders = FakeReservationSnapshots()
        self.corrections = FakeAdjustmentSnapshots()
        self.alarms = FakeAlertSnapshots()
        self.clock = Clock()
        self.limits = limits
        self.hub: Hub

    async def say(self, *messages: Message, channel: str = CHANNEL) -> None:
        await self.log.append(channel, messages)

    async def live(self, filter: StreamFilter[S] = EVERYTHING, scope: Scope = SCOPE) -> Watch[S]:
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
    kinds = [Levels(world.stock), Reservations(world.orders), Adjustments(world.corrections), Alerts(world.alarms)]
    async with (
        BoundedBroadcast(world.log) as broadcast,
        Hub(broadcast, world.log, kinds, now=now, limits=world.limits, clock=world.clock) as world.hub,
    ):
        yield world


async def told(watch: Watch[S], number: int) -> list[S]:
    """The next so many events, with a little patience."""
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(watch) for _ in range(number)]


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - of a fake, which has no event to wait for
            await asyncio.sleep(0.001)


def story(events: Sequence[StreamEvent]) -> list[tuple[StreamEventType, int | None]]:
    return [(event.type, version_of(event)) for event in events]


def version_of(event: StreamEvent) -> int | None:
    """That of the thing as it is told; None where none is."""
    if isinstance(event, ReservationEvent):
        return event.reservation and event.reservation.reservation.version
    if isinstance(event, AdjustmentEvent):
        return event.adjustment and event.adjustment.adjustment.version
    if isinstance(event, AlertEvent):
        return event.alert and event.alert.version
    assert isinstance(event, LevelEvent)
    return event.level and event.level.version
