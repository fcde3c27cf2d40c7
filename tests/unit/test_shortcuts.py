"""Shortcuts: whatever is answered without the engine is answered as the engine answers it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from graphql import Executor as Engine
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation import Shortage
from domain.refusals import Refusal, RefusalCode
from domain.reservation_state import ReservationState
from schema.ids import global_id
from services.decisions import Decision
from services.reads import Edge, Page
from tests.factories.pictures import identity, item, level, location, reservation
from tests.fakes.api import ADMIN, VENDOR, FakeApi, FakeUnits, shop

LAMP, STOVE = item("LAMP"), item("STOVE", vendor="other")
MADE = reservation("O-1", (LAMP, 2), (STOVE, 1))
SHORT = Shortage("LAMP", None, 5, 2)
NO = Refusal(RefusalCode.INSUFFICIENT_STOCK, "No.", ("lines", "0", "quantity"))
ORDER = {"idempotencyKey": "k", "orderId": "O-1", "lines": [{"sku": "LAMP", "quantity": 2}]}
RESERVE = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { %s } }"

#: Parts of a selection below `reserveStock`, plain ones and one of each that the engine alone can judge.
PARTS = (
    "reservation { id status }",
    "reservation { id version orderId status channel expiresAt createdAt updatedAt failureCode }",
    "reservation { lines { id sku quantity item { sku name price } location { code name } } }",
    "held: reservation { __typename shortages { sku requested } }",
    "shortages { sku location requested available }",
    "userErrors { code message field }",
    "... on ReserveStockPayload { reservation { orderId } }",
    "__typename",
    "reservation { id @include(if: true) }",
    "userErrors { code @skip(if: true) __typename }",
)


def pair(decision: Decision, caller: Any = ADMIN) -> tuple[FakeApi, FakeApi]:
    """The same API with shortcuts and without."""
    apis: list[FakeApi] = []
    for shortcuts in (True, False):
        reads = shop()
        reads.all_reservations = [MADE]
        apis.append(FakeApi(caller=caller, reads=reads, units=FakeUnits(decision), shortcuts=shortcuts))
    return apis[0], apis[1]


async def alike(query: str, decision: Decision, caller: Any = ADMIN, **variables: Any) -> dict[str, Any]:
    """The answer, which is the same text by both ways, as are the faults reported."""
    short, long = pair(decision, caller)
    answer = orjson.dumps(await short.answer(query, **variables))
    assert answer == orjson.dumps(await long.answer(query, **variables))
    assert [repr(fault) for fault in short.faults] == [repr(fault) for fault in long.faults]
    return orjson.loads(answer)


async def test_a_reservation_is_answered_without_the_engine() -> None:
    api, _ = pair(Decision(reservation=MADE.id, seen=MADE))
    with patch.object(Engine, "execute_operation", side_effect=AssertionError("the engine ran")):
        data = await api.ask(RESERVE % "reservation { id status } userErrors { code }", input=ORDER)
    told = {"id": global_id("Reservation", MADE.id), "status": "PENDING"}
    assert data == {"reserveStock": {"reservation": told, "userErrors": []}}


DECISIONS = (
    Decision(reservation=MADE.id, seen=MADE, shortages=(SHORT,)),
    Decision(reservation=MADE.id),
    Decision((NO,), shortages=(SHORT,)),
    Decision(),
)


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4, unique=True), st.sampled_from(DECISIONS))
async def test_every_selection_is_answered_as_the_engine_answers_it(parts: list[str], decision: Decision) -> None:
    await alike(RESERVE % " ".join(parts), decision, input=ORDER)


RELEASE = "mutation ($input: ReleaseReservationInput!) { releaseReservation(input: $input) { %s } }"
GIVEN_BACK = {"idempotencyKey": "k", "reservationId": global_id("Reservation", MADE.id)}


@pytest.mark.parametrize(
    ("mutation", "sent", "caller"),
    [(RESERVE, ORDER, ADMIN), (RELEASE, GIVEN_BACK, ADMIN), (RELEASE, GIVEN_BACK, VENDOR)],
)
@pytest.mark.parametrize("decision", DECISIONS)
async def test_what_a_batch_decides_is_asked_for_without_a_task_and_answered_alike(
    decision: Decision, mutation: str, sent: dict[str, Any], caller: Any
) -> None:
    short, long = pair(decision, caller)
    query = mutation % "reservation { id lines { sku } } userErrors { code }"
    asked = short.executor.ask(short.prepare(query, input=sent), short.context)
    assert asked is not None
    await asyncio.wait([asked.found])
    assert {"data": asked.data()} == await long.send(query, input=sent)


async def test_an_order_that_was_asked_for_and_fails_is_told_by_the_engine_and_not_decided_again() -> None:
    api, _ = pair(Decision())
    calls: list[object] = []

    async def submit(command: object) -> Decision:
        calls.append(command)
        raise RuntimeError("lost")

    context = api.context
    context.commits.submit = submit  # type: ignore[method-assign,assignment]
    prepared = api.prepare(RESERVE % "userErrors { code }", input=ORDER)
    asked = api.executor.ask(prepared, context)
    assert asked is not None
    await asyncio.wait([asked.found])
    assert asked.data() is None
    answer = await api.executor.finish(prepared, context, asked)
    assert (len(calls), answer["data"], answer["errors"][0]["path"]) == (1, {"reserveStock": None}, ["reserveStock"])


async def test_who_gives_up_waiting_for_an_order_ends_nothing() -> None:
    api, _ = pair(Decision(reservation=MADE.id, seen=MADE))
    context, decided = api.context, asyncio.get_running_loop().create_future()
    context.commits.submit = lambda command: decided  # type: ignore[method-assign]
    asked = api.executor.ask(api.prepare(RESERVE % "userErrors { code }", input=ORDER), context)
    assert asked is not None
    asked.found.cancel()
    decided.set_result(Decision())
    await asyncio.sleep(0)
    assert (asked.found.cancelled(), decided.cancelled()) == (True, False)


def broken(**fields: Any) -> ReservationState:
    """A picture of which some fields hold what they must not."""
    return replace(MADE, reservation=replace(MADE.reservation, **fields))


class Torn:
    """Fails when it is asked for anything."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


