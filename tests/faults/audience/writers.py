"""Writers: changes at a steady rate from several connections, each repeated under its key until it is acknowledged."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import orjson

from tests.factories.shop import fresh
from tests.faults.connection import Connection, post

CHANGE = (
    "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) "
    "{ stockLevel { sku version } userErrors { code message } } }"
)
ASK_S = 4.0
PAUSE_S = 0.05
#: Who fell behind does not catch up by more than so much.
LATE_S = 0.5


class Writers:
    """Each change adds 1 to a SKU. `urls` are those of all API processes: who gets no answer asks the next.

    `on_hand` is what there is of each SKU to begin with, and later what there must be.
    """

    def __init__(
        self, urls: Sequence[str], token: str, on_hand: Mapping[str, int], per_second: float, number: int
    ) -> None:
        self.urls, self.token = urls, token
        self.versions: dict[str, int] = {}
        self.on_hand = dict(on_hand)
        self.count = 0
        #: How often a change was asked again: since no answer came in time, and since there was none or no room.
        self.late = 0
        self.refused = 0
        self.failures: list[str] = []
        self.stopping = False
        self._every_s = number / per_second
        self._number = number
        self._order = _endlessly(list(on_hand), random.Random(1))

    async def run(self) -> None:
        """Until `stopping` is set and every change is acknowledged."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._number):
                group.create_task(self._write(number))

    async def _write(self, number: int) -> None:
        connection, at, due = None, number, time.monotonic() + self._every_s * number / self._number
        while not self.stopping and not self.failures:
            await asyncio.sleep(due - time.monotonic())
            due = max(due + self._every_s, time.monotonic() - LATE_S)
            sku = next(self._order)
            body = _change(sku)
            while True:
                connection = connection or await self._opened(self.urls[at % len(self.urls)])
                if connection is not None:
                    if await self._asked(connection, body):
                        break
                    connection.close()
                connection, at = None, at + 1
                await asyncio.sleep(PAUSE_S)
            self.on_hand[sku] += 1
            self.count += 1
        if connection is not None:
            connection.close()

    async def _opened(self, url: str) -> Connection | None:
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(ASK_S):
                return await Connection.open(parts.hostname or "", parts.port or 0)
        except OSError:
            self.refused += 1
            return None

    async def _asked(self, connection: Connection, body: bytes) -> bool:
        """Whether an answer came; one that is no success ends all."""
        try:
            async with asyncio.timeout(ASK_S):
                answer = None if connection.lost else await connection.ask(post(body, self.token))
        except TimeoutError:
            self.late += 1
            return False
        if answer is None or answer[0] == 503:
            self.refused += 1
            return False
        payload = (orjson.loads(answer[1]).get("data") or {}).get("adjustStock")
        if not payload or payload["userErrors"]:
            self.failures.append(f"{answer[0]}: {answer[1]!r}")
            return True
        level = payload["stockLevel"]
        self.versions[level["sku"]] = max(level["version"], self.versions.get(level["sku"], 0))
        return True


def _endlessly(skus: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Each as often as any other, in another order each time."""
    order = list(skus)
    while True:
        chance.shuffle(order)
        yield from order


def _change(sku: str) -> bytes:
    key = fresh("change")
    given = {"idempotencyKey": key, "sku": sku, "quantityChange": 1, "reasonCode": "found", "reference": key}
    return orjson.dumps({"query": CHANGE, "variables": {"input": given}})
