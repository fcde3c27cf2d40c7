"""The API over PostgreSQL: what operations cost in statements, and that what is written is what is read."""

import asyncio
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest

from db.read_models.catalog import PostgresCatalogReads
from db.read_models.stock import PostgresStockReads
from domain.access import Caller, Scope
from schema.executor import Executor
from tests.fakes.api import schema
from tests.integration.firm import ADMIN, LEVELS, STRANGER, VENDOR, Api

# ------------------------------------------------------------------ statements
NESTED = """query ($first: Int) { stockLevels(first: $first) { nodes {
    sku item { name } location { code parent { code parent { code } } } status stale
    ledger(first: 2) { nodes { kind actor location { parent { code } } } }
    history(points: 3) { quantityOnHand } } } }"""


@pytest.mark.parametrize("first", [2, LEVELS])
async def test_a_list_takes_as_many_statements_however_long_it_is(api: Api, first: int) -> None:
    nodes = (await api.ask(NESTED, first=first))["stockLevels"]["nodes"]
    assert len(nodes) == first
    # The levels, the parents of their locations, their ledgers, their histories.
    assert api.statements == 4
    assert all([entry["kind"] for entry in node["ledger"]["nodes"]] == ["WASTE", "RECEIPT"] for node in nodes)
    assert all(node["history"][-1] == {"quantityOnHand": 7} for node in nodes)


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("{ viewer { subject roles } }", 0),
        ("{ viewer { tenant { name defaultLocation { name } } } }", 2),
        ('{ stock(sku: "SKU-00") { quantityOnHand levels { location { code } } } }', 2),
        ('{ stockLevel(sku: "SKU-00", location: "WEST") { item { name } location { name } status } }', 1),
        ("{ stockLevels(first: 5) { nodes { sku item { name } location { name } } pageInfo { hasNextPage } } }", 1),
        ("{ stockLevels(first: 5) { totalCount nodes { sku } } }", 2),
        ('{ stockLevel(sku: "SKU-00", location: "WEST", asOf: "2024-05-31T12:00:00Z") { status } }', 1),
        ('{ stockLevels(first: 5, asOf: "2024-05-31T12:00:00Z") { nodes { sku item { name } } } }', 1),
        ('{ stockLevels(first: 5, asOf: "2024-05-31T12:00:00Z") { totalCount nodes { sku } } }', 2),
        ('{ availability(skus: ["SKU-00", "SKU-01", "none"]) { known availableToPromise } }', 1),
        ('{ a: item(sku: "SKU-00") { name } b: item(sku: "SKU-01") { name } c: item(sku: "none") { name } }', 1),
        ("{ items(first: 5) { nodes { name } } }", 1),
        ('{ location(code: "WEST") { parent { name } } }', 2),
        ("{ locations { nodes { parent { name } } } }", 2),
        ("{ reasonCodes { code } }", 1),
        ("{ ledger(first: 20) { nodes { sku location { name } quantityOnHandAfter } } }", 1),
        ("{ ledger(first: 20) { totalCount } }", 2),
        ("{ webhooks { totalCount nodes { url } } }", 2),
        ("{ webhookDeliveries { nodes { webhook { url } attempts { status } } } }", 1),
        ("{ webhookDeliveries { totalCount } }", 2),
    ],
)
async def test_each_question_takes_so_many_statements(api: Api, query: str, statements: int) -> None:
    answer = await api.ask(query)
    assert api.statements == statements, answer


# ------------------------------------------------------------------ rows
PLAIN_ITEM = """id sku name category catalogProductId vendor condition language price unitCost currency unitOfMeasure
    quantityScale barcodes leadTimeDays archivedAt"""
PLAIN_LEVEL = f"""__typename id sku item {{ {PLAIN_ITEM} }} location {{ id code name kind zone priority active }}
    quantityOnHand quantityAllocated quantityUnavailable quantityIncoming availableToPromise reorderPoint safetyStock
    lowStockThreshold overstockThreshold staleAfterDays status version updatedAt lastMovementAt stale"""
