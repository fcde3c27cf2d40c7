"""The ledger at 10 million entries: pages of a tenant's and of a SKU's, and how fast entries are sealed.

    python -m benchmarks ledger
    BENCH_ENTRIES=1000000 python -m benchmarks ledger      # a look; the promise is 10,000,000

Ours is the read model that the API asks, over a session of the application's role with row-level security. The peer is
the same list of the same columns over the same session, with OFFSET in place of a cursor. Both must show the same
entries, or there is no figure. Sealing is measured beside writing: the same entries in batches as group commit sends.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import _ledger_shelf
from benchmarks._cores import UNPINNED
from benchmarks._ledger_shelf import HOT, LOCATIONS, SELDOM_ACTOR, SELDOM_KIND, SELDOM_LOCATION, SELDOM_REASON, Ledger
from benchmarks._our_shelf import TENANT, sku
from benchmarks._plan import ledger_sizes
from benchmarks._postgres import durable_server
from benchmarks._rows import Figures, NoFigure, Row, cost, rate, say
from db import ledger
from db.ledger_seals import Seals
from db.pool import Database
from db.read_models import PostgresReads
from db.read_models.ledger import ENTRIES, NEWEST_FIRST
from db.read_models.listing import paged
from db.read_models.statements import compiled
from db.transaction import Transaction
from db.worker_session import WorkerSession
from domain.access import Scope
from domain.ledger import Cause, LedgerKind, Stamp
from domain.stock import StockLevel
from server.ids import new_id
from server.memory import collect_less_often
from services.reads import LedgerFilter, LedgerRecord, Page, PageRequest
from tests import servers
from workers.head_file import HeadFile
from workers.sealing import Sealing

ENTRIES_DEFAULT = 10_000_000
PAGE = 50
FAR = 10_000
#: Before that page OFFSET has little to pass over.
FAR_FROM = 1_000
#: Until a session has settled on its plans.
WARM_UP = 6
REPEATS = 9
#: A cursor costs what it shows; so does OFFSET on the first page.
FIRST_RATIO_MAX = 1.5
FAR_RATIO_MAX = 0.1
SCOPE = Scope(TENANT.id)

SEALED = 200_000
BATCH = 512
#: Sealing keeps up with whatever is written.
SEALING_RATIO_MIN = 1.0

Ask = Callable[[], Awaitable[Page[LedgerRecord]]]


@dataclass(frozen=True, slots=True)
class List:
    """A list that somebody reads; `promised` ones have targets."""

    name: str
    filter: LedgerFilter
    wanted: Mapping[str, object]
    #: Of its pages, which one lies deep in it.
    far: int = FAR
    promised: bool = False


def lists(entries: int) -> Iterator[List]:
    """What few entries have lies `far` at its last whole page."""
    yield List("a tenant's ledger", LedgerFilter(), {}, min(FAR, entries // PAGE), promised=True)
    hot = min(FAR, entries // 10 // PAGE)
    yield List("a SKU's ledger", LedgerFilter([HOT]), {"skus": [HOT]}, hot, promised=True)
    quiet = sku(7)
    yield List("a quiet SKU's ledger", LedgerFilter([quiet]), {"skus": [quiet]}, 2, promised=True)
    yield List("a level's", LedgerFilter([HOT], ["MAIN"]), {"skus": [HOT], "locations": ["MAIN"]}, min(FAR, hot // 3))
    seldom = entries // _ledger_shelf.SELDOM // PAGE
    yield List(
        "a busy location's", LedgerFilter(locations=["EAST"]), {"locations": ["EAST"]}, min(FAR, entries // 3 // PAGE)
    )
    for name, filter, wanted in (
        ("a quiet location's", LedgerFilter(locations=[SELDOM_LOCATION]), {"locations": [SELDOM_LOCATION]}),
        ("of a rare kind", LedgerFilter(kinds=[LedgerKind(SELDOM_KIND)]), {"kinds": [SELDOM_KIND]}),
        ("of a rare reason", LedgerFilter(reason_codes=[SELDOM_REASON]), {"reason_codes": [SELDOM_REASON]}),
        ("of a rare actor", LedgerFilter(actor=SELDOM_ACTOR), {"actor": SELDOM_ACTOR}),
    ):
        yield List(name, filter, wanted, max(1, seldom))


class Reader:
    """Asks for pages by cursor, as ours does, and by OFFSET."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads = PostgresReads(database)

    async def ours(self, list_: List, cursor: str | None) -> Page[LedgerRecord]:
        return await self._reads.ledger.entries(SCOPE, list_.filter, PageRequest(PAGE, cursor))

    async def peers(self, list_: List, offset: int, size: int = PAGE) -> Page[LedgerRecord]:
        statement = compiled(paged(ENTRIES, frozenset(list_.wanted), NEWEST_FIRST, False, False))
        arguments = statement.arguments({**list_.wanted, "tenant": TENANT.id, "size": size + 1})
        rows = await self._database.fetch(TENANT.id, f"{statement.sql} OFFSET {offset}", arguments)
        return ENTRIES.page_of(rows, NEWEST_FIRST, PageRequest(size))

    async def cursor(self, list_: List, page: int) -> str | None:
        """Behind which a page begins; they are counted from 1."""
        if page == 1:
            return None
        return (await self.peers(list_, (page - 1) * PAGE - 1, 1)).edges[0].cursor


