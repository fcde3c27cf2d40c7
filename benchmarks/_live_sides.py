"""Who tells the screens: ours, Mercurius, a raw broadcast in Go and a naive Strawberry. Each server is started anew for
each run, alone on its core, on a copy of one database and an emptied Redis.
"""

import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from benchmarks import _feeds, _go, _node, _our_shelf
from benchmarks._api import Served, beside, own_environ, served
from benchmarks._cores import Cores, make_room, memory_bytes
from benchmarks._feeds import CHANNEL, Feed
from benchmarks._live_events import LiveEvents
from benchmarks._load import HOST
from benchmarks._our_shelf import SLUG, TENANT
from benchmarks._postgres import Shelf, durable_server
from benchmarks._screens import GRAPHQL, RAW, Numbering, Screen, Screens, WrongDeliveries
from server.embedded import database
from server.embedded.database import Addresses
from server.embedded.node import ROOT
from server.embedded.process import Child, accepts, free_port, last_lines
from server.embedded.redis import RedisServer
from server.settings import Settings
from server.tokens import issue
from tests import servers

SCRIPT = Path(__file__).with_name("_live_mercurius.mjs")
START_SECONDS = 30
TOKEN_SECONDS = 24 * 3600
LINE_MAX = 500

Start: TypeAlias = Callable[[Addresses], AbstractContextManager[Served]]
OpenFeed: TypeAlias = Callable[[Addresses, LiveEvents], AbstractAsyncContextManager[Feed]]


@dataclass(frozen=True, slots=True)
class Side:
    """One that is measured. `tidy`: the signal by which it gives back memory that it does not need."""

    name: str
    start: Start
    feed: OpenFeed
    protocol: str = GRAPHQL
    tidy: signal.Signals | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A side's server with all screens subscribed, before the first event."""

    side: Side
    pid: int
    settings: Settings
    feed: Feed
    screens: Screens
    #: Of the server, before the first screen came.
    memory_before: int


