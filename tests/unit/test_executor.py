"""The executor: what is run, what is refused beforehand, and what the caller is told of faults."""

import asyncio
import traceback
from typing import Any

import pytest
from graphql import get_introspection_query, parse, print_ast

from domain.ledger import Cause, LedgerKind
from schema.faults import Refused
from schema.ids import global_id
from schema.shown import shown
from services.live import LevelEvent, StreamEventType
from tests.factories.pictures import NOON, level
from tests.fakes.api import MANAGER, VENDOR, FakeApi, FakeStream, code_of, refusal, shop

WATCH = "subscription Watch { stockLevelChanged { type cursor nodeId level { sku } cause { kind actor } } }"


# ------------------------------------------------------------------ which operation
def test_a_document_that_cannot_be_parsed_is_told_where() -> None:
    error = refusal("{ viewer {")
    assert (error["extensions"], error["locations"]) == ({"code": "GRAPHQL_PARSE_FAILED"}, [{"line": 1, "column": 11}])


def test_a_field_that_does_not_exist_is_a_validation_error() -> None:
    assert code_of("{ viewr { subject } }") == "GRAPHQL_VALIDATION_FAILED"


def test_at_most_a_few_validation_errors_are_told() -> None:
    with pytest.raises(Refused) as refused:
        FakeApi().prepare("{" + " ".join(f"x{i}" for i in range(200)) + "}")
    assert len(refused.value.errors) == 6


@pytest.mark.parametrize(
    ("query", "name", "word"),
    [
        ("query A { __typename } query B { __typename }", None, "several"),
        ("query A { __typename }", "B", "operationName"),
        ("query A { __typename }", "\ud800", "operationName"),
    ],
)
def test_an_operation_that_cannot_be_chosen_is_a_bad_request(query: str, name: str | None, word: str) -> None:
    error = refusal(query, name=name)
    assert (error["extensions"]["code"], word in error["message"]) == ("BAD_REQUEST", True)


def test_the_named_one_of_several_operations_is_prepared() -> None:
    query = "query A { __typename } mutation B { __typename }"
    executor = FakeApi().executor
    assert [executor.prepare(query, {}, name).kind for name in ("A", "B")] == ["query", "mutation"]


def test_a_document_is_validated_once_and_prepared_anew_with_other_variables() -> None:
    api = FakeApi()
    first = api.prepare("query ($sku: String!) { item(sku: $sku) { name } }", sku="A")
    second = api.prepare("query ($sku: String!) { item(sku: $sku) { name } }", sku="B")
    assert first.plan is second.plan
    assert first.variables.coerced != second.variables.coerced


# ------------------------------------------------------------------ variables
@pytest.mark.parametrize("value", [None, 5, "\ud800", 1e400, 10**5_000, [1], {"a": 1}, 2**40], ids=["null", *"abcdefg"])
def test_variables_of_the_wrong_type_are_bad_user_input(value: object) -> None:
    query = "query ($sort: StockLevelSort!) { stockLevels(sort: $sort) { totalCount } }"
    assert code_of(query, {"sort": value}) == "BAD_USER_INPUT"


def test_a_variable_that_is_missing_is_named() -> None:
    assert "'$sku'" in refusal("query ($sku: String!) { item(sku: $sku) { name } }")["message"]


def test_half_a_surrogate_pair_in_a_message_does_not_break_its_encoding() -> None:
    error = refusal("query ($sku: String!) { item(sku: $sku) { name } }", {"sku": ["\ud800"]})
    error["message"].encode()


async def test_null_where_the_document_relies_on_a_default_is_bad_user_input() -> None:
    error = await FakeApi().error('query ($sku: String = "A") { item(sku: $sku) { name } }', sku=None)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "request-1"}


# ------------------------------------------------------------------ hints
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewr { subject } }", None),
        ("{ viewer }", None),
        ('{ stock(sk: "A") { sku } }', None),
        ("{ stockLevels(sort: SKUS) { totalCount } }", None),
        ("{ stockLevels(filter: { sku: [] }) { totalCount } }", None),
        ("{ __typename @skipp }", None),
        ("{ ... on Quer { __typename } }", None),
        ("{ node(id: 1) { sku } }", None),
        ("query ($f: StockLevelFilte) { stockLevels(filter: $f) { totalCount } }", None),
        ("query ($s: StockLevelSort) { stockLevels(sort: $s) { totalCount } }", {"s": "SKUS"}),
        ("query ($f: StockLevelFilter) { stockLevels(filter: $f) { totalCount } }", {"f": {"sku": []}}),
    ],
)
def test_hints_are_given_only_where_introspection_is_on(query: str, variables: dict[str, Any] | None) -> None:
    assert "Did you mean" not in refusal(query, variables)["message"]


