"""SetAside: what could not be done, for whatever reason, and is passed over for a while so that it holds up nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from uuid import UUID

FOR_S = 30.0
#: Where so many could not be done, it is not they that are wrong.
MOST = 1_000


class SetAside:
    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._again_at: dict[UUID, float] = {}

    @property
    def full(self) -> bool:
        return len(self._again_at) >= self._most

    def put(self, id_: UUID) -> None:
        """Pass it over for `FOR_S`."""
        self._again_at[id_] = self._clock() + FOR_S

    def now(self) -> Collection[UUID]:
        """Those whose time has not come again."""
        now = self._clock()
        self._again_at = {id_: again_at for id_, again_at in self._again_at.items() if again_at > now}
        return self._again_at.keys()
