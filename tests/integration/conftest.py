"""Fixtures of several modules here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from db.pool import Database
from db.read_models import PostgresReads
from server.embedded.database import Addresses, run
from server.protocols import ClosingHttp
from tests import servers
from tests.integration.firm import Api, open_firm
from tests.integration.http_listener import Listener, QuickHttp, listening
from tests.integration.shelf import ADJUSTMENT, ITEMS, LEVELS, Shelf, fill


@pytest.fixture(scope="session")
def filled(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share, for they only read."""
    with postgres.clone() as addresses:
        run(fill(addresses))
        yield addresses


@pytest.fixture
async def shelf(filled: Addresses) -> AsyncIterator[Shelf]:
    pool = await Database.connect(filled.application_url, size=3)
    outside = await asyncpg.connect(filled.superuser_url)
    yield Shelf(pool, PostgresReads(pool), outside, ITEMS, LEVELS, ADJUSTMENT)
    await outside.close()
    await pool.close()


@pytest.fixture
async def api(database: Addresses) -> AsyncIterator[Api]:
    async with open_firm(database) as api:
        yield api


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening(ClosingHttp) as made:
        yield made


@pytest.fixture
async def quick() -> AsyncIterator[Listener]:
    async with listening(QuickHttp) as made:
        yield made
