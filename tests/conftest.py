"""Fixtures: real servers, each started when a test first asks for it and stopped with the session."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from server.embedded import node as embedded_node
from server.embedded.database import Addresses
from server.embedded.kafka import KafkaServer
from server.embedded.redis import RedisServer
from server.embedded.wheel import CACHE
from server.memory import collect_less_often
from tests import servers

# How long an example takes is no property of the product: only benchmarks judge times.
settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

_usual = gc.get_threshold()


def pytest_configure() -> None:
    """While tests are collected nearly nothing is garbage."""
    collect_less_often()


def pytest_collection_finish() -> None:
    """What was collected stays until the end: let no collection of garbage look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_usual)


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL with the product's roles and a migrated template."""
    with servers.running(servers.postgres_server) as server, servers.PromptPostgres.prepared(server) as postgres:
        yield postgres


@pytest.fixture
def database(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A migrated database for one test: `.application_url`, `.owner_url`, `.superuser_url`."""
    with postgres.clone() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def sown(postgres: servers.Postgres) -> Iterator[str]:
    """The name of a database with the demo's data, to which nobody is connected: `postgres.clone(sown)`."""
    from tests.stack import running_stack  # here, so that tests of rules load no server

    with postgres.clone() as addresses:
        with running_stack(addresses, "redis://nobody", tenants=(), only=()) as stack:
            stack.run("seed")
        yield urlsplit(addresses.owner_url).path.removeprefix("/")


@pytest.fixture
def empty_database(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database before its first migration."""
    with postgres.empty() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis that all tests share; ask for `redis_url` to find it empty."""
    with servers.running(servers.redis_server) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The shared Redis, emptied."""
    servers.flush(redis_server)
    return redis_server.url


@pytest.fixture
def private_redis() -> Iterator[RedisServer]:
    """A Redis of the test's own, to `kill()` and `start()` again on the same port."""
    with servers.running(servers.redis_server) as server:
        yield server


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    """A real broker; `kill()` and `start()` keep its port and its data."""
    with servers.running(servers.kafka_server) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(kafka_server: KafkaServer) -> str:
    """The broker's `host:port`."""
    return kafka_server.bootstrap_servers


@pytest.fixture
def topic(kafka: str) -> str:
    """A fresh topic with four partitions."""
    return servers.create_topic(kafka)


@pytest.fixture(scope="session")
def node() -> Path:
    """A Node that is new enough, with the dashboard's npm packages installed beside it."""
    environ = embedded_node.packages(CACHE / "npm.log", lambda _: None)
    found = shutil.which("node", path=environ["PATH"])
    assert found is not None
    return Path(found)
