"""The resolvers of reservations: what is asked of the read models and how often, and what each caller is shown."""

from typing import Any

import pytest

from domain.allocation import Shortage
from domain.refusals import Refusal, RefusalCode
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from schema.ids import global_id, uuid_named
from services.decisions import Decision
from services.reads import ReservationFilter
from tests.factories.pictures import NOON, identity, item, reservation
from tests.fakes.api import ADMIN, VENDOR, FakeApi, FakeUnits, shop

LAMP, STOVE = item("LAMP"), item("STOVE", vendor="other")
MIXED = reservation("O-1", (LAMP, 2), (STOVE, 1))
FOREIGN = reservation("O-2", (STOVE, 3))
SHORT = Shortage("LAMP", None, 5, 2)

RESERVE = """mutation ($how: Boolean, $units: Int = 1) { reserveStock(input: { idempotencyKey: "k", orderId: "O-1",
    lines: [{ sku: "LAMP", quantity: $units }], dryRun: $how }) {
    reservation { orderId version lines { sku item { name } location { name } quantity } }
    shortages { sku requested available } userErrors { code field } } }"""
RELEASE = """mutation ($id: ID!) { releaseReservation(input: { idempotencyKey: "k", reservationId: $id }) {
    reservation { orderId lines { sku } } userErrors { code } } }"""


def api(caller: Any = ADMIN, decision: Decision | None = None) -> FakeApi:
    reads = shop()
    reads.all_reservations = [MIXED, FOREIGN]
    return FakeApi(caller=caller, reads=reads, units=FakeUnits(decision or Decision()))


def id_of(state: ReservationState) -> str:
    return global_id("Reservation", state.id)


# ------------------------------------------------------------------ mutations
async def test_an_order_just_decided_is_answered_without_a_read() -> None:
    decided = api(decision=Decision(reservation=MIXED.id, seen=MIXED, shortages=(SHORT,)))
    assert (await decided.ask(RESERVE))["reserveStock"] == {
        "reservation": {
            "orderId": "O-1",
            "version": 1,
            "lines": [
                {
                    "sku": sku,
                    "item": {"name": f"{sku} by name"},
                    "location": {"name": "MAIN by name"},
                    "quantity": units,
                }
                for sku, units in (("LAMP", 2), ("STOVE", 1))
            ],
        },
        "shortages": [{"sku": "LAMP", "requested": 5, "available": 2}],
        "userErrors": [],
    }
    assert decided.reads.asked.total() == 0


async def test_a_repeat_is_read_as_it_is_now_by_one_read() -> None:
    repeated = api(decision=Decision(reservation=MIXED.id, shortages=(SHORT,)))
    payload = (await repeated.ask(RESERVE))["reserveStock"]
    assert payload["reservation"]["orderId"] == "O-1"
    assert repeated.reads.asked == {"reservations_by_id": 1}


async def test_a_refused_order_shows_its_shortages_and_reads_nothing() -> None:
    refusal = Refusal(RefusalCode.INSUFFICIENT_STOCK, "No.", ("lines", "0", "quantity"))
    refused = api(decision=Decision((refusal,), shortages=(SHORT,)))
    payload = (await refused.ask(RESERVE))["reserveStock"]
    assert payload["reservation"] is None
    assert payload["shortages"] == [{"sku": "LAMP", "requested": 5, "available": 2}]
    assert payload["userErrors"] == [{"code": "INSUFFICIENT_STOCK", "field": ["lines", "0", "quantity"]}]
    assert refused.reads.asked.total() == 0


@pytest.mark.parametrize("decision", [Decision(reservation=MIXED.id, seen=MIXED), Decision(reservation=MIXED.id)])
async def test_a_vendor_is_shown_its_own_lines_of_what_it_gave_back(decision: Decision) -> None:
    payload = (await api(VENDOR, decision).ask(RELEASE, id=id_of(MIXED)))["releaseReservation"]
    assert payload["reservation"] == {"orderId": "O-1", "lines": [{"sku": "LAMP"}]}


async def test_a_step_refused_before_its_reservation_was_looked_for_shows_it_where_the_caller_may_see_it() -> None:
    refused = Decision((Refusal(RefusalCode.INVALID_INPUT, "No.", ("lines",)),))
    for caller, state, order in ((ADMIN, MIXED, "O-1"), (ADMIN, FOREIGN, "O-2"), (VENDOR, MIXED, "O-1")):
        payload = (await api(caller, refused).ask(RELEASE, id=id_of(state)))["releaseReservation"]
        assert payload["reservation"]["orderId"] == order
    for caller, id_ in ((VENDOR, id_of(FOREIGN)), (ADMIN, "rubbish"), (ADMIN, global_id("Item", MIXED.id))):
        payload = (await api(caller, refused).ask(RELEASE, id=id_))["releaseReservation"]
        assert payload == {"reservation": None, "userErrors": [{"code": "INVALID_INPUT"}]}


async def test_a_dry_run_is_worked_out_from_what_is_read_and_decided_by_nobody_else() -> None:
    never = api(decision=Decision(reservation=FOREIGN.id, seen=FOREIGN))
    payload = (await never.ask(RESERVE, how=True, units=4))["reserveStock"]
    assert payload["reservation"]["orderId"] == "O-1"
    assert [line["quantity"] for line in payload["reservation"]["lines"]] == [4]
    short = (await never.ask(RESERVE, how=True, units=11))["reserveStock"]
    assert short["reservation"] is None
    assert short["shortages"] == [{"sku": "LAMP", "requested": 11, "available": 10}]


