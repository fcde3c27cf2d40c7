"""Relay and bridge: events a second from the outbox through Kafka into the broadcast log, in order per key.

    python -m benchmarks relay
    BENCH_RUNS=1 BENCH_CHANGES=5000 python -m benchmarks relay     # a look

Ours are the two processes as they are deployed: the relay reads and deletes rows, the bridge appends. The outbox was
filled by changes through the services, each of which two events tell. The peer is a bare producer and a bare consumer,
two processes on the same Kafka, with as many messages of the same length. Each event must be in the log once, the
versions of a thing rising by one, or there is no figure.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import SystemRandom

import asyncpg
import orjson

from benchmarks import _our_shelf
from benchmarks._api import beside
from benchmarks._bare_kafka import WARM_UP_SHARE
from benchmarks._cores import UNPINNED
from benchmarks._feeds import CHANNEL
from benchmarks._our_shelf import SKUS, SLUG, TENANT, sku
from benchmarks._plan import Plan, whole_number
from benchmarks._postgres import Shelf, durable_server
from benchmarks._rows import Figures, NoFigure, rate, say
from db.identity import identity
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.movements import Adjust
from server.embedded import database
from server.embedded.database import Addresses
from server.embedded.node import ROOT
from server.embedded.process import Child
from server.ids import new_id
from server.settings import Settings
from services.group_commit import GroupCommit
from services.stock import MoveStock, move_stock
from subscriptions.log.broadcast_log import Position
from subscriptions.log.redis_log import RedisLog
from tests import servers

#: Their events are fewer than the broadcast log keeps, so that it can be read afterwards.
CHANGES, CHANGES_MAX = 25_000, 45_000
AT_ONCE = 500
PAGE = 5_000
PATIENCE_SECONDS = 300
RATIO_MIN = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """What all runs share: the servers, and a database whose outbox holds so many events of so many bytes."""

    directory: Path
    settings: Settings
    shelf: Shelf
    events: int
    event_bytes: int

    # ------------------------------------------------------------------ ours
    def ours(self) -> float:
        """Events a second, the first tenth not counted. Raises NoFigure."""
        with self.shelf.fresh() as addresses:
            topic = servers.create_topic(self.settings.kafka_bootstrap_servers or "")
            settings = replace(self.settings, database_url=addresses.application_url, topic=topic)
            with ExitStack() as started:
                for name in ("relay", "bridge"):
                    started.enter_context(beside(name, self.directory, addresses, settings))
                return asyncio.run(self._watched(settings))

    async def _watched(self, settings: Settings) -> float:
        connected = await Database.connect(settings.database_url, size=1)
        log = RedisLog(settings.redis_url, partial(identity, connected))
        try:
            begin = await log.head(CHANNEL)
            first, last = [await self._reached(log, begin, share) for share in (WARM_UP_SHARE, 1)]
            await self._check(log, begin)
        finally:
            await log.disconnect()
            await connected.close()
        return (last[0] - first[0]) / (last[1] - first[1])

    async def _reached(self, log: RedisLog, begin: Position, share: float) -> tuple[int, float]:
        """When that share of all had come, and how many had."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (came := (await log.head(CHANNEL)).offset - begin.offset) < self.events * share:
            if time.monotonic() > deadline:
                raise NoFigure(f"{came:,} of {self.events:,} events reached the broadcast log")
            await asyncio.sleep(0.02)
        return came, time.time()

    async def _check(self, log: RedisLog, begin: Position) -> None:
        versions: dict[str, int] = {}
        at = begin
        while entries := await log.read(CHANNEL, at, PAGE):
            for entry in entries:
                event = orjson.loads(entry.body)
                key, version = event["aggregateId"], event["aggregateVersion"]
                if versions.get(key, version - 1) != version - 1:
                    raise NoFigure(f"version {version} of {key} came after version {versions[key]}")
                versions[key] = version
            at = entries[-1].position
        if at.offset - begin.offset != self.events:
            raise NoFigure(f"{at.offset - begin.offset:,} events are in the broadcast log, of {self.events:,}")

    # ------------------------------------------------------------------ the peer
    def bare(self) -> float:
        """Messages a second, the first tenth not counted."""
        kafka = self.settings.kafka_bootstrap_servers or ""
        where = (kafka, servers.create_topic(kafka), str(self.events), str(self.event_bytes))
        command = [sys.executable, "-m", "benchmarks._bare_kafka"]
        producer = Child.start(
            "producer", [*command, "produce", *where], self.directory / "producer.log", directory=ROOT
        )
        try:
            consumed = subprocess.run(
                [*command, "consume", *where], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS
            )
        finally:
            producer.stop()
        if consumed.returncode:
            raise NoFigure(f"the bare consumer ended with {consumed.stderr[-500:]}")
        first, last = json.loads(consumed.stdout)
        return (last[0] - first[0]) / (last[1] - first[1])


