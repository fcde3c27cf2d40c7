"""Tokens: JWTs as sessions. Who calls, for which tenant, in which roles, until when."""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, Self
from uuid import UUID

import jwt
from jwt import exceptions

from domain.access import Caller, Role, roles_named
from server.claims import ClaimNames, token_id_of
from server.keys import ALGORITHMS, VerificationKey, ensure_development_key, read_signing_key
from server.settings import Settings
from services.identity import Session, Unauthenticated

#: Clocks of issuer and server may differ by so much where a token's life begins; its end is exact.
LEEWAY_SECONDS = 30
TOKEN_LENGTH_MAX = 8_192
CACHE_MAX = 10_000
#: 31 December 9999, the last day that a datetime can tell.
EXPIRY_MAX = 253_402_214_400

_MISSING = "No token: send the header `Authorization: Bearer <token>`."
_UNREADABLE = "The token is not a signed JWT of ours: get a new one from your issuer."
_UNTRUSTED = "The token is signed with a key that is not trusted here."
_REVOKED = "The token was revoked: get a new one."

TenantExists = Callable[[UUID], Awaitable[bool]]
#: Told of a token that is refused, and why.
Refused = Callable[[str, str], None]
Clock = Callable[[], float]


class Keys(Protocol):
    """The public keys that tokens are verified with."""

    async def find(self, kid: str | None) -> VerificationKey | None: ...

    def trusts(self, key: object) -> bool:
        """Whether a key that was found still counts."""
        ...


class Revocations(Protocol):
    def covers(self, tenant: UUID, token_id: str) -> bool:
        """Whether a token was revoked, by its id."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token must say: from whom, for whom, and where in it the rest stands."""

    issuer: str
    audience: str
    claims: ClaimNames = field(default_factory=ClaimNames)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.issuer, settings.audience, settings.claim_names)


def _nobody_asks(token: str, reason: str) -> None:
    """Who is refused is told so, and nobody else is."""


class TokenAuthenticator:
    """Verifies each token once and remembers the session, at most CACHE_MAX of them, until it expires or is revoked.

    `tenant_exists` is asked for a tenant until it said yes once: tenants are never removed. However many come at once,
    it is asked once: a process that has just begun may be given every screen of one that was lost.
    """

    def __init__(
        self,
        keys: Keys,
        terms: Terms,
        revocations: Revocations,
        tenant_exists: TenantExists,
        clock: Clock = time.time,
        cache_max: int = CACHE_MAX,
        refused: Refused = _nobody_asks,
    ) -> None:
        self._refused = refused
        self._keys, self._terms, self._revocations = keys, terms, revocations
        self._tenant_exists, self._clock, self._cache_max = tenant_exists, clock, cache_max
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._tenants: set[UUID] = set()
        self._asking: dict[UUID, asyncio.Task[bool]] = {}
        self._watchers: list[Callable[[], None]] = []

    def watch(self, *watchers: Callable[[], None]) -> None:
        """Call these whenever some session may have been revoked."""
        self._watchers += watchers

    def forget_revoked(self) -> None:
        """Called whenever a token was revoked or a key withdrawn: what is remembered is not asked about again."""
        for fingerprint in [known for known, session in self._sessions.items() if self.revoked(session)]:
            del self._sessions[fingerprint]
        for watcher in self._watchers:
            watcher()

    async def authenticate(self, authorization: str | None) -> Session:
        """The session of an `Authorization` header's value. Raises Unauthenticated."""
        token = _bearer(authorization)
        fingerprint = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        session = self._sessions.get(fingerprint)
        try:
            if session is None:
                session = await self._verified(token)
                self._keep(fingerprint, session)
            else:
                self._sessions.move_to_end(fingerprint)
            if session.expires_at.timestamp() <= self._clock():
                self._sessions.pop(fingerprint, None)
                raise Unauthenticated("The token has expired: get a new one.")
        except Unauthenticated as fault:
            self._refused(token, str(fault))
            raise
        return session

    async def _verified(self, token: str) -> Session:
        session = await self._session(token)
        await self._check_tenant(session.caller)
        if self.revoked(session):
            raise Unauthenticated(_REVOKED if self._keys.trusts(session.key) else _UNTRUSTED)
        return session

    def revoked(self, session: Session) -> bool:
        """Whether a session must end before it expires: its token was revoked, or the key is no longer trusted."""
        id_ = session.token_id
        return not self._keys.trusts(session.key) or (
            id_ is not None and self._revocations.covers(session.caller.tenant, id_)
        )

    def holds(self, session: Session) -> bool:
        """Whether a session that was given here neither expired nor must end."""
        return session.expires_at.timestamp() > self._clock() and not self.revoked(session)

    def _keep(self, fingerprint: bytes, session: Session) -> None:
        self._sessions[fingerprint] = session
        while len(self._sessions) > self._cache_max:
            self._sessions.popitem(last=False)

    async def _session(self, token: str) -> Session:
        key = await self._keys.find(_key_id(token))
        if key is None:
            raise Unauthenticated(_UNTRUSTED)
        claims = self._claims(token, key)
        expires_at = claims["exp"]
        if isinstance(expires_at, bool) or not isinstance(expires_at, (int, float)) or not 0 < expires_at < EXPIRY_MAX:
            raise Unauthenticated("The token's claim `exp` is malformed: it must be a number of seconds since 1970.")
        caller = self._terms.claims.caller(claims)
        return Session(caller, datetime.fromtimestamp(expires_at, UTC), token_id_of(claims), key)

    def _claims(self, token: str, key: VerificationKey) -> dict[str, Any]:
        with _told():
            # Expiry is told by `authenticate`, by the clock that it was given.
            return jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=self._terms.audience,
                issuer=self._terms.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"], "verify_exp": False},
            )

    async def _check_tenant(self, caller: Caller) -> None:
        if caller.tenant in self._tenants:
            return
        if not await self._exists(caller.tenant):
            raise Unauthenticated("The token's tenant does not exist here.")
        self._tenants.add(caller.tenant)

    async def _exists(self, tenant: UUID) -> bool:
        asking = self._asking.get(tenant)
        if asking is None:
            asking = self._asking[tenant] = asyncio.create_task(self._ask(tenant))
        return await asyncio.shield(asking)

    async def _ask(self, tenant: UUID) -> bool:
        try:
            return await self._tenant_exists(tenant)
        finally:
            del self._asking[tenant]


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise Unauthenticated(_MISSING)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(_MISSING)
    if len(token) > TOKEN_LENGTH_MAX:
        raise Unauthenticated(f"The token is longer than {TOKEN_LENGTH_MAX} characters.")
    return token.strip()