def test_a_hint_is_given_where_introspection_is_on() -> None:
    assert "Did you mean 'viewer'?" in refusal("{ viewr { subject } }", introspection=True)["message"]


async def test_the_introspection_query_runs_only_where_introspection_is_on() -> None:
    full = get_introspection_query(specified_by_url=True, input_value_deprecation=True, one_of=True)
    assert (await FakeApi(introspection=True).ask(full))["__schema"]["queryType"]["name"] == "Query"
    assert code_of(full) == "GRAPHQL_VALIDATION_FAILED"


# ------------------------------------------------------------------ answers and faults
async def test_the_fields_of_an_answer_are_in_the_order_asked() -> None:
    answer = await FakeApi().send("{ viewer { vendor subject } __typename }")
    assert answer == {"data": {"viewer": {"vendor": None, "subject": "manager"}, "__typename": "Query"}}
    assert list(answer["data"]["viewer"]) == ["vendor", "subject"]


async def test_a_fault_is_masked_and_reported_once_with_its_traceback_and_the_requests_id() -> None:
    api = FakeApi()
    api.reads.failure = RuntimeError("password is swordfish")
    answer = await api.send('{ item(sku: "LAMP") { name } other: item(sku: "TENT") { name } }')
    assert answer["data"] == {"item": None, "other": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INTERNAL"}
    assert "swordfish" not in str(answer)
    assert all("request-1" in error["message"] for error in answer["errors"])
    (fault,) = api.faults
    told = "".join(traceback.format_exception(fault))
    assert "swordfish" in told and "request request-1, at ['item']" in told and "reads.py" in told


async def test_a_value_that_its_scalar_cannot_carry_is_a_fault_and_not_the_callers() -> None:
    api = FakeApi()
    lamp = api.reads.all_levels[0]
    api.reads.all_levels = [level(lamp.item, lamp.location, on_hand=2**40)]
    error = await api.error('{ stockLevel(sku: "LAMP") { quantityOnHand } }')
    assert (error["extensions"]["code"], len(api.faults)) == ("INTERNAL", 1)


async def test_a_subscription_is_not_executed_like_a_query() -> None:
    answer = await FakeApi().send(WATCH)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


# ------------------------------------------------------------------ subscriptions
def change(**told: Any) -> LevelEvent:
    lamp = shop().all_levels[0]
    cause = Cause("manager", "found")
    return LevelEvent(
        StreamEventType.CHANGE, "c1", NOON, lamp.id, lamp, 6, 9, LedgerKind.ADJUSTMENT, told.get("cause", cause)
    )


async def test_subscribing_gives_the_very_iterator_of_the_live_port() -> None:
    class Stream(FakeStream):
        def watch(self, *args: Any, **options: Any) -> Any:
            self.told = super().watch(*args, **options)
            return self.told

    api = FakeApi(live=Stream(change()))
    stream = await api.executor.subscribe(api.prepare(WATCH), api.context)
    assert isinstance(api.live, Stream)
    assert stream is api.live.told


async def test_an_event_is_run_through_the_operation_once() -> None:
    api = FakeApi()
    answer = await api.executor.execute_event(api.prepare(WATCH), api.context, change())
    told = answer["data"]["stockLevelChanged"]
    assert (told["type"], told["level"], told["cause"]) == (
        "CHANGE",
        {"sku": "LAMP"},
        {"kind": "ADJUSTMENT", "actor": "manager"},
    )
    assert told["nodeId"] == global_id("StockLevel", shop().all_levels[0].id)
    assert api.reads.asked.total() == 0


async def test_a_vendor_is_not_told_who_changed_a_level() -> None:
    api = FakeApi(caller=VENDOR)
    answer = await api.executor.execute_event(api.prepare(WATCH), api.context, change())
    assert answer["data"]["stockLevelChanged"]["cause"] == {"kind": "ADJUSTMENT", "actor": None}


async def test_a_cursor_that_is_none_of_ours_is_bad_user_input() -> None:
    api = FakeApi(live=FakeStream())
    prepared = api.prepare('subscription { stockLevelChanged(after: "rubbish") { type } }')
    refused = await api.executor.subscribe(prepared, api.context)
    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "argument": "after",
        "requestId": "request-1",
    }


