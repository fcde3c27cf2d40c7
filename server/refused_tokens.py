"""Refused tokens: how many there were, and of which tenants they claimed to be, told in these tenants' audit logs.

Anybody may send any number of them, so what is kept and written of them is bounded: they are summed for a minute, in
one entry for a tenant. What a token says is read of the first READ_MAX of a minute alone, so that no more names than
that are looked up, whoever made them up. What goes beyond is counted in the log and in
`stockcast_refused_tokens_total`. A process that is killed loses its last minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt

from domain.identity import tenant_id
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from server import metrics
from server.claims import SUBJECT_LENGTH_MAX, TOKEN_ID_LENGTH_MAX, ClaimNames, found
from server.logging import request_id
from server.tokens import TenantExists
from services.audit import AuditEntry
from services.ports import Ids, Unavailable, UnitOfWork
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

EVERY_S = 60.0
#: Refused tokens that are read in a minute, and names of tenants that are kept while the database is away.
READ_MAX = 1_000
#: How long the end of a process waits for the last of it.
LAST_S = 3.0


@dataclass(slots=True)
class Sum:
    """What was refused in a tenant's name. `claimed` is what the first of them said: nobody vouches for it."""

    since: datetime
    until: datetime
    token_id: str
    request_id: str | None
    claimed: Mapping[str, str]
    reasons: Counter[str] = field(default_factory=Counter[str])

    def entry(self, id_: UUID) -> AuditEntry:
        detail = {
            "count": self.reasons.total(),
            "reasons": dict(self.reasons),
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "claimed": self.claimed,
        }
        return AuditEntry(id_, "", "refuseToken", "Token", self.token_id, detail, self.request_id)


class RefusedTokens:
    """`note` costs what it takes to read a token; nothing of it waits for the database."""

    def __init__(
        self,
        names: ClaimNames,
        tenant_exists: TenantExists,
        units: UnitOfWork,
        ids: Ids,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._names, self._tenant_exists, self._units, self._ids, self._now = names, tenant_exists, units, ids, now
        self._sums: dict[str, Sum] = {}
        self._read = self._untold = 0

    def note(self, token: str, reason: str) -> None:
        """A token was refused, for a reason that is one of a few sentences of ours."""
        metrics.REFUSED_TOKENS.inc()
        self._read += 1
        claims = _claims(token) if self._read <= READ_MAX else {}
        tenant = _text(found(claims, self._names.tenant), CODE_LENGTH_MAX)
        if tenant is None or (tenant not in self._sums and len(self._sums) >= READ_MAX):
            self._untold += 1
            return
        kept = self._sums.get(tenant) or self._begun(tenant, claims)
        kept.until = self._now()
        kept.reasons[reason] += 1

    def _begun(self, tenant: str, claims: Mapping[str, Any]) -> Sum:
        subject = _text(found(claims, self._names.subject), SUBJECT_LENGTH_MAX)
        token_id = _text(claims.get("jti"), TOKEN_ID_LENGTH_MAX) or ""
        now = self._now()
        begun = Sum(now, now, token_id, request_id.get(), {"subject": subject} if subject else {})
        self._sums[tenant] = begun
        return begun

    async def tell(self) -> None:
        """Write what there is, and begin anew. Raises Unavailable, and then keeps what it has not written."""
        self._read = 0
        for tenant in list(self._sums):
            told = self._sums.pop(tenant)
            try:
                await self._tell(tenant, told)
            except BaseException:
                self._keep(tenant, told)
                raise
        if self._untold:
            logger.warning("further tokens were refused, of no tenant that is told of it: %d", self._untold)
            self._untold = 0

    async def _tell(self, tenant: str, told: Sum) -> None:
        id_ = tenant_id(tenant)
        if not await self._tenant_exists(id_):
            self._untold += told.reasons.total()
            return
        entry = told.entry(self._ids())
        await self._units.run(id_, lambda unit: unit.audit.add([entry]))

    def _keep(self, tenant: str, untold: Sum) -> None:
        """With what came meanwhile."""
        since = self._sums.get(tenant)
        if since is not None:
            untold.until = since.until
            untold.reasons += since.reasons
        self._sums[tenant] = untold

    @asynccontextmanager
    async def told(self, every_s: float = EVERY_S) -> AsyncIterator[None]:
        """Tell from time to time, and once more at the end."""
        telling = asyncio.create_task(self._go_on(every_s))
        try:
            yield
        finally:
            await end(telling, again_s=1.0)
            with suppress(Unavailable, TimeoutError):
                await asyncio.wait_for(self.tell(), LAST_S)

    async def _go_on(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.tell()
            except Unavailable:
                continue  # whoever needs the database says that it is away
            except Exception:
                logger.exception("refused tokens could not be told")


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself, whoever signed it."""
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        return {}


def _text(value: object, length_max: int) -> str | None:
    return value if isinstance(value, str) and not invalid_identifier("it", value, length_max) else None