def _key_id(token: str) -> str | None:
    """Which key a token says it is signed with. Nobody is asked for a key that could sign none of ours."""
    with _told():
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise exceptions.InvalidAlgorithmError
        return header.get("kid")


@contextmanager
def _told() -> Iterator[None]:
    """Whatever is wrong with a token is told in a sentence, as Unauthenticated."""
    try:
        yield
    except exceptions.MissingRequiredClaimError as error:
        raise Unauthenticated(f"The token lacks the claim `{error.claim}`: get one that has it.") from error
    except exceptions.PyJWTError as error:
        raise Unauthenticated(_fault(error)) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unauthenticated(_UNREADABLE) from error


_FAULTS: Mapping[type[exceptions.PyJWTError], str] = {
    exceptions.InvalidAudienceError: "The token is meant for another audience.",
    exceptions.InvalidIssuerError: "The token comes from another issuer.",
    exceptions.ImmatureSignatureError: "The token is not valid yet.",
    exceptions.InvalidSignatureError: "The token's signature does not fit.",
    exceptions.InvalidAlgorithmError: "The token is signed by another algorithm than its key is for.",
    exceptions.InvalidSubjectError: "The token's claim `sub` is malformed: it must be a text.",
    exceptions.InvalidJTIError: "The token's claim `jti` is malformed: it must be a text.",
}


def _fault(error: exceptions.PyJWTError) -> str:
    return next((text for kind, text in _FAULTS.items() if isinstance(error, kind)), _UNREADABLE)


def issue(
    settings: Settings,
    tenant: str,
    role: str,
    *,
    vendor: str | None = None,
    subject: str | None = None,
    ttl: int = 24 * 3600,
) -> str:
    """A token signed with the signing key, valid for `ttl` seconds. Raises ValueError, naming what is wrong."""
    if not roles_named([role]):
        raise ValueError(f"role must be one of {', '.join(sorted(Role))}, not {role!r}.")
    if (role == Role.VENDOR) != (vendor is not None):
        raise ValueError(
            "vendor: the role vendor needs the vendor's name as items bear it (--vendor), and no other role takes one."
        )
    if settings.development:
        ensure_development_key(settings.signing_key_file, settings.jwks_file)
    key = read_signing_key(settings.signing_key_file, settings.jwks_file)
    names, now = settings.claim_names, int(time.time())
    claims = names.written(tenant, subject or f"{role}@{tenant}", Role(role), vendor) | {
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": now,
        "exp": now + ttl,
        "jti": secrets.token_hex(16),
    }
    try:
        names.caller(claims)
    except Unauthenticated as error:
        raise ValueError(str(error)) from error
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid} if key.kid else None)
