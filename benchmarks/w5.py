"""W5: 1,000 screens, each with a filter of its own (100 SKUs of 10,000), while 100 changes a second come.

    python -m benchmarks w5
    BENCH_RUNS=1 BENCH_SECONDS=1 BENCH_SOCKETS=100 python -m benchmarks w5        # a look

Ours is one API process as `serve` starts it, with tokens, limits and metrics. The peer is a naive Strawberry, in which
each socket reads, filters and answers every change by itself. They take turns, each alone on a core. The figure is what
a CPU second of the server delivers: a server that falls behind is given the time to deliver everything.
"""

import asyncio
from collections import Counter
from random import Random

from benchmarks._flow import Flow, Usage
from benchmarks._live_plan import LivePlan
from benchmarks._live_sides import LiveBench, Side, live_bench
from benchmarks._our_shelf import SKUS
from benchmarks._rows import Figures, Row, rate, say
from benchmarks._screens import Numbering

SCREENS = 1_000
NUMBERING = Numbering(SKUS, first_version=2)
FILTERED = 100
PER_SECOND = 100
SEED = 5
RATIO_MIN = 50.0

OURS, NAIVE = "ours", "naive Strawberry"


def filters(screens: int) -> list[list[int]]:
    """The numbers of the SKUs that each screen wants, the same in every run."""
    random = Random(SEED)
    return [sorted(random.sample(range(1, SKUS + 1), FILTERED)) for _ in range(screens)]


async def run(bench: LiveBench, side: Side, plan: LivePlan, screens: int) -> Usage:
    """One run of one side, on a server of its own."""
    wanted = filters(screens)
    wanting = Counter(number for numbers in wanted for number in numbers)
    async with bench.running(side, NUMBERING, wanted) as running:
        flow = Flow(running, NUMBERING)
        return await flow.steady(
            PER_SECOND, plan.warm_up_seconds, plan.seconds, lambda number: wanting[NUMBERING.of(number)[0]]
        )


def measure(bench: LiveBench, plan: LivePlan, screens: int) -> Row:
    """Both sides in turn, as often as planned."""
    found: dict[str, list[float]] = {OURS: [], NAIVE: []}
    for number in range(plan.runs):
        for side in (bench.ours(OURS), bench.naive(NAIVE)):
            usage = asyncio.run(run(bench, side, plan, screens))
            found[side.name].append(usage.per_cpu_second)
            say(
                f"{screens:,} screens, run {number + 1}: {side.name}: {usage.deliveries:,} deliveries within "
                f"{usage.seconds:.1f} s for {usage.server_seconds:.2f} CPU s: {usage.per_cpu_second:,.0f} a CPU second"
            )
    name = f"{screens:,} screens with filters, deliveries a CPU second: {OURS} / {NAIVE}"
    return rate(name, found[OURS], found[NAIVE], RATIO_MIN)


def figures() -> Figures:
    """Start everything and measure."""
    plan = LivePlan.from_environment(SCREENS)
    with live_bench(max(plan.sockets)) as bench:
        rows = [measure(bench, plan, screens) for screens in plan.sockets]
        what = f"{PER_SECOND} changes/s, a filter of {FILTERED} of {SKUS:,} SKUs each"
        return Figures(rows, (bench.versions(), f"{plan.how}; {what}; {bench.cores}"))
