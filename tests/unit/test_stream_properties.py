"""Whatever order commits, relaying, watching, cuts and losses come in: every screen ends true, told of each gap."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.levels import LevelState
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from services.live import (
    LevelEvent,
    LevelStreamFilter,
    ReservationEvent,
    ReservationStreamFilter,
    StreamEvent,
    StreamEventType,
    StreamFilter,
)
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.watch import Watch
from subscriptions.hub.watch_queue import TooSlow
from subscriptions.log.broadcast_log import Bounds, Message
from subscriptions.wire.fanout import Fanout, PipeOutlet
from subscriptions.wire.rendered import Rendered
from tests.factories.events import History, Life, a_level
from tests.fakes.live import EVERYTHING, SCOPE, World, a_world, eventually

SKUS = ["A", "B", "C"]
CATEGORY = LevelStreamFilter(categories=["tents"])
PENDING = ReservationStreamFilter(status=[ReservationStatus.PENDING])
PATIENCE_S = 30.0
E = TypeVar("E", bound=StreamEvent)


@dataclass
class Screen(ABC, Generic[E]):
    """A client that watches with a snapshot, keeps a picture and resumes by cursor; it fails when told nonsense."""

    filter: StreamFilter[E]
    watch: Watch[E] | None = None
    cursor: str | None = None
    picture: dict[object, Any] = field(default_factory=dict[object, Any])
    told_live: dict[object, int] = field(default_factory=dict[object, int])

    def connect(self, world: World) -> None:
        self.told_live.clear()
        self.watch = world.hub.watch(SCOPE, self.filter, snapshot=True, after=self.cursor)

    async def cut(self) -> None:
        if self.watch is not None:
            await self.watch.aclose()
        self.watch = None

    async def read(self, patience_s: float) -> bool:
        """One event, if one comes in time."""
        assert self.watch is not None
        try:
            async with asyncio.timeout(patience_s):
                self.take(await anext(self.watch))
        except TimeoutError:
            return False
        except TooSlow:
            await self.cut()
            return False
        return True

    def take(self, event: E) -> None:
        self.cursor = event.cursor
        if event.type is StreamEventType.RESET:
            self.picture.clear()
            self.told_live.clear()
        elif (thing := self.thing_of(event)) is not None:
            self._take_thing(event, thing)
        elif event.type is StreamEventType.REMOVED:
            self.picture.pop(event.thing_id, None)

    def _take_thing(self, event: E, thing: Any) -> None:
        version = self.version_of(thing)
        assert version > self.told_live.get(thing.id, 0), "a version came twice, or went back"
        known = self.picture.get(thing.id)
        if event.type is StreamEventType.CHANGE and known is not None and version > self.version_of(known):
            assert self.previous_version(event) <= self.version_of(known), "something was skipped without a word"
        self.told_live[thing.id] = version
        if known is None or version >= self.version_of(known):
            self.picture[thing.id] = thing

    @abstractmethod
    def thing_of(self, event: E) -> Any: ...

    @abstractmethod
    def version_of(self, thing: Any) -> int: ...

    @abstractmethod
    def previous_version(self, event: E) -> int:
        """Where the one who is told this must have been."""

    @abstractmethod
    def is_true(self, world: World) -> bool:
        """Whether the picture shows what is committed."""


class LevelScreen(Screen[LevelEvent]):
    def thing_of(self, event: LevelEvent) -> LevelState | None:
        return event.level

    def version_of(self, thing: LevelState) -> int:
        return thing.version

    def previous_version(self, event: LevelEvent) -> int:
        return event.previous_version or 0

    def is_true(self, world: World) -> bool:
        shown = world.stock.things
        if self.filter is CATEGORY:
            shown = [level for level in shown if level.item.category == "tents"]
        return self.picture == {level.id: level for level in shown}


class Channel:
    """A fan-out whose pipes know which event a text stands for."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.fanout = Fanout(self)

    def at_once(self, event: object, execution: object) -> Rendered | None:
        """One in three; the others wait for something."""
        return self._rendered(event) if len(self.events) % 3 == 2 else None

    async def of(self, event: object, execution: object) -> Rendered:
        rendered = self._rendered(event)
        await asyncio.sleep(0)
        return rendered

    def _rendered(self, event: object) -> Rendered:
        self.events.append(event)
        return Rendered(str(len(self.events) - 1))


