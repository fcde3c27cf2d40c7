"""Transit: what units on their way between two locations cost, so that they arrive at the sender's average."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.money import divided


class Load(NamedTuple):
    """Units without a known cost, and others with their value in ticks."""

    uncosted: int = 0
    costed: int = 0
    value: int = 0

    @property
    def units(self) -> int:
        return self.uncosted + self.costed

    def share(self, units: int) -> Load:
        """So many of its units, all of them at most; those without cost first."""
        uncosted = min(units, self.uncosted)
        costed = min(units - uncosted, self.costed)
        return Load(uncosted, costed, divided(self.value * costed, self.costed) if costed else 0)


@dataclass(slots=True)
class Transit:
    """What of one transfer is on its way, and when that last changed."""

    last_at: datetime | None = None
    uncosted: int = 0
    costed: int = 0
    value: int = 0

    def put(self, load: Load, at: datetime) -> None:
        self._change(at, load.uncosted, load.costed, load.value)

    def take(self, units: int, at: datetime) -> Load:
        """Units that arrive, or come back; fewer where the books of the sender had fewer to send."""
        load = Load(self.uncosted, self.costed, self.value).share(units)
        self._change(at, -load.uncosted, -load.costed, -load.value)
        return load

    def _change(self, at: datetime, uncosted: int, costed: int, value: int) -> None:
        self.last_at = at
        self.uncosted += uncosted
        self.costed += costed
        self.value += value
