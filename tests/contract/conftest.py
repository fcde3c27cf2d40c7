"""One running system for all tests of the contract; each test makes goods of its own."""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.contract.assortment import ASSORTED, Assortment
from tests.factories.shop import Shop
from tests.stack import OTHER_TENANT, TENANT, Stack, assert_healthy, running_stack


@pytest.fixture(scope="package")
def shared_stack(postgres: servers.Postgres) -> Iterator[Stack]:
    """API and relay; without a Kafka, the relay feeds the broadcast log."""
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, tenants=(TENANT, OTHER_TENANT, ASSORTED)) as stack,
    ):
        yield stack


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """The running system; a test fails with what its processes complained of meanwhile."""
    yield shared_stack
    assert_healthy(shared_stack)


@pytest.fixture
def shop(stack: Stack) -> Shop:
    return Shop(stack)


@pytest.fixture
def other_shop(stack: Stack) -> Shop:
    """Another tenant's."""
    return Shop(stack, OTHER_TENANT)


@pytest.fixture(scope="package")
def assortment(shared_stack: Stack) -> Assortment:
    """A third tenant whose every item, level and location is known; only read by tests."""
    return Assortment.made(shared_stack)
