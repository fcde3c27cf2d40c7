"""How the reports are measured: at two lengths of the ledger, each beside plain SQL over the ledger itself."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from benchmarks._insight_shelf import Insight, shelf
from benchmarks._rows import CostRow, Row, machine, neighbours, say, tell
from db.pool import Database
from server.embedded.database import run

ENTRIES_DEFAULT = "1000000,10000000"
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


class WrongReport(Exception):
    """The two do not tell the same."""


async def measured(insight: Insight, name: str, report: Report, peer: Peer) -> CostRow:
    """The medians of both, in milliseconds. Raises WrongReport."""
    database = await Database.connect(insight.addresses.application_url, size=2)
    ruler = await asyncpg.connect(insight.addresses.superuser_url, server_settings={"work_mem": PEER_MEMORY})
    try:
        ours, told = await _median(lambda: report(database, insight), WARM_UP, REPEATS)
        theirs, expected = await _median(lambda: peer(ruler, insight), 1, PEER_REPEATS)
    finally:
        await ruler.close()
        await database.close()
    if told != expected:
        raise WrongReport(f"ours tells {told}, the peer {expected}")
    row = CostRow(f"{name} of {insight.entries:,} entries, beside SQL over them", ours, theirs, "ms", PEER_RATIO_MAX)
    say(str(row))
    return row


async def _median(ask: Callable[[], Awaitable[object]], warm_up: int, repeats: int) -> tuple[float, object]:
    times: list[float] = []
    told: object = None
    for repeat in range(-warm_up, repeats):
        began = time.perf_counter()
        told = await ask()
        if repeat >= 0:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), told


def main_of(name: str, report: Report, peer: Peer) -> int:
    """Fill, measure, print; 1 when a target is missed or a report was wrong."""
    told = os.environ.get("BENCH_ENTRIES") or ENTRIES_DEFAULT
    sizes = [int(each) for each in told.split(",") if each.isascii() and each.isdigit()]
    if len(sizes) != 2 or not 100_000 <= sizes[0] < sizes[1] <= 100_000_000:
        say(f"stockcast: BENCH_ENTRIES must be two rising numbers from 100000 to 100000000, not {told!r}.")
        return 2
    before = neighbours()
    say(f"{machine()}\n{before}")
    rows: list[Row] = []
    folded: list[str] = []
    for entries in sizes:
        with shelf(entries) as insight:
            folded.append(f"{insight.folded_per_second:,.0f}/s of {entries:,}")
            try:
                rows.append(run(measured(insight, name, report, peer)))
            except WrongReport as error:
                say(f"stockcast: no figure: {error}.")
                return 1
    return _told(before, [*rows, _flat(name, rows)], folded)


def _flat(name: str, rows: Sequence[Row]) -> CostRow:
    short, long = rows
    assert isinstance(short, CostRow)
    assert isinstance(long, CostRow)
    return CostRow(f"{name}, of the longer ledger beside the shorter", long.ours, short.ours, "ms", FLAT_MAX)


def _told(before: str, rows: Sequence[Row], folded: Sequence[str]) -> int:
    how = f"medians of {REPEATS} (of the SQL {PEER_REPEATS}); entries folded anew from the ledger: {', '.join(folded)}"
    return tell(rows, before, how)