def test_an_id_names_the_thing_of_its_kind_and_anything_else_what_nobody_has() -> None:
    for text in (id_of(MIXED), str(MIXED.id), str(MIXED.id).upper()):
        assert uuid_named("Reservation", text) == MIXED.id
    texts = [
        "",
        "rubbish",
        "\ud800",
        "\x00",
        "x" * 10_000,
        global_id("Item", MIXED.id),
        id_of(MIXED) + "=",
        MIXED.id.hex,
    ]
    named = [uuid_named("Reservation", text) for text in texts]
    assert len(set(named)) == len(texts)
    assert {each.version for each in named} == {5}
    assert named == [uuid_named("Reservation", text) for text in texts]


# ------------------------------------------------------------------ queries
async def test_reservations_and_their_lines_are_nodes() -> None:
    line = MIXED.lines[1]
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    for kind, uuid in {"Reservation": MIXED.id, "ReservationLine": line.id}.items():
        told = global_id(kind, uuid)
        assert (await api().ask(query, id=told))["node"] == {"__typename": kind, "id": told}
    for kind, uuid in (("ReservationLine", identity("none")), ("Reservation", line.id), ("Item", MIXED.id)):
        assert (await api().ask(query, id=global_id(kind, uuid)))["node"] is None
    for kind, uuid in (("Reservation", FOREIGN.id), ("ReservationLine", line.id)):
        assert (await api(VENDOR).ask(query, id=global_id(kind, uuid)))["node"] is None


async def test_a_reservation_is_asked_for_by_the_uuid_that_events_have_too() -> None:
    query = "query ($id: ID!) { reservation(id: $id) { id } }"
    for told in (id_of(MIXED), str(MIXED.id)):
        assert (await api().ask(query, id=told))["reservation"] == {"id": id_of(MIXED)}
    for other in (str(MIXED.lines[1].id), global_id("Item", MIXED.id), "rubbish"):
        assert (await api().ask(query, id=other))["reservation"] is None


async def test_reservations_of_several_orders_are_read_together() -> None:
    asked = api()
    query = '{ a: reservation(orderId: "O-1") { orderId } b: reservation(orderId: "O-2") { orderId } }'
    assert await asked.ask(query) == {"a": {"orderId": "O-1"}, "b": {"orderId": "O-2"}}
    assert asked.reads.asked == {"reservations_of": 1}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("", "id"),
        ("(id: null, orderId: null)", "id"),
        ('(id: "x", orderId: "O-1")', "orderId"),
        (r'(orderId: "\u0000")', "orderId"),
        (f'(orderId: "{"x" * 201}")', "orderId"),
    ],
)
async def test_a_reservation_is_asked_for_in_one_way_that_can_be_answered(arguments: str, argument: str) -> None:
    error = await api().error(f"{{ reservation{arguments} {{ id }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument, "requestId": "request-1"}
    assert error["message"].startswith(argument)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("first: 0", "first"),
        ("first: 251", "first"),
        ('after: "rubbish"', "after"),
        (r'filter: { orderIds: ["a\u0000"] }', "filter.orderIds"),
        (f'filter: {{ skus: ["{"x" * 201}"] }}', "filter.skus"),
    ],
)
async def test_a_list_of_reservations_that_cannot_be_told_names_the_argument(arguments: str, argument: str) -> None:
    error = await api().error(f"{{ reservations({arguments}) {{ nodes {{ id }} }} }}")
    assert error["extensions"]["argument"] == argument


@pytest.mark.parametrize("field", ["orderIds", "skus", "status"])
async def test_a_list_in_the_filter_has_an_end(field: str) -> None:
    query = "query ($f: ReservationFilter) { reservations(filter: $f) { nodes { id } } }"
    value = "PENDING" if field == "status" else "A"
    assert (await api().error(query, f={field: [value] * 1_001}))["extensions"]["argument"] == f"filter.{field}"


async def test_the_filter_of_reservations_reaches_the_read_model_as_it_was_sent() -> None:
    asked = api()
    query = "query ($f: ReservationFilter) { reservations(filter: $f) { nodes { orderId } } }"
    sent = {"orderIds": ["O-1"], "status": ["PENDING"], "skus": None, "expiringBefore": "2024-05-31T14:00:00+02:00"}
    await asked.ask(query, f=sent)
    assert asked.reads.filters["reservations"] == ReservationFilter(["O-1"], [ReservationStatus.PENDING], None, NOON)
    assert asked.reads.counted == []
    await asked.ask("{ reservations { totalCount } }")
    assert asked.reads.counted == ["reservations"]


async def test_a_vendors_list_holds_its_own_lines_alone() -> None:
    query = "{ reservations { totalCount nodes { orderId lines { sku } } } }"
    assert (await api(VENDOR).ask(query))["reservations"] == {
        "totalCount": 1,
        "nodes": [{"orderId": "O-1", "lines": [{"sku": "LAMP"}]}],
    }
