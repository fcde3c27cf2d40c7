"""What orders ask for, kept with the unit of work that decides them, in memory and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.demand import Demand
from services.ports import Unit
from tests.conformance.units_worlds import World

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def test_units_asked_of_one_sku_at_one_place_and_moment_are_kept_as_their_sum(world: World) -> None:
    async def work(unit: Unit) -> None:
        await unit.demand.feed(
            [
                Demand("blue", "MAIN", 2, 2, NOON),
                Demand("blue", None, 3, 0, NOON),
                Demand("blue", "MAIN", 5, 4, NOON),
                Demand("blue", "MAIN", 1, 1, NOON + SECOND),
            ]
        )

    await world.run(work)

    assert await world.asked() == [
        Demand("blue", "MAIN", 7, 6, NOON),
        Demand("blue", None, 3, 0, NOON),
        Demand("blue", "MAIN", 1, 1, NOON + SECOND),
    ]


async def test_what_a_unit_that_is_undone_asked_for_was_never_asked(world: World) -> None:
    async def work(unit: Unit) -> None:
        await unit.demand.feed([Demand("blue", "MAIN", 2, 2, NOON)])
        raise LookupError

    with pytest.raises(LookupError):
        await world.run(work)

    assert await world.asked() == []
