"""A system to break: with a real Kafka between relay and bridge, and servers and processes of its own to kill."""

from collections.abc import Iterator

import pytest

from server.embedded.database import Addresses
from server.embedded.redis import RedisServer
from tests import servers
from tests.factories.shop import Shop
from tests.faults.figures import FIGURES, Figures
from tests.faults.theatre import Theatre, running_theatre
from tests.stack import Stack, assert_healthy, running_stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of the fault runs come last, however much was printed before."""
    if FIGURES:
        terminalreporter.section("figures of the fault runs")
        for line in FIGURES:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Takes the figures of a test, to be shown at the end."""
    return Figures(request.node.name)


@pytest.fixture
def stack(database: Addresses, private_redis: RedisServer, kafka: str, topic: str) -> Iterator[Stack]:
    """API, relay and bridge; a test fails with what its processes complained of."""
    with running_stack(database, private_redis.url, kafka, topic) as stack:
        yield stack
        assert_healthy(stack)


@pytest.fixture
def shop(stack: Stack) -> Shop:
    return Shop(stack)


@pytest.fixture(scope="package")
def whole_stack(postgres: servers.Postgres) -> Iterator[Stack]:
    """API and relay that nobody kills."""
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url) as stack,
    ):
        yield stack


@pytest.fixture
def calm_stack(whole_stack: Stack) -> Iterator[Stack]:
    """A system to throw things at; a test fails with what its processes complained of."""
    yield whole_stack
    assert_healthy(whole_stack)


@pytest.fixture
def calm_shop(calm_stack: Stack) -> Shop:
    return Shop(calm_stack)


@pytest.fixture(scope="package")
def theatre(postgres: servers.Postgres) -> Iterator[Theatre]:
    """The whole line from a commit to a thousand screens; its tests mend what they break."""
    with running_theatre(postgres) as theatre:
        yield theatre
