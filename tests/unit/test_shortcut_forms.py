"""Shortcuts of operations of several root fields, and of those that select by `@skip` and `@include`: as the engine
answers them."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from graphql import Executor as Engine
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refusal, RefusalCode
from schema.shortcut import FORMS_MAX
from services.decisions import Decision
from tests.factories.pictures import item, level, location, reservation
from tests.fakes.api import ADMIN, VENDOR, FakeApi, FakeUnits, shop

LAMP = item("LAMP")
MADE = reservation("O-1", (LAMP, 2))
NO = Refusal(RefusalCode.INSUFFICIENT_STOCK, "No.", ("lines", "0", "quantity"))
#: Roots of a query, plain ones and one of each that the engine alone can judge.
ROOTS = (
    'stockLevel(sku: $sku, location: "MAIN") { sku quantityOnHand }',
    'again: stockLevel(sku: "TENT", location: "WEST") { __typename id @skip(if: $no) version }',
    "viewer { subject roles @include(if: $yes) }",
    "__typename",
    "kind: __typename @include(if: $no)",
    'item(sku: "LAMP") { sku @include(if: $yes) name @skip(if: $no) @include(if: $yes) }',
    "stockLevels(first: 2) { nodes { sku version item @include(if: $no) { name } } totalCount @skip(if: $yes) }",
    "bad: items(first: 0) { totalCount }",
    "approvalPolicy { id }",
    "... @include(if: $yes) { reasonCodes { code } }",
    "... on Query @skip(if: $no) { viewer { vendor } }",
    "...F @include(if: $yes)",
    'read: stockLevel(sku: "LAMP", location: "MAIN") { ledger(first: 1) @include(if: $no) { nodes { kind } } sku }',
    "availability(skus: [$sku, $sku]) { sku }",
    "stockLevels(first: 2) { pageInfo { hasNextPage } }",
)
QUERY = """query ($sku: String!, $yes: Boolean!, $no: Boolean = false) { %s }
fragment F on Query { of: stock(sku: $sku) { sku } }"""
LEVEL = level(LAMP, location("MAIN"))
HELD: tuple[Any, ...] = (LEVEL, replace(LEVEL, version=None), replace(LEVEL, item=replace(LAMP, name=None)))


def pair(caller: Any, held: Any = LEVEL, decision: Decision | None = None) -> tuple[FakeApi, FakeApi]:
    """The same API with shortcuts and without."""
    apis: list[FakeApi] = []
    for shortcuts in (True, False):
        reads = shop()
        reads.all_levels = [held, *reads.all_levels[1:]]
        units = FakeUnits(decision or Decision((NO,)))
        apis.append(FakeApi(caller=caller, reads=reads, units=units, shortcuts=shortcuts))
    return apis[0], apis[1]


async def told(api: FakeApi, query: str, variables: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """Data, errors and faults. In which order fields of one operation fail is no part of an answer."""
    try:
        answer = await api.answer(query, **variables)
    except Exception as refused:  # noqa: BLE001 - refused beforehand, by both alike
        return repr(getattr(refused, "errors", refused)), [], []
    errors = sorted(map(repr, answer.get("errors", ())))
    return orjson.dumps(answer["data"]).decode(), errors, sorted(repr(fault) for fault in api.faults)


@given(
    st.lists(st.sampled_from(ROOTS), min_size=1, max_size=5, unique=True),
    st.fixed_dictionaries({"yes": st.booleans()}, optional={"no": st.sampled_from([True, False, None])}),
    st.sampled_from(HELD),
    st.sampled_from([ADMIN, VENDOR, None]),
)
async def test_whatever_is_selected_is_answered_as_the_engine_answers_it(
    roots: list[str], values: dict[str, Any], held: Any, caller: Any
) -> None:
    short, long = pair(caller, held)
    query, variables = QUERY % " ".join(roots), {"sku": "LAMP", **values}
    assert await told(short, query, variables) == await told(long, query, variables)


PLAIN = " ".join((*ROOTS[:7], ROOTS[10]))


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("no", [True, False])
async def test_plain_roots_are_answered_without_the_engine_whatever_is_skipped(yes: bool, no: bool) -> None:
    short, long = pair(ADMIN)
    variables = {"sku": "LAMP", "yes": yes, "no": no}
    wanted = await long.send(QUERY % f"{PLAIN} ...F", **variables)
    plain = QUERY % f"{PLAIN} ...F @skip(if: true)"
    with patch.object(Engine, "execute_operation", side_effect=AssertionError("the engine ran")):
        data = await short.ask(plain, **variables)
    assert data == {name: value for name, value in wanted["data"].items() if name != "of"}
    assert list(data) == [name for name in wanted["data"] if name != "of"]


async def test_roots_of_a_query_load_together() -> None:
    short, _ = pair(ADMIN)
    skus = ("LAMP", "TENT", "STOVE")
    roots = " ".join(f'{sku}: stock(sku: "{sku}") {{ sku quantityOnHand }}' for sku in skus)
    data = await short.ask(f"{{ {roots} }}")
    assert list(data) == list(skus)
    assert short.reads.asked["items_of"] == 1


async def test_what_one_root_could_not_show_leaves_the_others_resolved_once() -> None:
    short, _ = pair(ADMIN)
    query = f'{{ bad: stockLevel(sku: "{"x" * 201}") {{ sku }} stock(sku: "LAMP") {{ sku }} }}'
    answer = await short.send(query)
    assert (answer["data"]["stock"], answer["errors"][0]["path"]) == ({"sku": "LAMP"}, ["bad"])
    assert short.reads.asked["items_of"] == 1


RELEASE = '%s: releaseReservation(input: { idempotencyKey: "%s", reservationId: "O-1" }) { userErrors { code } }'


@pytest.mark.parametrize("fails", [False, True])
async def test_mutations_of_one_operation_are_carried_out_once_in_their_order(fails: bool) -> None:
    short, long = pair(ADMIN, decision=Decision((NO,)))
    reserve = 'reserveStock(input: { idempotencyKey: "%s", orderId: "%s", lines: [{ sku: "LAMP", quantity: 1 }] })'
    query = "mutation {" + " ".join(f"{n}: {reserve % (n, n)} {{ userErrors {{ code }} }}" for n in "abc") + "}"
    answers: list[Any] = []
    for api in (short, long):
        order: list[str] = []
        context = api.context

        async def submit(command: Any, order: list[str] = order) -> Decision:
            order.append(command.claim.name.key)
            if fails and order[-1] == "b":
                raise RuntimeError("lost")
            return Decision((NO,))

        context.commits.submit = submit  # type: ignore[method-assign]
        answers.append(await api.executor.execute(api.prepare(query), context))
        assert order == ["a", "b", "c"]
    assert repr(answers[0]) == repr(answers[1])
    assert (answers[0]["data"]["b"] is None) is fails


async def test_what_is_selected_in_more_ways_than_are_kept_is_run_by_the_engine() -> None:
    short, long = pair(ADMIN)
    names = [f"v{n}" for n in range(FORMS_MAX.bit_length())]
    asked = " ".join(f"{name}: viewer @include(if: ${name}) {{ subject }}" for name in names)
    query = f"query ({' '.join(f'${name}: Boolean!' for name in names)}) {{ {asked} }}"
    for form in range(2 ** len(names)):
        values = {name: bool(form & 1 << place) for place, name in enumerate(names)}
        assert await short.send(query, **values) == await long.send(query, **values)


# ---------------------------------------------------------------------- literals that hold variables
ORDER = """mutation (
    $order: String!, $sku: String!, $units: Int = 1, $line: ReserveLineInput!, $dry: Boolean, $zone: String
) {
    reserveStock(input: {
        idempotencyKey: "k", orderId: $order, dryRun: $dry, zone: $zone, lines: [{ sku: $sku, quantity: $units }, $line]
    }) { userErrors { code message } }
}"""
LINE = {"sku": "TENT", "quantity": 2}


async def decided(api: FakeApi, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """The answer, and what was to be decided for it."""
    context, asked = api.context, []

    async def submit(command: Any) -> Decision:
        asked.append(repr(sorted((name, repr(value)) for name, value in vars(command).items())))
        return Decision((NO,))

    context.commits.submit = submit  # type: ignore[method-assign]
    try:
        prepared = api.prepare(ORDER, **variables)
    except Exception as refused:  # noqa: BLE001 - refused beforehand, by both alike
        return repr(getattr(refused, "errors", refused)), asked
    return await api.executor.execute(prepared, context), asked


@given(
    st.fixed_dictionaries(
        {
            "order": st.just("O-1"),
            "sku": st.sampled_from(["LAMP", "", "\x00"]),
            "line": st.sampled_from([LINE, {}, None]),
        },
        optional={
            "units": st.sampled_from([1, 0, None, 2**31]),
            "dry": st.sampled_from([True, False, None]),
            "zone": st.sampled_from(["A", None]),
        },
    )
)
async def test_a_literal_that_holds_variables_is_read_as_the_engine_reads_it(variables: dict[str, Any]) -> None:
    short, long = pair(ADMIN)
    assert await decided(short, variables) == await decided(long, variables)


async def test_a_literal_that_holds_variables_needs_no_engine() -> None:
    short, _ = pair(ADMIN)
    with patch.object(Engine, "execute_operation", side_effect=AssertionError("the engine ran")):
        data = await short.ask(ORDER, order="O-1", sku="LAMP", line=LINE, units=3)
    assert data["reserveStock"]["userErrors"][0]["code"] == NO.code
