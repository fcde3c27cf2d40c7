"""Who reserves: ours, Mercurius and pgbench. A run begins on a fresh copy of a database and ends with a look at it."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks import _node, _our_shelf, _peer_shelf, _pgbench
from benchmarks._api import api, beside
from benchmarks._cores import Cores
from benchmarks._load import Load, Rate, WrongReplies, send
from benchmarks._mercurius import Way, mercurius
from benchmarks._postgres import DurableServer, Shelf, durable_server
from server.embedded import database
from server.embedded.database import Addresses
from server.settings import Settings
from server.tokens import issue
from tests import servers

TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Side:
    """One that is measured. `faults` tells what is wrong with a database after so many reservations were told."""

    name: str
    shelf: Shelf
    faults: Callable[[Addresses, int], Awaitable[list[str]]]
    measure: Callable[[Addresses, Load], Rate]

    def run(self, load: Load) -> Rate:
        """One run. Raises WrongReplies when a reply, or what it left in the database, is not what it must be."""
        with self.shelf.fresh() as addresses:
            rate = self.measure(addresses, load)

            async def faults() -> list[str]:
                return await self.faults(addresses, rate.made)

            if found := database.run(faults()):
                raise WrongReplies(f"{self.name}: {'; '.join(found)}")
        return rate


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers of all sides, each side's filled database, and the token that all requests carry."""

    directory: Path
    cores: Cores
    node: Path
    server: DurableServer
    settings: Settings
    token: str
    our_shelf: Shelf
    peer_shelf: Shelf

    def ours(
        self,
        name: str,
        *,
        workers: int = 1,
        environ: Mapping[str, str] | None = None,
        sealing: bool = False,
        pinned: bool = True,
    ) -> Side:
        """`sealing`: beside the worker that seals what is written. `pinned`: alone on its core."""

        def measure(addresses: Addresses, load: Load) -> Rate:
            worker = beside("worker", self.directory, addresses, self.settings) if sealing else nullcontext()
            serving = partial(api, self.directory, addresses, self.token, self.settings)
            with (
                self.cores.placing(pinned=pinned) as starting,
                worker,
                serving(workers=workers, environ=environ, starting=starting) as target,
            ):
                return send(self.node, target, load)

        return Side(name, self.our_shelf, _our_shelf.faults, measure)

    def mercurius(self, name: str, way: Way, *, pinned: bool = True) -> Side:
        def measure(addresses: Addresses, load: Load) -> Rate:
            started = partial(mercurius, self.node, self.directory, addresses, self.token, self.settings, way)
            with self.cores.placing(pinned=pinned) as starting, started(starting) as target:
                return send(self.node, target, load)

        return Side(name, self.peer_shelf, _peer_shelf.faults, measure)

    def pgbench(self, name: str, *, pinned: bool = True) -> Side:
        """It takes the place of a server, on its core."""

        def measure(addresses: Addresses, load: Load) -> Rate:
            with self.cores.placing(pinned=pinned) as starting, starting:
                return _pgbench.run(self.server.pgbench, self.directory, addresses, load)

        return Side(name, self.peer_shelf, _peer_shelf.faults, measure)

    def versions(self) -> str:
        return f"{database.run(postgres_version(self.our_shelf.filled))}; {_node.versions(self.node)}"


async def postgres_version(addresses: Addresses) -> str:
    """Its version, and how durable a commit is."""
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        told = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("server_version", "fsync", "synchronous_commit")
        }
    finally:
        await connection.close()
    return (
        f"PostgreSQL {told['server_version']} (fsync {told['fsync']}, synchronous_commit {told['synchronous_commit']})"
    )


@contextmanager
def bench() -> Iterator[Bench]:
    """Everything started and filled; stopped and removed at the end. Raises StartError."""
    cores, node = Cores.of_machine(), _node.node()
    with ExitStack() as started:
        started.enter_context(cores.kept_free())
        directory = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="stockcast-bench-")))
        server = started.enter_context(servers.running(durable_server, on_disk=True))
        redis = started.enter_context(servers.running(servers.redis_server))
        postgres = servers.Postgres.prepared(server)
        ours = started.enter_context(postgres.clone())
        peers = started.enter_context(postgres.empty())
        database.run(_our_shelf.fill(ours))
        database.run(_peer_shelf.fill(peers))
        settings = Settings.from_environment(
            {"DATA_DIR": str(directory / "data"), "REDIS_URL": redis.url, "DEVELOPMENT": "1"}
        )
        settings.data_dir.mkdir()
        token = issue(settings, _our_shelf.SLUG, "system", ttl=TOKEN_SECONDS)
        yield Bench(directory, cores, node, server, settings, token, Shelf(postgres, ours), Shelf(postgres, peers))
