"""W4: deliveries a second of one tenant's unfiltered stockLevelChanged to 1,000, 5,000 and 10,000 screens.

    python -m benchmarks w4
    BENCH_RUNS=1 BENCH_SECONDS=1 BENCH_SOCKETS=1000 python -m benchmarks w4       # a look

Ours is one API process as `serve` starts it, with tokens, limits and metrics. The peers: Mercurius with subscriptions
over Redis, and a Go program that broadcasts finished frames. They take turns, each alone on a core; the load, Redis,
PostgreSQL and the relay share the others. Every screen must get every event once, the versions of a SKU rising by one,
or there is no figure.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks._flow import Flow, Usage
from benchmarks._live_plan import LivePlan
from benchmarks._live_sides import LiveBench, Side, live_bench
from benchmarks._rows import Figures, Row, cost, rate, say
from benchmarks._screens import Latency, Numbering

SOCKETS = (1_000, 5_000, 10_000)
#: More than are ever under way, so that no two events of a SKU are: levels of a slow screen's coalesce.
NUMBERING = Numbering(skus=500, first_version=2)
PER_SECOND = 20
#: One being written, others on their way to it.
UNDER_WAY = 4
#: A backlog is so many deliveries, and fewer events than what ours lets wait for one socket.
BACKLOG_DELIVERIES = 200_000
BACKLOG_EVENTS_MAX = 200

OURS, MERCURIUS, GO = "ours", "Mercurius", "raw Go"
SATURATED_MIN = {MERCURIUS: 5.0, GO: 1.0}
BACKLOG_MIN = {MERCURIUS: 12.0, GO: 3.0}
P99_MAX = {MERCURIUS: 0.5}
#: With more it is told for information.
PROMISED_UP_TO = 5_000
#: With more, so many a second are more than Mercurius delivers: its time then is that of its queue.
PACED_UP_TO = 1_000
#: A server that used less of its core was not what held deliveries up.
SATURATED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Found:
    """One run of one side."""

    latency: Latency
    saturated: Usage
    backlog: Usage

    def __str__(self) -> str:
        return (
            f"saturated {_told(self.saturated)}; under backlog {_told(self.backlog)}; at {PER_SECOND} events/s "
            f"p50 {self.latency.p50_ms:.1f} ms, p99 {self.latency.p99_ms:.1f} ms"
        )


def _told(usage: Usage) -> str:
    held_up = "" if usage.server_share >= SATURATED_SHARE else " NOT SATURATED: something else held it up"
    return (
        f"{usage.per_second:,.0f}/s, {usage.seconds_a_million:.1f} CPU s a million "
        f"(server {usage.server_share:.0%}, load {usage.load_share:.0%} of a core{held_up})"
    )


async def run(bench: LiveBench, side: Side, plan: LivePlan, sockets: int) -> Found:
    """One run of one side, on a server of its own."""
    backlog = max(UNDER_WAY, min(BACKLOG_EVENTS_MAX, BACKLOG_DELIVERIES // sockets))
    async with bench.running(side, NUMBERING, [None] * sockets) as running:
        flow = Flow(running, NUMBERING)
        return Found(
            await flow.latency(PER_SECOND, plan.warm_up_seconds, plan.seconds),
            await flow.saturate(UNDER_WAY, plan.warm_up_seconds, plan.seconds),
            await flow.saturate(backlog, plan.warm_up_seconds, plan.seconds),
        )


def measure(bench: LiveBench, plan: LivePlan, sockets: int) -> dict[str, list[Found]]:
    """All sides in turn, as often as planned."""
    found: dict[str, list[Found]] = {}
    for number in range(plan.runs):
        for side in (bench.ours(OURS), bench.mercurius(MERCURIUS), bench.go_broadcast(GO)):
            told = asyncio.run(run(bench, side, plan, sockets))
            found.setdefault(side.name, []).append(told)
            say(f"{sockets:,} sockets, run {number + 1}: {side.name}: {told}")
    return found


def rows(sockets: int, found: dict[str, list[Found]]) -> Iterator[Row]:
    """Ours against each peer."""
    promised = sockets <= PROMISED_UP_TO
    for peer in (MERCURIUS, GO):

        def both(of: Callable[[Found], float], peer: str = peer) -> tuple[list[float], list[float]]:
            return [of(each) for each in found[OURS]], [of(each) for each in found[peer]]

        name = f"{sockets:,} sockets, {{}}: ours / {peer}"
        saturated, backlog = (SATURATED_MIN[peer], BACKLOG_MIN[peer]) if promised else (None, None)
        p99 = P99_MAX.get(peer) if sockets <= PACED_UP_TO else None
        yield rate(name.format("saturated"), *both(lambda each: each.saturated.per_second), saturated)
        yield rate(name.format("under backlog"), *both(lambda each: each.backlog.per_second), backlog)
        seconds = both(lambda each: each.saturated.seconds_a_million)
        yield cost(name.format("CPU for a million deliveries"), *seconds, "s")
        paced = name.format(f"commit to socket at {PER_SECOND} events/s, {{}}")
        yield cost(paced.format("median"), *both(lambda each: each.latency.p50_ms), "ms")
        yield cost(paced.format("p99"), *both(lambda each: each.latency.p99_ms), "ms", p99)


def figures() -> Figures:
    """Start everything and measure."""
    plan = LivePlan.from_environment(*SOCKETS)
    told: list[Row] = []
    with live_bench(max(plan.sockets)) as bench:
        for sockets in plan.sockets:
            told += rows(sockets, measure(bench, plan, sockets))
        return Figures(told, (bench.versions(), f"{plan.how}; {bench.cores}"))
