"""Screens: thousands of subscribers in one process (`raw_go/cmd/load`), the same for every server that is measured.

Each has a socket, a token and an id of its own, and is checked: every event once, versions of a SKU rising by one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks._load import HOST
from benchmarks._rows import NoFigure

QUERY = """
subscription Levels($filter: StockLevelStreamFilter) {
  stockLevelChanged(filter: $filter) {
    type cursor occurredAt previousVersion
    cause { kind reasonCode actor }
    level {
      sku location { code } quantityOnHand quantityAllocated quantityUnavailable availableToPromise status version
      updatedAt
    }
  }
}
"""
GRAPHQL, RAW = "graphql-transport-ws", "raw"
PATIENCE_SECONDS = 300


class WrongDeliveries(NoFigure):
    """A screen was told something else than what is measured, so that there is no figure."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """Events are numbered from 0 and go round the SKUs: number n tells of SKU 1 + n % skus."""

    skus: int
    #: That of the event that tells of a SKU first.
    first_version: int

    def of(self, number: int) -> tuple[int, int]:
        """The SKU's number and its version."""
        return 1 + number % self.skus, self.first_version + number // self.skus


@dataclass(frozen=True, slots=True)
class Screen:
    """`numbers` are those of the SKUs that its filter names; None: no filter."""

    token: str = ""
    numbers: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How far all screens are together: deliveries, and events that have reached every screen that wants them."""

    deliveries: int
    done: int
    at: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Of all deliveries of some events, in milliseconds."""

    p50_ms: float
    p99_ms: float


class Screens:
    """Open and subscribed. Everything raises WrongDeliveries once a screen was told what is wrong."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._fault: str | None = None
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        self._ready = False
        self.done = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, program: Path, port: int, path: str, protocol: str, numbering: Numbering, screens: Sequence[Screen]
    ) -> AsyncIterator[Self]:
        """Returns when each has been told that it is told of whatever comes."""
        process = await asyncio.create_subprocess_exec(
            program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        opened = cls(process)
        reading = asyncio.create_task(opened._read())
        try:
            opened._ask(
                host=HOST,
                port=port,
                path=path,
                protocol=protocol,
                query=QUERY,
                skus=numbering.skus,
                first=numbering.first_version,
                screens=[{"token": screen.token, "numbers": screen.numbers} for screen in screens],
            )
            await opened._until(lambda: opened._ready, "not every screen could subscribe")
            yield opened
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    # ------------------------------------------------------------------ what it is asked
    async def count(self) -> Count:
        self._ask(do="count")
        told = await self._answer()
        return Count(told["deliveries"], told["done"], told["at"], told["cpuSeconds"])

    def record(self) -> None:
        """Note the time of each delivery from here on."""
        self._ask(do="record")

    async def latency(self, first: int, stamps: Sequence[float]) -> Latency:
        """Of what was recorded: the event `first` and those after it, of these moments (seconds since 1970)."""
        self._ask(do="latencies", **{"from": first}, stamps=[round(stamp * 1e9) for stamp in stamps])
        told = await self._answer()
        if told["minMs"] < 0:
            raise WrongDeliveries(f"an event came {-told['minMs']:.2f} ms before its commit: the clocks disagree")
        return Latency(told["p50Ms"], told["p99Ms"])

    async def progress(self) -> None:
        """Until one more event has reached every screen."""
        done = self.done
        await self._until(lambda: self.done > done, "no event reached every screen any more")

    async def all_of(self, events: int) -> None:
        """Until so many events, counted from the first, have reached every screen."""
        while self.done < events:
            await self.progress()

    async def until_delivered(self, deliveries: int) -> None:
        """Where an event does not go to all: until so many have come in all. More are a fault."""
        count, deadline = await self.count(), asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while count.deliveries < deliveries:
            if asyncio.get_running_loop().time() > deadline:
                raise WrongDeliveries(f"{count.deliveries:,} of {deliveries:,} deliveries came")
            await asyncio.sleep(0.02)
            count = await self.count()
        if count.deliveries > deliveries:
            raise WrongDeliveries(f"{count.deliveries:,} deliveries came, of {deliveries:,} that were asked for")

    # ------------------------------------------------------------------ the process
    def _ask(self, **request: Any) -> None:
        self._check()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")

    async def _answer(self) -> dict[str, Any]:
        await self._until(lambda: not self._answers.empty(), "the load does not answer")
        return self._answers.get_nowait()

    async def _until(self, found: Callable[[], bool], otherwise: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not found():
                    self._check()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as fault:
            raise WrongDeliveries(f"{otherwise} within {PATIENCE_SECONDS} s") from fault

    def _check(self) -> None:
        if self._fault is not None:
            raise WrongDeliveries(self._fault)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._take(json.loads(line))
            self._news.set()
        self._fault = self._fault or "the load ended before its time"
        self._news.set()

    def _take(self, message: dict[str, Any]) -> None:
        match message["told"]:
            case "done":
                self.done = message["events"]
            case "ready":
                self._ready = True
            case "fault":
                self._fault = message["what"]
            case _:
                self._answers.put_nowait(message)
