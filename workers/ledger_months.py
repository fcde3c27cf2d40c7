"""Ledger months: makes the months of the ledger ahead of time, as its owner."""

from __future__ import annotations

from workers import metrics
from workers.ports import LedgerMonths

EVERY_S = 600.0
BREATH_S = 1.0
AHEAD = 3


class MonthsAhead:
    """Any number of processes may do it. While none does, entries lie in the last month that was made."""

    def __init__(self, ledger: LedgerMonths, *, ahead: int = AHEAD) -> None:
        self._ledger = ledger
        self._ahead = ahead

    async def turn(self) -> bool:
        """Make what is missing; whether something still is, because another makes it."""
        found = await self._ledger.make_ahead(self._ahead)
        metrics.LEDGER_MONTHS_AHEAD.set(found)
        return found < self._ahead
