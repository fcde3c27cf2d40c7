"""Rates: how many operations a subject may ask for, told without asking anybody.

A subject of a tenant has a bucket: it holds as many operations as are allowed a minute, and fills up again over a
minute. Each process counts in buckets of its own. Where several share them (`server.shared_rates`), each tells the
others from time to time what it has let pass, and learns what they have.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

MINUTE_S = 60.0
#: Subjects counted at once; beyond, the one that began first begins anew.
BUCKETS_MAX = 100_000

RATE_LIMITED = "You have asked for more operations than are allowed a minute: go on after `retryAfterMs`."
"""What a caller is told who has to wait."""

#: A tenant's short name and a subject of it.
Holder = tuple[str, str]


@dataclass(slots=True)
class Bucket:
    """`level` operations were left `at` a moment of the clock, and `untold` of those taken are known here alone."""

    holder: Holder
    level: float
    at: float
    untold: int = 0
    stirred: bool = False


class Rates:
    """`operations_a_minute` for each subject. `shared`: whether somebody asks for what was `stirred`."""

    def __init__(
        self,
        operations_a_minute: int,
        *,
        shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
        buckets_max: int = BUCKETS_MAX,
    ) -> None:
        self.most = operations_a_minute
        self.a_second = operations_a_minute / MINUTE_S
        self._shared, self._clock, self._buckets_max = shared, clock, buckets_max
        self._buckets: dict[Holder, Bucket] = {}
        self._stirred: list[Bucket] = []

    def take(self, tenant: str, subject: str, operations: int = 1) -> int:
        """0, and they are counted; or, and nothing is, the milliseconds after which there is room for them."""
        now = self._clock()
        bucket = self._buckets.get((tenant, subject)) or self._begin((tenant, subject), now)
        level = min(self.most, bucket.level + (now - bucket.at) * self.a_second)
        wanted = min(operations, self.most)  # what no bucket can hold takes a full one
        bucket.at = now
        if self._shared and not bucket.stirred:
            bucket.stirred = True
            self._stirred.append(bucket)
        if level < wanted:
            bucket.level = level
            return ceil((wanted - level) / self.a_second * 1_000)
        bucket.level = level - wanted
        bucket.untold += wanted
        return 0

    def stirred(self) -> list[tuple[Bucket, int]]:
        """Those that were asked since this was called last, each with what was taken; it counts as told."""
        stirred, self._stirred = self._stirred, []
        told = [(bucket, bucket.untold) for bucket in stirred]
        for bucket in stirred:
            bucket.untold, bucket.stirred = 0, False
        return told

    def learn(self, bucket: Bucket, level: float) -> None:
        """What all processes together have left of a bucket, down to less than nothing. It is never more than this one
        would think by itself: whoever says so has forgotten."""
        now = self._clock()
        alone = min(self.most, bucket.level + (now - bucket.at) * self.a_second)
        bucket.level, bucket.at = min(alone, level - bucket.untold), now

    def untell(self, bucket: Bucket, taken: int) -> None:
        """It could not be told."""
        bucket.untold += taken
        if not bucket.stirred:
            bucket.stirred = True
            self._stirred.append(bucket)

    def _begin(self, holder: Holder, now: float) -> Bucket:
        while len(self._buckets) >= self._buckets_max:
            del self._buckets[next(iter(self._buckets))]
        begun = self._buckets[holder] = Bucket(holder, self.most, now)
        return begun
