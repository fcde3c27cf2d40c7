"""Shared rates: what the processes of one system let pass of each subject, added up in Redis behind their backs.

No request waits for it. Together the processes let pass at most what each of them does in EVERY_S more than one alone
would, and what was too much is taken off what comes next. While Redis is away each of them counts by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

from redis.asyncio import Redis

from services.rates import Bucket, Rates
from subscriptions.log.redis_link import UNREACHABLE, Timing, dial_calls
from subscriptions.outage import Outage
from subscriptions.task_end import end

EVERY_S = 0.25
AT_ONCE = 500
#: After that every bucket is full again, also one of which twice as much was taken as it holds.
FORGET_MS = 130_000

#: What is left of a bucket after so much was taken, at least as much less than nothing as it holds.
TAKE = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
local most, a_second = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = most
if kept[1] then
  level = math.min(most, tonumber(kept[1]) + math.max(0, at - tonumber(kept[2])) * a_second)
end
level = math.max(level - tonumber(ARGV[3]), -most)
redis.call('HSET', KEYS[1], 'level', string.format('%.3f', level), 'at', string.format('%.6f', at))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return string.format('%.3f', level)
"""


class SharedRates:
    """Adds up what `rates` counts. Use `shared`."""

    def __init__(self, rates: Rates, client: Redis) -> None:
        self._rates, self._client = rates, client
        self._take = client.register_script(TAKE)
        self._outage = Outage("Redis, asked for rates,", Random())

    async def tell(self) -> None:
        """Raises one of UNREACHABLE, and then nothing is lost."""
        stirred = self._rates.stirred()
        try:
            while stirred:
                piece = stirred[:AT_ONCE]
                levels = await self._taken(piece)
                for (bucket, _), level in zip(piece, levels, strict=True):
                    self._rates.learn(bucket, level)
                stirred = stirred[AT_ONCE:]
        finally:
            for bucket, taken in stirred:
                self._rates.untell(bucket, taken)

    async def _taken(self, stirred: Sequence[tuple[Bucket, int]]) -> list[float]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for bucket, taken in stirred:
                arguments = [self._rates.most, self._rates.a_second, taken, FORGET_MS]
                await self._take([_key(bucket)], arguments, client=pipeline)
            return [float(reply) for reply in await pipeline.execute()]

    async def go_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.tell()
            except UNREACHABLE as fault:
                await self._outage.pause(fault)
            else:
                self._outage.over()


@asynccontextmanager
async def shared(rates: Rates, redis_url: str) -> AsyncIterator[SharedRates]:
    client = dial_calls(redis_url, Timing())
    made = SharedRates(rates, client)
    telling = asyncio.create_task(made.go_on())
    try:
        yield made
    finally:
        await end(telling, again_s=1.0)
        await client.aclose()


def _key(bucket: Bucket) -> str:
    """The length keeps apart what would read alike with a colon in a name."""
    tenant, subject = bucket.holder
    return f"rates:{len(tenant)}:{tenant}:{subject}"