@contextmanager
def line(changes: int) -> Iterator[Line]:
    """Everything started and filled; stopped and removed at the end. Raises StartError."""
    with ExitStack() as started:
        directory = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="stockcast-bench-")))
        server = started.enter_context(servers.running(durable_server, on_disk=True))
        redis = started.enter_context(servers.running(servers.redis_server))
        kafka = started.enter_context(servers.running(servers.kafka_server, on_disk=True))
        postgres = servers.Postgres.prepared(server)
        filled = started.enter_context(postgres.clone())
        told = database.run(_fill(filled, changes))
        environ = {
            "DATA_DIR": str(directory / "data"),
            "REDIS_URL": redis.url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "DEVELOPMENT": "1",
        }
        settings = Settings.from_environment(environ)
        settings.data_dir.mkdir()
        yield Line(directory, settings, Shelf(postgres, filled), *told)


async def _fill(addresses: Addresses, changes: int) -> tuple[int, int]:
    """So many changes, of one SKU after the other; how many events tell of them, and the bytes of one."""
    await _our_shelf.fill(addresses)
    connected = await Database.connect(addresses.application_url, size=2)
    caller = Caller(TENANT.id, SLUG, "benchmark", frozenset({Role.MANAGER}))
    commits = GroupCommit(PostgresUnitOfWork(connected, random=SystemRandom(), nudge=lambda: None), new_id)
    numbers = iter(range(changes))

    async def change() -> None:
        for number in numbers:
            adjust = Adjust(sku=sku(1 + number % SKUS), change=1, reason_code="found")
            await move_stock(MoveStock(str(new_id()), (adjust,), "adjustStock"), caller, commits)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(change())
        await commits.finish()
    finally:
        await connected.close()
    return await _told(addresses)


async def _told(addresses: Addresses) -> tuple[int, int]:
    ruler = await asyncpg.connect(addresses.superuser_url)
    try:
        await ruler.execute("VACUUM (ANALYZE) outbox")
        row = await ruler.fetchrow("SELECT count(*), avg(length(body))::int FROM outbox")
    finally:
        await ruler.close()
    assert row is not None
    say(f"{row[0]:,} events of {row[1]} bytes wait in the outbox")
    return row[0], row[1]


def figures() -> Figures:
    """Start everything, and let both sides take turns."""
    plan, changes = Plan.from_environment(), whole_number("BENCH_CHANGES", CHANGES, 1_000, CHANGES_MAX)
    ours, bare = list[float](), list[float]()
    with line(changes) as started:
        for number in range(plan.runs):
            ours.append(started.ours())
            bare.append(started.bare())
            say(f"run {number + 1}: ours {ours[-1]:,.0f}/s, bare producer and consumer {bare[-1]:,.0f}/s")
        how = f"{plan.runs} runs of {started.events:,} events of {started.event_bytes} bytes, in turn; {UNPINNED}"
    return Figures([rate("outbox to broadcast log / bare producer and consumer", ours, bare, RATIO_MIN)], (how,))
