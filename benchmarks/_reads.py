"""What W1 and W2 share: one filled database that all sides read, and a load that judges every reply."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx2

from benchmarks import _node, _our_shelf
from benchmarks._api import api
from benchmarks._cores import UNPINNED, Cores
from benchmarks._load import PATIENCE_SECONDS, Rate, Target, WrongReplies
from benchmarks._mercurius import START_SECONDS
from benchmarks._our_shelf import SKUS, SLUG, TENANT
from benchmarks._plan import Plan
from benchmarks._postgres import durable_server
from benchmarks._rows import Figures, Row, rate, say
from benchmarks._sides import TOKEN_SECONDS, postgres_version
from db.bulk import analyze
from server.embedded import database
from server.embedded.database import Addresses
from server.embedded.process import Child, accepts, free_port
from server.settings import Settings
from server.tokens import issue
from tests import servers

OURS, TWO = "ours", "2 API processes"
PLACES = ("EAST", "MAIN", "WEST")
UNITS = 1_000
POOL_SIZES = (2, 4, 8, 16)
TRIAL_CONNECTIONS = 32
LOAD, PEER = Path(__file__).with_name("_reads.mjs"), Path(__file__).with_name("_mercurius_reads.mjs")

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; with `sku` or `skus` among the variables, other SKUs each time."""

    query: str
    variables: Mapping[str, object]

    @property
    def body(self) -> str:
        return json.dumps({"query": self.query, "variables": self.variables}, separators=(",", ":"))

    @property
    def skus(self) -> Sequence[str]:
        return cast(Sequence[str], self.variables.get("skus") or [sku for sku in [self.variables.get("sku")] if sku])

    def asked_at(self, target: Target) -> str:
        """The reply, as it came. Raises WrongReplies where it is none."""
        address = f"http://{target.host}:{target.port}{target.path}"
        headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
        answer = httpx2.post(address, content=self.body, headers=headers, trust_env=False)
        if answer.status_code != 200 or answer.json().get("errors"):
            raise WrongReplies(f"HTTP {answer.status_code}: {answer.text[:500]}")
        return answer.text


@dataclass(frozen=True, slots=True)
class Reading:
    """How much is asked: with so many connections, for so long after a warm-up, of so many SKUs."""

    connections: int
    seconds: float
    skus: int = SKUS

    def of(self, node: Path, target: Target, question: Question, wanted: Told) -> Rate:
        """Raises WrongReplies unless each reply is the one wanted, whichever SKU was asked for."""
        reply = question.asked_at(target)
        if json.loads(reply)["data"] != wanted:
            raise WrongReplies(f"port {target.port} answers {reply[:300]}, and not {json.dumps(wanted)[:300]}")
        options = asdict(target) | {
            "body": question.body,
            "reply": reply,
            "asked": question.skus,
            "skus": self.skus,
            "connections": self.connections,
            "seconds": self.seconds,
            "warmUpSeconds": self.seconds / 3,
        }
        program, patience = [node, LOAD], self.seconds * 2 + PATIENCE_SECONDS
        sent = subprocess.run(
            program, input=json.dumps(options), stdout=subprocess.PIPE, text=True, check=True, timeout=patience
        )
        report = json.loads(sent.stdout)
        if report["wrong"] or report["p50Ms"] is None:
            raise WrongReplies(f"beside {report['good']} right replies {report['wrong']}: {report['example']}")
        return Rate(report["perSecond"], report["p50Ms"], report["p99Ms"], report["good"])


@dataclass(frozen=True, slots=True)
class Way:
    """How Mercurius reads: over so many connections, and lists with one statement or with loaders."""

    pool_size: int
    one_statement: bool = True


@dataclass(frozen=True, slots=True)
class Library:
    """The servers, the filled database, and the token that all requests carry."""

    directory: Path
    cores: Cores
    node: Path
    settings: Settings
    addresses: Addresses
    token: str

    @contextmanager
    def ours(self, workers: int = 1, *, pinned: bool = True) -> Iterator[Target]:
        """Alone on its core, or where there is room."""
        serving = partial(api, self.directory, self.addresses, self.token, self.settings)
        with self.cores.placing(pinned=pinned) as starting, serving(workers=workers, starting=starting) as target:
            yield target

    @contextmanager
    def mercurius(self, way: Way, *, pinned: bool = True) -> Iterator[Target]:
        port, file = free_port(), self.directory / "mercurius-reads.json"
        options = {
            "port": port,
            "databaseUrl": self.addresses.application_url,
            "poolSize": way.pool_size,
            "oneStatement": way.one_statement,
            "jwks": json.loads(self.settings.jwks_file.read_text()),
            "issuer": self.settings.issuer,
            "audience": self.settings.audience,
            "tenants": {SLUG: str(TENANT.id)},
        }
        file.write_text(json.dumps(options))
        log, environ = self.directory / "mercurius-reads.log", {"NODE_ENV": "production"}
        with self.cores.placing(pinned=pinned) as starting:
            with starting:
                child = Child.start("Mercurius", [self.node, PEER, file], log, environ=environ)
            try:
                child.wait_until(lambda: accepts(port), START_SECONDS)
                yield Target(port, self.token)
            finally:
                child.stop()


