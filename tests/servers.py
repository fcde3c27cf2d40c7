"""The real servers of the tests, started when a test first asks, from the product's own starters.

TEST_POSTGRES and TEST_REDIS choose `system` or `wheel`; by default the machine's where it is supported.
"""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol, Self, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from server.embedded import database, kafka, redis
from server.embedded.database import Addresses, Passwords
from server.embedded.postgres import Binaries, PostgresServer
from server.embedded.wheel import CACHE
from tests.ports import kept_port

TEMPLATE = "stockcast_template"
#: A database is hundreds of files, and each test has one of its own: in memory they are made and removed much faster.
MEMORY = Path("/dev/shm")
MEMORY_FREE_MIN = 4_000_000_000
PREFIX = "stockcast-test-"
TOPIC_PARTITIONS = 4
#: So many databases lie ready while tests run that need none.
AHEAD = 3
_numbers = count(1)


class Server(Protocol):
    """What starts and stops."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


Running = TypeVar("Running", bound=Server)


@contextmanager
def running(make: Callable[[Path], Running], *, on_disk: bool = False) -> Iterator[Running]:
    """A server in a temporary directory of its own, stopped and removed at the end; in memory, unless `on_disk`."""
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=None if on_disk else _memory()))
    directory.chmod(0o711)  # as root, PostgreSQL runs as another user
    server = make(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _memory() -> Path | None:
    """Where files are kept in memory, less what killed runs have left there; None where there is not room enough."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    for left in MEMORY.glob(f"{PREFIX}*"):
        if not Path("/proc", left.name.removeprefix(PREFIX).partition("-")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN else None


@dataclass(frozen=True)
class Postgres:
    """A running server with the roles, and a migrated database that each test's own is cloned from."""

    server: PostgresServer
    passwords: Passwords

    @classmethod
    def prepared(cls, server: PostgresServer) -> Self:
        """Create roles and template on a server that just started."""
        from db.migrations import migrate  # here, so that tests of rules load no database code

        passwords = Passwords(secrets.token_urlsafe(12), secrets.token_urlsafe(12))
        template = database.provision(server.superuser_url(), TEMPLATE, passwords)
        migrate(template.owner_url, template.application_url)
        return cls(server, passwords)

    @property
    def superuser_url(self) -> str:
        """Into the database `postgres`, for what concerns the whole server."""
        return self.server.superuser_url()

    @contextmanager
    def clone(self, template: str = TEMPLATE) -> Iterator[Addresses]:
        """A migrated database, empty or with what `template` has, dropped at the end even while sessions are open."""
        with self.empty(template) as addresses:
            yield addresses

    @contextmanager
    def empty(self, template: str = "template0") -> Iterator[Addresses]:
        """A database of the owner's without any table, for tests of the migrations themselves."""
        name = self._create(template)
        try:
            yield database.addresses(self.superuser_url, name, self.passwords)
        finally:
            self._drop(name)

    def _create(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        made = f'CREATE DATABASE "{name}" OWNER {database.OWNER} TEMPLATE "{template}" STRATEGY FILE_COPY'
        database.execute(self.superuser_url, made)
        return name

    def _drop(self, name: str) -> None:
        database.execute(self.superuser_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class PromptPostgres(Postgres):
    """One whose thread makes the next clone while a test has the last, and drops what tests are done with.

    What a drop raises is raised at one of the next clones, or at the end.
    """

    def __init__(self, server: PostgresServer, passwords: Passwords) -> None:
        super().__init__(server, passwords)
        self._thread = ThreadPoolExecutor(1, "databases")
        self._ahead: list[Future[str]] = []
        self._drops: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._check(self._drops)

    def _create(self, template: str) -> str:
        self._check([drop for drop in self._drops if drop.done()])
        if template != TEMPLATE:
            return self._thread.submit(super()._create, template).result()
        while len(self._ahead) < AHEAD + 1:
            self._ahead.append(self._thread.submit(super()._create, template))
        return self._ahead.pop(0).result()

    def _drop(self, name: str) -> None:
        self._drops.append(self._thread.submit(super()._drop, name))

    def _check(self, drops: "list[Future[None]]") -> None:
        self._drops = [drop for drop in self._drops if drop not in drops]
        for drop in drops:
            drop.result()


def postgres_server(directory: Path) -> PostgresServer:
    """Not durable: a test may kill the process, nobody cuts the machine's power."""
    chosen = _choice("TEST_POSTGRES")
    binaries = None if chosen == "wheel" else Binaries.of_system()
    if chosen == "system" and binaries is None:
        raise RuntimeError("TEST_POSTGRES=system, but this machine has no PostgreSQL 15 to 18.")
    return PostgresServer(
        directory, directory / "postgres.log", binaries or Binaries.any(), durable=False, port=kept_port()
    )


def redis_server(directory: Path) -> redis.RedisServer:
    chosen = _choice("TEST_REDIS")
    binary = None if chosen == "wheel" else redis.system_binary()
    if chosen == "system" and binary is None:
        raise RuntimeError("TEST_REDIS=system, but this machine has no redis-server 6.2 or newer.")
    return redis.RedisServer(directory, directory / "redis.log", binary or redis.any_binary(), port=kept_port())


def kafka_server(directory: Path) -> kafka.KafkaServer:
    jars = kafka.jars(CACHE, CACHE / "maven.log")
    return kafka.KafkaServer(directory, directory / "kafka.log", jars)


def _choice(variable: str) -> str:
    chosen = os.environ.get(variable) or "either"
    if chosen not in ("either", "system", "wheel"):
        raise RuntimeError(f"{variable} must be `system` or `wheel`, not {chosen!r}.")
    return chosen


def flush(server: redis.RedisServer) -> None:
    """Empty a Redis, by its inline protocol, so that no client library takes part."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        answer = connection.recv(64)
    if not answer.startswith(b"+OK"):
        raise RuntimeError(f"Redis refused FLUSHALL: {answer!r}")


def create_topic(bootstrap_servers: str, name: str = "", partitions: int = TOPIC_PARTITIONS) -> str:
    """A topic; returns its name, one that nobody used before unless it is given."""
    name = name or f"test.{os.getpid()}.{next(_numbers)}.events"
    database.run(_create_topic(bootstrap_servers, name, partitions))
    return name


async def _create_topic(bootstrap_servers: str, name: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1)])
    finally:
        await admin.close()