async def read(shelf: Ledger) -> list[Row]:
    database = await Database.connect(shelf.addresses.application_url, size=2)
    try:
        reader = Reader(database)
        return [row for list_ in lists(shelf.entries) for row in await _rows(reader, list_)]
    finally:
        await database.close()


async def _rows(reader: Reader, list_: List) -> list[Row]:
    """Of the first page, and of one that lies deep in the list."""
    rows: list[Row] = []
    far_max = FAR_RATIO_MAX if list_.far >= FAR_FROM else FIRST_RATIO_MAX
    for page, ratio_max in {1: FIRST_RATIO_MAX, list_.far: far_max}.items():
        cursor = await reader.cursor(list_, page)
        ours, peers = await _timed(
            lambda cursor=cursor: reader.ours(list_, cursor), lambda page=page: reader.peers(list_, (page - 1) * PAGE)
        )
        row = cost(f"{list_.name}, page {page:,}", ours, peers, "ms", ratio_max if list_.promised else None)
        rows.append(row)
        say(f"{row.name}: {row.ours}, the peer {row.peer}")
    return rows


async def _timed(ours: Ask, peers: Ask) -> tuple[list[float], list[float]]:
    """The times of both in turn, in milliseconds. Raises NoFigure when they show different entries."""
    times: tuple[list[float], list[float]] = [], []
    shown: list[list[UUID]] = [[], []]
    for repeat in range(-WARM_UP, REPEATS):
        for number, ask in enumerate((ours, peers)):
            began = time.perf_counter()
            page = await ask()
            if repeat >= 0:
                times[number].append((time.perf_counter() - began) * 1000)
            shown[number] = [edge.node.id for edge in page.edges]
        if shown[0] != shown[1] or not shown[0]:
            raise NoFigure(f"ours shows {shown[0][:3]}…, the peer {shown[1][:3]}…")
    return times


async def seal(shelf: Ledger, directory: Path) -> list[Row]:
    """Write entries as group commit does, then seal them and keep their ends outside."""
    collect_less_often()  # as each process of the service does
    database = await Database.connect(shelf.addresses.application_url, size=2)
    session = WorkerSession(database)
    try:
        began = time.perf_counter()
        await _write(database)
        written = SEALED / (time.perf_counter() - began)
        sealing = Sealing(Seals(database, session), HeadFile(directory / "heads", Ed25519PrivateKey.generate().sign))
        began = time.perf_counter()
        while await sealing.turn():
            pass
        sealed = SEALED / (time.perf_counter() - began)
    finally:
        await session.close()
        await database.close()
    return [rate("entries sealed / written", [sealed], [written], SEALING_RATIO_MIN)]


async def _write(database: Database) -> None:
    """Batches of one tenant's entries, each of a level of its own, with their row of the feed and nothing else."""
    chance = random.Random(1)
    async with database.acquire() as connection:
        for _ in range(0, SEALED, BATCH):
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")  # type: ignore[assignment]
            numbers = chance.sample(range(1, 10_001), BATCH)
            levels = [StockLevel(new_id(), sku(number), LOCATIONS[0], now) for number in numbers]
            for level in levels:
                level.receive(5, Cause("checkout", None, None, "order", "O-1"), Stamp(now, now))
            await connection.begin(TENANT.id)
            transaction = Transaction(connection, TENANT.id)
            await ledger.add(transaction, levels)
            await transaction.flush()
            await connection.execute("COMMIT")


@contextmanager
def shelf(entries: int) -> Iterator[Ledger]:
    with servers.running(durable_server, on_disk=True) as server:
        postgres = servers.Postgres.prepared(server)
        with postgres.clone() as addresses:
            yield asyncio.run(_ledger_shelf.fill(addresses, entries))


def figures() -> Figures:
    """Fill, and measure. Nobody is kept to a core: what PostgreSQL does for either, it may do on all of them."""
    entries = ledger_sizes(1_000_000, ENTRIES_DEFAULT)[-1]
    with shelf(entries) as filled, TemporaryDirectory() as directory:
        rows = [*asyncio.run(read(filled)), *asyncio.run(seal(filled, Path(directory)))]
    how = f"{entries:,} entries of a year; medians of {REPEATS} in turn; pages of {PAGE}; the peer reads with OFFSET"
    return Figures(rows, (f"{how}; {UNPINNED}",))
