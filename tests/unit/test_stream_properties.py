"""Whatever order commits, relaying, watching, cuts and losses come in: every screen ends true, told of each gap."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.levels import LevelState
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.watch import Watch
from subscriptions.hub.watch_queue import TooSlow
from subscriptions.log.broadcast_log import Bounds, Message
from tests.factories.events import History, a_level
from tests.fakes.live import EVERYTHING, SCOPE, World, a_world

SKUS = ["A", "B", "C"]
CATEGORY = LevelStreamFilter(categories=["tents"])


@dataclass
class Screen:
    """A client that watches with a snapshot, keeps a picture and resumes by cursor; it fails when told nonsense."""

    filter: LevelStreamFilter
    watch: Watch | None = None
    cursor: str | None = None
    picture: dict[object, LevelState] = field(default_factory=dict[object, LevelState])
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

    def take(self, event: LevelEvent) -> None:
        self.cursor = event.cursor
        if event.type is StreamEventType.RESET:
            self.picture.clear()
            self.told_live.clear()
        elif event.level is not None:
            self._take_level(event, event.level)
        elif event.type is StreamEventType.REMOVED:
            self.picture.pop(event.thing_id, None)

    def _take_level(self, event: LevelEvent, level: LevelState) -> None:
        assert level.version > self.told_live.get(level.id, 0), "a version came twice, or went back"
        known = self.picture.get(level.id)
        if event.type is StreamEventType.CHANGE and known is not None and level.version > known.version:
            assert (event.previous_version or 0) <= known.version, "something was skipped without a word"
        self.told_live[level.id] = level.version
        if known is None or level.version >= known.version:
            self.picture[level.id] = level


class Story:
    """Commits reach the snapshots at once and the log later, in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.histories = {sku: History(a_level(sku), tx=100) for sku in SKUS}
        self.tx = 100
        self.under_way: deque[Message] = deque()
        self.screens = [Screen(EVERYTHING), Screen(CATEGORY)]

    def commit(self, sku: str, inside: bool) -> None:
        history = self.histories[sku]
        history.tx = self.tx
        message = history.message(len(history.events) % 7, category="tents" if inside else "other")
        self.tx = history.tx
        self.under_way.append(message)
        self.world.stock.things = [each.level for each in self.histories.values() if each.events]
        self.world.stock.tx_max = self.tx + 1

    async def relay(self, number: int) -> None:
        messages = [self.under_way.popleft() for _ in range(min(number, len(self.under_way)))]
        if messages:
            await self.world.say(*messages)

    async def step(self, name: str, number: int) -> None:
        screen = self.screens[number % len(self.screens)]
        if name == "commit":
            self.commit(SKUS[number % len(SKUS)], number % 4 != 0)
        elif name == "relay":
            await self.relay(number)
        elif name == "epoch":
            self.world.store.begin_epoch()
        elif name == "cut":
            await screen.cut()
        elif screen.watch is None:
            screen.connect(self.world)
        else:
            for _ in range(number):
                await screen.read(0.002)

    async def end(self) -> None:
        await self.relay(len(self.under_way))
        for screen in self.screens:
            while True:
                if screen.watch is None:
                    screen.connect(self.world)
                if not await screen.read(0.02) and screen.watch is not None:
                    break
            shown = self.world.stock.things
            if screen.filter is CATEGORY:
                shown = [level for level in shown if level.item.category == "tents"]
            assert screen.picture == {level.id: level for level in shown}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "commit", "relay", "relay", "read", "read", "read", "cut", "epoch"]),
        st.integers(0, 12),
    ),
    max_size=60,
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
            for name, number in steps:
                await story.step(name, number)
            await story.end()

    asyncio.run(tell())