FAULTY = {
    "null where none may be": broken(version=None),
    "too large a number": broken(version=2**80),
    "no text": broken(order=replace(MADE.reservation.order, id=object())),
    "no such member": broken(status="MISLAID"),
    "a fault instead of a value": broken(created_at=RuntimeError("lost")),
    "no time": broken(updated_at="yesterday"),
    "no list": broken(shortages=5),
    "null in a list": broken(shortages=(None,)),
    "a torn thing in a list": broken(shortages=(SHORT, Torn())),
    "another thing": item("LAMP"),
    "a torn thing": Torn(),
}


@pytest.mark.parametrize("what", FAULTY)
async def test_what_is_not_as_its_type_says_is_an_error_of_the_engine(what: str) -> None:
    everything = " ".join(PARTS[:6])
    seen: Any = FAULTY[what]
    for caller in (ADMIN, VENDOR):
        await alike(RESERVE % everything, Decision(reservation=MADE.id, seen=seen), caller, input=ORDER)


OF_LEVELS = "{ stockLevels { %s } }"
#: Parts of a selection below `stockLevels`; the ledger is read by a resolver, so the engine has to run with it.
OF_A_PAGE = (
    "nodes { id sku status quantityOnHand availableToPromise version updatedAt lastMovementAt stale }",
    "nodes { item { id sku name price barcodes archivedAt leadTimeDays } location { code name active } }",
    "edges { cursor node { __typename reorderPoint of: item { __typename vendor } } }",
    "pageInfo { hasNextPage endCursor }",
    "more: pageInfo { hasPreviousPage startCursor }",
    "totalCount",
    "... on StockLevelConnection { nodes { safetyStock } }",
    "nodes { ledger(first: 1) { nodes { kind } } }",
)
LEVEL = level(LAMP, location("MAIN"))
#: What a page may hold that is no level as its type says, or one whose parts are not.
ODD: dict[str, Any] = {
    "nothing": None,
    "a torn thing": Torn(),
    "another thing": LAMP,
    "a fault": RuntimeError("lost"),
    "no item": replace(LEVEL, item=None),
    "another item": replace(LEVEL, item=LEVEL.location),
    "an item of no name": replace(LEVEL, item=replace(LAMP, name=None)),
    "a name that is a number": replace(LEVEL, item=replace(LAMP, name=5)),
    "barcodes of numbers": replace(LEVEL, item=replace(LAMP, barcodes=(1, None, "x"))),
    "a price that is none": replace(LEVEL, item=replace(LAMP, price="dear")),
    "no quantities": replace(LEVEL, quantities=None),
    "too many": replace(LEVEL, quantities=replace(LEVEL.quantities, on_hand=2**40)),
    "true for a number": replace(LEVEL, quantities=replace(LEVEL.quantities, on_hand=True)),
    "a fraction": replace(LEVEL, quantities=replace(LEVEL.quantities, on_hand=1.5)),
    "no version": replace(LEVEL, version=None),
    "a time without a zone": replace(LEVEL, updated_at=LEVEL.updated_at.replace(tzinfo=None)),
    "a place that is neither open nor closed": replace(LEVEL, location=replace(LEVEL.location, active="yes")),
}


