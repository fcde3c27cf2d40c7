"""Which database stands behind the broadcast log, as last asked."""

import asyncio
import time
from collections.abc import Callable

from subscriptions.log.broadcast_log import Identify, LogUnavailable

AGE_MAX_S = 10.0
ANSWER_MAX_S = 5.0


class DatabaseIdentity:
    """Remembers the answer for a while: an append must not cost a database query.

    A database that does not answer has not become another one: the last answer then stays.
    """

    def __init__(
        self,
        identify: Identify,
        *,
        age_max_s: float = AGE_MAX_S,
        answer_max_s: float = ANSWER_MAX_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identify = identify
        self._age_max_s = age_max_s
        self._answer_max_s = answer_max_s
        self._clock = clock
        self._known: str | None = None
        self._asked_at = 0.0

    async def current(self) -> str:
        """The last answer while it is young, else a new one. `LogUnavailable` if there never was an answer."""
        if self._known is not None and self._clock() - self._asked_at < self._age_max_s:
            return self._known
        try:
            return await self.ask()
        except LogUnavailable:
            if self._known is None:
                raise
            self._asked_at = self._clock()
            return self._known

    async def ask(self) -> str:
        """A new answer. `LogUnavailable` if the database gives none."""
        try:
            async with asyncio.timeout(self._answer_max_s):
                self._known = await self._identify()
        except Exception as error:
            raise LogUnavailable(f"the database does not tell its identity: {type(error).__name__}: {error}") from error
        self._asked_at = self._clock()
        return self._known

    def expire(self) -> None:
        """Ask anew next time: a connection was made anew."""
        self._asked_at = self._clock() - self._age_max_s
