"""From commit to the subscriber's callback, through a real Kafka and a real Redis.

    python -m benchmarks latency

Starts PostgreSQL, Redis, Kafka, API, relay and bridge, and one Node process that subscribes with the npm client
graphql-ws and notes the time as the first thing in its callback. This process makes CHANGES changes at RATE a second
through the services, as the API does, and notes the time when PostgreSQL has acknowledged the COMMIT, before the relay
is woken. Half way between two changes it sends one message of the size of an event through the same broker, from a
plain aiokafka producer to a plain aiokafka consumer: the peer's figure, taken in the same seconds on the same machine.

Then a thousand screens watch 100 changes a second, all of the tenant's, and each delivery counts: those sockets are the
load of w4, and the peer's message is sent as before.

All clocks are the machine's own. `time.time` here and `performance.timeOrigin + performance.now()` there read the same
one; a change received before it was committed would show a fault of it and ends the run.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks import _go, _our_shelf
from benchmarks._commits import committing
from benchmarks._cores import UNPINNED, make_room
from benchmarks._our_shelf import sku
from benchmarks._rows import Figures, NoFigure, Row, cost, quantile
from benchmarks._screens import GRAPHQL, Latency, Numbering, Screen, Screens
from server.embedded.database import Addresses
from server.embedded.kafka import KafkaServer
from tests import servers
from tests.factories.shop import Shop
from tests.live import NodeWatcher
from tests.stack import TENANT, Stack, running_stack

CHANGES = 2_000
RATE = 50
WARM_UP = 200
SKUS = 50
EVENT_BYTES = 1_500
PATIENCE_SECONDS = 60
RATIO_MAX = 3.0
SCREENS, SCREENS_RATE = 1_000, 100
NUMBERING = Numbering(skus=500, first_version=2)

Place = tuple[str, int]


@dataclass(slots=True)
class Clock:
    """When each change was acknowledged and received: (SKU, version) -> seconds since 1970."""

    committed: dict[Place, float] = field(default_factory=dict[Place, float])
    received: dict[Place, float] = field(default_factory=dict[Place, float])

    def latencies_ms(self) -> list[float]:
        """One for each change; NoFigure when one is missing or was received before it was committed."""
        missing = self.committed.keys() - self.received.keys()
        if missing:
            raise NoFigure(f"{len(missing)} of {len(self.committed)} changes never reached the subscriber")
        taken = [1000 * (self.received[place] - at) for place, at in self.committed.items()]
        if min(taken) < 0:
            raise NoFigure(f"a change was received {-min(taken):.2f} ms before its commit: the clocks disagree")
        return taken


@asynccontextmanager
async def changer(stack: Stack, clock: Clock) -> AsyncIterator[Callable[[str, int], Awaitable[None]]]:
    """Makes one change of a SKU and notes when its commit was acknowledged."""
    async with committing(stack.settings, TENANT) as commit:

        async def change(sku: str, version: int) -> None:
            clock.committed[sku, version] = await commit(sku)

        yield change


class Peer:
    """Kafka alone: a message from a producer to a consumer, nothing between and nothing behind."""

    def __init__(self, kafka: str, topic: str) -> None:
        self.topic = topic
        self.producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
        self.consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="latest")
        self.taken_ms: list[float] = []
        self.padding = b"x" * EVENT_BYTES

    async def __aenter__(self) -> "Peer":
        await self.producer.start()
        await self.consumer.start()
        await self.consumer.seek_to_end()
        self.reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reader.cancel()
        await self.consumer.stop()
        await self.producer.stop()

    async def send(self, key: str) -> None:
        """Returns when the broker has acknowledged; the time is taken before it is sent."""
        body = b"%.6f " % time.time() + self.padding
        await self.producer.send_and_wait(self.topic, body, key=key.encode())

    async def received(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.taken_ms) < count:
            if time.monotonic() > deadline:
                raise NoFigure(f"Kafka delivered {len(self.taken_ms)} of {count} messages")
            await asyncio.sleep(0.01)

    async def _read(self) -> None:
        async for message in self.consumer:
            self.taken_ms.append(1000 * (time.time() - float((message.value or b"").split(b" ", 1)[0])))


async def run(stack: Stack, skus: list[str], kafka: str, topic: str, clock: Clock) -> list[float]:
    """Changes and peer's messages in turn, evenly spaced; the peer's times in milliseconds."""
    async with Peer(kafka, topic) as peer, changer(stack, clock) as change:
        began = time.monotonic()
        for number in range(WARM_UP + CHANGES):
            sku, version = skus[number % SKUS], number // SKUS + 2
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            await change(sku, version)
            await asyncio.sleep(max(0.0, began + (number + 0.5) / RATE - time.monotonic()))
            await peer.send(sku)
            if number % RATE == 0:
                _progress(number)
        await peer.received(WARM_UP + CHANGES)
        return peer.taken_ms[WARM_UP:]


async def many(stack: Stack, load: Path, kafka: str, topic: str) -> tuple[Latency, list[float]]:
    """Of all deliveries to all screens, and the peer's times, in milliseconds."""
    screens = [Screen(stack.token("analyst", subject=f"screen-{number}@{TENANT}")) for number in range(SCREENS)]
    opening = Screens.open(load, stack.settings.port, "/graphql", GRAPHQL, NUMBERING, screens)
    async with opening as opened, Peer(kafka, topic) as peer, committing(stack.settings, TENANT) as commit:
        stamps, began = list[float](), time.monotonic()
        for number in range(WARM_UP + CHANGES):
            if number == WARM_UP:
                await opened.all_of(number)
                opened.record()
            name = sku(NUMBERING.of(number)[0])
            await asyncio.sleep(max(0.0, began + number / SCREENS_RATE - time.monotonic()))
            stamps.append(await commit(name))
            await asyncio.sleep(max(0.0, began + (number + 0.5) / SCREENS_RATE - time.monotonic()))
            await peer.send(name)
        await opened.all_of(WARM_UP + CHANGES)
        await peer.received(WARM_UP + CHANGES)
        return await opened.latency(WARM_UP, stamps[WARM_UP:]), peer.taken_ms[WARM_UP:]


