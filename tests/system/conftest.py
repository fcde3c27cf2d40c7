"""The whole line twice: with a real Kafka between, and with a relay that feeds the broadcast log itself."""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.factories.shop import Shop
from tests.stack import OTHER_TENANT, Stack, assert_healthy, running_stack

PATHS = [pytest.param("kafka", marks=pytest.mark.kafka), "log"]


@pytest.fixture(scope="package", params=PATHS)
def line(request: pytest.FixtureRequest, postgres: servers.Postgres) -> Iterator[Stack]:
    """API, relay and, with Kafka, bridge."""
    kafka: str | None = request.getfixturevalue("kafka") if request.param == "kafka" else None
    topic = servers.create_topic(kafka) if kafka else ""
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, kafka, topic) as stack,
    ):
        yield stack


@pytest.fixture
def stack(line: Stack) -> Iterator[Stack]:
    """The running system; a test fails with what its processes complained of meanwhile."""
    yield line
    assert_healthy(line)


@pytest.fixture
def shop(stack: Stack) -> Shop:
    return Shop(stack)


@pytest.fixture
def other_shop(stack: Stack) -> Shop:
    return Shop(stack, OTHER_TENANT)