class PipedScreen(LevelScreen):
    """One with a reader of its own, who sends to a peer, and a pipe to that peer for as long as it keeps up."""

    def __init__(self, filter: StreamFilter[LevelEvent], channel: Channel) -> None:
        super().__init__(filter)
        self.channel = channel
        self.flows = asyncio.Event()
        self.flows.set()
        self.taken = 0
        self.reader: asyncio.Task[None] | None = None

    def connect(self, world: World) -> None:
        super().connect(world)
        assert self.watch is not None
        self.watch.outlet = PipeOutlet(self.channel.fanout, _Pipe(self, self.watch), _Never())
        self.reader = asyncio.create_task(self._follow(self.watch))

    async def _follow(self, watch: Watch[LevelEvent]) -> None:
        with suppress(TooSlow):
            async for event in watch:
                await self.flows.wait()
                if self.watch is watch:
                    self.take(event)
            return
        if self.watch is watch:
            self.watch = None
        await watch.aclose()

    def take(self, event: LevelEvent) -> None:
        super().take(event)
        self.taken += 1

    async def read(self, patience_s: float) -> bool:
        """Give reader and channel their turns."""
        before, until = self.taken, time.monotonic() + patience_s
        while self.taken == before and time.monotonic() < until:  # noqa: ASYNC110 - turn by turn
            await asyncio.sleep(0)
        return self.taken != before


class _Never:
    def show(self, event: object) -> dict[str, Any]:
        raise AssertionError("the channel renders by itself")

    async def execute(self, event: object) -> dict[str, Any]:
        raise AssertionError("the channel renders by itself")


class _Pipe:
    def __init__(self, screen: PipedScreen, watch: Watch[LevelEvent]) -> None:
        self._screen = screen
        self._watch = watch

    @property
    def open(self) -> bool:
        return self._screen.flows.is_set() and self._screen.watch is self._watch

    def write(self, parts: Sequence[Rendered]) -> None:
        assert self.open
        for part in parts:
            self._screen.take(self._screen.channel.events[int(part.text)])


class ReservationScreen(Screen[ReservationEvent]):
    """None may be skipped, and every version here has an event."""

    def thing_of(self, event: ReservationEvent) -> ReservationState | None:
        return event.reservation

    def version_of(self, thing: ReservationState) -> int:
        return thing.reservation.version

    def previous_version(self, event: ReservationEvent) -> int:
        assert event.reservation is not None
        return event.reservation.reservation.version - 1

    def is_true(self, world: World) -> bool:
        """What has ended may be told or not, by when the screen came; but as it is."""
        truth: dict[object, ReservationState] = {each.id: each for each in world.orders.things}
        wanted = [each for each in truth.values() if each.reservation.open]
        if self.filter is PENDING:
            wanted = [each for each in wanted if each.status is ReservationStatus.PENDING]
            return self.picture == {each.id: each for each in wanted}
        return all(truth[id_] == each for id_, each in self.picture.items()) and all(
            each.id in self.picture for each in wanted
        )


