"""W3: reservations a second of one unit, of one hot SKU and of one of 10,000, through HTTP GraphQL.

    python -m benchmarks w3
    BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks w3        # a look; the promise is 3 runs of 6 seconds

Ours is the API as it is deployed, with tokens, row-level security, limits and metrics. The peers, on the same
PostgreSQL server: Mercurius with a transaction of five statements, pgbench with the same five and no API before them,
and ours with one transaction for each request. Ours runs once more beside the worker that seals the ledger, for the
cost of it. Each server is alone on its core, and pgbench is in the place of one; once more nobody is kept to a core,
since PostgreSQL then has more of both: for ours, the peers, and two processes of ours. They take turns; a figure is the
median of the runs. Every reply must be a pending reservation and every one told must be in the tables afterwards, or
there is no figure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks._cores import UNPINNED
from benchmarks._load import Load, NoReply, Rate
from benchmarks._mercurius import Way
from benchmarks._our_shelf import SKUS
from benchmarks._plan import Plan
from benchmarks._rows import Figures, Row, rate, say
from benchmarks._sides import Bench, Side, bench

OURS, PLAIN = "ours", "ours, one transaction a request"
SEALED = "ours, sealed meanwhile"
MERCURIUS, PIPELINED = "Mercurius", "Mercurius, pipelined"
PGBENCH, FEW = "pgbench", "pgbench, few clients"
OURS_FREE, MERCURIUS_FREE, PGBENCH_FREE = (f"{name}, {UNPINNED}" for name in (OURS, MERCURIUS, PGBENCH))
TWO = f"2 API processes, {UNPINNED}"

WORKLOADS = {"hot SKU": 1, f"{SKUS:,} SKUs": SKUS}
POOL_SIZES = (2, 4, 8, 16, 32)
CLIENTS = (2, 4, 8, 16)
TRIAL_CONNECTIONS = 100
#: With fewer connections there is little to commit together: told for information.
PROMISED_FROM = 100
#: Of a hot SKU: what group commit is promised for, and what compiled mutations are.
HOT_MIN = {MERCURIUS: (2.5, 8.0), PGBENCH: (3.0, 10.0)}
SPREAD_MIN = {PGBENCH: (1.0,)}

Rates = dict[str, list[Rate]]


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
        rates = {way: _tried(started.mercurius(name, way), trial) for way in ways}
        say(f"{workload}, trial of {name}: " + ", ".join(f"{way} {rate:,.0f}/s" for way, rate in rates.items()))
        return max(rates, key=lambda way: rates[way])

    in_turn = best(MERCURIUS, [Way(size) for size in POOL_SIZES])
    pipelined = best(PIPELINED, [Way(size, pipeline=True) for size in POOL_SIZES])
    counts = {clients: _tried(FewClients(started.pgbench(PGBENCH), clients), trial) for clients in CLIENTS}
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
            started.ours(TWO, workers=2, pinned=False),
            started.ours(OURS_FREE, pinned=False),
            started.mercurius(MERCURIUS_FREE, in_turn, pinned=False),
            started.pgbench(PGBENCH_FREE, pinned=False),
            started.ours(SEALED, sealing=True),
            started.mercurius(PIPELINED, pipelined),
            FewClients(started.pgbench(PGBENCH), clients),
        ],
        f"{workload}, as serves them best: {MERCURIUS} with a {in_turn}, a {pipelined}; {FEW}: {clients}",
    )


def _tried(side: Side | FewClients, trial: Load) -> float:
    """None a second where it serves so badly that no reply came."""
    try:
        return side.run(trial).per_second
    except NoReply:
        return 0.0


def measure(field: Field, plan: Plan, workload: str, connections: int) -> Rates:
    """All sides in turn, as often as planned."""
    runs: Rates = {}
    for number in range(plan.runs):
        for side in field.sides(connections):
            found = side.run(plan.load(WORKLOADS[workload], connections))
            runs.setdefault(side.name, []).append(found)
            say(f"{workload}, {connections} connections, run {number + 1}: {side.name} {found}")
    return runs


def rows(workload: str, connections: int, rates: Rates) -> Iterator[Row]:
    """Ours against each of the others; with few connections, and against what is no peer, for information."""
    targets = HOT_MIN if WORKLOADS[workload] == 1 else SPREAD_MIN
    beside = [(OURS, peer) for peer in (MERCURIUS, PGBENCH, PLAIN, PIPELINED, FEW)]
    beside += [(SEALED, OURS), (OURS_FREE, MERCURIUS_FREE), (OURS_FREE, PGBENCH_FREE)]
    beside += [(TWO, each) for each in (OURS_FREE, MERCURIUS_FREE, PGBENCH_FREE)]
    for ours, peer in beside:
        if ours in rates and peer in rates:
            name = f"{workload}, {connections} connections: {ours} / {peer}"
            mine, theirs = ([each.per_second for each in rates[side]] for side in (ours, peer))
            promised = targets.get(peer, (None,)) if ours == OURS and connections >= PROMISED_FROM else (None,)
            for number, target in enumerate(promised):
                told = f"{name}, second target" if number else name
                yield rate(told, mine, theirs, target, itself=peer in (PLAIN, OURS, OURS_FREE))


def figures() -> Figures:
    """Start everything and measure."""
    plan = Plan.from_environment()
    told: list[Row] = []
    with bench() as started:
        about = [started.versions(), f"{plan.how}; {started.cores}"]
        for workload in WORKLOADS:
            chosen = field(started, plan, workload)
            about.append(chosen.chosen)
            for connections in plan.connections:
                told += rows(workload, connections, measure(chosen, plan, workload, connections))
    return Figures(told, about)
