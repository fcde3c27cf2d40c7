"""One durable PostgreSQL for all that is measured, and databases on it that each run finds in the same state."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.embedded import database
from server.embedded.database import Addresses
from server.embedded.postgres import PostgresServer
from server.embedded.process import StartError
from tests import servers

#: pgbench holds a connection for each of its clients; the product and Mercurius are content with few.
CONNECTIONS_MAX = 600


class DurableServer(PostgresServer):
    """The product's own settings with an acknowledged commit on disk, and room for pgbench's clients."""

    def _options(self) -> list[str]:
        return [*super()._options(), "-c", f"max_connections={CONNECTIONS_MAX}"]

    @property
    def pgbench(self) -> Path:
        """The program beside the server. Raises StartError."""
        program = self.binaries.root / "bin" / "pgbench"
        if not program.exists():
            raise StartError(f"{program} is missing: install PostgreSQL with pgbench, and set TEST_POSTGRES=system.")
        return program


def durable_server(directory: Path) -> DurableServer:
    """From the same binaries as the tests' (TEST_POSTGRES)."""
    chosen = servers.postgres_server(directory)
    return DurableServer(directory, chosen.log, chosen.binaries, durable=True, port=chosen.port)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database that was filled and analysed once, and is copied for each run."""

    postgres: servers.Postgres
    filled: Addresses

    @contextmanager
    def fresh(self) -> Iterator[Addresses]:
        """A copy that nobody wrote to yet, with everything on disk; dropped at the end."""
        with self.postgres.empty(template=_name(self.filled)) as addresses:
            database.execute(self.postgres.superuser_url, "CHECKPOINT")
            yield addresses


def _name(addresses: Addresses) -> str:
    return urlsplit(addresses.owner_url).path[1:]
