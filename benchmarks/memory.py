"""Memory: what one API process holds after 20 minutes of mixed load, with 100,000 documents that differ.

    python -m benchmarks memory
    BENCH_MINUTES=2 python -m benchmarks memory      # a look: a tenth of the documents

The process is alone on its core, with tokens, row-level security, limits and metrics. Its memory is read each minute.
What it holds when a quarter of the time is over is what it needs; from then on it may not grow with what it has seen.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import _our_shelf
from benchmarks._api import beside, served
from benchmarks._cores import memory_bytes
from benchmarks._load import Target
from benchmarks._mixed import Crowd
from benchmarks._plan import whole_number
from benchmarks._reads import library
from benchmarks._rows import Figures, Row, Sample, cost, say
from benchmarks._sides import TOKEN_SECONDS
from server.tokens import issue

MINUTES, MINUTES_MAX = 20, 1_440
WARM_UP_SHARE = 1 / 4
#: Of what it held after the warm-up.
GROWTH_MAX = 1.1
MEBIBYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Moment:
    """In MiB, so many minutes after the first request."""

    minutes: float
    rss: float
    pss: float

    @classmethod
    def of(cls, pid: int, minutes: float) -> "Moment":
        return cls(minutes, memory_bytes(pid, "Rss") / MEBIBYTE, memory_bytes(pid, "Pss") / MEBIBYTE)

    def __str__(self) -> str:
        return f"{self.minutes:.0f} min RSS {self.rss:.0f} PSS {self.pss:.0f}"


async def load(crowd: Crowd, pid: int) -> list[Moment]:
    """Every minute from the first request to the last answer. Raises NoFigure when an answer was wrong."""
    moments = [Moment.of(pid, 0)]
    coming = asyncio.create_task(crowd.come())
    while not coming.done():
        await asyncio.wait([coming], timeout=60)
        if not coming.done():
            moments.append(Moment.of(pid, crowd.minutes))
            say(f"{moments[-1]} MiB; answered: {', '.join(f'{n:,} {kind}' for kind, n in sorted(crowd.told.items()))}")
    try:
        await coming
    except ExceptionGroup as group:
        raise _first(group) from group
    return [*moments, Moment.of(pid, crowd.minutes)]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended the others."""
    fault = group.exceptions[0]
    return _first(fault) if isinstance(fault, BaseExceptionGroup) else fault


def growth(moments: list[Moment]) -> float:
    """MiB a minute: the slope of the straight line that fits best."""
    middle = sum(each.minutes for each in moments) / len(moments)
    spread = sum((each.minutes - middle) ** 2 for each in moments)
    return sum((each.minutes - middle) * each.pss for each in moments) / spread if spread else 0.0


def rows(moments: list[Moment]) -> Iterator[Row]:
    begin = next(number for number, each in enumerate(moments) if each.minutes >= moments[-1].minutes * WARM_UP_SHARE)
    warm, last = moments[begin], moments[-1]
    for what in ("pss", "rss"):
        name = f"{what.upper()} after {last.minutes:.0f} minutes of mixed load / after {warm.minutes:.0f}"
        yield cost(name, [getattr(last, what)], [getattr(warm, what)], "MiB", GROWTH_MAX, itself=True)
    yield Row("growth a minute from then on, by PSS", Sample((growth(moments[begin:]),), "MiB"))


def figures() -> Figures:
    """Fill, start, and let them come."""
    minutes = whole_number("BENCH_MINUTES", MINUTES, 1, MINUTES_MAX)
    with library(_our_shelf.fill) as started:
        token = issue(started.settings, _our_shelf.SLUG, "admin", ttl=TOKEN_SECONDS)
        serving = served(started.directory, started.addresses, started.settings, starting=started.cores.for_server())
        relay = beside("relay", started.directory, started.addresses, started.settings)
        with serving as server, relay:
            crowd = Crowd(Target(server.port, token), minutes * 60, str(server.pid))
            moments = asyncio.run(load(crowd, server.pid))
        told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(crowd.told.items()))
        each = "; ".join(map(str, moments))
        return Figures(list(rows(moments)), (f"answered: {told}", f"MiB at {each}", str(started.cores)))
