"""Rates: what a bucket lets pass, alone and shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Caller
from schema.documents import Documents
from schema.limits import Limits
from services.rates import Rates
from tests.fakes.api import MANAGER, FakeApi, schema


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(rates: Rates, times: int, subject: str = "manager") -> int:
    """How many of so many are let pass."""
    return sum(rates.take("acme", subject) == 0 for _ in range(times))


def test_a_minutes_operations_pass_and_not_one_more(clock: Clock) -> None:
    assert taken(Rates(60, clock=clock), 100) == 60


def test_who_is_refused_is_told_when_there_is_room_again(clock: Clock) -> None:
    rates = Rates(60, clock=clock)
    taken(rates, 60)
    assert rates.take("acme", "manager", 2) == 2_000
    clock.now += 1.999
    assert rates.take("acme", "manager", 2) == 1
    clock.now += 0.001
    assert rates.take("acme", "manager", 2) == 0


def test_a_bucket_fills_up_over_a_minute_and_no_further(clock: Clock) -> None:
    rates = Rates(60, clock=clock)
    taken(rates, 60)
    clock.now += 30
    assert taken(rates, 100) == 30
    clock.now += 3_600
    assert taken(rates, 100) == 60


def test_subjects_and_tenants_are_counted_apart(clock: Clock) -> None:
    rates = Rates(10, clock=clock)
    assert [rates.take(*holder, 10) for holder in (("acme", "a"), ("acme", "b"), ("globex", "a"))] == [0, 0, 0]
    assert rates.take("acme", "a") > 0


def test_what_no_bucket_holds_takes_a_full_one(clock: Clock) -> None:
    rates = Rates(10, clock=clock)
    assert rates.take("acme", "manager", 15) == 0
    assert rates.take("acme", "manager", 15) == 60_000


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20)), max_size=60))
def test_in_no_time_passes_more_than_a_bucket_and_what_it_was_filled_with(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    rates = Rates(60, clock=clock)
    passed = 0
    for pause, operations in asked:
        clock.now += pause
        passed += operations if rates.take("acme", "manager", operations) == 0 else 0
    assert passed <= 60 + (clock.now - 1_000.0) + 1e-6


def test_only_so_many_are_counted_at_once(clock: Clock) -> None:
    rates = Rates(1, clock=clock, buckets_max=2)
    assert [rates.take("acme", subject) > 0 for subject in ("a", "b", "b", "c", "b", "a")] == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]


# ---------------------------------------------------------------- shared
def test_what_was_taken_is_told_once_and_what_is_left_is_learnt(clock: Clock) -> None:
    rates = Rates(60, shared=True, clock=clock)
    taken(rates, 20)
    [(bucket, told)] = rates.stirred()
    assert (bucket.holder, told) == (("acme", "manager"), 20)
    taken(rates, 5)
    rates.learn(bucket, 10.0)  # others took 30 of it
    assert taken(rates, 100) == 5
    assert [told for _, told in rates.stirred()] == [10]
    assert rates.stirred() == []


def test_what_was_too_much_is_paid_back_first(clock: Clock) -> None:
    rates = Rates(60, shared=True, clock=clock)
    taken(rates, 60)
    [(bucket, _)] = rates.stirred()
    rates.learn(bucket, -20.0)
    clock.now += 20
    assert rates.take("acme", "manager") == 1_000


def test_who_has_forgotten_everything_gives_nothing_away(clock: Clock) -> None:
    rates = Rates(60, shared=True, clock=clock)
    taken(rates, 60)
    [(bucket, _)] = rates.stirred()
    rates.learn(bucket, 60.0)
    assert taken(rates, 100) == 0


def test_what_could_not_be_told_is_told_later(clock: Clock) -> None:
    rates = Rates(60, shared=True, clock=clock)
    taken(rates, 20)
    [(bucket, told)] = rates.stirred()
    taken(rates, 1)
    rates.untell(bucket, told)
    assert rates.stirred() == [(bucket, 21)]


def test_who_is_refused_asks_again_what_is_left(clock: Clock) -> None:
    rates = Rates(60, shared=True, clock=clock)
    taken(rates, 60)
    rates.stirred()
    taken(rates, 1)
    assert [told for _, told in rates.stirred()] == [0]


def test_nobody_who_counts_alone_keeps_a_list_for_others(clock: Clock) -> None:
    rates = Rates(60, clock=clock)
    taken(rates, 5)
    assert rates.stirred() == []


# ---------------------------------------------------------------- what an operation costs
@pytest.mark.parametrize(
    ("query", "roots"),
    [
        ("{ viewer { subject } }", 1),
        ("{ viewer { subject } again: viewer { subject roles } reasonCodes { code } }", 3),
        ("{ viewer { subject } viewer { roles } }", 1),
        ("query { ...A ...B ... on Query { c: viewer { subject } } } "
         "fragment A on Query { a: viewer { subject } ...B } fragment B on Query { b: viewer { subject } }", 3),
        ("query ($no: Boolean!) { viewer @skip(if: $no) { subject } reasonCodes { code } }", 2),
        ("mutation { a: upsertReasonCode(input: { idempotencyKey: \"1\", code: \"a\" }) { userErrors { code } } "
         "b: upsertReasonCode(input: { idempotencyKey: \"2\", code: \"b\" }) { userErrors { code } } }", 2),
        ("subscription { stockLevelChanged { type } }", 1),
    ],
)  # fmt: skip
def test_each_root_field_counts_under_each_of_its_names(query: str, roots: int) -> None:
    documents = Documents(schema()._schema, Limits(), introspection=False, room=1_000, shortcuts=None)
    assert documents.plan(query, None).roots == roots


async def test_an_operation_for_which_there_is_no_room_is_not_run_and_tells_when_to_come_back() -> None:
    api = FakeApi(rates=Rates(3))
    query = '{ a: item(sku: "LAMP") { sku } b: item(sku: "TENT") { sku } }'
    assert "data" in await api.send(query)
    asked = api.reads.asked.total()
    error = await api.error(query)
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["requestId"] == "request-1"
    assert 0 < error["extensions"]["retryAfterMs"] <= 20_000
    assert api.reads.asked.total() == asked
    assert "data" in await api.send('{ item(sku: "LAMP") { sku } }'), "there is room for one"


async def test_a_subscription_for_which_there_is_no_room_does_not_begin() -> None:
    api = FakeApi(rates=Rates(1))
    assert "data" in await api.send("{ viewer { subject } }")
    prepared = api.prepare("subscription { stockLevelChanged { type } }")
    told = await api.executor.subscribe(prepared, api.context)
    assert isinstance(told, dict)
    assert told["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_who_shares_a_name_with_another_tenant_shares_no_bucket() -> None:
    rates = Rates(1)
    other = Caller(MANAGER.tenant, "another", MANAGER.subject, MANAGER.roles)
    for caller in (MANAGER, other):
        assert "data" in await FakeApi(caller=caller, rates=rates).send("{ viewer { subject } }")
    assert "data" not in await FakeApi(rates=rates).send("{ viewer { subject } }")
