"""Tokens: JWTs as sessions. Who calls, for which tenant, in which roles, until when."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from jwt import exceptions

from domain.access import Caller, Role, roles_named
from domain.identity import tenant_id
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from server.keys import VerificationKey, ensure_development_key, read_signing_key
from server.settings import Settings
from services.identity import Session, Unauthenticated

#: Clocks of issuer and server may differ by so much where a token's life begins; its end is exact.
LEEWAY_SECONDS = 30
TOKEN_LENGTH_MAX = 8_192
CACHE_MAX = 10_000
ROLES_MAX = 32
SUBJECT_LENGTH_MAX = 200
#: 31 December 9999, the last day that a datetime can tell.
EXPIRY_MAX = 253_402_214_400

_MISSING = "No token: send the header `Authorization: Bearer <token>`."
_UNREADABLE = "The token is not a signed JWT of ours: get a new one from your issuer."

TenantExists = Callable[[UUID], Awaitable[bool]]
Clock = Callable[[], float]


class TokenAuthenticator:
    """Verifies each token once and remembers the session, at most CACHE_MAX of them; expiry is looked at every time.

    `tenant_exists` is asked for a tenant until it said yes once: tenants are never removed.
    """

    def __init__(
        self,
        keys: Sequence[VerificationKey],
        issuer: str,
        audience: str,
        tenant_exists: TenantExists,
        clock: Clock = time.time,
        cache_max: int = CACHE_MAX,
    ) -> None:
        self._keys = {key.kid: key for key in keys}
        self._only = keys[0] if len(keys) == 1 else None
        self._issuer, self._audience = issuer, audience
        self._tenant_exists, self._clock, self._cache_max = tenant_exists, clock, cache_max
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._tenants: set[UUID] = set()

    async def authenticate(self, authorization: str | None) -> Session:
        """The session of an `Authorization` header's value. Raises Unauthenticated."""
        token = _bearer(authorization)
        fingerprint = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        session = self._sessions.get(fingerprint)
        if session is None:
            session = self._session(token)
            await self._check_tenant(session.caller)
            self._keep(fingerprint, session)
        else:
            self._sessions.move_to_end(fingerprint)
        if session.expires_at.timestamp() <= self._clock():
            self._sessions.pop(fingerprint, None)
            raise Unauthenticated("The token has expired: get a new one.")
        return session

    def _keep(self, fingerprint: bytes, session: Session) -> None:
        self._sessions[fingerprint] = session
        while len(self._sessions) > self._cache_max:
            self._sessions.popitem(last=False)

    def _session(self, token: str) -> Session:
        claims = self._claims(token)
        expires_at = claims["exp"]
        if isinstance(expires_at, bool) or not isinstance(expires_at, (int, float)) or not 0 < expires_at < EXPIRY_MAX:
            raise _malformed("exp", "a number of seconds since 1970")
        return Session(_caller(claims), datetime.fromtimestamp(expires_at, UTC))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._only if kid is None else self._keys.get(kid)
            if key is None:
                raise Unauthenticated("The token is signed with a key that is not trusted here.")
            # Expiry is told by `authenticate`, by the clock that it was given.
            return jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub", "tenant", "roles"], "verify_exp": False},
            )
        except exceptions.MissingRequiredClaimError as error:
            raise Unauthenticated(f"The token lacks the claim `{error.claim}`: get one that has it.") from error
        except exceptions.PyJWTError as error:
            raise Unauthenticated(_fault(error)) from error
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(_UNREADABLE) from error

    async def _check_tenant(self, caller: Caller) -> None:
        if caller.tenant in self._tenants:
            return
        if not await self._tenant_exists(caller.tenant):
            raise Unauthenticated("The token's tenant does not exist here.")
        self._tenants.add(caller.tenant)


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise Unauthenticated(_MISSING)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(_MISSING)
    if len(token) > TOKEN_LENGTH_MAX:
        raise Unauthenticated(f"The token is longer than {TOKEN_LENGTH_MAX} characters.")
    return token.strip()


_FAULTS: Mapping[type[exceptions.PyJWTError], str] = {
    exceptions.InvalidAudienceError: "The token is meant for another audience.",
    exceptions.InvalidIssuerError: "The token comes from another issuer.",
    exceptions.ImmatureSignatureError: "The token is not valid yet.",
    exceptions.InvalidSignatureError: "The token's signature does not fit.",
    exceptions.InvalidAlgorithmError: "The token is signed by another algorithm than its key is for.",
    exceptions.InvalidSubjectError: "The token's claim `sub` is malformed: it must be a text.",
}


def _fault(error: exceptions.PyJWTError) -> str:
    return next((text for kind, text in _FAULTS.items() if isinstance(error, kind)), _UNREADABLE)


def _caller(claims: Mapping[str, Any]) -> Caller:
    """The caller that the claims describe; unknown roles grant nothing."""
    tenant = _text(claims, "tenant", CODE_LENGTH_MAX)  # first: a subject that nobody gave is made from it
    subject = _text(claims, "sub", SUBJECT_LENGTH_MAX)
    roles = claims["roles"]
    if not isinstance(roles, list) or len(roles) > ROLES_MAX or not all(isinstance(role, str) for role in roles):
        raise _malformed("roles", f"a list of at most {ROLES_MAX} texts")
    known = roles_named(roles)
    vendor = None
    if Role.VENDOR in known or claims.get("vendor") is not None:
        vendor = _text(claims, "vendor", CODE_LENGTH_MAX)
    return Caller(tenant_id(tenant), tenant, subject, known, vendor)


def _text(claims: Mapping[str, Any], name: str, length_max: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or invalid_identifier(name, value, length_max):
        raise _malformed(name, f"a text of 1 to {length_max} printable characters")
    return value


def _malformed(claim: str, wanted: str) -> Unauthenticated:
    return Unauthenticated(f"The token's claim `{claim}` is malformed: it must be {wanted}.")


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
        raise ValueError("vendor: the role vendor needs the vendor's code, and no other role takes one.")
    if settings.development:
        ensure_development_key(settings.signing_key_file, settings.jwks_file)
    key = read_signing_key(settings.signing_key_file, settings.jwks_file)
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": subject or f"{role}@{tenant}",
        "tenant": tenant,
        "roles": [role],
        "iat": now,
        "exp": now + ttl,
    }
    if vendor is not None:
        claims["vendor"] = vendor
    try:
        _caller(claims)
    except Unauthenticated as error:
        raise ValueError(str(error)) from error
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid} if key.kid else None)
