"""The product as it is deployed: its own processes on free ports, against a test's servers.

`with running_stack(…) as stack` starts them and waits until `/readyz` agrees; each can be killed and started again.
What a process writes is kept, and `faults()` tells what a healthy process never writes.
"""

import os
import re
import shutil
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import TypeVar

import asyncpg
import httpx2

from db.invariants import violations
from server.embedded import database
from server.embedded.database import Addresses
from server.embedded.node import ROOT
from server.embedded.process import Child
from server.settings import Settings
from server.tokens import issue
from tests.answers import Answer
from tests.factories.tenants import found_tenant
from tests.ports import kept_port

TENANT = "acme"
OTHER_TENANT = "globex"
READY_SECONDS = 30
PATIENCE_SECONDS = 30
POLL_SECONDS = 0.01
#: What a log must not hold, whatever happened outside the process.
FAULTS = re.compile(r"Traceback \(most recent call last\)|was never (?:retrieved|awaited)|unhandled exception", re.I)
#: For those whose webhooks lead to receivers of the tests' own.
WEBHOOKS_OF_THIS_MACHINE = {"WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8"}
Found = TypeVar("Found")


def eventually(find: Callable[[], Found | None], what: str, timeout_seconds: float = PATIENCE_SECONDS) -> Found:
    """Ask until the answer is truthy and return it; an AssertionError naming `what` when it takes too long."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"{what}: not within {timeout_seconds:.0f} seconds"
        time.sleep(POLL_SECONDS)
    return found


@dataclass(slots=True)
class Stack:
    """The processes of one system and how to talk to them."""

    settings: Settings
    directory: Path
    http: httpx2.Client
    children: dict[str, Child] = field(default_factory=dict[str, Child])
    read: dict[str, int] = field(default_factory=dict[str, int])
    #: The processes this system consists of; None: all that its servers ask for.
    only: tuple[str, ...] | None = None
    #: Variables that every process gets beside those of the settings, or in their place.
    environ: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.settings.port}/graphql"

    @property
    def sse_url(self) -> str:
        return f"{self.url}/graphql/stream"

    @property
    def names(self) -> tuple[str, ...]:
        """The processes this system consists of."""
        if self.only is not None:
            return self.only
        bridge = ("bridge",) if self.settings.kafka_bootstrap_servers else ()
        return ("serve", "relay", "worker", *bridge)

    def token(
        self, role: str, tenant: str = TENANT, vendor: str | None = None, subject: str | None = None, ttl: int = 3600
    ) -> str:
        """A signed token, as `python -m server token` prints it."""
        return issue(self.settings, tenant, role, vendor=vendor, subject=subject, ttl=ttl)

    def graphql(self, query: str, variables: object = None, token: str | None = None) -> Answer:
        """One operation by POST, whatever comes of it."""
        return self.post({"query": query, "variables": variables or {}}, token)

    def post(self, body: object, token: str | None = None) -> Answer:
        """Any JSON as the body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Answer.of(self.http.post(self.graphql_url, json=body, headers=headers))

    # ------------------------------------------------------------------ processes
    def start(self, name: str) -> None:
        """Start one process, `worker` or, if it is not the only one, `worker-2`; the API is awaited."""
        self._start(name, self.settings.port)
        if name == "serve":
            self.await_ready()

    def start_beside(self, name: str, port: int | None = None) -> str:
        """Start another API, `serve-2`, on a port of its own, and await it; its address."""
        port = port or kept_port()
        url = f"http://127.0.0.1:{port}"
        self._start(name, port)
        self.children[name].wait_until(lambda: self._ready(url), READY_SECONDS)
        return url

    def _start(self, name: str, port: int) -> None:
        command = [sys.executable, "-m", "server", name.partition("-")[0]]
        log = self.directory / f"{name}.log"
        environ = self.environment() | {"PORT": str(port)}
        self.children[name] = Child.start(name, command, log, environ=environ, directory=ROOT)

    def await_ready(self) -> None:
        self.children["serve"].wait_until(lambda: self._ready(self.url), READY_SECONDS)

    def kill(self, name: str) -> None:
        """As `kill -9`."""
        self.children[name].kill()

    def restart(self, name: str) -> None:
        self.kill(name)
        self.start(name)

    def stop(self) -> None:
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.wait_or_kill(10)

    def run(self, *arguments: str) -> str:
        """A command of `python -m server` to its end; its output. An AssertionError when its status is not 0."""
        log = self.directory / f"{arguments[0]}.log"
        command = [sys.executable, "-m", "server", *arguments]
        child = Child.start(arguments[0], command, log, environ=self.environment(), directory=ROOT)
        assert child.process.wait(120) == 0, child.tail(40)
        return log.read_text()

    def faults(self) -> list[str]:
        """Lines of the logs since the last call that no healthy process writes, each with what follows it."""
        found: list[str] = []
        for log in sorted(self.directory.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            start = self.read.get(log.name, 0)
            self.read[log.name] = len(lines)
            for i in range(start, len(lines)):
                if FAULTS.search(lines[i]):
                    found.append("\n".join([f"{log.name}:", *lines[max(start, i - 2) : i + 40]]))
        return found

    def _ready(self, url: str) -> bool:
        try:
            return self.http.get(f"{url}/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def environment(self) -> dict[str, str]:
        """What its processes get."""
        settings = self.settings
        return dict(os.environ) | {
            "PORT": str(settings.port),
            "HOST": settings.host,
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "MIGRATION_DATABASE_URL": settings.migration_database_url,
            "REDIS_URL": settings.redis_url,
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers or "",
            "TOPIC": settings.topic,
            "WEBHOOK_KEY_FILE": str(settings.webhook_key_file or ""),
            "DEVELOPMENT": "1",
            "PYTHONFAULTHANDLER": "1",
            **self.environ,
        }


@contextmanager
def running_stack(
    addresses: Addresses,
    redis_url: str,
    kafka: str | None = None,
    topic: str = "",
    tenants: tuple[str, ...] = (TENANT, OTHER_TENANT),
    only: tuple[str, ...] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Every process, or those named, started and ready, with tenants that hold nothing yet but their default location.

    Whoever leaves it leaves the books right: the invariants are checked by SQL at the end.
    """
    directory = Path(tempfile.mkdtemp(prefix="stockcast-stack-"))
    settings = Settings.from_environment(
        {
            "PORT": str(kept_port()),
            "DATA_DIR": str(directory / "data"),
            "DATABASE_URL": addresses.application_url,
            "MIGRATION_DATABASE_URL": addresses.owner_url,
            "REDIS_URL": redis_url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka or "",
            "TOPIC": topic,
            "WEBHOOK_KEY_FILE": str(directory / "webhook-keys"),
            "DEVELOPMENT": "1",
            **(environ or {}),
        }
    )
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (directory / "webhook-keys").write_bytes(b64encode(token_bytes(32)))
    for slug in tenants:
        found_tenant(addresses, slug)
    with httpx2.Client(timeout=30, trust_env=False) as http:
        stack = Stack(settings, directory, http, only=only, environ=environ or {})
        try:
            if settings.development:
                stack.token("admin")  # makes the key that the processes then read
            for name in reversed(stack.names):
                stack.start(name)
            yield stack
            broken = database.run(_violations(addresses))
            assert broken == [], broken
        finally:
            stack.stop()
            shutil.rmtree(directory, ignore_errors=True)


async def _violations(addresses: Addresses) -> list[str]:
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        return await violations(connection)
    finally:
        await connection.close()


def assert_healthy(stack: Stack) -> None:
    """Every process that should run does, and none wrote what a healthy one never writes."""
    faults = stack.faults()
    assert not faults, "\n\n".join(faults)
    dead = [f"{name}:{child.tail(30)}" for name, child in stack.children.items() if not child.running]
    assert not dead, "\n".join(dead)
