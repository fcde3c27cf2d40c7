"""One way to Redis: how it is dialled, whether it answers, and how long to wait before the next try."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from subscriptions.log.broadcast_log import LogUnavailable
from subscriptions.outage import sentence_of

logger = logging.getLogger(__name__)

CONNECTIONS_MAX = 8

UNREACHABLE = (RedisError, OSError, TimeoutError, LogUnavailable, RuntimeError)
"""What a call raises when Redis, or the database asked for its identity, does not answer or refuses.

RuntimeError is uvloop's, of a connection that its peer has closed when it is written to.
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A Redis that swallows everything is noticed after `block_s + reply_s`, one slower than that is away."""

    block_s: float = 1.0
    reply_s: float = 2.0
    check_s: float = 3.0
    lost_after_s: float = 2.0
    backoff_first_s: float = 0.05
    backoff_last_s: float = 1.0


def dial_calls(url: str, timing: Timing) -> Redis:
    """A small pool for calls that answer at once, not connected yet; who finds it busy waits, at most `reply_s`.

    It repeats a call once, for a connection that broke while it lay idle: ours stand being repeated.
    """
    pool = BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS_MAX, timeout=timing.reply_s, **_options(timing.reply_s, timing.reply_s, 1)
    )
    return Redis.from_pool(pool)


def dial_follower(url: str, timing: Timing) -> Redis:
    """One connection, not made yet, for reads that wait. It never reconnects by itself: its user must see a break."""
    return Redis.from_url(
        url, single_connection_client=True, **_options(timing.reply_s, timing.block_s + timing.reply_s, 0)
    )


def _options(connect_s: float, answer_s: float, retries: int) -> dict[str, Any]:
    retry = Retry(NoBackoff(), retries, supported_errors=(RedisConnectionError,))
    return {"protocol": 2, "socket_connect_timeout": connect_s, "socket_timeout": answer_s, "retry": retry}


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
            logger.warning("%s unreachable, trying on: %s", self._name, sentence_of(error), exc_info=fault)

    def pause_s(self) -> float:
        """Before the next try: none before the first, then doubling up to a cap, less up to half of it by chance."""
        if not self._failures:
            return 0.0
        full = min(self._timing.backoff_last_s, self._timing.backoff_first_s * 2 ** min(self._failures - 1, 16))
        return full * (1 - self._randomness.random() / 2)