@dataclass(frozen=True, slots=True)
class LiveBench:
    """What all sides share."""

    directory: Path
    cores: Cores
    node: Path
    go: _go.Programs
    redis: RedisServer
    settings: Settings
    shelf: Shelf
    tokens: list[str] = field(default_factory=list[str])

    # ------------------------------------------------------------------ the sides
    def ours(self, name: str = "ours") -> Side:
        return Side(name, self._serve, self._our_feed)

    def mercurius(self, name: str = "Mercurius") -> Side:
        return Side(name, self._mercurius, self._peer_feed(_feeds.mercurius_message), tidy=signal.SIGUSR2)

    def go_broadcast(self, name: str = "raw Go") -> Side:
        def frame(events: LiveEvents, number: int) -> bytes:
            return events.frame(number)

        return Side(name, self._broadcast, self._peer_feed(frame), RAW, tidy=signal.SIGUSR1)

    def naive(self, name: str = "naive Strawberry") -> Side:
        return Side(name, self._naive, self._peer_feed(_feeds.json_message))

    def versions(self) -> str:
        return f"{_node.versions(self.node, _node.LIVE)}; {self.go.versions}"

    # ------------------------------------------------------------------ a run
    @asynccontextmanager
    async def running(
        self, side: Side, numbering: Numbering, wanted: Sequence[Sequence[int] | None]
    ) -> AsyncIterator[Running]:
        """A screen for each of `wanted`, with these SKUs' numbers as its filter or without one.

        WrongDeliveries then end with what the server's log says.
        """
        screens = [Screen(token, numbers) for token, numbers in zip(self._tokens(len(wanted)), wanted, strict=True)]
        with self.shelf.fresh() as addresses:
            servers.flush(self.redis)
            events = await LiveEvents.of(addresses, numbering)
            with side.start(addresses) as server, telling(server.log):
                before = memory_bytes(server.pid)
                opening = Screens.open(self.go.load, server.port, "/graphql", side.protocol, numbering, screens)
                async with side.feed(addresses, events) as feed, opening as opened:
                    settings = replace(self.settings, database_url=addresses.application_url)
                    yield Running(side, server.pid, settings, feed, opened, before)

    def _tokens(self, count: int) -> list[str]:
        """Of so many subjects."""
        for number in range(len(self.tokens), count):
            subject = f"screen-{number + 1}@{SLUG}"
            self.tokens.append(issue(self.settings, SLUG, "analyst", subject=subject, ttl=TOKEN_SECONDS))
        return self.tokens[:count]

    # ------------------------------------------------------------------ their servers
    @contextmanager
    def _serve(self, addresses: Addresses) -> Iterator[Served]:
        """The API alone on its core, and the relay on the others."""
        settings = replace(self.settings, database_url=addresses.application_url)
        serving = served(self.directory, addresses, settings, starting=self.cores.for_server())
        with serving as server, beside("relay", self.directory, addresses, settings):
            yield server

    @contextmanager
    def _mercurius(self, addresses: Addresses) -> Iterator[Served]:
        port = free_port()
        options = {
            "port": port,
            "redisUrl": self.redis.url,
            "jwks": json.loads(self.settings.jwks_file.read_text()),
            "issuer": self.settings.issuer,
            "audience": self.settings.audience,
            "tenants": {SLUG: str(TENANT.id)},
        }
        file = self.directory / "live-mercurius.json"
        file.write_text(json.dumps(options))
        with self._started("Mercurius", [self.node, "--expose-gc", SCRIPT, file], port) as server:
            yield server

    @contextmanager
    def _broadcast(self, addresses: Addresses) -> Iterator[Served]:
        port = free_port()
        redis = f"{HOST}:{self.redis.port}"
        command = [self.go.broadcast, "-listen", f"{HOST}:{port}", "-redis", redis, "-channel", CHANNEL]
        with self._started("Go broadcast", command, port) as server:
            yield server

    @contextmanager
    def _naive(self, addresses: Addresses) -> Iterator[Served]:
        port = free_port()
        command = [sys.executable, "-m", "benchmarks._naive", str(port), self.redis.url, CHANNEL]
        with self._started("naive Strawberry", command, port) as server:
            yield server

    @contextmanager
    def _started(self, name: str, command: Sequence[str | Path], port: int) -> Iterator[Served]:
        log = self.directory / f"{name}.log"
        with self.cores.for_server():
            child = Child.start(
                name, command, log, environ=own_environ(self.settings) | {"NODE_ENV": "production"}, directory=ROOT
            )
        try:
            child.wait_until(lambda: accepts(port), START_SECONDS)
            yield Served(port, child.pid, log)
        finally:
            child.stop()

    # ------------------------------------------------------------------ their feeds
    def _our_feed(self, addresses: Addresses, events: LiveEvents) -> AbstractAsyncContextManager[Feed]:
        return _feeds.our_feed(addresses.application_url, self.redis.url, events)

    def _peer_feed(self, encode: Callable[[LiveEvents, int], bytes]) -> OpenFeed:
        return lambda addresses, events: _feeds.peer_feed(self.redis.url, partial(encode, events))


@contextmanager
def telling(log: Path) -> Iterator[None]:
    """The end of a server's log goes along with what was wrong."""
    try:
        yield
    except WrongDeliveries as error:
        told = "\n".join(line[:LINE_MAX] for line in last_lines(log, 5).splitlines())
        raise WrongDeliveries(f"{error}\nThe server's log ends with:\n{told}") from error


@contextmanager
def live_bench(sockets: int) -> Iterator[LiveBench]:
    """Everything started and filled, for up to so many sockets at once; stopped and removed at the end. Raises
    StartError."""
    cores = Cores.of_machine()
    make_room(sockets)
    node, go = _node.node(), _go.programs()
    with ExitStack() as started:
        started.enter_context(cores.kept_free())
        directory = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="stockcast-bench-")))
        server = started.enter_context(servers.running(durable_server, on_disk=True))
        redis = started.enter_context(servers.running(servers.redis_server))
        postgres = servers.Postgres.prepared(server)
        filled = started.enter_context(postgres.clone())
        database.run(_our_shelf.fill(filled))
        settings = Settings.from_environment(
            {"DATA_DIR": str(directory / "data"), "REDIS_URL": redis.url, "DEVELOPMENT": "1"}
        )
        settings.data_dir.mkdir()
        yield LiveBench(directory, cores, node, go, redis, settings, Shelf(postgres, filled))