async def alike_on_a_page(selection: str, held: list[Any], caller: Any) -> None:
    page: Page[Any] = Page([Edge(f"c{place}", each) for place, each in enumerate(held)], has_next=True, total=len(held))
    apis = pair(Decision(), caller)
    for api in apis:
        api.reads._page = lambda *_: page  # type: ignore[method-assign]
    short, long = [orjson.dumps(await api.answer(OF_LEVELS % selection)) for api in apis]
    assert short == long
    assert [repr(fault) for fault in apis[0].faults] == [repr(fault) for fault in apis[1].faults]


@given(
    st.lists(st.sampled_from(OF_A_PAGE), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from([LEVEL, *ODD.values()]), max_size=3),
    st.sampled_from([ADMIN, VENDOR]),
)
async def test_a_page_is_answered_as_the_engine_answers_it(parts: list[str], held: list[Any], caller: Any) -> None:
    await alike_on_a_page(" ".join(parts), held, caller)


#: Around 0, around the last of the numbers whose texts are kept, around the ends of an Int and of a BigInt.
WHOLE = st.builds(int.__add__, st.sampled_from([0, 1024, 2**31, -(2**31), 2**53, -(2**53)]), st.integers(-2, 2))
TEXTS = st.text() | st.sampled_from(['"', "\\", "\x00\x1f\x7f\x80", "\b\t\n\f\r/", "\u2028\ufffe😀é", "</script>"])
AT = st.none() | st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - strategies want it so; two hours before the first day there is no time
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)


@given(TEXTS, st.none() | TEXTS, st.lists(TEXTS, max_size=2), WHOLE, WHOLE, st.none() | WHOLE, AT, st.booleans())
async def test_whatever_rows_hold_is_written_as_the_engine_has_it_written(
    name: str, category: str | None, barcodes: list[str], units: int, version: int, rule: Any, at: Any, open_: bool
) -> None:
    of = replace(LAMP, name=name, category=category, barcodes=tuple(barcodes), archived_at=at)
    lies, policy = replace(LEVEL.location, active=open_), replace(LEVEL.policy, reorder_point=rule)
    units_ = replace(LEVEL.quantities, on_hand=units)
    held = replace(
        LEVEL, item=of, location=lies, policy=policy, quantities=units_, version=version, last_movement_at=at
    )
    apis = pair(Decision())
    for api in apis:
        api.reads.all_levels = [LEVEL, held]
    short, long = [orjson.dumps(await api.answer(OF_LEVELS % " ".join(OF_A_PAGE[:-1]))) for api in apis]
    assert short == long
    assert apis[0].reads.asked["levels"] == (1 if fits(units, version, rule) else 2)


