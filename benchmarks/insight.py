"""The reports of health and aging over a ledger of 1 million and of 10 million entries of 500 levels.

    python -m benchmarks insight
    BENCH_ENTRIES=200000,2000000 python -m benchmarks insight     # a look

Ours is the read model that the API asks, over a session of the application's role with row-level security. The peer is
SQL over the ledger itself, in the superuser's session, which may use every core: nobody is kept to one. Both must tell
the same.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import asyncpg

from benchmarks import _aging, _health
from benchmarks._cores import UNPINNED
from benchmarks._insight_shelf import Insight, shelf
from benchmarks._plan import PlanError, ledger_sizes
from benchmarks._rows import Figures, NoFigure, Row, cost, say
from db.pool import Database
from server.embedded.database import run

ENTRIES_LEAST, ENTRIES_DEFAULT = 100_000, (1_000_000, 10_000_000)
WARM_UP = 6
REPEATS = 9
PEER_REPEATS = 3
#: So that the plain SQL sorts and hashes in memory as far as it can.
PEER_MEMORY = "512MB"
#: A ledger ten times as long.
FLAT_MAX = 1.2
PEER_RATIO_MAX = 1 / 50

#: Ask for the report; what of it the plain SQL must tell too.
Report = Callable[[Database, Insight], Awaitable[object]]
Peer = Callable[[asyncpg.Connection, Insight], Awaitable[object]]


@dataclass(slots=True)
class Kind:
    """One of the reports, and its rows so far."""

    name: str
    report: Report
    peer: Peer
    rows: list[Row] = field(default_factory=list[Row])

    async def measure(self, insight: Insight) -> None:
        """Of a ledger of one length, the times of both in milliseconds. Raises NoFigure."""
        database = await Database.connect(insight.addresses.application_url, size=2)
        ruler = await asyncpg.connect(insight.addresses.superuser_url, server_settings={"work_mem": PEER_MEMORY})
        try:
            ours, told = await _times(lambda: self.report(database, insight), WARM_UP, REPEATS)
            theirs, expected = await _times(lambda: self.peer(ruler, insight), 1, PEER_REPEATS)
        finally:
            await ruler.close()
            await database.close()
        if told != expected:
            raise NoFigure(f"{self.name}: ours tells {told}, the peer {expected}")
        row = cost(f"{self.name} of {insight.entries:,} entries / SQL over them", ours, theirs, "ms", PEER_RATIO_MAX)
        say(f"{row.name}: {row.ours} / {row.peer}")
        self.rows.append(row)

    def told(self) -> Iterator[Row]:
        """All, the last of them how much longer the long ledger takes."""
        yield from self.rows
        brief, long = (row.ours.values for row in self.rows)
        yield cost(f"{self.name} of the long ledger / of the other", long, brief, "ms", FLAT_MAX, itself=True)


async def _times(ask: Callable[[], Awaitable[object]], warm_up: int, repeats: int) -> tuple[list[float], object]:
    times: list[float] = []
    told: object = None
    for repeat in range(-warm_up, repeats):
        began = time.perf_counter()
        told = await ask()
        if repeat >= 0:
            times.append((time.perf_counter() - began) * 1000)
    return times, told


def figures() -> Figures:
    """Fill both ledgers, one after the other, and measure."""
    sizes = ledger_sizes(ENTRIES_LEAST, *ENTRIES_DEFAULT)
    if len(sizes) != 2:
        raise PlanError("BENCH_ENTRIES must be two numbers: one ledger is compared with the other")
    kinds = [Kind("health report", _health.report, _health.peer), Kind("aging report", _aging.report, _aging.peer)]
    folded: list[str] = []
    for entries in sizes:
        with shelf(entries) as insight:
            folded.append(f"{insight.folded_per_second:,.0f}/s of {entries:,}")
            for kind in kinds:
                run(kind.measure(insight))
    how = f"medians of {REPEATS} (of the SQL {PEER_REPEATS}); entries folded anew from the ledger: {', '.join(folded)}"
    return Figures([row for kind in kinds for row in kind.told()], (f"{how}; {UNPINNED}",))
