"""Idle: what a subscriber costs the server in memory while nothing happens, with 10,000 of them.

    python -m benchmarks idle
    BENCH_RUNS=1 BENCH_SECONDS=1 BENCH_SOCKETS=1000 python -m benchmarks idle     # a look

The anonymous part of the proportional set size of the server's process, with all subscribed and nothing published for
some seconds, less that before the first came; the kernel's buffers are in nobody's. The peers, Mercurius and a raw
broadcast in Go, are asked to collect their garbage first, ours is not.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks._cores import memory_bytes
from benchmarks._flow import Flow
from benchmarks._live_plan import LivePlan
from benchmarks._live_sides import LiveBench, Side, live_bench
from benchmarks._rows import Figures, Row, cost, say
from benchmarks._screens import Numbering

SOCKETS = 10_000
NUMBERING = Numbering(skus=1, first_version=2)

OURS, MERCURIUS, GO = "ours", "Mercurius", "raw Go"
RATIO_MAX = {MERCURIUS: 1.0, GO: 1.0}


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one server, in bytes, before and with so many subscribers."""

    before: int
    with_all: int
    sockets: int

    @property
    def kilobytes_each(self) -> float:
        return (self.with_all - self.before) / self.sockets / 1024

    def __str__(self) -> str:
        whole, before = self.with_all / 1024**2, self.before / 1024**2
        return f"{self.kilobytes_each:.1f} KiB each; {whole:.0f} MiB in all, {before:.0f} MiB without"


async def run(bench: LiveBench, side: Side, plan: LivePlan, sockets: int) -> Memory:
    """One run of one side, on a server of its own. One event shows that all do subscribe, and fills what buffers there
    are."""
    async with bench.running(side, NUMBERING, [None] * sockets) as running:
        await Flow(running, NUMBERING).once()
        if side.tidy is not None:
            os.kill(running.pid, side.tidy)
        await asyncio.sleep(plan.seconds)
        return Memory(running.memory_before, memory_bytes(running.pid), sockets)


def measure(bench: LiveBench, plan: LivePlan, sockets: int) -> Iterator[Row]:
    """All sides in turn, as often as planned."""
    found: dict[str, list[float]] = {}
    for number in range(plan.runs):
        for side in (bench.ours(OURS), bench.mercurius(MERCURIUS), bench.go_broadcast(GO)):
            memory = asyncio.run(run(bench, side, plan, sockets))
            found.setdefault(side.name, []).append(memory.kilobytes_each)
            say(f"{sockets:,} subscribers, run {number + 1}: {side.name}: {memory}")
    for peer, most in RATIO_MAX.items():
        name = f"memory of one of {sockets:,} idle subscribers: ours / {peer}"
        yield cost(name, found[OURS], found[peer], "KiB", most)


def figures() -> Figures:
    """Start everything and measure."""
    plan = LivePlan.from_environment(SOCKETS)
    with live_bench(max(plan.sockets)) as bench:
        rows = [row for sockets in plan.sockets for row in measure(bench, plan, sockets)]
        how = f"{plan.runs} runs, each after {plan.seconds:g} s without an event, sides in turn; figures are medians"
        return Figures(rows, (bench.versions(), f"{how}; {bench.cores}"))
