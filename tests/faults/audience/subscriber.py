"""A subscriber as an honest client is: it connects again elsewhere, resumes by its cursor and keeps the higher."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.faults.audience.lines import Line, SocketLine, StreamLine
from tests.faults.audience.picture import Picture
from tests.faults.connection import Connection, post

STATE = (
    "query ($filter: StockLevelFilter) { stockLevels(filter: $filter, first: 250) "
    "{ nodes { sku version quantityOnHand availableToPromise } } }"
)
PAUSE_FIRST_S, PAUSE_LAST_S = 0.05, 1.0
ASK_S = 10.0
#: A socket that says nothing for so long is asked for life, and given up twice as long after.
QUIET_S = 2.0
#: An event stream says something every 12 s.
STREAM_QUIET_S = 15.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscriber watches: `skus` are those that its filter, or its token, lets it see.

    With `snapshots` it is told the state; without it reads it, at first and after a RESET.
    """

    token: str
    filter: Mapping[str, Sequence[str]]
    skus: Sequence[str]
    snapshots: bool = True
    over_sse: bool = False
    #: Its connection is that of a small machine on a long way.
    far_away: bool = False


@dataclass(slots=True)
class Subscriber:
    """Runs until it is cancelled; `urls` are those of all API processes, the first its favourite."""

    wanted: Wanted
    urls: Sequence[str]
    chance: random.Random
    picture: Picture = field(init=False)
    line: Line | None = None
    cursor: str | None = None
    #: How each connection ended.
    ends: Counter[str] = field(default_factory=Counter[str])
    connections: int = 0
    #: What came on a connection behind its end.
    late: int = 0
    #: SKU -> the version up to which it is behind what is expected of it; and when it was not any more.
    behind: dict[str, int] = field(default_factory=dict[str, int])
    recovered_at: float = 0.0
    #: Seconds from a change's recorded time to here, since somebody last cleared it.
    seconds: list[float] = field(default_factory=list[float])
    token: str = field(init=False)
    #: Given the token, how a connection with it ended and when (seconds since 1970); the token to go on with.
    renew: Callable[[str, str, float], str] | None = None
    #: Takes nothing, and nobody looks after it.
    stalled: bool = False
    _tries: int = 0
    _needs_state: bool = True
    _state: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.picture = Picture(self.wanted.snapshots)
        self.token = self.wanted.token

    def __str__(self) -> str:
        """Enough to see why it is behind."""
        line = self.line
        heard_s = None if line is None else round(time.monotonic() - line.heard_at, 1)
        how = "WebSocket" if not self.wanted.over_sse else "event stream"
        return (
            f"{how}, {dict(self.wanted.filter) or 'no filter'}, snapshots {self.wanted.snapshots}, "
            f"last heard {heard_s} s ago, connections ended {dict(self.ends)}, waits for {dict(self.behind)}, holds "
            f"{ {sku: self.picture.held.get(sku) for sku in self.behind} }, {dict(self.picture.counts)}"
        )

    # ------------------------------------------------------------------ its connections
    async def run(self) -> None:
        try:
            for url in cycle(self.urls):
                self.line = self._line(url)
                await self._follow(self.line)
                self._tries += 1
                pause_s = min(PAUSE_LAST_S, PAUSE_FIRST_S * 2 ** min(self._tries, 6))
                await asyncio.sleep(pause_s * self.chance.uniform(0.5, 1))
        finally:
            if self.line is not None:
                self.line.abort()
            if self._state is not None:
                self._state.cancel()

    def _line(self, url: str) -> Line:
        variables: dict[str, Any] = {"filter": self.wanted.filter, "snapshot": self.wanted.snapshots}
        if self.cursor is not None:
            variables["after"] = self.cursor
        make = StreamLine if self.wanted.over_sse else SocketLine
        return make(url, self.token, variables, self._take, far_away=self.wanted.far_away)

    async def _follow(self, line: Line) -> None:
        self.picture.connected()
        try:
            async with asyncio.timeout(ASK_S):
                await line.open()
        except OSError as fault:  # a TimeoutError is one
            self.ends[type(fault).__name__] += 1
            line.abort()
            return
        self.connections += 1
        how = await line.ended
        self.ends[how] += 1
        line.abort()
        self.late += line.late
        if self.renew is not None:
            self.token = self.renew(self.token, how, line.ended_at)

    def look_after(self, now: float) -> None:
        """Ask a server that says nothing for life, and leave one that does not answer."""
        line = self.line
        if line is None or line.ended.done() or self.stalled:
            return
        quiet_s = now - line.heard_at
        patience_s = ASK_S if not line.begun else STREAM_QUIET_S if self.wanted.over_sse else 3 * QUIET_S
        if quiet_s > patience_s:
            line.abort()
        elif quiet_s > QUIET_S:
            line.ask_for_life()

    def stall(self) -> None:
        """Take nothing more, as a screen whose machine sleeps."""
        self.stalled = True
        if self.line is not None:
            self.line.stall()

    def wake(self) -> None:
        self.stalled = False
        if self.line is not None:
            self.line.go_on()

    # ------------------------------------------------------------------ what it is told
    def _take(self, event: dict[str, Any]) -> None:
        self._tries = 0
        self.cursor = event["cursor"]
        level = event["level"]
        if event["type"] == "CHANGE" and self.picture.lacks(level["sku"], level["version"]):
            self.seconds.append(time.time() - datetime.fromisoformat(level["updatedAt"]).timestamp())
        self.picture.take(event)
        if event["type"] == "RESET":
            self._needs_state = True
        if self._needs_state and not self.wanted.snapshots and self._state is None:
            self._state = asyncio.get_running_loop().create_task(self._read_state())
        if level is not None:
            self._came(level)

    def _came(self, level: dict[str, Any]) -> None:
        if self.behind and level["version"] >= self.behind.get(level["sku"], 1 << 60):
            del self.behind[level["sku"]]
            if not self.behind:
                self.recovered_at = time.monotonic()

    def expect(self, versions: Mapping[str, int]) -> None:
        """That it will hold these, or later ones, of what it sees."""
        wanted = {sku: versions[sku] for sku in self.wanted.skus if sku in versions}
        self.behind = {sku: version for sku, version in wanted.items() if self.picture.lacks(sku, version)}
        self.recovered_at = time.monotonic()

    async def _read_state(self) -> None:
        """By a query, asked again until it is answered, and once more if it was told RESET meanwhile."""
        try:
            while self._needs_state:
                self._needs_state = False
                levels = await self._asked()
                if levels is None:
                    self._needs_state = True
                    await asyncio.sleep(PAUSE_LAST_S * self.chance.random())
                elif not self._needs_state:
                    self.picture.read(levels)
                    for level in levels:
                        self._came(level)
        finally:
            self._state = None

    async def _asked(self) -> list[dict[str, Any]] | None:
        url = urlsplit(self.chance.choice(self.urls))
        body = orjson.dumps({"query": STATE, "variables": {"filter": self.wanted.filter}})
        with suppress(OSError):
            async with asyncio.timeout(ASK_S):
                connection = await Connection.open(url.hostname or "", url.port or 0)
                try:
                    answer = await connection.ask(post(body, self.token))
                finally:
                    connection.close()
            if answer is not None and answer[0] == 200:
                return orjson.loads(answer[1])["data"]["stockLevels"]["nodes"]
        return None
