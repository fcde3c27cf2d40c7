"""Identity: who a token speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.access import Caller


@dataclass(frozen=True, slots=True)
class Session:
    """A caller as a verified token names it, until `expires_at`."""

    caller: Caller
    expires_at: datetime


class Unauthenticated(Exception):
    """No token, or one that is not accepted. Its text is told to the caller: it names the fault and the remedy."""


class Authenticator(Protocol):
    async def authenticate(self, authorization: str | None) -> Session:
        """The session of an `Authorization` header's value. Raises Unauthenticated."""
        ...
