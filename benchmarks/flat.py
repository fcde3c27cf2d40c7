"""Flat: whether a look-up costs the same among 1,000,000 SKUs as among 10,000, and page 1,000 the same as the first.

    python -m benchmarks flat
    BENCH_SKUS=300000 BENCH_SECONDS=1 BENCH_RUNS=1 python -m benchmarks flat     # a look; the promise is of 1,000,000

Both sides are ours, the API as it is deployed: one beside a database of so many SKUs, the other beside one of 10,000;
one asks for a page far behind, the other for the first.
"""

import json
from functools import partial

import asyncpg

from benchmarks import _our_shelf
from benchmarks._cores import Cores
from benchmarks._load import Target
from benchmarks._our_shelf import SKUS, TENANT
from benchmarks._plan import Plan, whole_number
from benchmarks._reads import UNITS, Library, Question, Reading, Told, library, taken
from benchmarks._rows import Figures, Row, rate, say
from benchmarks._sides import postgres_version
from server.embedded import database
from server.embedded.database import Addresses

SKUS_DEFAULT, SKUS_MAX = 1_000_000, 9_999_999
PAGE, FAR = 250, 1_000
#: Of as many a second as among few, or of the first page.
RATIO_MIN = 0.8
LEVEL = "sku quantityOnHand quantityAllocated availableToPromise"
LOOK_UP = f'query Level($sku: String!) {{ stockLevel(sku: $sku, location: "MAIN") {{ {LEVEL} }} }}'
LIST = (
    "query Levels($first: Int!, $after: String) { stockLevels(first: $first, after: $after) "
    f"{{ nodes {{ {LEVEL} item {{ name }} location {{ name }} }} pageInfo {{ hasNextPage }} }} }}"
)
WALK = (
    "query Walk($first: Int!, $after: String) { stockLevels(first: $first, after: $after) { pageInfo { endCursor } } }"
)


def sku(number: int) -> str:
    return f"SKU-{number:07}"


def told(number: int) -> Told:
    return {"sku": sku(number), "quantityOnHand": UNITS, "quantityAllocated": 0, "availableToPromise": UNITS}


def page(number: int) -> Told:
    """The page of this number, from 1, of which there are more to come."""
    places = range((number - 1) * PAGE + 1, number * PAGE + 1)
    nodes = [told(n) | {"item": {"name": f"Article {n}"}, "location": {"name": "Main warehouse"}} for n in places]
    return {"stockLevels": {"nodes": nodes, "pageInfo": {"hasNextPage": True}}}


async def fill(skus: int, addresses: Addresses) -> None:
    """So many items with a level each, without entries: nothing here reads the ledger."""
    places = {TENANT.default_location: "Main warehouse"}
    await _our_shelf.stock(addresses, partial(_our_shelf.articles, skus, sku), places, UNITS, entered=False)
    ruler = await asyncpg.connect(addresses.superuser_url)
    try:
        await ruler.execute("VACUUM (ANALYZE)")  # what PostgreSQL would soon do by itself, beside the first run
        await ruler.execute("CHECKPOINT")
    finally:
        await ruler.close()
    say(f"{skus:,} SKUs are filled in")


def cursor_before(target: Target, number: int) -> str:
    """Where the page of this number begins, found as a screen finds it: from page to page."""
    after = None
    for _ in range(number - 1):
        reply = Question(WALK, {"first": PAGE, "after": after}).asked_at(target)
        after = json.loads(reply)["data"]["stockLevels"]["pageInfo"]["endCursor"]
    assert after is not None
    return after


def look_ups(few: Library, many: Library, plan: Plan, skus: int) -> Row:
    rates: dict[int, list[float]] = {SKUS: [], skus: []}
    for number in range(plan.runs):
        for among, shelf in ((SKUS, few), (skus, many)):
            reading = Reading(plan.connections[0], plan.seconds, among)
            question, wanted = Question(LOOK_UP, {"sku": sku(1)}), {"stockLevel": told(1)}
            found = taken(shelf, shelf.ours, reading, question, wanted)
            rates[among].append(found.per_second)
            say(f"run {number + 1}: one of {among:,} SKUs {found}")
    return rate(f"one of {skus:,} SKUs / of {SKUS:,}", rates[skus], rates[SKUS], RATIO_MIN, itself=True)


def pages(shelf: Library, plan: Plan, far: int) -> Row:
    with shelf.ours() as target:
        places = {1: None, far: cursor_before(target, far)}
    rates: dict[int, list[float]] = {place: [] for place in places}
    for number in range(plan.runs):
        for place, after in places.items():
            reading = Reading(plan.connections[0], plan.seconds)
            question = Question(LIST, {"first": PAGE, "after": after})
            found = taken(shelf, shelf.ours, reading, question, page(place))
            rates[place].append(found.per_second)
            say(f"run {number + 1}: page {place:,} {found}")
    return rate(f"page {far:,} of {PAGE} levels / page 1", rates[far], rates[1], RATIO_MIN, itself=True)


def figures() -> Figures:
    """Start everything and measure."""
    plan, skus = Plan.from_environment(connections=32), whole_number("BENCH_SKUS", SKUS_DEFAULT, 2 * PAGE, SKUS_MAX)
    cores = Cores.of_machine()
    far = min(FAR, skus // PAGE - 1)
    with library(partial(fill, SKUS), cores) as few, library(partial(fill, skus), cores) as many:
        about = database.run(postgres_version(many.addresses)), f"{plan.how}; {cores}"
        return Figures([look_ups(few, many, plan, skus), pages(many, plan, far)], about)
