"""The whole line from a commit to a thousand screens, with a way in between each two parts that can be cut.

Two API processes, a relay and a bridge, Kafka and Redis of its own, and proxies before each of them.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from urllib.parse import urlsplit

import asyncpg
import orjson

from domain.identity import tenant_id
from server.embedded.database import Addresses, run
from server.embedded.kafka import KafkaServer, jars
from server.embedded.process import Child
from server.embedded.redis import RedisServer
from server.embedded.wheel import CACHE
from tests import servers
from tests.factories.operations import mutation
from tests.factories.shop import Shop, fresh
from tests.faults.audience.audience import Audience, Stage
from tests.faults.audience.picture import Level
from tests.faults.audience.subscriber import Wanted
from tests.faults.audience.writers import Writers
from tests.faults.connection import Connection, post
from tests.faults.figures import LONG
from tests.integration.redis_log.tcp_proxy import TcpProxy
from tests.ports import kept_port
from tests.stack import TENANT, Stack, assert_healthy, running_stack

SUBSCRIBERS, SKUS, PER_SECOND = (1_000, 1_000, 200.0) if LONG else (60, 300, 100.0)
SKUS_OF_A_VENDOR = 20
SKUS_OF_A_FILTER = 15
BEGIN_WITH = 10
ASK_AT_ONCE = 8
WRITERS = 16
DUMP, OLDER = "dump.rdb", "older.rdb"


@dataclass
class Ways:
    """Proxies: to Redis for API and relay, to Redis for the bridge, to Kafka, and to each API process."""

    stage: Stage
    redis: TcpProxy
    bridge: TcpProxy
    kafka: TcpProxy
    api: list[TcpProxy]

    def swallow(self, *proxies: TcpProxy) -> None:
        """Nothing passes, and nobody is told."""
        self.stage.call(lambda: [proxy.open.clear() for proxy in proxies])

    def let_pass(self, *proxies: TcpProxy) -> None:
        self.stage.call(lambda: [proxy.open.set() for proxy in proxies])

    def cut(self, *proxies: TcpProxy) -> None:
        self.stage.call(lambda: [proxy.cut() for proxy in proxies])


@dataclass
class Theatre:
    """A running system, stocked, with the ways between its parts."""

    stack: Stack
    addresses: Addresses
    redis: RedisServer
    kafka: KafkaServer
    ways: Ways
    environ: dict[str, str]
    shop: Shop = field(init=False)
    vendors: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    #: Addresses of the API processes, without a proxy.
    urls: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.shop = Shop(self.stack)

    # ------------------------------------------------------------------ its processes
    def start(self, name: str) -> None:
        """Start one again where it was; an API is awaited."""
        proxy = self.ways.bridge if name == "bridge" else self.ways.redis
        self.environ["REDIS_URL"] = proxy.url
        if name == "serve-2":
            self.stack.start_beside(name, urlsplit(self.urls[1]).port if self.urls else None)
        else:
            self.stack.start(name)

    def child(self, name: str) -> Child:
        """A process by name, `redis` and `kafka` too."""
        server = {"redis": self.redis, "kafka": self.kafka}.get(name)
        child = server.child if server else self.stack.children[name]
        assert child is not None
        return child

    def pause(self, name: str) -> None:
        self.child(name).process.send_signal(SIGSTOP)

    def go_on(self, name: str) -> None:
        self.child(name).process.send_signal(SIGCONT)

    # ------------------------------------------------------------------ Redis's dumps
    def keep_dump(self) -> None:
        """Have Redis write what it holds; a later `start_from_dump` brings it back."""
        with socket.create_connection(("127.0.0.1", self.redis.port), timeout=10) as connection:
            connection.sendall(b"SAVE\r\n")
            assert connection.recv(64).startswith(b"+OK")
        (self.redis.directory / DUMP).rename(self.redis.directory / OLDER)

    def start_from_dump(self) -> None:
        """Start Redis with what it held then, older numbers and all."""
        shutil.copy(self.redis.directory / OLDER, self.redis.directory / DUMP)
        self.redis.start()
        (self.redis.directory / DUMP).unlink()

    # ------------------------------------------------------------------ who watches
    @property
    def skus(self) -> list[str]:
        return [sku for skus in self.vendors.values() for sku in skus]

    def wanted(self, number: int = SUBSCRIBERS) -> list[Wanted]:
        """Most have a filter of their own, some see what is a vendor's; half are told the state, some over SSE."""
        chance = random.Random(3)
        return [self._wanted(n, chance) for n in range(number)]

    def _wanted(self, n: int, chance: random.Random) -> Wanted:
        analyst, snapshots, over_sse = self.shop.analyst.token or "", n % 2 == 0, n % 10 in (8, 9)
        vendor, skus = chance.choice(list(self.vendors.items()))
        if n % 10 == 6:
            return Wanted(self.shop.as_("vendor", vendor).token or "", {}, skus, snapshots)
        if n % 10 == 9:
            return Wanted(analyst, {"vendors": [vendor]}, skus, snapshots, over_sse)
        skus = chance.sample(self.skus, SKUS_OF_A_FILTER)
        return Wanted(analyst, {"skus": skus}, skus, snapshots, over_sse)

    def audience(
        self, urls: Sequence[str] = (), wanted: Sequence[Wanted] = (), per_second: float = PER_SECOND
    ) -> Audience:
        """Subscribed when entered, under a stream of changes of every SKU."""
        urls, on_hand = urls or self.urls, {sku: level.on_hand for sku, level in self.truth().items()}
        writers = Writers(urls, self.shop.manager.token or "", on_hand, per_second, WRITERS)
        return Audience(self.ways.stage, urls, wanted or self.wanted(), writers)

    # ------------------------------------------------------------------ what is true
    def truth(self) -> dict[str, Level]:
        """Every level as the database has it, by SKU."""
        return run(self._truth())

    async def _truth(self) -> dict[str, Level]:
        connection = await asyncpg.connect(self.addresses.superuser_url)
        try:
            sql = (
                "SELECT sku, version, on_hand, on_hand - allocated - unavailable FROM stock_levels WHERE tenant_id = $1"
            )
            return {row[0]: Level(*row[1:]) for row in await connection.fetch(sql, tenant_id(TENANT))}
        finally:
            await connection.close()

    def metric(self, name: str) -> dict[str, float]:
        """A counter's value at each API process."""
        return {url: _metric(self.stack.http.get(f"{url}/metrics").text, name) for url in self.urls}