def watched_by_many(stack: Stack, load: Path, kafka: str, topic: str) -> list[Row]:
    ours, peers = asyncio.run(many(stack, load, kafka, topic))
    name = f"commit to {SCREENS:,} screens at {SCREENS_RATE} changes/s"
    return [
        cost(f"{name}, median", [ours.p50_ms], [quantile(peers, 0.5)], "ms"),
        cost(f"{name}, p99", [ours.p99_ms], [quantile(peers, 0.99)], "ms", RATIO_MAX),
    ]


def _progress(number: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{number} of {WARM_UP + CHANGES} changes")
        sys.stderr.flush()


def measure(stack: Stack, kafka: str, peer_topic: str) -> list[Row]:
    """The rows; the first WARM_UP changes are not counted."""
    shop, clock = Shop(stack), Clock()
    skus = [shop.stocked(1) for _ in range(SKUS)]
    token = shop.analyst.token or ""
    with NodeWatcher.of(stack, token, filter={"skus": skus}) as watcher:
        watcher.caught_up()
        peers = asyncio.run(run(stack, skus, kafka, peer_topic, clock))
        for sku in skus:
            watcher.change(sku, max(version for known, version in clock.committed if known == sku))
        for line in watcher.lines:
            if line["kind"] == "event" and line["event"]["type"] == "CHANGE":
                level = line["event"]["level"]
                clock.received[level["sku"], level["version"]] = line["atMs"] / 1000
    ours = clock.latencies_ms()[WARM_UP:]
    return [
        cost("commit to screen, median", [quantile(ours, 0.5)], [quantile(peers, 0.5)], "ms"),
        cost("commit to screen, p99", [quantile(ours, 0.99)], [quantile(peers, 0.99)], "ms", RATIO_MAX),
    ]


async def versions(addresses: Addresses, redis_url: str, kafka: KafkaServer) -> str:
    """What stood between."""
    connection = await asyncpg.connect(addresses.application_url)
    postgres = await connection.fetchval("SHOW server_version")
    await connection.close()
    with redis.Redis.from_url(redis_url) as client:
        told = client.info("server")["redis_version"]  # type: ignore[index]
    [jar] = Path(kafka.jars).glob("kafka-server-common-*.jar")
    return f"PostgreSQL {postgres}, Redis {told}, Kafka {jar.stem.rpartition('-')[2]}"


def figures() -> Figures:
    """Start everything and measure."""
    make_room(SCREENS)
    go = _go.programs()
    with ExitStack() as started:
        server = started.enter_context(servers.running(servers.postgres_server, on_disk=True))
        addresses = started.enter_context(servers.Postgres.prepared(server).clone())
        redis_server = started.enter_context(servers.running(servers.redis_server, on_disk=True))
        kafka = started.enter_context(servers.running(servers.kafka_server, on_disk=True))
        topics = [servers.create_topic(kafka.bootstrap_servers) for _ in range(3)]
        stack = started.enter_context(running_stack(addresses, redis_server.url, kafka.bootstrap_servers, topics[0]))
        about = asyncio.run(versions(addresses, redis_server.url, kafka))
        rows = measure(stack, kafka.bootstrap_servers, topics[1])
        asyncio.run(_our_shelf.fill(addresses))
        rows += watched_by_many(stack, go.load, kafka.bootstrap_servers, topics[2])
    peer = "one message from an aiokafka producer to an aiokafka consumer, between the changes"
    how = f"{CHANGES} changes at {RATE}/s for one subscriber, at {SCREENS_RATE}/s for {SCREENS:,}; {UNPINNED}"
    return Figures(rows, (about, f"{how}; peer: {peer}"))
