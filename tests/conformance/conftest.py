"""Fixtures of several suites here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conformance.units_worlds import World, in_memory, on_postgres


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        async with in_memory() as world:
            yield world
    else:
        async with on_postgres(request.getfixturevalue("database")) as world:
            yield world
