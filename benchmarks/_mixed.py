"""Mixed load: whoever asks a busy API at once, each kind at a pace of its own, and every answer judged.

Look-ups, lists, ledgers, persisted documents, changes, reservations given back, sockets that come and go, and documents
that nobody else sends: each twice, since a document is remembered from its second time on.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks._load import Target
from benchmarks._our_shelf import SKUS, sku
from benchmarks._rows import NoFigure
from benchmarks._screens import GRAPHQL
from benchmarks._screens import QUERY as UNFILTERED
from server.embedded.wheel import ROOT

DOCUMENTS_A_SECOND = 5_000 / 60
LOOK_UPS, LISTS, LEDGERS, PERSISTED, CHANGES, RESERVATIONS = 100, 10, 5, 25, 20, 10
#: Sockets that are open at any time, and for how long each; one in so many watches everything, the others some SKUs.
SOCKETS, SOCKET_SECONDS, WATCHES_ALL, WATCHED = 100, (1.0, 19.0), 20, 20
#: One document in so many is none.
WRONG = 20
REPLY_SECONDS = 60
#: As often, and as long after it, is asked again what was too much at the moment.
ATTEMPTS, AGAIN_SECONDS = 60, 1.0
#: A machine that is busy with other work is given so many times as long for all documents.
PATIENCE = 5

SELECTED = UNFILTERED.replace("filter: $filter", "filter: $filter, snapshot: true")
LOOK_UP = 'query Level($sku: String!) { stockLevel(sku: $sku, location: "MAIN") { sku availableToPromise version } }'
LIST = (
    "query Levels($after: String) { stockLevels(first: 50, after: $after) "
    "{ nodes { sku quantityOnHand status item { name } location { code } } pageInfo { hasNextPage endCursor } } }"
)
LEDGER = "query Ledger($sku: String!) { ledger(filter: { skus: [$sku] }, first: 20) { nodes { id kind recordedAt } } }"
ADJUST = "mutation Adjust($input: AdjustStockInput!) { adjustStock(input: $input) { userErrors { code } } }"
RESERVE = (
    "mutation Reserve($input: ReserveStockInput!) "
    "{ reserveStock(input: $input) { reservation { id } userErrors { code } } }"
)
RELEASE = (
    "mutation Release($input: ReleaseReservationInput!) { releaseReservation(input: $input) { userErrors { code } } }"
)
FIELDS = (
    "quantityOnHand", "quantityAllocated", "quantityUnavailable", "quantityIncoming", "availableToPromise", "status",
    "version", "updatedAt", "item { sku name category }", "location { code name }",
)  # fmt: skip
Body = dict[str, Any]


def named_by_hash() -> list[str]:
    """Documents of the contract that need no variables."""
    manifest = json.loads((ROOT / "frontend-contract" / "persisted-documents.json").read_text())
    return [f"sha256:{each['id']}" for each in manifest["operations"] if each["name"] in ("StockLevels", "Items")]


def document(number: int) -> str:
    """One that has no like: a name, an alias and a choice of fields that follow from the number."""
    chosen = " ".join(each for place, each in enumerate(FIELDS) if number >> place & 1) or "sku"
    level = f"a{number}: stockLevel(sku: $sku) {{ sku {chosen} {'nothing' if number % WRONG == 0 else ''} }}"
    some = f"stockLevels(first: {1 + number % 9}) {{ nodes {{ {chosen} }} }}" if number % 3 == 0 else ""
    return f"query Q{number}($sku: String!) {{ {level} {some} }}"


@dataclass(slots=True)
class Caller:
    """One keep-alive connection that asks and waits."""

    target: Target
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent_away: int = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, target: Target) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            yield cls(target, reader, writer)
        finally:
            writer.close()

    async def ask(self, body: Body, *, wrong: bool = False) -> Body:
        """What it answers under `data`; whoever is told to come again does. Raises NoFigure where there are errors, or
        none that were to be."""
        reply = await self._asked(body)
        for _ in range(ATTEMPTS):
            if _codes(reply) != {"OVERLOADED"}:
                break
            self.sent_away += 1
            await asyncio.sleep(AGAIN_SECONDS)
            reply = await self._asked(body)
        if bool(_codes(reply)) != wrong or _codes(reply) & {"INTERNAL", "OVERLOADED"}:
            raise NoFigure(f"{str(body)[:300]} is answered {str(reply)[:500]}")
        return reply.get("data") or {}

    async def _asked(self, body: Body) -> Body:
        content = orjson.dumps(body)
        self.writer.write(
            b"POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s"
            % (self.target.path.encode(), self.target.host.encode(), self.target.token.encode(), len(content), content)
        )
        async with asyncio.timeout(REPLY_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            return orjson.loads(await self.reader.readexactly(int(length)))


def _codes(reply: Body) -> set[str]:
    """Of all errors and refusals."""
    payloads = (each for each in (reply.get("data") or {}).values() if isinstance(each, dict))
    refusals = {each["code"] for payload in payloads for each in payload.get("userErrors", ())}
    return refusals | {each["extensions"]["code"] for each in reply.get("errors") or ()}


@dataclass(slots=True)
class Crowd:
    """All who ask, for so many seconds, and until each document was answered; `told` counts answers by kind."""

    target: Target
    seconds: float
    run: str
    told: Counter[str] = field(default_factory=Counter[str])
    random: Random = field(default_factory=lambda: Random(7))
    known: list[str] = field(default_factory=named_by_hash)
    began: float = field(default_factory=time.monotonic)

    async def come(self) -> None:
        """The first wrong answer ends it. Raises TimeoutError where the API is too busy for all documents."""
        async with asyncio.timeout(self.seconds * PATIENCE), asyncio.TaskGroup() as tasks:
            for kind, a_second, lanes in self._kinds():
                for lane in range(lanes):
                    tasks.create_task(self._lane(kind, a_second / lanes, lane, lanes))
            for place in range(SOCKETS):
                tasks.create_task(self._sockets(place))

    def _kinds(self) -> Sequence[tuple[Callable[[Caller, int], Awaitable[None]], float, int]]:
        return (
            (self._document, DOCUMENTS_A_SECOND, 16),
            (self._look_up, LOOK_UPS, 4),
            (self._list, LISTS, 1),
            (self._ledger, LEDGERS, 1),
            (self._persisted, PERSISTED, 1),
            (self._change, CHANGES, 2),
            (self._reservation, RESERVATIONS, 2),
        )

    async def _lane(self, kind: Callable[[Caller, int], Awaitable[None]], a_second: float, lane: int, of: int) -> None:
        """One connection's share of a kind."""
        async with Caller.open(self.target) as caller:
            async for turn in self._turns(a_second):
                number = turn * of + lane
                if kind == self._document and number >= self.documents:
                    return
                await kind(caller, number)
                self.told["sent away"] += caller.sent_away
                caller.sent_away = 0
                self.told[kind.__name__.strip("_")] += 1

    async def _turns(self, a_second: float) -> AsyncIterator[int]:
        """In even steps, or as soon as whoever is late can: nobody catches up."""
        due = self.began
        for turn in count():
            due = max(due + 1 / a_second, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            if self._over:
                return
            yield turn

    @property
    def documents(self) -> int:
        return round(DOCUMENTS_A_SECOND * self.seconds)

    @property
    def minutes(self) -> float:
        """Since they began."""
        return (time.monotonic() - self.began) / 60

    @property
    def _over(self) -> bool:
        return self.minutes * 60 >= self.seconds and self.told["document"] >= self.documents

    @property
    def _sku(self) -> str:
        return sku(self.random.randint(1, SKUS))

    # ------------------------------------------------------------------ what they ask
    async def _document(self, caller: Caller, number: int) -> None:
        """Every other one by its hash the second time."""
        query, wrong = document(number + 1), (number + 1) % WRONG == 0
        body: Body = {"query": query, "variables": {"sku": self._sku}}
        if number % 2 and not wrong:
            hashed = hashlib.sha256(query.encode()).hexdigest()
            named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed}}}
            await caller.ask(body | named)
            await caller.ask({"variables": body["variables"]} | named)
        else:
            await caller.ask(body, wrong=wrong)
            await caller.ask(body, wrong=wrong)

    async def _look_up(self, caller: Caller, _: int) -> None:
        await caller.ask({"query": LOOK_UP, "variables": {"sku": self._sku}})

    async def _list(self, caller: Caller, _: int) -> None:
        page = await caller.ask({"query": LIST, "variables": {}})
        after = page["stockLevels"]["pageInfo"]["endCursor"]
        await caller.ask({"query": LIST, "variables": {"after": after}})

    async def _ledger(self, caller: Caller, _: int) -> None:
        await caller.ask({"query": LEDGER, "variables": {"sku": self._sku}})

    async def _persisted(self, caller: Caller, number: int) -> None:
        await caller.ask({"documentId": self.known[number % len(self.known)]})

    async def _change(self, caller: Caller, number: int) -> None:
        change = {"sku": self._sku, "location": "MAIN", "quantityChange": 1, "reasonCode": "found"}
        await caller.ask(
            {"query": ADJUST, "variables": {"input": change | {"idempotencyKey": f"c{self.run}-{number}"}}}
        )

    async def _reservation(self, caller: Caller, number: int) -> None:
        lines = [{"sku": self._sku, "quantity": 1}]
        wanted = {"idempotencyKey": f"r{self.run}-{number}", "orderId": f"o{self.run}-{number}", "lines": lines}
        made = await caller.ask({"query": RESERVE, "variables": {"input": wanted}})
        given = {"idempotencyKey": f"g{self.run}-{number}", "reservationId": made["reserveStock"]["reservation"]["id"]}
        await caller.ask({"query": RELEASE, "variables": {"input": given}})

    # ------------------------------------------------------------------ who watches
    async def _sockets(self, place: int) -> None:
        """One after the other."""
        for turn in count():
            if self._over:
                return
            await self._socket(turn * SOCKETS + place)

    async def _socket(self, number: int) -> None:
        address = f"ws://{self.target.host}:{self.target.port}{self.target.path}"
        async with connect(
            address, subprotocols=[Subprotocol(GRAPHQL)], proxy=None, open_timeout=REPLY_SECONDS
        ) as socket:
            await _say(socket, type="connection_init", payload={"Authorization": f"Bearer {self.target.token}"})
            skus = [self._sku for _ in range(WATCHED)] if number % WATCHES_ALL else None
            query = (SELECTED if skus else UNFILTERED).replace("Levels", "Levels" if number % 2 else f"Levels{number}")
            variables = {"filter": {"skus": sorted(set(skus))}} if skus else {}
            until = time.monotonic() + self.random.uniform(*SOCKET_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + until - time.monotonic()):
                    async for heard in socket:
                        await self._heard(socket, orjson.loads(heard), {"query": query, "variables": variables})
            await _say(socket, id="1", type="complete")
        self.told["socket"] += 1

    async def _heard(self, socket: ClientConnection, message: Body, payload: Body) -> None:
        match message["type"]:
            case "connection_ack":
                await _say(socket, id="1", type="subscribe", payload=payload)
            case "ping":
                await _say(socket, type="pong")
            case "next" if "errors" not in message["payload"]:
                self.told["event"] += 1
            case _:
                raise NoFigure(f"a socket was told {str(message)[:500]}")


async def _say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())
