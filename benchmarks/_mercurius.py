"""The peer Mercurius as a process of its own."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._load import Target
from benchmarks._our_shelf import SLUG, TENANT
from benchmarks._peer_shelf import FIVE_STATEMENTS
from server.embedded.database import Addresses
from server.embedded.process import Child, accepts, free_port
from server.settings import Settings

SCRIPT = Path(__file__).with_name("_mercurius.mjs")
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Way:
    """How it uses PostgreSQL: so many connections, and whether a transaction's statements are sent in one go."""

    pool_size: int
    pipeline: bool = False

    def __str__(self) -> str:
        return f"pool of {self.pool_size}{', pipelined' if self.pipeline else ''}"


@contextmanager
def mercurius(
    node: Path,
    directory: Path,
    addresses: Addresses,
    token: str,
    settings: Settings,
    way: Way,
    starting: AbstractContextManager[None],
) -> Iterator[Target]:
    """Started within `starting`, and listening; it verifies our tokens with our keys."""
    port = free_port()
    options = {
        "port": port,
        "databaseUrl": addresses.application_url,
        "poolSize": way.pool_size,
        "pipeline": way.pipeline,
        "jwks": json.loads(settings.jwks_file.read_text()),
        "issuer": settings.issuer,
        "audience": settings.audience,
        "tenants": {SLUG: str(TENANT.id)},
        "statements": [{"name": s.name, "text": s.positional, "names": s.arguments} for s in FIVE_STATEMENTS],
    }
    file = directory / "mercurius.json"
    file.write_text(json.dumps(options))
    log, environ = directory / "mercurius.log", {"NODE_ENV": "production"}
    with starting:
        child = Child.start("Mercurius", [node, SCRIPT, file], log, environ=environ)
    try:
        child.wait_until(lambda: accepts(port), START_SECONDS)
        yield Target(port, token)
    finally:
        child.stop()