def fits(units: int, version: int, rule: int | None) -> bool:
    """Whether they are numbers of their types."""
    return all(-(2**31) <= number < 2**31 for number in (units, rule or 0)) and abs(version) < 2**53


@pytest.mark.parametrize("what", ODD)
async def test_a_page_with_something_odd_is_answered_as_the_engine_answers_it(what: str) -> None:
    await alike_on_a_page(" ".join(OF_A_PAGE[:-1]), [LEVEL, ODD[what]], ADMIN)


async def test_a_page_of_levels_is_answered_without_the_engine() -> None:
    api, _ = pair(Decision())
    with patch.object(Engine, "execute_operation", side_effect=AssertionError("the engine ran")):
        data = await api.ask(OF_LEVELS % " ".join(OF_A_PAGE[:-1]))
    assert len(data["stockLevels"]["nodes"]) == data["stockLevels"]["totalCount"] == 4


async def test_a_page_is_read_as_rows_of_what_is_selected() -> None:
    api, _ = pair(Decision())
    with patch.object(api.reads, "level_rows", wraps=api.reads.level_rows) as rows:
        data = await api.ask(OF_LEVELS % "nodes { __typename sku item { sku name } status } pageInfo { hasNextPage }")
    assert rows.call_args.args[-1] == ("item.name", "item.sku", "status")
    told = {"sku": "LAMP", "item": {"sku": "LAMP", "name": LAMP.name}, "status": "IN_STOCK"}
    assert data["stockLevels"]["nodes"][0] == {"__typename": "StockLevel", **told}


@pytest.mark.parametrize("selection", ["nodes { sku }", "totalCount", "edges { cursor }", "nodes { __typename }"])
async def test_rows_are_asked_for_by_the_same_columns_in_whatever_order(selection: str) -> None:
    api, _ = pair(Decision())
    asked: list[tuple[str, ...]] = []
    for order in ("sku version", "version sku"):
        with patch.object(api.reads, "level_rows", wraps=api.reads.level_rows) as rows:
            await api.ask(OF_LEVELS % f"{selection} nodes {{ {order} }}")
        asked.append(rows.call_args.args[-1])
    assert asked == [("item.sku", "version")] * 2


@pytest.mark.parametrize("more", ["location { parent { code } }", "ledger(first: 1) { nodes { kind } }"])
async def test_what_is_no_column_is_read_as_things(more: str) -> None:
    api, _ = pair(Decision())
    with patch.object(api.reads, "level_rows", side_effect=AssertionError("rows do not hold it")):
        await api.ask(OF_LEVELS % f"nodes {{ sku {more} }}")


async def test_a_row_that_is_not_as_its_type_says_is_read_again_as_a_thing() -> None:
    api, _ = pair(Decision())
    odd = replace(LEVEL, version=None)  # type: ignore[arg-type]
    api.reads.all_levels = [LEVEL, odd]
    answer = await api.send(OF_LEVELS % "nodes { sku version }")
    assert answer["errors"][0]["path"] == ["stockLevels", "nodes", 1, "version"]
    assert api.reads.asked["levels"] == 2


async def test_a_resolver_that_fails_is_not_called_again() -> None:
    short, _ = pair(Decision())
    calls: list[object] = []

    async def submit(command: object) -> Decision:
        calls.append(command)
        raise RuntimeError("lost")

    context = short.context
    context.commits.submit = submit  # type: ignore[method-assign]
    answer = await short.executor.execute(short.prepare(RESERVE % "userErrors { code }", input=ORDER), context)
    assert (len(calls), answer["data"], answer["errors"][0]["path"]) == (1, {"reserveStock": None}, ["reserveStock"])


