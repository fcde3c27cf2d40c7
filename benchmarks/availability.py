"""availability: what can be promised of 1, 20 and 100 of 10,000 SKUs over their three locations, through HTTP GraphQL.

    python -m benchmarks availability
    BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks availability      # a look

Each query names other SKUs. Ours is the API as it is deployed, with tokens, row-level security, limits and metrics; the
peer, Mercurius with its JIT, sums the same levels of the same database by one prepared statement, under the same
policies.
"""

from dataclasses import replace

from benchmarks import _node
from benchmarks._our_shelf import sku
from benchmarks._plan import Plan
from benchmarks._reads import PLACES, UNITS, Contest, Peer, Question, Told, library
from benchmarks._rows import Figures
from benchmarks._sides import postgres_version
from server.embedded import database

QUERY = "query Promised($skus: [String!]!) { availability(skus: $skus) { sku known availableToPromise } }"
SKUS_A_QUERY = (1, 20, 100)
PEERS = [Peer("Mercurius", one_statement=True)]


def question(skus: int) -> Question:
    return Question(QUERY, {"skus": [sku(number) for number in range(1, skus + 1)]})


def wanted(skus: int) -> Told:
    told = {"known": True, "availableToPromise": UNITS * len(PLACES)}
    return {"availability": [{"sku": sku(number), **told} for number in range(1, skus + 1)]}


def figures() -> Figures:
    plan = Plan.from_environment(connections=32)
    with library() as started:
        versions = f"{database.run(postgres_version(started.addresses))}; {_node.versions(started.node)}"
        rows = [
            replace(row, name=f"{skus} SKUs a query, {row.name}")
            for skus in SKUS_A_QUERY
            for row in Contest(started, plan, question(skus), wanted(skus)).rows(PEERS)
        ]
        return Figures(rows, (versions, f"{plan.how}; {started.cores}"))
