"""Our API as it is deployed, and nothing else of the product: no relay, no bridge, no simulator."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from benchmarks._load import HOST, Target
from server.embedded.database import Addresses
from server.embedded.node import ROOT
from server.embedded.process import Child, StartError, free_port
from server.settings import Settings

READY_SECONDS = 120
#: So many answers from /readyz in a row, each over a connection of its own, before the load begins.
ANSWERS_READY = 50
PROC = Path("/proc")


@contextmanager
def api(
    directory: Path,
    addresses: Addresses,
    token: str,
    settings: Settings,
    *,
    workers: int = 1,
    environ: Mapping[str, str] | None = None,
    starting: AbstractContextManager[None] | None = None,
) -> Iterator[Target]:
    """`serve` with so many processes, ready; `environ` is added to its own. It is started within `starting`."""
    with served(directory, addresses, settings, workers=workers, environ=environ, starting=starting) as process:
        yield Target(process.port, token)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready on a port of this machine."""

    port: int
    pid: int
    log: Path


@contextmanager
def served(
    directory: Path,
    addresses: Addresses,
    settings: Settings,
    *,
    workers: int = 1,
    environ: Mapping[str, str] | None = None,
    starting: AbstractContextManager[None] | None = None,
) -> Iterator[Served]:
    """As `api`."""
    settings = replace(settings, port=free_port(), database_url=addresses.application_url)
    command = [sys.executable, "-m", "server", "serve", "--workers", str(workers)]
    log = directory / "serve.log"
    with starting or nullcontext():
        child = Child.start("serve", command, log, environ=own_environ(settings) | dict(environ or {}), directory=ROOT)
    try:
        child.wait_until(lambda: _ready(settings, child.pid, workers), READY_SECONDS)
        yield Served(settings.port, child.pid, log)
    finally:
        child.stop()


@contextmanager
def beside(name: str, directory: Path, addresses: Addresses, settings: Settings) -> Iterator[Served]:
    """Another process of the product: `worker` seals the ledger, expires and sweeps, `relay` tells what was written."""
    settings = replace(settings, port=free_port(), database_url=addresses.application_url)
    command, log = [sys.executable, "-m", "server", name], directory / f"{name}.log"
    child = Child.start(name, command, log, environ=own_environ(settings), directory=ROOT)
    try:
        yield Served(settings.port, child.pid, log)
        if not child.running:
            raise StartError(f"{name} {child.ending}.{child.tail()}")
    finally:
        child.stop()


def own_environ(settings: Settings) -> dict[str, str]:
    """What a process of the product gets, whatever the caller's own environment says."""
    return dict(os.environ) | {
        "PORT": str(settings.port),
        "HOST": HOST,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "MIGRATION_DATABASE_URL": "",
        "REDIS_URL": settings.redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers or "",
        "TOPIC": settings.topic,
        "DEVELOPMENT": "1",
        "OPERATIONS_A_MINUTE": "999999999",  # one subject stands for all of a shop's clients
    }


def _ready(settings: Settings, pid: int, workers: int) -> bool:
    """Whether every process serves. A process listens before it has its database, and answers 503 until then."""
    if workers > 1 and PROC.exists() and len(_connected(pid, urlsplit(settings.database_url).port or 0)) < workers:
        return False
    try:
        address = f"http://{HOST}:{settings.port}/readyz"
        return all(httpx2.get(address, trust_env=False).status_code == 200 for _ in range(ANSWERS_READY))
    except httpx2.TransportError:
        return False


def _connected(pid: int, port: int) -> list[str]:
    """The children of a process that hold a connection to the port."""
    table = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in table if int(row[2].partition(":")[2], 16) == port}
    children = (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    return [child for child in children if not sockets.isdisjoint(_open_files(child))]


def _open_files(pid: str) -> set[str]:
    found: set[str] = set()
    for file in (PROC / pid / "fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            found.add(str(file.readlink()))
    return found