AROUND = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.mark.parametrize(
    "query",
    [
        f"{{ stockLevels {{ edges {{ cursor node {{ {PLAIN_LEVEL} }} }} {AROUND} }} }}",
        f"{{ stockLevels(sort: UPDATED_DESC, last: 7) {{ nodes {{ {PLAIN_LEVEL} }} {AROUND} }} }}",
        f"{{ stockLevels(filter: {{ status: [IN_STOCK] }}, first: 3) {{ nodes {{ {PLAIN_LEVEL} }} {AROUND} }} }}",
        f'{{ stockLevels(filter: {{ skus: ["none"] }}) {{ nodes {{ {PLAIN_LEVEL} }} {AROUND} }} }}',
        f"{{ items(first: 5) {{ edges {{ cursor node {{ {PLAIN_ITEM} }} }} {AROUND} }} }}",
        f'{{ items(filter: {{ search: "0" }}) {{ nodes {{ {PLAIN_ITEM} }} {AROUND} }} }}',
    ],
)
@pytest.mark.parametrize("caller", [ADMIN, VENDOR, STRANGER], ids=["admin", "vendor", "stranger"])
async def test_rows_tell_all_that_things_tell(api: Api, query: str, caller: Caller) -> None:
    things, rows = api.of(caller), api.of(caller)
    things.executor = Executor(schema(), shortcuts=False, report_fault=things.faults.append)
    told = await things.ask(query)
    unread = AssertionError("things were read")
    with (
        patch.object(PostgresStockReads, "levels", side_effect=unread),
        patch.object(PostgresCatalogReads, "items", side_effect=unread),
    ):
        assert await rows.ask(query) == told


# ------------------------------------------------------------------ together
BY_KEY = (
    '{{ stockLevel(sku: "SKU-{0:02}", location: "WEST") {{ id sku quantityOnHand status item {{ vendor }} }} }}',
    '{{ stockLevel(sku: "SKU-{0:02}", location: "WEST") {{ location {{ parent {{ code }} }} }} }}',
    '{{ stockLevel(sku: "SKU-{0:02}") {{ sku }} }}',
    '{{ item(sku: "SKU-{0:02}") {{ id sku name }} }}',
    '{{ availability(skus: ["SKU-{0:02}", "none", "SKU-{0:02}"]) {{ sku known availableToPromise }} }}',
    '{{ stock(sku: "SKU-{0:02}") {{ quantityOnHand levels {{ location {{ code }} }} }} }}',
    '{{ location(code: "WEST") {{ name parent {{ name }} }} }}',
)


async def test_what_many_callers_ask_at_once_is_answered_as_what_each_asks_alone(api: Api) -> None:
    callers = [api.of(caller) for caller in (ADMIN, VENDOR, STRANGER)]
    asked = [(by, query.format(number)) for number in range(0, 14, 3) for by in callers for query in BY_KEY]
    alone = [await by.ask(query) for by, query in asked]
    for by in callers:
        by.reads = api.reads
    before = api.database.statements_sent
    assert await asyncio.gather(*(by.ask(query) for by, query in asked)) == alone
    assert api.database.statements_sent - before < len(asked) / 2


async def test_a_key_that_the_database_refuses_fails_nobody_else(api: Api) -> None:
    stock = api.reads.stock
    places = [("SKU-00", "WEST"), ("SKU-\0", "WEST"), ("SKU-01", "WEST")]
    one, refused, other = await asyncio.gather(
        *(stock.levels_at(Scope(ADMIN.tenant), [place]) for place in places), return_exceptions=True
    )
    assert isinstance(refused, asyncpg.CharacterNotInRepertoireError)
    assert [list(found) for found in (one, other) if isinstance(found, dict)] == [[places[0]], [places[2]]]


# ------------------------------------------------------------------ reading
async def test_every_node_is_found_again_by_its_id(api: Api) -> None:
    data = await api.ask("""{
        viewer { tenant { id } } stock(sku: "SKU-00") { id item { id } levels { id location { id } } }
        ledger(first: 1) { nodes { id } } }""")
    found = {
        "Tenant": data["viewer"]["tenant"]["id"],
        "Stock": data["stock"]["id"],
        "Item": data["stock"]["item"]["id"],
        "StockLevel": data["stock"]["levels"][0]["id"],
        "Location": data["stock"]["levels"][0]["location"]["id"],
        "LedgerEntry": data["ledger"]["nodes"][0]["id"],
    }
    for kind, id_ in found.items():
        node = (await api.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=id_))["node"]
        assert node == {"__typename": kind, "id": id_}
        assert await api.of(STRANGER).ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}


