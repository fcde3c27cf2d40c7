"""Checkouts: many customers at once over real HTTP, each asking again under its key when its answer is cut.

The client is bare asyncio, for it shares the machine with what it loads.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import orjson

RESERVE = (
    "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } "
    "shortages { sku requested available } userErrors { code } } }"
)
WON = "won"
ANSWER_S = 60


class Cut(Enum):
    """How a customer loses its connection: as soon as it has asked, or when its answer comes."""

    AFTER_ASKING = 1
    BEFORE_READING = 2


@dataclass(frozen=True, slots=True)
class Checkout:
    """An order of (SKU, units), and what becomes of the first answer to it."""

    order: str
    lines: Sequence[tuple[str, int]]
    cut: Cut | None = None

    def body(self) -> bytes:
        given = {
            "idempotencyKey": f"key-{self.order}",
            "orderId": self.order,
            "lines": [{"sku": sku, "quantity": units} for sku, units in self.lines],
        }
        return orjson.dumps({"query": RESERVE, "variables": {"input": given}})


@dataclass(slots=True)
class Counted:
    """What customers were told: `won` are the reservations by order, `refused` the orders by code."""

    won: dict[str, str] = field(default_factory=dict[str, str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    #: What no customer should ever see, with how often it was seen.
    faults: Counter[str] = field(default_factory=Counter[str])
    cuts: int = 0
    seconds: list[float] = field(default_factory=list[float])
    took_s: float = 0.0

    def take(self, checkout: Checkout, status: int, body: bytes) -> None:
        answer: dict[str, Any] = orjson.loads(body)
        if status != 200 or answer.get("errors"):
            self.faults[f"{status} {body[:300]!r}"] += 1
            return
        payload = answer["data"]["reserveStock"]
        codes = {error["code"] for error in payload["userErrors"]}
        if payload["reservation"] is not None and not codes:
            self.won[checkout.order] = payload["reservation"]["id"]
        elif codes == {"INSUFFICIENT_STOCK"} and _explained(checkout, payload["shortages"]):
            self.refused[checkout.order] = "INSUFFICIENT_STOCK"
        else:
            self.faults[f"{sorted(codes)} {payload}"] += 1


def _explained(checkout: Checkout, shortages: Sequence[dict[str, Any]]) -> bool:
    """Whether a refusal names SKUs of the order of which there was less than it asked."""
    asked = dict(checkout.lines)
    return bool(shortages) and all(
        asked.get(short["sku"]) == short["requested"] and short["available"] < short["requested"] for short in shortages
    )


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None
        self._cut: Cut | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> _Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def lost(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    async def ask(self, request: bytes, cut: Cut | None) -> tuple[int, bytes] | None:
        """Status and body; None where the connection was lost before the answer was read."""
        assert self._transport is not None
        self._read.clear()
        self._cut = cut
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        if cut is Cut.AFTER_ASKING:
            self._transport.abort()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._answered
        except ConnectionError:
            return None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None and self._answered is not None
        if self._cut is Cut.BEFORE_READING:
            self._transport.abort()
            return
        self._read += data
        head_end = self._read.find(b"\r\n\r\n")
        if head_end < 0:
            return
        length = self._read[:head_end].lower().rpartition(b"content-length:")[2]
        end = head_end + 4 + int(length.partition(b"\r\n")[0])
        if len(self._read) >= end and not self._answered.done():
            self._answered.set_result((int(self._read[9:12]), bytes(self._read[head_end + 4 : end])))


async def check_out(checkouts: Iterable[Checkout], urls: Sequence[str], token: str, at_once: int) -> Counted:
    """So many customers, spread over the processes, until every checkout has its answer.

    Who loses its connection asks the next process.
    """
    counted, waiting, began = Counted(), iter(checkouts), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(at_once):
            group.create_task(_customer(waiting, _Shops(urls, token, number), counted))
    counted.took_s = time.monotonic() - began
    return counted


class _Shops:
    """A customer's connection to one process after another."""

    def __init__(self, urls: Sequence[str], token: str, first: int) -> None:
        self._urls = [urlsplit(url) for url in urls]
        self._token = token
        self._at = first
        self._connection: _Connection | None = None

    async def ask(self, body: bytes, cut: Cut | None) -> tuple[int, bytes] | None:
        if self._connection is None or self._connection.lost:
            self._at += 1
            url = self._urls[self._at % len(self._urls)]
            self._connection = await _Connection.open(url.hostname or "", url.port or 0)
        return await self._connection.ask(self._request(body), cut)

    def _request(self, body: bytes) -> bytes:
        return (
            f"POST /graphql HTTP/1.1\r\nHost: stockcast\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


async def _customer(waiting: Iterator[Checkout], shops: _Shops, counted: Counted) -> None:
    for checkout in waiting:
        body, cut, began = checkout.body(), checkout.cut, time.monotonic()
        while (answer := await shops.ask(body, cut)) is None:
            if cut is None:
                counted.faults["the connection was lost"] += 1
            counted.cuts += 1
            cut = None
        counted.take(checkout, *answer)
        counted.seconds.append(time.monotonic() - began)
    shops.close()