def _metric(text: str, name: str) -> float:
    lines = (line.rpartition(" ") for line in text.splitlines())
    return next((float(value) for told, _, value in lines if told == name), 0.0)


@contextmanager
def running_theatre(postgres: servers.Postgres) -> Iterator[Theatre]:
    """Stocked; left with every process alive, and none having complained."""
    with ExitStack() as opened:
        stage = opened.enter_context(Stage())
        addresses = opened.enter_context(postgres.clone())
        redis = opened.enter_context(servers.running(servers.redis_server))
        kafka_port = kept_port()
        ways = opened.enter_context(_ways(stage, redis.port, kafka_port))
        kafka = opened.enter_context(servers.running(lambda directory: _kafka(directory, kafka_port, ways.kafka.port)))
        topic = servers.create_topic(kafka.bootstrap_servers)
        environ: dict[str, str] = {}
        stack = opened.enter_context(
            running_stack(
                *(addresses, ways.redis.url, kafka.bootstrap_servers, topic),
                only=("serve", "relay"),
                environ=environ,
            )
        )
        theatre = Theatre(stack, addresses, redis, kafka, ways, environ)
        theatre.start("bridge")
        theatre.urls = [stack.url, stack.start_beside("serve-2")]
        opened.enter_context(_doors(theatre))
        theatre.vendors = stage.do(_stock(theatre))
        yield theatre
        assert_healthy(stack)


@contextmanager
def _ways(stage: Stage, redis_port: int, kafka_port: int) -> Iterator[Ways]:
    ways = Ways(stage, TcpProxy(redis_port), TcpProxy(redis_port), TcpProxy(kafka_port), [])
    with _running(stage, [ways.redis, ways.bridge, ways.kafka]):
        yield ways


@contextmanager
def _doors(theatre: Theatre) -> Iterator[None]:
    theatre.ways.api = [TcpProxy(urlsplit(url).port or 0) for url in theatre.urls]
    with _running(theatre.ways.stage, theatre.ways.api):
        yield


@contextmanager
def _running(stage: Stage, proxies: Sequence[TcpProxy]) -> Iterator[None]:
    opened = AsyncExitStack()
    try:
        for proxy in proxies:
            stage.do(opened.enter_async_context(proxy.running()))
        yield
    finally:
        stage.do(opened.aclose())


def _kafka(directory: Path, port: int, told_port: int) -> KafkaServer:
    programs = jars(CACHE, CACHE / "maven.log")
    return KafkaServer(directory, directory / "kafka.log", programs, port=port, told_port=told_port)


async def _stock(theatre: Theatre) -> dict[str, list[str]]:
    """Items of several vendors, some units of each; vendor -> SKUs."""
    names = [fresh("SKU") for _ in range(SKUS)]
    vendors = {fresh("vendor"): names[n : n + SKUS_OF_A_VENDOR] for n in range(0, SKUS, SKUS_OF_A_VENDOR)}
    waiting = iter([(vendor, sku) for vendor, skus in vendors.items() for sku in skus])
    async with asyncio.TaskGroup() as group:
        for _ in range(ASK_AT_ONCE):
            group.create_task(_stock_each(theatre, waiting))
    return vendors


async def _stock_each(theatre: Theatre, waiting: Iterator[tuple[str, str]]) -> None:
    url = urlsplit(theatre.urls[0])
    connection = await Connection.open(url.hostname or "", url.port or 0)
    for vendor, sku in waiting:
        item = {"sku": sku, "name": f"Goods {sku}", "vendor": vendor}
        await _do(connection, theatre.shop.admin.token or "", "upsertItem", item)
        given = {"sku": sku, "quantity": BEGIN_WITH}
        await _do(connection, theatre.shop.manager.token or "", "receiveStock", given)
    connection.close()


async def _do(connection: Connection, token: str, name: str, given: Mapping[str, object]) -> None:
    body = {"query": mutation(name), "variables": {"input": {"idempotencyKey": fresh("key"), **given}}}
    answer = await connection.ask(post(orjson.dumps(body), token))
    assert answer is not None and answer[0] == 200, answer
    assert orjson.loads(answer[1])["data"][name]["userErrors"] == [], answer
