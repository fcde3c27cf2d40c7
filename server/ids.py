"""Identifiers made now, by the clock and the system's randomness."""

import secrets
import time
from collections.abc import Callable
from random import Random
from uuid import UUID

from domain.identity import uuid7

_RANDOM_BITS = 74
_STEPS = Random()


class Ids:
    """Implements `services.ports.Ids`: UUIDv7, each greater than the one before, also within one millisecond."""

    def __init__(
        self,
        milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        random_bits: Callable[[int], int] = secrets.randbits,
        step: Callable[[int], int] = _STEPS.getrandbits,
    ) -> None:
        self._milliseconds, self._random_bits, self._step = milliseconds, random_bits, step
        self._last = (0, 0)

    def __call__(self) -> UUID:
        now, (last_ms, last_randomness) = self._milliseconds(), self._last
        if now > last_ms:
            # The highest bit is left free, so that counting on does not run over.
            self._last = now, self._random_bits(_RANDOM_BITS - 1)
        else:
            # The system's randomness, of which each costs a call into it, keeps processes apart; this only counts on.
            self._last = last_ms, last_randomness + 1 + self._step(32)
        return uuid7(*self._last)


new_id = Ids()
