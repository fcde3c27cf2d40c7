"""Our API as it is deployed, and nothing else of the product: no relay, no bridge, no simulator."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2

from benchmarks._load import HOST, Target
from server.embedded.database import Addresses
from server.embedded.node import ROOT
from server.embedded.process import Child, free_port
from server.settings import Settings

READY_SECONDS = 60


@contextmanager
def api(
    directory: Path, addresses: Addresses, token: str, settings: Settings, workers: int, environ: Mapping[str, str]
) -> Iterator[Target]:
    """`serve` with so many processes, ready; `environ` is added to its own."""
    settings = replace(settings, port=free_port(), database_url=addresses.application_url)
    command = [sys.executable, "-m", "server", "serve", "--workers", str(workers)]
    log = directory / "serve.log"
    child = Child.start("serve", command, log, environ=_environ(settings) | dict(environ), directory=ROOT)
    try:
        child.wait_until(lambda: _ready(settings.port), READY_SECONDS)
        yield Target(settings.port, token)
    finally:
        child.stop()


def _environ(settings: Settings) -> dict[str, str]:
    return dict(os.environ) | {
        "PORT": str(settings.port),
        "HOST": HOST,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "MIGRATION_DATABASE_URL": "",
        "REDIS_URL": settings.redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": "",
        "DEVELOPMENT": "1",
    }


def _ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://{HOST}:{port}/readyz", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
