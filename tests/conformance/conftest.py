"""Fixtures of several suites here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.movements import Receive
from services.group_commit import GroupCommit
from tests.conformance.office import RULES, Office, settle
from tests.conformance.units_worlds import World, ids, in_memory, on_postgres


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        async with in_memory() as world:
            yield world
    else:
        async with on_postgres(request.getfixturevalue("database")) as world:
            yield world


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    await settle(world, *RULES)
    office = Office(world, GroupCommit(world.units, ids))
    await office.move(Receive(sku="blue", location="MAIN", quantity=10))
    yield office
