"""One running system for all tests of the contract; each test makes goods of its own."""

from collections.abc import Iterator

import pytest

from server.embedded.database import Addresses
from tests import servers
from tests.contract.assortment import ASSORTED, Assortment
from tests.contract.webhook_receiver import Receiver, receiving
from tests.factories.shop import Shop, fresh
from tests.factories.tenants import found_tenant
from tests.stack import (
    OTHER_TENANT,
    TENANT,
    WEBHOOKS_OF_THIS_MACHINE,
    Stack,
    assert_healthy,
    running_stack,
)


@pytest.fixture(scope="package")
def addresses(postgres: servers.Postgres) -> Iterator[Addresses]:
    with postgres.clone() as made:
        yield made


@pytest.fixture(scope="package")
def shared_stack(addresses: Addresses) -> Iterator[Stack]:
    """API and relay; without a Kafka, the relay feeds the broadcast log."""
    with (
        servers.running(servers.redis_server) as redis,
        running_stack(
            addresses, redis.url, tenants=(TENANT, OTHER_TENANT, ASSORTED), environ=WEBHOOKS_OF_THIS_MACHINE
        ) as stack,
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


@pytest.fixture
def firm(stack: Stack, addresses: Addresses) -> Shop:
    """A tenant of the test's own, whose rules concern no other test."""
    slug = fresh("firm").lower()
    found_tenant(addresses, slug)
    return Shop(stack, slug)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Who takes what webhooks are told."""
    with receiving() as made:
        yield made


@pytest.fixture(scope="package")
def assortment(shared_stack: Stack) -> Assortment:
    """A third tenant whose every item, level and location is known; only read by tests."""
    return Assortment.made(shared_stack)
