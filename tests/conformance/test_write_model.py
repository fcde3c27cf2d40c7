"""The whole write model against plain books: reserve, confirm, commit, release, extend, expire, move and send
elsewhere, in any order, one by one and many at once, with keys repeated and reused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from server.embedded.database import Addresses
from services.group_commit import Batches
from tests.conformance.write_model.machine import WriteMachine
from tests.conformance.write_model.postgres_world import PostgresHouse
from tests.conformance.write_model.world import WriteWorld


def _settings(examples: int, steps: int) -> settings:
    """What fails is not made smaller, which takes minutes: add Phase.shrink for that."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.reuse, Phase.generate),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


@pytest.fixture
def house(database: Addresses) -> Iterator[PostgresHouse]:
    house = PostgresHouse(database)
    try:
        yield house
    finally:
        house.close()


def test_whatever_is_asked_gives_what_plain_books_give_in_the_order_of_arrival() -> None:
    run_state_machine_as_test(WriteMachine, settings=_settings(100, 30))


def test_where_nothing_is_gathered_each_request_finds_what_those_before_it_left() -> None:
    class OneByOne(WriteMachine):
        bounds = Batches(batch_max=1)
        in_order = True

    run_state_machine_as_test(OneByOne, settings=_settings(40, 20))


def test_with_many_lanes_whatever_is_asked_at_once_gives_what_some_order_gives() -> None:
    class ManyLanes(WriteMachine):
        bounds = Batches(lanes=4)
        in_order = False

    run_state_machine_as_test(ManyLanes, settings=_settings(50, 15))


def test_on_postgresql_whatever_is_asked_gives_what_plain_books_give(house: PostgresHouse) -> None:
    class OnPostgres(WriteMachine):
        def opened(self) -> tuple[asyncio.Runner, WriteWorld]:
            return house.runner, house.world(self.bounds)

    run_state_machine_as_test(OnPostgres, settings=_settings(40, 25))