async def test_pages_walk_the_whole_list_both_ways_and_meet_nothing_twice(api: Api) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
        stockLevels(first: $first, after: $after, last: $last, before: $before, sort: AVAILABLE_DESC) {
            nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    forward: list[str] = []
    page: dict[str, Any] = {"first": 7}
    while True:
        told = (await api.ask(query, **page))["stockLevels"]
        forward += [node["id"] for node in told["nodes"]]
        if not told["pageInfo"]["hasNextPage"]:
            break
        page = {"first": 7, "after": told["pageInfo"]["endCursor"]}
    backward: list[str] = []
    page = {"last": 7}
    while True:
        told = (await api.ask(query, **page))["stockLevels"]
        backward = [node["id"] for node in told["nodes"]] + backward
        if not told["pageInfo"]["hasPreviousPage"]:
            break
        page = {"last": 7, "before": told["pageInfo"]["startCursor"]}
    assert len(set(forward)) == LEVELS
    assert forward == backward


async def test_a_cursor_of_another_order_is_bad_user_input(api: Api) -> None:
    told = await api.ask("{ stockLevels(first: 1) { pageInfo { endCursor } } }")
    query = "query ($after: String) { stockLevels(sort: UPDATED_DESC, after: $after) { nodes { id } } }"
    answer = await api.send(query, after=told["stockLevels"]["pageInfo"]["endCursor"])
    assert answer["errors"][0]["extensions"]["argument"] == "after"


async def test_a_vendor_sees_its_own_items_alone_and_no_actors(api: Api) -> None:
    vendor = api.of(VENDOR)
    told = await vendor.ask("""{
        items { totalCount } stockLevels { totalCount } ledger { totalCount nodes { sku actor } }
        other: stock(sku: "SKU-01") { sku } availability(skus: ["SKU-00", "SKU-01"]) { known availableToPromise } }""")
    assert (told["items"]["totalCount"], told["stockLevels"]["totalCount"]) == (LEVELS // 4, LEVELS // 2)
    assert {(int(node["sku"][-2:]) % 2, node["actor"]) for node in told["ledger"]["nodes"]} == {(0, None)}
    assert told["other"] is None
    assert told["availability"] == [
        {"known": True, "availableToPromise": 14},
        {"known": False, "availableToPromise": 0},
    ]


async def test_a_vendor_reads_the_ledgers_and_histories_of_its_own_levels(api: Api) -> None:
    nodes = (await api.of(VENDOR).ask(NESTED, first=250))["stockLevels"]["nodes"]
    assert len(nodes) == LEVELS // 2
    assert {len(node["ledger"]["nodes"]) for node in nodes} == {2}
    assert {entry["actor"] for node in nodes for entry in node["ledger"]["nodes"]} == {None}
    assert {node["history"][-1]["quantityOnHand"] for node in nodes} == {7}


async def test_another_tenant_sees_nothing_of_it(api: Api) -> None:
    told = await api.of(STRANGER).ask("""{
        viewer { tenant { slug defaultLocation { name } } } items { totalCount } stockLevels { totalCount }
        ledger { totalCount } stock(sku: "SKU-00") { sku } locations { nodes { name } } }""")
    assert told == {
        "viewer": {"tenant": {"slug": "rival", "defaultLocation": {"name": "Theirs"}}},
        "items": {"totalCount": 0},
        "stockLevels": {"totalCount": 0},
        "ledger": {"totalCount": 0},
        "stock": None,
        "locations": {"nodes": [{"name": "Theirs"}]},
    }


async def test_a_history_follows_the_ledger(api: Api) -> None:
    query = """{ stockLevel(sku: "SKU-00", location: "MAIN") {
        history(from: "2001-01-01T00:00:00Z", points: 2) { at quantityOnHand availableToPromise } } }"""
    first, last = (await api.ask(query))["stockLevel"]["history"]
    assert first == {"at": "2001-01-01T00:00:00Z", "quantityOnHand": 0, "availableToPromise": 0}
    assert (last["quantityOnHand"], last["availableToPromise"]) == (7, 7)


async def test_pages_of_a_levels_ledger_follow_one_another(api: Api) -> None:
    query = """query ($after: String) { stockLevel(sku: "SKU-00", location: "MAIN") {
        ledger(first: 1, after: $after) { nodes { levelVersion } pageInfo { hasNextPage endCursor } } } }"""
    first = (await api.ask(query))["stockLevel"]["ledger"]
    second = (await api.ask(query, after=first["pageInfo"]["endCursor"]))["stockLevel"]["ledger"]
    assert [first["nodes"], second["nodes"]] == [[{"levelVersion": 2}], [{"levelVersion": 1}]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
