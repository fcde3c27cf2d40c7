"""The servers below the demo: those the user named, and embedded ones for the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from server.demo import external
from server.demo.progress import Display
from server.demo.workplace import Workplace
from server.embedded import kafka, redis
from server.embedded.database import provision
from server.embedded.postgres import Binaries, PostgresServer
from server.embedded.process import Child
from server.embedded.wheel import CACHE
from server.settings import Settings

DATABASE = "stockcast"


class Server(Protocol):
    """An embedded server that can be started again on its port after it died."""

    @property
    def child(self) -> Child | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Servers:
    """`settings` with every address filled in, and the servers that are ours, in the order in which they started."""

    settings: Settings
    embedded: tuple[Server, ...]


@contextmanager
def started(settings: Settings, workplace: Workplace, display: Display) -> Iterator[Servers]:
    """Start what was not given, check what was; at the end stop what is ours, last started first."""
    embedded: list[Server] = []
    try:
        settings = _database(settings, workplace, display, embedded)
        settings = _redis(settings, workplace, display, embedded)
        settings = _kafka(settings, workplace, display, embedded)
        yield Servers(settings, tuple(embedded))
    finally:
        for server in reversed(embedded):
            server.stop()


def _database(settings: Settings, workplace: Workplace, display: Display, embedded: list[Server]) -> Settings:
    with display.step("PostgreSQL") as step:
        if settings.database_url or settings.migration_database_url:
            step.note(f"yours, {external.check_database(settings)}")
            return settings
        server = PostgresServer(workplace.data / "postgres", workplace.logs / "postgres.log", Binaries.any())
        embedded.append(server)
        server.start()
        addresses = provision(server.superuser_url(), DATABASE, workplace.passwords())
        step.note(f"embedded, {server.binaries.version}, port {server.port}")
        return replace(settings, database_url=addresses.application_url, migration_database_url=addresses.owner_url)


def _redis(settings: Settings, workplace: Workplace, display: Display, embedded: list[Server]) -> Settings:
    with display.step("Redis") as step:
        if settings.redis_url:
            step.note(f"yours, {external.check_redis(settings.redis_url)}")
            return settings
        server = redis.RedisServer(workplace.data / "redis", workplace.logs / "redis.log", redis.any_binary())
        embedded.append(server)
        server.start()
        step.note(f"embedded, port {server.port}")
        return replace(settings, redis_url=server.url)


def _kafka(settings: Settings, workplace: Workplace, display: Display, embedded: list[Server]) -> Settings:
    if settings.kafka_bootstrap_servers:
        with display.step("Kafka") as step:
            external.check_kafka(settings.kafka_bootstrap_servers)
            step.note("yours")
        return settings
    if not settings.kafka:
        return settings
    with display.step("Kafka") as step:
        kafka.java()
        jars = kafka.jars(CACHE, workplace.logs / "maven.log")
        server = kafka.KafkaServer(workplace.data / "kafka", workplace.logs / "kafka.log", jars)
        embedded.append(server)
        server.start()
        step.note(f"embedded, port {server.port}")
        return replace(settings, kafka_bootstrap_servers=server.bootstrap_servers)
