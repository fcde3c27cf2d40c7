"""The API over PostgreSQL: what operations cost in statements, and that what is written is what is read."""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from db import bulk
from db.pool import Database
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.tenants import Tenant
from schema.context import Context
from schema.executor import Executor
from server.embedded.database import Addresses
from tests.fakes.api import schema

FIRM = Tenant(tenant_id("lumen"), "lumen", "Lumen Outdoor", "Europe/Berlin", "EUR", "MAIN")
RIVAL = Tenant(tenant_id("rival"), "rival", "Rival", "UTC", "USD", "MAIN")
ADMIN = Caller(FIRM.id, FIRM.slug, "admin", frozenset({Role.ADMIN}))
VENDOR = Caller(FIRM.id, FIRM.slug, "vendor", frozenset({Role.VENDOR}), "acme")
STRANGER = Caller(RIVAL.id, RIVAL.slug, "admin@rival", frozenset({Role.ADMIN}))
LEVELS = 24


def ids() -> UUID:
    return uuid7(time.time_ns() // 1_000_000, random.getrandbits(74))


def goods() -> list[Item]:
    """SKU-00 to SKU-11, every other one of the vendor acme."""
    vendors = ["acme", "other"]
    return [Item(ids(), f"SKU-{n:02}", f"Goods {n}", vendor=vendors[n % 2], version=1) for n in range(LEVELS // 2)]


def stocked(sku: str, location: str) -> StockLevel:
    """A level that received 10 and lost 3."""
    now = datetime.now(UTC)
    level = StockLevel(ids(), sku, location, now, policy=StockPolicy(reorder_point=2))
    level.receive(10, Cause("seed", reference_type="receipt", reference="R-1"), Stamp(now, now))
    level.adjust(-3, Cause("seed", "lost"), Stamp(now, now))
    return level


@dataclass
class Api:
    """One caller's API over a real database; `statements` tells how many the last operation took."""

    database: Database
    caller: Caller = ADMIN
    statements: int = 0
    faults: list[Exception] = field(default_factory=list[Exception])

    def __post_init__(self) -> None:
        self.executor = Executor(schema(), report_fault=self.faults.append)
        self.reads = PostgresReads(self.database)
        self.units = PostgresUnitOfWork(self.database, random=random.Random(1), nudge=lambda: None)

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        context = Context(self.caller, self.reads, self.units, ids, lambda: datetime.now(UTC), None, "request-1")
        before = self.database.statements_sent
        answer = await self.executor.execute(self.executor.prepare(query, variables), context)
        self.statements = self.database.statements_sent - before
        assert self.faults == []
        return answer

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def of(self, caller: Caller) -> "Api":
        return Api(self.database, caller)


@pytest_asyncio.fixture
async def api(database: Addresses) -> AsyncIterator[Api]:
    pool = await Database.connect(database.application_url, size=4)
    main = Location(ids(), "MAIN", "Main", version=1)
    west = Location(ids(), "WEST", "West", parent="MAIN", version=1)
    items = goods()
    levels = [stocked(item.sku, code) for item in items for code in ("MAIN", "WEST")]
    await bulk.load(pool, FIRM, locations=[main, west], reason_codes=DEFAULT_REASON_CODES, items=items, levels=levels)
    await bulk.load(pool, RIVAL, locations=[Location(ids(), "MAIN", "Theirs", version=1)])
    await bulk.analyze(database.owner_url)
    yield Api(pool)
    await pool.close()


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
    assert all([entry["kind"] for entry in node["ledger"]["nodes"]] == ["ADJUSTMENT", "RECEIPT"] for node in nodes)
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
        ('{ availability(skus: ["SKU-00", "SKU-01", "none"]) { known availableToPromise } }', 1),
        ('{ a: item(sku: "SKU-00") { name } b: item(sku: "SKU-01") { name } c: item(sku: "none") { name } }', 1),
        ("{ items(first: 5) { nodes { name } } }", 1),
        ('{ location(code: "WEST") { parent { name } } }', 2),
        ("{ locations { nodes { parent { name } } } }", 2),
        ("{ reasonCodes { code } }", 1),
        ("{ ledger(first: 20) { nodes { sku location { name } quantityOnHandAfter } } }", 1),
        ("{ ledger(first: 20) { totalCount } }", 2),
    ],
)
async def test_each_question_takes_so_many_statements(api: Api, query: str, statements: int) -> None:
    answer = await api.ask(query)
    assert api.statements == statements, answer


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


# ------------------------------------------------------------------ writing
async def test_an_adjustment_is_answered_with_what_is_now_and_a_repeat_with_the_same(api: Api) -> None:
    query = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
        adjustment { id quantityChange status requestedBy location { code } }
        stockLevel { version quantityOnHand } userErrors { code field } } }"""
    wanted = {"idempotencyKey": "k-1", "sku": "SKU-00", "location": "WEST", "quantityChange": -2, "reasonCode": "lost"}
    first = (await api.ask(query, input=wanted))["adjustStock"]
    assert first["adjustment"] | {"id": None} == {
        "id": None,
        "quantityChange": -2,
        "status": "APPLIED",
        "requestedBy": "admin",
        "location": {"code": "WEST"},
    }
    assert first["stockLevel"] == {"version": 3, "quantityOnHand": 5}
    assert (await api.ask(query, input=wanted))["adjustStock"] == first
    node = (await api.ask("query ($id: ID!) { node(id: $id) { __typename } }", id=first["adjustment"]["id"]))["node"]
    assert node == {"__typename": "Adjustment"}


async def test_a_shortage_names_the_field_that_asked_for_too_much(api: Api) -> None:
    query = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
        adjustment { id } stockLevel { quantityOnHand } userErrors { code field requested available } } }"""
    wanted = {"idempotencyKey": "k-2", "sku": "SKU-00", "location": "MAIN", "quantityChange": -8, "reasonCode": "lost"}
    assert (await api.ask(query, input=wanted))["adjustStock"] == {
        "adjustment": None,
        "stockLevel": {"quantityOnHand": 7},
        "userErrors": [{"code": "INSUFFICIENT_STOCK", "field": ["quantityChange"], "requested": 8, "available": 7}],
    }


