"""The whole write model against plain books: reserve, confirm, commit, release, extend, expire; move, hold, waste and
send elsewhere; correct, ask, approve, reject, cancel and let lapse under rules that change; count from lists; in any
order, one by one and many at once, with keys repeated and reused. The runs are the same each time; `make faults
ONLY=model` asks for ten times more, others each time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from server.embedded.database import Addresses
from services.group_commit import Batches
from tests.conformance.write_model.machine import AnyOrder, WriteMachine
from tests.conformance.write_model.postgres_world import PostgresHouse
from tests.conformance.write_model.world import WriteWorld
from tests.faults.figures import LONG

pytestmark = pytest.mark.model
_TIMES = 10 if LONG else 1
_SEED = secrets.randbits(32) if LONG else 0


def _drive(machine: type[WriteMachine], rounds: int, steps: int) -> None:
    """So many rounds of ten runs each. Of a longer round most runs would be copies of each other with a part repeated.

    Each round is told its seed: where CI is set Hypothesis would make every round the same. What fails is not made
    smaller, which takes minutes: add Phase.shrink for that.
    """
    bounds = settings(
        max_examples=10,
        stateful_step_count=steps,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    for number in range(_SEED, _SEED + rounds * _TIMES):
        try:
            run_state_machine_as_test(seed(number)(machine), settings=bounds)
        except Exception as error:
            error.add_note(f"seed {number}")
            raise


#: What the first of these runs cannot miss, or it shows nothing: each comes tens of times at least.
_REACHED = {
    "adjustStock": "APPLIED PENDING_APPROVAL INSUFFICIENT_STOCK STALE_VERSION UNKNOWN_SKU",
    "adjustStockBatch": "APPLIED PENDING_APPROVAL INSUFFICIENT_STOCK STALE_VERSION UNKNOWN_SKU INVALID_INPUT",
    "countStock": "APPLIED PENDING_APPROVAL",
    "approveAdjustment": "APPLIED INSUFFICIENT_STOCK ITEM_ARCHIVED LOCATION_INACTIVE UNKNOWN_REASON_CODE NOTE_REQUIRED "
    "REASON_DIRECTION_MISMATCH SELF_APPROVAL APPROVAL_EXPIRED ILLEGAL_TRANSITION NOT_FOUND",
    "rejectAdjustment": "REJECTED ILLEGAL_TRANSITION",
    "cancelAdjustment": "CANCELLED NOT_FOUND ILLEGAL_TRANSITION",
    "expireAdjustment": "EXPIRED",
    "recordCycleCount": "APPLIED PENDING_APPROVAL NOT_FOUND",
    "createCycleCount": "INVALID_INPUT DUPLICATE_LINE",
    "holdStock": "INSUFFICIENT_STOCK",
    "unholdStock": "INSUFFICIENT_STOCK",
    "wasteStock": "INSUFFICIENT_STOCK",
    "setApprovalPolicy": "INVALID_INPUT",
}


@pytest.fixture
def house(database: Addresses) -> Iterator[PostgresHouse]:
    house = PostgresHouse(database)
    try:
        yield house
    finally:
        house.close()


def test_whatever_is_asked_gives_what_plain_books_give_in_the_order_of_arrival() -> None:
    class InOrder(WriteMachine):
        reached: ClassVar[set[tuple[str, str]]] = set()

    _drive(InOrder, 20, 30)
    expected = {(operation, code) for operation, codes in _REACHED.items() for code in codes.split()}
    assert not expected - InOrder.reached


def test_where_nothing_is_gathered_each_request_finds_what_those_before_it_left() -> None:
    class OneByOne(WriteMachine):
        bounds = Batches(batch_max=1)

    _drive(OneByOne, 6, 20)


def test_with_many_lanes_whatever_is_asked_at_once_gives_what_some_order_gives() -> None:
    class ManyLanes(AnyOrder):
        bounds = Batches(lanes=4)

    _drive(ManyLanes, 8, 15)


def test_on_postgresql_with_two_processes_whatever_is_asked_at_once_gives_what_some_order_gives(
    house: PostgresHouse,
) -> None:
    class InTwoProcesses(WriteMachine):
        bounds = Batches(lanes=2)
        in_order = False

        def opened(self) -> tuple[asyncio.Runner, WriteWorld]:
            return house.runner, house.world(self.bounds, processes=2)

    _drive(InTwoProcesses, 4, 15)


def test_on_postgresql_whatever_is_asked_gives_what_plain_books_give(house: PostgresHouse) -> None:
    class OnPostgres(WriteMachine):
        def opened(self) -> tuple[asyncio.Runner, WriteWorld]:
            return house.runner, house.world(self.bounds)

    _drive(OnPostgres, 4, 25)
