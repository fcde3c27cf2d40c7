"""A process without Redis is the whole system: it shows its watchers every change, or it does not serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from db.outbox import OutboxShards, OutboxTaken
from db.outbox_events import SHARDS
from db.pool import Database
from server.app import create_app
from server.embedded.database import Addresses
from server.settings import Settings
from tests.factories.tenants import found_tenant
from tests.faults.till import open_till
from tests.stack import TENANT


@pytest.fixture
def settings(tmp_path: Path, database: Addresses) -> Settings:
    """Of a process that names neither Redis nor Kafka."""
    return Settings(
        development=True,
        database_url=database.application_url,
        signing_key_file=tmp_path / "key.pem",
        jwks_file=tmp_path / "jwks.json",
    )


@pytest.fixture
async def relay(database: Addresses) -> AsyncIterator[OutboxShards]:
    """The outbox as a relay of another process holds it, once it claims shards."""
    pool = await Database.connect(database.application_url, size=1)
    shards = OutboxShards(pool)
    yield shards
    await shards.close()
    await pool.close()


@asynccontextmanager
async def living(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    api = create_app(settings)
    transport = httpx2.ASGITransport(api)
    async with api._lifespan(api._rest), httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield http


async def checks_when(http: httpx2.AsyncClient, **wanted: str) -> dict[str, Any]:
    """What `/readyz` tells of each part, once these parts stand as wanted."""
    while True:
        checks: dict[str, Any] = (await http.get("/readyz")).json()["checks"]
        if wanted.items() <= {name: check["status"] for name, check in checks.items()}.items():
            return checks


async def test_a_relay_of_another_process_is_held_off(settings: Settings, relay: OutboxShards) -> None:
    async with living(settings) as http:
        await checks_when(http, database="up", schema="up", relay="up")
        with pytest.raises(OutboxTaken, match="REDIS_URL"):
            await relay.claim_shards()
        assert relay.owned == frozenset()
    assert len(await relay.claim_shards()) == SHARDS


async def test_while_a_relay_of_another_process_lives_it_does_not_serve(
    settings: Settings, relay: OutboxShards
) -> None:
    await relay.claim_shards()
    async with living(settings) as http:
        checks = await checks_when(http, database="up", schema="up", relay="down")
        assert "REDIS_URL" in checks["relay"]["message"]
        assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 503
        await relay.close()
        await checks_when(http, relay="up")
        assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 401


async def test_it_ends_reservations_at_their_time_itself(settings: Settings, database: Addresses) -> None:
    found_tenant(database, TENANT)
    async with open_till(database, 1) as till:
        await till.reserve(till.skus[0], 1)
        async with living(settings):
            await till.left_at_most(0, 20)
        assert await till.outside.fetchval("SELECT status FROM reservations") == "EXPIRED"
        assert await till.allocated() == 0


async def test_a_second_process_alone_waits_for_the_first_to_end(settings: Settings) -> None:
    async with living(settings) as second:
        await checks_when(second, relay="up")
        async with living(settings) as third:
            await checks_when(third, database="up", relay="down")
            await checks_when(second, relay="up")
