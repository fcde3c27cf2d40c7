"""A writer with a straight way to a Redis of the test's own, and a reader behind a proxy."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from server.embedded.redis import RedisServer
from subscriptions.log.redis_log import RedisLog
from tests.integration.redis_log.database import Database
from tests.integration.redis_log.deliveries import QUICK
from tests.integration.redis_log.tcp_proxy import TcpProxy


@pytest.fixture
def behind() -> Database:
    return Database()


@pytest.fixture
async def proxy(private_redis: RedisServer) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(private_redis.port).running() as proxy:
        yield proxy


@pytest.fixture
async def redis(private_redis: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(private_redis.url, protocol=2) as client:
        yield client


@pytest.fixture
async def writer(private_redis: RedisServer, behind: Database) -> AsyncIterator[RedisLog]:
    log = RedisLog(private_redis.url, behind.identify)
    yield log
    await log.disconnect()


@pytest.fixture
async def reader(proxy: TcpProxy, behind: Database) -> RedisLog:
    """Reads through the proxy; a test disconnects it by leaving its `BoundedBroadcast`."""
    return RedisLog(proxy.url, behind.identify, timing=QUICK)