async def test_an_item_is_made_described_anew_and_received_at_the_default_location(api: Api) -> None:
    make = """mutation ($input: UpsertItemInput!) { upsertItem(input: $input) {
        item { sku name price currency barcodes vendor } userErrors { code field } } }"""
    made = await api.ask(
        make, input={"idempotencyKey": "i-1", "sku": "NEW", "name": "New", "price": "9.90", "vendor": "acme"}
    )
    assert made["upsertItem"] == {
        "item": {"sku": "NEW", "name": "New", "price": "9.90", "currency": "EUR", "barcodes": [], "vendor": "acme"},
        "userErrors": [],
    }
    anew = {"idempotencyKey": "i-2", "sku": "NEW", "name": "Newer", "vendor": None, "barcodes": ["4006381333931"]}
    item = (await api.ask(make, input=anew))["upsertItem"]["item"]
    assert (item["name"], item["vendor"], item["price"], item["barcodes"]) == ("Newer", None, "9.90", ["4006381333931"])
    receive = """mutation { receiveStock(input: { idempotencyKey: "r-1", sku: "NEW", quantity: 4, unitCost: "2.5",
        reference: "PO-7" }) { stockLevel { location { code } quantityOnHand
            ledger { nodes { kind referenceType reference actor } } } userErrors { code } } }"""
    assert (await api.ask(receive))["receiveStock"] == {
        "stockLevel": {
            "location": {"code": "MAIN"},
            "quantityOnHand": 4,
            "ledger": {
                "nodes": [{"kind": "RECEIPT", "referenceType": "receipt", "reference": "PO-7", "actor": "admin"}]
            },
        },
        "userErrors": [],
    }


async def test_two_changes_in_one_document_are_each_answered_as_they_left_it(api: Api) -> None:
    one = """receiveStock(input: { idempotencyKey: "%s", sku: "SKU-00", location: "MAIN", quantity: 1 })
        { stockLevel { quantityOnHand } }"""
    told = await api.ask(f"mutation {{ a: {one % 'a'} b: {one % 'b'} }}")
    assert [told[name]["stockLevel"]["quantityOnHand"] for name in "ab"] == [8, 9]


async def test_thresholds_that_are_left_out_stay_and_those_set_to_null_are_cleared(api: Api) -> None:
    query = """mutation ($input: StockPolicyInput!) { setStockPolicy(input: $input) {
        stockLevel { reorderPoint safetyStock lowStockThreshold status } userErrors { code field } } }"""
    place = {"sku": "SKU-00", "location": "MAIN"}
    await api.ask(query, input={**place, "idempotencyKey": "p-1", "lowStockThreshold": 9, "safetyStock": 3})
    told = await api.ask(query, input={**place, "idempotencyKey": "p-2", "reorderPoint": None})
    assert told["setStockPolicy"] == {
        "stockLevel": {"reorderPoint": None, "safetyStock": 3, "lowStockThreshold": 9, "status": "LOW"},
        "userErrors": [],
    }
