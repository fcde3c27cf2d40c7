"""W3: reservations a second of one unit, of one hot SKU and of one of 10,000, through HTTP GraphQL.

    python -m benchmarks w3
    BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks w3        # a look; the promise is 3 runs of 6 seconds

Ours is the API as it is deployed, with tokens, row-level security, limits and metrics. The peers, on the same
PostgreSQL server: Mercurius with a transaction of five statements, pgbench with the same five and no API before them,
and ours with one transaction for each request. Ours runs once more beside the worker that seals the ledger, for the
cost of it. They take turns; a figure is the median of the runs. Every reply must be a pending reservation and every one
told must be in the tables afterwards, or there is no figure.
"""

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks._load import Load, Rate, WrongReplies
from benchmarks._mercurius import Way
from benchmarks._our_shelf import SKUS
from benchmarks._plan import Plan, PlanError
from benchmarks._rows import RateRow, machine, neighbours, say, tell
from benchmarks._sides import Bench, Side, bench

OURS, PLAIN, TWO = "ours", "ours, one transaction a request", "ours, 2 API processes"
SEALED = "ours, sealed meanwhile"
MERCURIUS, PIPELINED = "Mercurius", "Mercurius, pipelined"
PGBENCH, FEW = "pgbench", "pgbench, few clients"

WORKLOADS = {"hot SKU": 1, f"{SKUS:,} SKUs": SKUS}
POOL_SIZES = (2, 4, 8, 16, 32)
CLIENTS = (2, 4, 8, 16)
TRIAL_CONNECTIONS = 100
#: With fewer connections there is little to commit together: told for information.
PROMISED_FROM = 100
MERCURIUS_RATIO_MIN = 2.5
PGBENCH_RATIO_MIN = 3.0
PGBENCH_RATIO_MIN_SPREAD = 1.0

Rates = dict[str, Rate]


@dataclass(frozen=True, slots=True)
class FewClients:
    """pgbench with a number of clients of its own, whatever the others get: a hot row is fastest with few."""

    side: Side
    clients: int

    @property
    def name(self) -> str:
        return FEW

    def run(self, load: Load) -> Rate:
        return self.side.run(replace(load, connections=self.clients))


@dataclass(frozen=True, slots=True)
class Field:
    """Who takes turns on one workload, the peers set up as serves them best there."""

    always: Sequence[Side]
    promised: Sequence[Side | FewClients]
    chosen: str

    def sides(self, connections: int) -> Sequence[Side | FewClients]:
        return self.always if connections < PROMISED_FROM else [*self.always, *self.promised]


def field(started: Bench, plan: Plan, workload: str) -> Field:
    """Try the peers' settings on this workload and keep the best of each."""
    trial = plan.trial(WORKLOADS[workload], TRIAL_CONNECTIONS)

    def best(name: str, ways: Sequence[Way]) -> Way:
        rates = {way: started.mercurius(name, way).run(trial).per_second for way in ways}
        say(f"{workload}, trial of {name}: " + ", ".join(f"{way} {rate:,.0f}/s" for way, rate in rates.items()))
        return max(rates, key=lambda way: rates[way])

    in_turn = best(MERCURIUS, [Way(size) for size in POOL_SIZES])
    pipelined = best(PIPELINED, [Way(size, pipeline=True) for size in POOL_SIZES])
    counts = {clients: FewClients(started.pgbench(PGBENCH), clients).run(trial).per_second for clients in CLIENTS}
    say(f"{workload}, trial of {FEW}: " + ", ".join(f"{clients} {rate:,.0f}/s" for clients, rate in counts.items()))
    clients = max(counts, key=lambda clients: counts[clients])
    return Field(
        [
            started.ours(OURS),
            started.mercurius(MERCURIUS, in_turn),
            started.pgbench(PGBENCH),
            started.ours(PLAIN, environ={"GROUP_COMMIT_MAX": "1"}),
        ],
        [
            started.ours(TWO, workers=2),
            started.ours(SEALED, sealing=True),
            started.mercurius(PIPELINED, pipelined),
            FewClients(started.pgbench(PGBENCH), clients),
        ],
        f"{workload}, as serves them best: {MERCURIUS} with a {in_turn}, a {pipelined}; {FEW}: {clients}",
    )


def measure(field: Field, plan: Plan, workload: str, connections: int) -> Rates:
    """All sides in turn, as often as planned; the run with the median rate of each."""
    runs: dict[str, list[Rate]] = {}
    for number in range(plan.runs):
        for side in field.sides(connections):
            rate = side.run(plan.load(WORKLOADS[workload], connections))
            runs.setdefault(side.name, []).append(rate)
            say(f"{workload}, {connections} connections, run {number + 1}: {side.name} {rate}")
    return {name: _median(rates) for name, rates in runs.items()}


def _median(rates: Sequence[Rate]) -> Rate:
    middle = statistics.median_low([rate.per_second for rate in rates])
    return next(rate for rate in rates if rate.per_second == middle)


def rows(workload: str, connections: int, rates: Rates) -> Iterator[RateRow]:
    """Ours against each of the others; with few connections, and against what is no peer, for information."""
    hot = WORKLOADS[workload] == 1
    pgbench = PGBENCH_RATIO_MIN if hot else PGBENCH_RATIO_MIN_SPREAD
    targets = {MERCURIUS: MERCURIUS_RATIO_MIN if hot else None, PGBENCH: pgbench}
    for peer, rate in rates.items():
        if peer in (OURS, TWO, SEALED):
            continue
        target = targets.get(peer) if connections >= PROMISED_FROM else None
        name = f"{workload}, {connections} connections: ours / {peer}"
        yield RateRow(name, rates[OURS].per_second, rate.per_second, target)
    if SEALED in rates:
        name = f"{workload}, {connections} connections: {SEALED} / {OURS}"
        yield RateRow(name, rates[SEALED].per_second, rates[OURS].per_second)
    if TWO in rates:
        for peer in (OURS, MERCURIUS, PGBENCH):
            name = f"{workload}, {connections} connections: {TWO} / {peer}"
            yield RateRow(name, rates[TWO].per_second, rates[peer].per_second)


def main() -> int:
    """Start everything, measure, print; 1 when a target is missed or a reply was wrong."""
    try:
        return _main(Plan.from_environment())
    except PlanError as error:
        sys.stderr.write(f"stockcast: {error}\n")
        return 2
    except WrongReplies as error:
        sys.stderr.write(f"stockcast: no figure: {error}.\n")
        return 1


def _main(plan: Plan) -> int:
    before = neighbours()
    say(f"{machine()}\n{before}")
    told: list[RateRow] = []
    notes: list[str] = []
    with bench() as started:
        about = started.versions()
        for workload in WORKLOADS:
            chosen = field(started, plan, workload)
            notes.append(chosen.chosen)
            for connections in plan.connections:
                rates = measure(chosen, plan, workload, connections)
                told += rows(workload, connections, rates)
                notes += [f"{workload}, {connections} connections: {name} {rate}" for name, rate in rates.items()]
    how = f"runs: {plan.runs} of {plan.seconds:g} s each, interleaved; figures are medians"
    return tell(told, before, about, how, "", *notes)


if __name__ == "__main__":
    if status := main():
        sys.exit(status)
