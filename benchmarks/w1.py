"""W1: look-ups a second of one of 10,000 SKUs at one location, four fields, through HTTP GraphQL.

    python -m benchmarks w1
    BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks w1        # a look; the promise is 3 runs of 6 seconds

Ours is the API as it is deployed, with tokens, row-level security, limits and metrics; the peer, Mercurius with its
JIT, reads the same table of the same database with a prepared statement, under the same policies.
"""

from benchmarks._our_shelf import sku
from benchmarks._reads import UNITS, Peer, Question, figures_of
from benchmarks._rows import Figures

QUESTION = Question(
    'query Level($sku: String!) { stockLevel(sku: $sku, location: "MAIN") '
    "{ sku quantityOnHand quantityAllocated availableToPromise } }",
    {"sku": sku(1)},
)
WANTED = {
    "stockLevel": {"sku": sku(1), "quantityOnHand": UNITS, "quantityAllocated": 0, "availableToPromise": UNITS},
}
PEERS = [Peer("Mercurius", one_statement=True, ratio_min=1.2)]


def figures() -> Figures:
    return figures_of(QUESTION, WANTED, PEERS)