async def test_nobody_subscribes_without_a_token() -> None:
    api = FakeApi(caller=None, live=FakeStream())
    refused = await api.executor.subscribe(api.prepare(WATCH), api.context)
    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def group_key(query: str, name: str | None = None, **variables: Any) -> bytes:
    executor = FakeApi(caller=MANAGER).executor
    return executor.group_key(executor.prepare(query, variables, name))


def test_subscriptions_whose_events_are_shown_alike_have_one_group_key_however_they_are_written() -> None:
    query = "subscription ($f: StockLevelStreamFilter) { stockLevelChanged(filter: $f) { type } }"
    spaced = query.replace(" ", "  ") + " # the same"
    first = group_key(query, f={"skus": ["A"], "status": ["LOW"]})
    assert first == group_key(spaced, f={"status": ["LOW"], "skus": ["A"]}, unused=1)
    assert first != group_key(query.replace("{ type }", "{ cursor }"), f={"skus": ["A"], "status": ["LOW"]})
    assert first != group_key(query.replace("{ type }", "{ kind: type }"), f={"skus": ["A"], "status": ["LOW"]})


def test_what_only_decides_which_events_come_makes_no_difference_to_how_they_are_shown() -> None:
    query = (
        "subscription ($f: StockLevelStreamFilter, $a: Cursor) { stockLevelChanged(filter: $f, after: $a) { type } }"
    )
    literal = 'subscription { stockLevelChanged(filter: { skus: ["A"] }, snapshot: true) { type } }'
    first = group_key(query, f={"skus": ["A"]}, a="one")
    assert first == group_key(query, f={"skus": ["B"]}, a="other") == group_key(query) == group_key(literal)
    inner = "subscription ($a: String) { stockLevelChanged { level { ledger(after: $a) { totalCount } } } }"
    assert group_key(inner, a="one") != group_key(inner, a="other")


FRAGMENT = " fragment F on StockLevel { ledger(after: $a) { id } }"
ROOT = " fragment R on Subscription { watch(after: $a) { ledger(first: $b) { id } } }"
DECIDING = [
    ("subscription ($a: C) { watch(first: $b, after: $a) { type } }", set[str]()),
    ('subscription { watch(after: "x") { type } }', set[str]()),
    ("subscription ($a: C) { watch(after: $a) { ledger(after: $a) { id } } }", {"a"}),
    ("subscription ($a: C) { watch(after: $a) { ...F } }" + FRAGMENT, {"a"}),
    ("subscription ($a: C, $b: B) { watch(after: $a) { type @include(if: $b) } }", {"b"}),
    ("subscription ($a: C, $b: B) { watch(after: $a) @include(if: $b) { type } }", {"b"}),
    ("subscription ($a: C) { ... on Subscription { watch(after: $a) { type } } }", set[str]()),
    ("subscription ($a: C, $b: B) { ...R }" + ROOT, {"b"}),
]


@pytest.mark.parametrize(("query", "variables"), DECIDING)
def test_a_variable_decides_how_events_are_shown_where_more_than_the_root_field_is_given_it(
    query: str, variables: set[str]
) -> None:
    before = print_ast(parse(query))
    document = parse(query)
    printed, names = shown(document, "Subscription")
    assert names == variables
    assert "after: $a" not in print_ast(printed).partition("{")[2].partition("{")[0]
    assert print_ast(document) == before


async def test_giving_up_on_a_request_cancels_it() -> None:
    api = FakeApi()
    waiting = asyncio.Event()

    async def never(scope: object, skus: object) -> Any:
        waiting.set()
        await asyncio.Event().wait()

    api.reads.items_of = never
    task = asyncio.ensure_future(api.send('{ item(sku: "LAMP") { name } }'))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert api.faults == []
