"""Screens that take nothing any more, among many that do: they cost little, delay nobody and are told 1013."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.audience.audience import Audience
from tests.faults.audience.subscriber import Subscriber, Wanted
from tests.faults.figures import LONG, SHARED, Figures, quantiles, spread_ms
from tests.faults.theatre import SUBSCRIBERS, Theatre
from tests.faults.trials import Trials
from tests.stack import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow_screens]

STALLED = 100 if LONG else 6
TIMES = 20 if LONG else 1
PER_SECOND = 200.0
#: More levels than a socket's queue holds events, or coalescing would have room for all.
WATCHED = 600 if LONG else 300
CALM = 600 if LONG else 100
BYTES_MAX = 1_000_000
WORSE_MAX = 1.2
#: Of a short run, which is too short for a 99th percentile, beside other tests. Whoever waited for a stalled socket
#: would wait until that is given up, for seconds.
SHORT_WORSE_S = 1.5
CLOSED_WITHIN_S = 60.0 * SHARED
TOO_SLOW = 'stockcast_connections_closed_total{cause="too_slow",transport="websocket"}'


class Cost(NamedTuple):
    """Bytes: of the processes, and of what lies in the kernel for their peers."""

    bytes: float
    process: float
    kernel: float

    def __str__(self) -> str:
        return f"{self.process / 1000:,.0f} in the process, {self.kernel / 1000:,.0f} unsent in the kernel"


def test_a_stalled_socket_costs_little_delays_nobody_and_goes_on_where_it_was(
    theatre: Theatre, figures: Figures
) -> None:
    some = theatre.skus[:WATCHED]
    slow = Wanted(theatre.shop.analyst.token or "", {"skus": some}, some, far_away=True)
    wanted = [*theatre.wanted(SUBSCRIBERS - STALLED), *[slow] * STALLED]
    calm, meanwhile, costs = list[float](), list[float](), list[Cost]()
    with theatre.audience(wanted=wanted, per_second=PER_SECOND) as audience:
        trials = Trials(theatre, audience)
        stalled, others = audience.subscribers[-STALLED:], audience.subscribers[:-STALLED]
        for _ in range(TIMES):
            calm += _delays_of(audience, others, CALM)
            costs.append(_stall(theatre, audience, stalled))
            meanwhile += _delays_of(audience, others, 0)
            audience.of(stalled, Subscriber.wake)
            audience.catch_up(CLOSED_WITHIN_S)
        trials.conclude(figures)
        ends = sum((each.ends for each in stalled), start=type(stalled[0].ends)())
    figures.tell(
        f"{STALLED} of {SUBSCRIBERS:,} sockets stalled {TIMES} times: told {dict(ends)}; at most "
        f"{max(costs).bytes / 1000:,.0f} kB each ({max(costs)}); the others' changes on screen, before: "
        f"{spread_ms(calm)}; "
        f"meanwhile: {spread_ms(meanwhile)}"
    )
    assert ends["1013"] == STALLED * TIMES, ends
    assert max(cost.kernel for cost in costs) <= BYTES_MAX
    if LONG:  # a process that has just begun grows by itself
        assert max(costs).bytes <= BYTES_MAX
    worst = WORSE_MAX * quantiles(calm)[1] + (0 if LONG else SHORT_WORSE_S)
    assert quantiles(meanwhile)[1] <= worst


def _delays_of(audience: Audience, subscribers: Sequence[Subscriber], changes: int) -> list[float]:
    """Of the changes that these were told of since the last call, or within so many more changes."""
    if changes:
        audience.note_delays()
        audience.more(changes)
    delays = audience.delays
    return list(chain.from_iterable(delays[: len(subscribers)]))


def _stall(theatre: Theatre, audience: Audience, stalled: Sequence[Subscriber]) -> Cost:
    """Until all were given up; the bytes that each cost at most."""
    before, closed = _memory(theatre), sum(theatre.metric(TOO_SLOW).values())
    most = before
    audience.note_delays()
    audience.of(stalled, Subscriber.stall)

    def given_up() -> bool:
        nonlocal most
        most = max(most, _memory(theatre))
        return sum(theatre.metric(TOO_SLOW).values()) >= closed + len(stalled)

    eventually(given_up, "they are closed with 1013", CLOSED_WITHIN_S)
    return Cost(*((after - was) / len(stalled) for after, was in zip(most, before, strict=True)))


def _memory(theatre: Theatre) -> Cost:
    """Of the API processes."""
    pids = [theatre.stack.children[name].pid for name in ("serve", "serve-2")]
    resident = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in pids)
    ports = {f":{int(url.rpartition(':')[2]):04X}" for url in theatre.urls}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    unsent = sum(int(line[4].partition(":")[0], 16) for line in lines if line[1][8:] in ports)
    return Cost(resident + unsent, resident, unsent)
