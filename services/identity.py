"""Identity: who a token speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.access import Caller


@dataclass(frozen=True, slots=True)
class Session:
    """A caller as a verified token names it, until `expires_at`.

    `token_id` is the token's own, by which it can be revoked; `key` is what it was verified with.
    """

    caller: Caller
    expires_at: datetime
    token_id: str | None = None
    key: object = None


class Unauthenticated(Exception):
    """No token, or one that is not accepted. Its text is told to the caller: it names the fault and the remedy."""


class Authenticator(Protocol):
    async def authenticate(self, authorization: str | None) -> Session:
        """The session of an `Authorization` header's value. Raises Unauthenticated."""
        ...


class LiveAuthenticator(Authenticator, Protocol):
    """For those whose sessions last: a revocation is told to them, who then ask which of theirs must end."""

    def holds(self, session: Session) -> bool:
        """Whether a session that was given still counts: it has neither expired nor is it `revoked`."""
        ...

    def revoked(self, session: Session) -> bool:
        """Whether a session that was given must end though it has not expired."""
        ...