class Story:
    """Commits reach the snapshots at once and the log later, in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.histories = {sku: History(a_level(sku), tx=100) for sku in SKUS}
        self.lives = [Life(f"O-{number}") for number in range(3)]
        self.tx = 100
        self.under_way: deque[Message] = deque()
        every, tents = Channel(), Channel()
        self.piped = [PipedScreen(EVERYTHING, every), PipedScreen(EVERYTHING, every), PipedScreen(CATEGORY, tents)]
        self.screens: list[Screen[Any]] = [
            *self.piped,
            LevelScreen(EVERYTHING),
            LevelScreen(CATEGORY),
            ReservationScreen(ReservationStreamFilter()),
            ReservationScreen(PENDING),
        ]
        for screen in self.screens:
            screen.connect(world)

    def move(self, sku: str, inside: bool) -> None:
        history = self.histories[sku]
        history.tx = self.tx
        self._committed(history.message(len(history.events) % 7, category="tents" if inside else "other"))
        self.world.stock.things = [each.level for each in self.histories.values() if each.events]

    def act(self, number: int) -> None:
        """The next act of an order; one that has ended is followed by a new one."""
        place = number % len(self.lives)
        life = self.lives[place]
        if life.events and not life.reservation.open:
            life = self.lives[place] = Life(f"O-{self.tx}")
        life.tx = self.tx
        acts = [life.extend, life.confirm] if life.reservation.status is ReservationStatus.PENDING else [life.commit]
        self._committed((acts[number % len(acts)] if life.events else life.reserve)())
        others = [each for each in self.world.orders.things if each.id != life.state.id]
        self.world.orders.things = [*others, life.state]

    def _committed(self, message: Message) -> None:
        self.tx += 1
        self.under_way.append(message)
        self.world.stock.tx_max = self.world.orders.tx_max = self.tx + 1

    async def relay(self, number: int) -> None:
        messages = [self.under_way.popleft() for _ in range(min(number, len(self.under_way)))]
        if messages:
            await self.world.say(*messages)

    async def step(self, name: str, number: int) -> None:
        screen = self.screens[number % len(self.screens)]
        if name == "move":
            self.move(SKUS[number % len(SKUS)], number % 4 != 0)
        elif name == "act":
            self.act(number)
        elif name == "relay":
            await self.relay(number)
        elif name == "epoch":
            self.world.store.begin_epoch()
        elif name == "cut":
            await screen.cut()
        elif name == "flow":
            piped = self.piped[number % len(self.piped)]
            (piped.flows.clear if piped.flows.is_set() else piped.flows.set)()
        elif screen.watch is None:
            screen.connect(self.world)
        else:
            for _ in range(number):
                if not await screen.read(0.002):
                    break

    async def end(self) -> None:
        await self.relay(len(self.under_way))
        for piped in self.piped:
            piped.flows.set()
        await asyncio.gather(*map(self._settled, self.screens))

    async def _settled(self, screen: Screen[Any]) -> None:
        """Read until the screen is true and nothing more comes, as all screens do at once."""
        deadline = time.monotonic() + PATIENCE_S
        while screen.watch is None or await screen.read(0.02) or not screen.is_true(self.world):
            if screen.watch is None:
                screen.connect(self.world)
            assert time.monotonic() < deadline, f"{screen.filter} shows {screen.picture}"


MOVES = ["move"] * 4
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [*MOVES, "act", "act", "relay", "relay", "relay", "read", "read", "cut", "epoch", "flow", "flow"]
        ),
        st.integers(0, 12),
    ),
    min_size=20,
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from([3, 20, 1_000]))
def test_every_screen_ends_with_the_truth_and_is_told_of_every_gap(
    steps: list[tuple[str, int]], entries_max: int
) -> None:
    async def tell() -> None:
        limits = HubLimits(queue_max=5, lagging_at=3, reset_spread_s=0)
        async with a_world(limits, Bounds(entries_max=entries_max)) as world:
            story = Story(world)
            await eventually(lambda: all(piped.cursor for piped in story.piped))
            for name, number in steps:
                await story.step(name, number)
                for _ in range(number):  # as many turns for readers and channels, so that some are in the midst of it
                    await asyncio.sleep(0)
            await story.end()
            for piped in story.piped:
                await piped.cut()
                assert piped.reader is not None
                await piped.reader

    asyncio.run(tell())
