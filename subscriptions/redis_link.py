"""One way to Redis: how it is dialled, whether it answers, and how long to wait before the next try."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from subscriptions.log import LogUnavailable

logger = logging.getLogger(__name__)

UNREACHABLE = (RedisError, OSError, TimeoutError, LogUnavailable)
"""What a call raises when Redis, or the database asked for its identity, does not answer or refuses."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A Redis that swallows everything is noticed after `block_s + reply_s`, one slower than that is away."""

    block_s: float = 1.0
    reply_s: float = 2.0
    check_s: float = 3.0
    lost_after_s: float = 2.0
    backoff_first_s: float = 0.05
    backoff_last_s: float = 1.0


def dial(url: str, timing: Timing, *, blocking: bool = False) -> Redis:
    """A client that has not connected yet.

    Without blocking it repeats a call once, for a connection that broke while it lay idle; ours stand being repeated.
    With blocking it is one connection that never repeats or reconnects by itself: whoever follows must see the break.
    """
    return Redis.from_url(
        url,
        protocol=2,
        single_connection_client=blocking,
        socket_connect_timeout=timing.reply_s,
        socket_timeout=timing.reply_s + (timing.block_s if blocking else 0),
        retry=Retry(NoBackoff(), 0 if blocking else 1, supported_errors=(RedisConnectionError,)),
    )


class Link:
    """Whether the other side answers, since when not; says so in the log once per outage, not once per try."""

    def __init__(
        self,
        name: str,
        timing: Timing,
        randomness: random.Random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._name = name
        self._timing = timing
        self._randomness = randomness
        self._answered = False
        self._away_since: float | None = None
        self._failures = 0

    @property
    def connected(self) -> bool:
        """True from the first answer to the next failure."""
        return self._answered and self._away_since is None

    @property
    def lag_s(self) -> float:
        return 0.0 if self._away_since is None else self.clock() - self._away_since

    def answered(self) -> None:
        if self._away_since is not None:
            logger.info("%s reachable again after %.1f s", self._name, self.lag_s)
        self._answered, self._away_since, self._failures = True, None, 0

    def failed(self, error: BaseException, asked_at: float) -> None:
        """`asked_at`: when the call was made, by `clock`; a call that nobody answered was lost from then on."""
        self._failures += 1
        if self._away_since is None:
            self._away_since = asked_at if isinstance(error, TimeoutError | RedisTimeoutError) else self.clock()
            fault = None if isinstance(error, UNREACHABLE) else error
            logger.warning("%s unreachable, trying on: %s: %s", self._name, type(error).__name__, error, exc_info=fault)

    def pause_s(self) -> float:
        """Before the next try: none before the first, then doubling up to a cap, less up to half of it by chance."""
        if not self._failures:
            return 0.0
        full = min(self._timing.backoff_last_s, self._timing.backoff_first_s * 2 ** min(self._failures - 1, 16))
        return full * (1 - self._randomness.random() / 2)
