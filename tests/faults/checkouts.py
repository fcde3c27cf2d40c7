"""Checkouts: many customers at once over real HTTP, each asking again under its key when its answer is cut.

The client is bare asyncio, for it shares the machine with what it loads.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.faults.connection import Connection, Cut, post

RESERVE = (
    "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } "
    "shortages { sku requested available } userErrors { code } } }"
)
WON = "won"


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
        self._connection: Connection | None = None

    async def ask(self, body: bytes, cut: Cut | None) -> tuple[int, bytes] | None:
        if self._connection is None or self._connection.lost:
            self._at += 1
            url = self._urls[self._at % len(self._urls)]
            self._connection = await Connection.open(url.hostname or "", url.port or 0)
        return await self._connection.ask(post(body, self._token), cut)

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
