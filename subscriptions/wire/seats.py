"""Seats: how many sockets and event streams each subject has open at this process, bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from domain.access import Caller
from services.rates import Rates

#: A service that opens one for each of its own clients needs many; a page needs one.
SEATS = 2_000
NO_SEAT = "Your subject has {} sockets and event streams open here, as many as are allowed: close some, or come later."


class Seats:
    """`most` for each subject of a tenant, sockets and event streams together."""

    def __init__(self, most: int = SEATS) -> None:
        self.most = most
        self._taken: Counter[tuple[str, str]] = Counter()

    @property
    def full(self) -> str:
        """What is told to those who get none."""
        return NO_SEAT.format(self.most)

    def take(self, caller: Caller) -> bool:
        """False, and nothing is taken, where all of the subject's are."""
        subject = (caller.tenant_slug, caller.subject)
        if self._taken[subject] >= self.most:
            return False
        self._taken[subject] += 1
        return True

    def give_back(self, caller: Caller) -> None:
        subject = (caller.tenant_slug, caller.subject)
        self._taken[subject] -= 1
        if not self._taken[subject]:
            del self._taken[subject]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What all sockets of a subject share: how many there may be, and how many messages they may send a minute."""

    seats: Seats
    messages: Rates