async def test_a_value_that_the_engine_has_to_complete_is_not_resolved_again() -> None:
    short, _ = pair(Decision(seen=broken(version=None)))
    calls: list[object] = []
    submit = short.context.commits.submit

    async def counted(command: Any) -> Decision:
        calls.append(command)
        return await submit(command)

    context = short.context
    context.commits.submit = counted  # type: ignore[method-assign]
    answer = await short.executor.execute(short.prepare(RESERVE % PARTS[1], input=ORDER), context)
    assert (len(calls), answer["errors"][0]["path"]) == (1, ["reserveStock", "reservation", "version"])


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewer { subject roles } }", {}),
        ("{ viewer { subject } again: viewer { subject } }", {}),
        ('{ item(sku: "LAMP") { sku name price { amount currency } } }', {}),
        ('query ($sku: String! = "LAMP") { item(sku: $sku) { sku } }', {}),
        ("query ($sku: String!) { item(sku: $sku) { sku } }", {"sku": "LAMP"}),
        ("query ($sku: String!) { item(sku: $sku) { sku } }", {"sku": "ABSENT"}),
        ("query ($sku: String!) { item(sku: $sku) { sku } }", {"sku": "\ud800"}),
        ("query ($skus: [String!]!) { availability(skus: $skus) { sku availableToPromise } }", {"skus": ["LAMP", "X"]}),
        ('query ($one: String!) { availability(skus: [$one, "TENT"]) { sku } }', {"one": "LAMP"}),
        ("query ($where: String) { availability(skus: [], location: $where) { sku } }", {"where": None}),
        ("query ($where: String) { availability(skus: [], location: $where) { sku } }", {}),
        ("{ availability(skus: 5) { sku } }", {}),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": global_id("Item", identity("LAMP"))}),
        (
            "query ($id: ID) { reservation(id: $id) { orderId lines { sku } } }",
            {"id": global_id("Reservation", MADE.id)},
        ),
        ("query ($id: ID) { reservation(id: $id) { orderId } }", {}),
        ("query ($first: Int) { stockLevels(first: $first) { nodes { sku } totalCount } }", {"first": 2}),
        ("query ($first: Int) { stockLevels(first: $first) { nodes { sku } totalCount } }", {"first": 0}),
        ('{ stockLevels(after: "rubbish") { nodes { sku } } }', {}),
        ("{ stockLevels(first: 1) { edges { cursor node { id } } pageInfo { startCursor endCursor } } }", {}),
        ("{ items(first: 2) { nodes { id sku barcodes price archivedAt version: sku } pageInfo { endCursor } } }", {}),
        ('{ stockLevels(asOf: "2024-05-31T12:00:00Z") { nodes { id sku quantityOnHand } } }', {}),
        ("fragment F on Viewer { subject } query { viewer { ...F } }", {}),
        (
            """mutation ($how: Boolean = true) { reserveStock(input: { idempotencyKey: "k", orderId: "O-9",
            dryRun: $how, lines: [{ sku: "LAMP", quantity: 1 }] }) { reservation { orderId } userErrors { code } } }""",
            {},
        ),
        (
            """mutation { releaseReservation(input: { idempotencyKey: "k", reservationId: "none" }) {
            userErrors { code } } }""",
            {},
        ),
    ],
)
@pytest.mark.parametrize("caller", [ADMIN, VENDOR, None], ids=["admin", "vendor", "nobody"])
async def test_any_operation_is_answered_alike(query: str, variables: dict[str, Any], caller: Any) -> None:
    short, long = pair(Decision((NO,)), caller)
    outcomes: list[object] = []
    for api in (short, long):
        try:
            outcomes.append(orjson.dumps(await api.answer(query, **variables)))
        except Exception as refused:  # noqa: BLE001 - refused beforehand, by both alike
            outcomes.append(repr(getattr(refused, "errors", refused)))
    assert outcomes[0] == outcomes[1]
