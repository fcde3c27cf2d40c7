"""W2: pages a second of the first 250 levels with their items and locations, through HTTP GraphQL.

    python -m benchmarks w2
    BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks w2        # a look; the promise is 3 runs of 6 seconds

Ours is the API as it is deployed, with tokens, row-level security, limits and metrics. The peer, Mercurius with its
JIT, reads the same tables of the same database, under the same policies: with a loader each for items and locations, as
its users write it, and with one statement that joins them.
"""

from benchmarks._our_shelf import sku
from benchmarks._reads import PLACES, UNITS, Peer, Question, Told, figures_of
from benchmarks._rows import Figures

LEVELS = 250
QUESTION = Question(
    "query Levels($first: Int!) { stockLevels(first: $first) { nodes { sku quantityOnHand quantityAllocated "
    "quantityUnavailable quantityIncoming availableToPromise status version item { sku name category vendor } "
    "location { code name } } pageInfo { hasNextPage } } }",
    {"first": LEVELS},
)
PEERS = [Peer("Mercurius, loaders", one_statement=False, ratio_min=3), Peer("Mercurius, one SQL", True, 1.5)]


def level(number: int, place: str) -> Told:
    return {
        "sku": sku(number),
        "quantityOnHand": UNITS,
        "quantityAllocated": 0,
        "quantityUnavailable": 0,
        "quantityIncoming": 0,
        "availableToPromise": UNITS,
        "status": "IN_STOCK",
        "version": 1,
        "item": {"sku": sku(number), "name": f"Article {number}", "category": "things", "vendor": "maker"},
        "location": {"code": place, "name": f"{place} warehouse"},
    }


def wanted() -> Told:
    nodes = [level(number, place) for number in range(1, LEVELS // len(PLACES) + 2) for place in PLACES]
    return {"stockLevels": {"nodes": nodes[:LEVELS], "pageInfo": {"hasNextPage": True}}}


def figures() -> Figures:
    return figures_of(QUESTION, wanted(), PEERS)