@dataclass(frozen=True, slots=True)
class Peer:
    """One of Mercurius's ways, and the ratio to it that is promised, if any is."""

    name: str
    one_statement: bool
    ratio_min: float | None = None


@contextmanager
def library(
    fill: Callable[[Addresses], Coroutine[None, None, None]] | None = None, cores: Cores | None = None
) -> Iterator[Library]:
    """Everything started and filled (by default for W1 and W2); stopped and removed at the end. Raises StartError."""
    node, cores = _node.node(), cores or Cores.of_machine()
    with ExitStack() as started:
        started.enter_context(cores.kept_free())
        directory = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="stockcast-bench-")))
        server = started.enter_context(servers.running(durable_server, on_disk=True))
        redis = started.enter_context(servers.running(servers.redis_server))
        addresses = started.enter_context(servers.Postgres.prepared(server).clone())
        database.run((fill or _fill)(addresses))
        environ = {"DATA_DIR": str(directory / "data"), "REDIS_URL": redis.url, "DEVELOPMENT": "1"}
        settings = Settings.from_environment(environ)
        settings.data_dir.mkdir()
        token = issue(settings, SLUG, "system", ttl=TOKEN_SECONDS)
        yield Library(directory, cores, node, settings, addresses, token)


async def _fill(addresses: Addresses) -> None:
    """SKUS items with a level at each of three places, analysed."""
    items = partial(_our_shelf.articles, category="things", vendor="maker")
    await _our_shelf.stock(addresses, items, {code: f"{code} warehouse" for code in PLACES}, UNITS)
    await analyze(addresses.owner_url)


Start = Callable[[], AbstractContextManager[Target]]


@dataclass(frozen=True, slots=True)
class Contest:
    """One question that all sides are asked in turn."""

    library: Library
    plan: Plan
    question: Question
    wanted: Told

    def rows(self, peers: Sequence[Peer]) -> Iterator[Row]:
        """Ours beside each peer with the pool that serves it best, each alone on its core; then, for information, with
        nobody kept to one."""
        library, connections = self.library, self.plan.connections[0]
        ways = {peer: self._best(peer) for peer in peers}
        sides: dict[tuple[str, bool], Start] = {
            (OURS, True): library.ours,
            (OURS, False): partial(library.ours, pinned=False),
            (TWO, False): partial(library.ours, 2, pinned=False),
        }
        for peer, way in ways.items():
            sides |= {(peer.name, pinned): partial(library.mercurius, way, pinned=pinned) for pinned in (True, False)}
        runs = self._in_turn(sides)
        for peer in peers:
            name = f"{connections} connections: {OURS} / {peer.name}"
            yield rate(name, runs[OURS, True], runs[peer.name, True], peer.ratio_min)
            yield rate(f"{name}, {UNPINNED}", runs[OURS, False], runs[peer.name, False])
        name = f"{connections} connections: {TWO} / {OURS}, {UNPINNED}"
        yield rate(name, runs[TWO, False], runs[OURS, False], itself=True)

    def _best(self, peer: Peer) -> Way:
        trial = Reading(TRIAL_CONNECTIONS, max(1.0, self.plan.seconds / 3))
        ways = [Way(size, peer.one_statement) for size in POOL_SIZES]
        rates = {way: self._taken(partial(self.library.mercurius, way), trial) for way in ways}
        say(f"{peer.name}, trial: " + ", ".join(f"pool of {way.pool_size} {told}" for way, told in rates.items()))
        return max(ways, key=lambda way: rates[way].per_second)

    def _in_turn(self, sides: Mapping[tuple[str, bool], Start]) -> dict[tuple[str, bool], list[float]]:
        runs: dict[tuple[str, bool], list[float]] = {side: [] for side in sides}
        for number in range(self.plan.runs):
            for (name, pinned), side in sides.items():
                found = self._taken(side, Reading(self.plan.connections[0], self.plan.seconds))
                runs[name, pinned].append(found.per_second)
                say(f"run {number + 1}: {name}{'' if pinned else f', {UNPINNED}'} {found}")
        return runs

    def _taken(self, side: Start, reading: Reading) -> Rate:
        return taken(self.library, side, reading, self.question, self.wanted)


def taken(library: Library, side: Start, reading: Reading, question: Question, wanted: Told) -> Rate:
    with side() as target:
        return reading.of(library.node, target, question, wanted)


def figures_of(question: Question, wanted: Told, peers: Sequence[Peer]) -> Figures:
    """Start everything and measure."""
    plan = Plan.from_environment(connections=32)
    with library() as started:
        versions = f"{database.run(postgres_version(started.addresses))}; {_node.versions(started.node)}"
        rows = list(Contest(started, plan, question, wanted).rows(peers))
        return Figures(rows, (versions, f"{plan.how}; {started.cores}"))
