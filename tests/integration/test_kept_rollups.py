"""Rollups and layers on PostgreSQL: whatever the order in which entries come, they say what the whole ledger does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.embedded.database import Addresses
from tests.factories.histories import Told, entries, histories
from tests.integration.rollup_world import RollupWorld, open_rollup_world

#: A little over four days, to the hour, so that some fall on a midnight or on each other, or to the microsecond.
_histories = histories(timedelta(hours=1), 100) | histories(timedelta(microseconds=1_234_567_891), 300)


@pytest.fixture
async def world(database: Addresses) -> AsyncIterator[RollupWorld]:
    async with open_rollup_world(database) as world:
        yield world


@given(_histories, st.integers(1, 5))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_rows_and_layers_are_those_of_the_whole_ledger_in_order_however_its_entries_came(
    world: RollupWorld, told: list[Told], at_once: int
) -> None:
    sku = await world.sku("MAIN", "SHOP")
    arriving = entries(told)
    for start in range(0, len(arriving), at_once):
        await world.tell(sku, arriving[start : start + at_once])
        await world.seal()
        assert await world.kept(sku) == await world.reckoned(sku)
