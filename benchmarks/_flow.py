"""Flow: how changes are given to a server that is measured, and what it does with them meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from benchmarks._commits import committing
from benchmarks._cores import cpu_seconds
from benchmarks._live_sides import Running
from benchmarks._our_shelf import SLUG, sku
from benchmarks._screens import Count, Latency, Numbering


@dataclass(frozen=True, slots=True)
class Usage:
    """What happened within some seconds: deliveries, and the CPU seconds of the server and of the load."""

    seconds: float
    deliveries: int
    server_seconds: float
    load_seconds: float

    @property
    def per_second(self) -> float:
        return self.deliveries / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.deliveries / self.server_seconds

    @property
    def seconds_a_million(self) -> float:
        return 1e6 * self.server_seconds / self.deliveries

    @property
    def server_share(self) -> float:
        """Of its core; a server that is saturated uses all of it."""
        return self.server_seconds / self.seconds

    @property
    def load_share(self) -> float:
        return self.load_seconds / self.seconds


@dataclass(slots=True)
class Flow:
    """One side's changes, numbered on from one measurement to the next."""

    running: Running
    numbering: Numbering
    #: The next event.
    number: int = 0

    # ------------------------------------------------------------------ as much as it can
    async def saturate(self, under_way: int, warm_up_seconds: float, seconds: float) -> Usage:
        """A new change whenever fewer than so many have not yet reached every screen. At the end, all have."""
        feeding = asyncio.create_task(self._keep(under_way, time.monotonic() + warm_up_seconds + seconds))
        usage = await self._over(warm_up_seconds, seconds, feeding)
        await feeding
        await self.running.screens.all_of(self.number)
        return usage

    async def _keep(self, under_way: int, until: float) -> None:
        screens = self.running.screens
        while time.monotonic() < until:
            room = under_way - (self.number - screens.done)
            if room > 0:
                await self.running.feed.publish(self._next(room))
            else:
                await screens.progress()

    async def once(self) -> None:
        """One change, until every screen has it."""
        await self.running.feed.publish(self._next(1))
        await self.running.screens.all_of(self.number)

    # ------------------------------------------------------------------ so many a second
    async def latency(self, rate: float, warm_up_seconds: float, seconds: float) -> Latency:
        """From commit to socket: changes committed through the services, one after the other, evenly spaced."""
        screens, stamps = self.running.screens, list[float]()
        async with committing(self.running.settings, SLUG) as commit:

            async def change(number: int) -> None:
                stamps.append(await commit(sku(self.numbering.of(number)[0])))
                await self.running.feed.committed(number)

            await self._evenly(rate, warm_up_seconds, change)
            await screens.all_of(self.number)
            screens.record()
            stamps.clear()
            first = self.number
            await self._evenly(rate, seconds, change)
        await screens.all_of(self.number)
        return await screens.latency(first, stamps)

    async def steady(self, rate: float, warm_up_seconds: float, seconds: float, wanting: Callable[[int], int]) -> Usage:
        """Changes at that rate, until each has reached the screens that want it: so many for this event. What it costs
        after the warm-up is counted to the last delivery."""
        screens = self.running.screens

        async def change(number: int) -> None:
            await self.running.feed.publish([number])

        async def delivered(upto: int) -> None:
            await screens.until_delivered(sum(map(wanting, range(upto))))

        await self._evenly(rate, warm_up_seconds, change)
        await delivered(self.number)
        before = await self._count()
        await self._evenly(rate, seconds, change)
        await delivered(self.number)
        return _between(before, await self._count())

    async def _evenly(self, rate: float, seconds: float, change: Callable[[int], Awaitable[None]]) -> None:
        began = time.monotonic()
        for turn, number in enumerate(self._next(max(1, round(rate * seconds)))):
            await asyncio.sleep(max(0.0, began + turn / rate - time.monotonic()))
            await change(number)

    # ------------------------------------------------------------------ what it uses
    def _next(self, count: int) -> Iterable[int]:
        first, self.number = self.number, self.number + count
        return range(first, self.number)

    async def _over(self, warm_up_seconds: float, seconds: float, feeding: asyncio.Task[None]) -> Usage:
        """While it is fed: a feed that fails ends it at once."""
        await asyncio.wait([feeding], timeout=warm_up_seconds)
        before = await self._count()
        await asyncio.wait([feeding], timeout=seconds)
        after = await self._count()
        if feeding.done():
            await feeding
        return _between(before, after)

    async def _count(self) -> tuple[Count, float]:
        return await self.running.screens.count(), cpu_seconds(self.running.pid)


def _between(before: tuple[Count, float], after: tuple[Count, float]) -> Usage:
    (first, server_before), (last, server_after) = before, after
    return Usage(
        last.at - first.at,
        last.deliveries - first.deliveries,
        server_after - server_before,
        last.cpu_seconds - first.cpu_seconds,
    )
