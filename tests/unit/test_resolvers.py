"""The resolvers: what is asked of the read models and how often."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from domain.status import StockStatus
from schema.ids import global_id
from services.live import LevelStreamFilter
from services.pages import CURSOR_LENGTH_MAX
from services.reads import LevelFilter
from tests.factories.pictures import FIRM, NOON, identity
from tests.fakes.api import VENDOR, FakeApi, FakeStream, shop


# ------------------------------------------------------------------ node
async def test_every_kind_of_node_is_found_by_its_id_and_tells_the_same_id() -> None:
    api = FakeApi()
    lamp = api.reads.all_levels[0]
    ids = {
        "Tenant": FIRM.id,
        "Item": lamp.item.id,
        "Location": lamp.location.id,
        "Stock": lamp.item.id,
        "StockLevel": lamp.id,
        "LedgerEntry": api.reads.all_entries[0].id,
    }
    for kind, uuid in ids.items():
        told = global_id(kind, uuid)
        found = await api.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=told)
        assert found["node"] == {"__typename": kind, "id": told}


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "rubbish",
        "🙂",
        "\x00",
        "====",
        "a" * 10_000,
        base64.urlsafe_b64encode(b"Item:not a uuid").decode(),
        base64.urlsafe_b64encode(f"Item:{identity('item LAMP')}".encode()).decode() + "==",
        global_id("Item", identity("item LAMP")) + "A",
        global_id("Nothing", identity("item LAMP")),
        global_id("Tenant", identity("item LAMP")),
        global_id("Item", FIRM.id),
    ],
)
async def test_an_id_that_names_nothing_here_gives_null(id_: str) -> None:
    assert await FakeApi().ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}


# ------------------------------------------------------------------ levels
async def test_without_a_location_the_only_level_is_meant_and_of_several_none() -> None:
    query = "query ($sku: String!, $at: String) { stockLevel(sku: $sku, location: $at) { location { code } } }"
    api = FakeApi()
    assert (await api.ask(query, sku="LAMP"))["stockLevel"] == {"location": {"code": "MAIN"}}
    assert (await api.ask(query, sku="TENT"))["stockLevel"] is None
    assert (await api.ask(query, sku="TENT", at="WEST"))["stockLevel"] == {"location": {"code": "WEST"}}
    assert (await api.ask(query, sku="NEW"))["stockLevel"] is None


async def test_an_item_that_was_never_stocked_has_stock_of_nothing() -> None:
    query = '{ stock(sku: "NEW") { availableToPromise status levels { id } } unknown: stock(sku: "?") { sku } }'
    assert await FakeApi().ask(query) == {
        "stock": {"availableToPromise": 0, "status": "OUT_OF_STOCK", "levels": []},
        "unknown": None,
    }


async def test_filters_reach_the_read_model_as_they_were_sent() -> None:
    api = FakeApi()
    await api.ask(
        "query ($f: StockLevelFilter) { stockLevels(filter: $f) { nodes { id } } }",
        f={"skus": ["A"], "locations": None, "categories": [], "status": ["LOW"], "stale": False, "search": "te"},
    )
    assert api.reads.filters["levels"] == LevelFilter(
        skus=["A"], categories=[], status=[StockStatus.LOW], stale=False, search="te"
    )


async def test_the_total_is_counted_only_when_it_is_selected() -> None:
    api = FakeApi()
    await api.ask("{ stockLevels { nodes { sku } } items { pageInfo { hasNextPage } } }")
    assert api.reads.counted == []
    spread = "{ items { ...F } locations { ... on LocationConnection { totalCount } } } fragment F on ItemConnection "
    answer = await api.ask(spread + "{ totalCount }")
    assert answer == {"items": {"totalCount": 4}, "locations": {"totalCount": 2}}
    assert api.reads.counted == ["items", "locations"]


async def test_pages_go_both_ways() -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
        stockLevels(first: $first, after: $after, last: $last, before: $before) {
            nodes { sku } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    api = FakeApi()
    first = (await api.ask(query, first=3))["stockLevels"]
    rest = (await api.ask(query, after=first["pageInfo"]["endCursor"]))["stockLevels"]
    back = (await api.ask(query, last=2, before=rest["pageInfo"]["startCursor"]))["stockLevels"]
    assert [len(page["nodes"]) for page in (first, rest, back)] == [3, 1, 2]
    assert first["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "startCursor": "0", "endCursor": "2"}
    assert (rest["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("first: 0", "first"),
        ("first: 251", "first"),
        ("first: -1", "first"),
        ("last: 0", "last"),
        ("last: 300", "last"),
        ("first: 1, last: 1", "first"),
        ('first: 1, before: "1"', "first"),
        ('after: "1", last: 1', "after"),
        ('after: "1", before: "2"', "after"),
        ('after: "rubbish"', "after"),
        ('before: "rubbish"', "before"),
        ('after: ""', "after"),
        (r'after: "\u0000"', "after"),
        (f'after: "{"1".zfill(CURSOR_LENGTH_MAX + 1)}"', "after"),
        ("filter: { staleForDays: 0 }", "filter.staleForDays"),
        ("filter: { staleForDays: 2147483647 }", "filter.staleForDays"),
        (r'filter: { skus: ["a\u0000"] }', "filter.skus"),
        (r'filter: { search: "\u0001" }', "filter.search"),
        (f'filter: {{ search: "{"x" * 201}" }}', "filter.search"),
    ],
)
async def test_an_argument_that_no_answer_can_be_given_to_is_named(arguments: str, argument: str) -> None:
    error = await FakeApi().error(f"{{ stockLevels({arguments}) {{ nodes {{ id }} }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument, "requestId": "request-1"}
    assert error["message"].startswith(argument)


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ("query ($t: String!) { stock(sku: $t) { sku } }", "sku"),
        ("query ($t: String!) { item(sku: $t) { sku } }", "sku"),
        ("query ($t: String!) { location(code: $t) { code } }", "code"),
        ('query ($t: String!) { stockLevel(sku: "a", location: $t) { sku } }', "location"),
        ("query ($t: String!) { availability(skus: [$t]) { sku } }", "skus"),
        ('query ($t: String!) { availability(skus: ["a"], channel: $t) { sku } }', "channel"),
        ("query ($t: String!) { ledger(filter: { reference: $t }) { nodes { id } } }", "filter.reference"),
        ("query ($t: String!) { items(filter: { languages: [$t] }) { nodes { id } } }", "filter.languages"),
        ("query ($t: String!) { items(filter: { barcodes: [$t] }) { nodes { id } } }", "filter.barcodes"),
        ("query ($t: String!) { locations(filter: { parent: $t }) { nodes { id } } }", "filter.parent"),
    ],
)
@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 201])
async def test_a_text_that_nothing_stored_can_equal_is_named(query: str, argument: str, text: str) -> None:
    error = await FakeApi().error(query, t=text)
    assert error["extensions"]["argument"] == argument
    error["message"].encode()


async def test_availability_is_asked_of_at_most_a_thousand_skus() -> None:
    query = "query ($s: [String!]!) { availability(skus: $s) { sku } }"
    assert (await FakeApi().error(query, s=["A"] * 1_001))["extensions"]["argument"] == "skus"
    assert await FakeApi().ask(query, s=[]) == {"availability": []}


async def test_a_list_of_a_filter_has_an_end() -> None:
    query = "query ($s: [String!]) { items(filter: { skus: $s }) { nodes { id } } }"
    assert (await FakeApi().error(query, s=["A"] * 1_001))["extensions"]["argument"] == "filter.skus"


# ------------------------------------------------------------------ history
async def test_history_tells_the_last_thirty_days_unless_asked_otherwise() -> None:
    history = (await FakeApi().ask('{ stockLevel(sku: "LAMP") { history { at } } }'))["stockLevel"]["history"]
    assert len(history) == 30
    assert (history[0]["at"], history[-1]["at"]) == ("2024-05-01T12:00:00Z", "2024-05-31T12:00:00Z")


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("points: 1", "points"),
        ("points: 501", "points"),
        ('from: "2024-05-31T12:00:00Z"', "from"),
        ('from: "2024-05-02T00:00:00Z", to: "2024-05-01T00:00:00Z"', "from"),
        ('to: "0001-01-02T00:00:00Z"', "to"),
    ],
)
async def test_a_history_that_cannot_be_told_names_the_argument(arguments: str, argument: str) -> None:
    error = await FakeApi().error(f'{{ stockLevel(sku: "LAMP") {{ history({arguments}) {{ at }} }} }}')
    assert error["extensions"]["argument"] == argument


async def test_a_ledger_below_a_level_names_a_bad_cursor_too() -> None:
    error = await FakeApi().error('{ stockLevel(sku: "LAMP") { ledger(after: "rubbish") { nodes { id } } } }')
    assert error["extensions"]["argument"] == "after"


# ------------------------------------------------------------------ how often
async def test_what_is_nested_is_read_at_once_however_many_levels_there_are() -> None:
    api = FakeApi()
    await api.ask("""{ stockLevels { nodes {
        item { name } location { parent { parent { code } } }
        ledger(first: 2) { nodes { location { parent { code } } } }
        history(points: 2) { at } } } }""")
    assert dict(api.reads.asked) == {"levels": 1, "locations_of": 1, "entries_of": 1, "histories": 1}


async def test_the_same_thing_asked_several_times_is_read_once() -> None:
    api = FakeApi()
    names = " ".join(f'a{i}: stock(sku: "{sku}") {{ levels {{ id }} }}' for i, sku in enumerate(["LAMP", "TENT"] * 3))
    await api.ask("{" + names + "}")
    assert dict(api.reads.asked) == {"items_of": 1, "levels_of": 1}


# ------------------------------------------------------------------ times
async def test_all_levels_of_an_answer_are_stale_or_not_at_the_same_instant() -> None:
    moments = iter([NOON, NOON + timedelta(days=400)])

    class Ticking(FakeApi):
        @property
        def context(self) -> Any:
            context = super().context
            context.now = lambda: next(moments)
            return context

    nodes = (await Ticking(reads=shop()).ask("{ stockLevels { nodes { stale } } }"))["stockLevels"]["nodes"]
    assert nodes == [{"stale": False}] * 4


# ------------------------------------------------------------------ live
async def test_a_stream_is_watched_within_what_the_caller_may_see() -> None:
    api = FakeApi(caller=VENDOR, live=FakeStream())
    query = """subscription ($f: StockLevelStreamFilter) {
        stockLevelChanged(filter: $f, snapshot: true, after: "c7") { type } }"""
    prepared = api.prepare(query, f={"skus": ["LAMP"], "status": ["LOW"], "vendors": None})
    await api.executor.subscribe(prepared, api.context)
    assert api.live is not None
    wanted = LevelStreamFilter(skus=["LAMP"], status=[StockStatus.LOW])
    assert api.live.watched == [(VENDOR.scope, wanted, True, "c7")]
