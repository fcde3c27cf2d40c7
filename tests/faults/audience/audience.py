"""The audience: subscribers and writers on an event loop of a thread of their own, while a test breaks things."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import uvloop

from tests.faults.audience.picture import Level, differences
from tests.faults.audience.subscriber import Subscriber, Wanted
from tests.faults.audience.writers import Writers
from tests.stack import PATIENCE_SECONDS, eventually

LOOK_AFTER_S = 0.5
OPEN_S = 120.0
#: What writers achieve on a machine that does much else.
SLOWEST_PER_SECOND = 10
T = TypeVar("T")


class Stage(AbstractContextManager["Stage"]):
    """An event loop in a thread; `do` runs something there and waits for it."""

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self._runner.close()

    def do(self, work: Coroutine[Any, Any, T], within_s: float = 4 * PATIENCE_SECONDS) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within_s)

    def call(self, work: Callable[[], T]) -> T:
        """A plain function, in the loop's own thread."""

        async def called() -> T:
            return work()

        return self.do(called())


class Audience(AbstractContextManager["Audience"]):
    """Subscribed when entered; `writers` change things until it is left or they are stopped."""

    def __init__(self, stage: Stage, urls: Sequence[str], wanted: Sequence[Wanted], writers: Writers) -> None:
        self._stage = stage
        self.writers = writers
        chance = random.Random(2)
        self.subscribers = [
            Subscriber(each, [*urls[n % len(urls) :], *urls[: n % len(urls)]], random.Random(chance.random()))
            for n, each in enumerate(wanted)
        ]
        self._writing: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> Self:
        self._stage.call(self._begin)
        eventually(lambda: all(each.picture.whole for each in self.subscribers), "everyone knows the state", OPEN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.do(self._leave())

    def _begin(self) -> None:
        self._tasks = [asyncio.create_task(each.run()) for each in self.subscribers]
        self._tasks.append(asyncio.create_task(self._look_after()))
        self._writing = asyncio.create_task(self.writers.run())

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AFTER_S)
            now = time.monotonic()
            for subscriber in self.subscribers:
                subscriber.look_after(now)

    async def _leave(self) -> None:
        for task in (*self._tasks, *([self._writing] if self._writing else [])):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    # ------------------------------------------------------------------ what a test waits for
    def more(self, number: int) -> None:
        """So many more changes."""
        goal = self.writers.count + number
        within_s = PATIENCE_SECONDS + number / SLOWEST_PER_SECOND
        eventually(lambda: self.writers.count >= goal or self.writers.failures, f"{number} more changes", within_s)
        assert self.writers.failures == []

    def catch_up(self, within_s: float) -> list[float]:
        """Until each shows all that was acknowledged by now; the seconds that it took each."""
        began = time.monotonic()
        self._stage.call(self._expect)
        try:
            eventually(lambda: not any(each.behind for each in self.subscribers), "all show what was changed", within_s)
        except AssertionError as fault:
            raise AssertionError(f"{fault}; {self._behind()}") from None
        return [each.recovered_at - began for each in self.subscribers]

    def _behind(self) -> str:
        late = [(n, each) for n, each in enumerate(self.subscribers) if each.behind]
        return f"{len(late)} of {len(self.subscribers)} do not: " + "\n".join(f"{n}: {each}" for n, each in late[:5])

    def _expect(self) -> None:
        versions = dict(self.writers.versions)
        for each in self.subscribers:
            each.expect(versions)

    def note_delays(self) -> None:
        """Forget how late changes were until now."""
        self._stage.call(lambda: [each.seconds.clear() for each in self.subscribers])

    @property
    def delays(self) -> list[list[float]]:
        """Of each subscriber, how late each change was that it was told since: seconds from its commit."""
        return self._stage.call(lambda: [list(each.seconds) for each in self.subscribers])

    def stop_writing(self) -> None:
        """When this returns, every change that was begun is acknowledged."""
        self.writers.stopping = True
        assert self._writing is not None
        self._stage.do(asyncio.wait_for(self._writing, PATIENCE_SECONDS))
        assert self.writers.failures == []

    def of(self, subscribers: Sequence[Subscriber], work: Callable[[Subscriber], object]) -> None:
        """Have these do something at once."""
        self._stage.call(lambda: [work(each) for each in subscribers])

    # ------------------------------------------------------------------ what it saw
    @property
    def counts(self) -> Counter[str]:
        return self._stage.call(self._counted)

    def _counted(self) -> Counter[str]:
        total = Counter[str]()
        for each in self.subscribers:
            total += each.picture.counts
            total["reconnects"] += max(0, each.connections - 1)
            total["late"] += each.late
        total["changes"] = self.writers.count
        total["deliveries"] = total["SNAPSHOT"] + total["CHANGE"] + total["CAUGHT_UP"] + total["RESET"]
        return total

    def busiest(self, urls: Sequence[str]) -> int:
        """The number of the address at which most are."""
        hosts = self._stage.call(lambda: Counter(each.line.host for each in self.subscribers if each.line))
        return max(range(len(urls)), key=lambda number: hosts[urlsplit(urls[number]).netloc])

    @property
    def ends(self) -> Counter[str]:
        """How connections ended."""
        return self._stage.call(lambda: sum((each.ends for each in self.subscribers), Counter[str]()))

    def faults(self, truth: Mapping[str, Level]) -> list[str]:
        """Whatever any of them saw that it should not have, and what of its picture is wrong; a sentence each."""
        found: list[str] = []
        for number, each in enumerate(self.subscribers):
            wrong = differences(each.picture, {sku: truth[sku] for sku in each.wanted.skus})
            found += [f"subscriber {number}: {told}" for told in (*each.picture.faults, *wrong)]
            if each.late:
                found.append(f"subscriber {number}: {each.late} pieces came behind the end of a connection")
        return found
