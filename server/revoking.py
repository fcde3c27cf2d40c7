"""`token revoke`: a token that no longer counts, in every process, until it would have expired anyway."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from db import revoked_tokens
from db.pool import Database
from db.read_models import PostgresReads
from domain.identity import tenant_id
from domain.texts import invalid_identifier
from server.claims import TOKEN_ID_LENGTH_MAX, token_id_of
from server.moments import moment
from server.operators import done
from server.revocations import ANY_TENANT
from server.settings import Settings
from services.identity import Unauthenticated

#: As it stands in a request's header.
_SCHEME = re.compile(r"\s*Bearer\s+", re.IGNORECASE)
#: `eyJ` is `{"` in base64url, with which a token's header and its claims begin.
_OF_A_TOKEN = re.compile(r"eyJ|ey[^.]*\.[^.]*\.[^.]*$")
_WHOLE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Revoked:
    """An id, of one tenant or, without, of any; `until` is when it may be forgotten, None: never."""

    token_id: str
    tenant: str | None
    until: datetime | None
    by_itself: bool = False

    def __str__(self) -> str:
        whose = f" of {self.tenant}" if self.tenant else ""
        until = f"until {self.until.isoformat(timespec='seconds')}" if self.until else "for ever"
        known = "" if self.by_itself else " Whether there is a token of this id is not known here."
        return f"Token {self.token_id}{whose} is revoked {until}; every API process knows it within 5 seconds.{known}"


async def revoke(settings: Settings, given: str, tenant: str | None, until: str | None) -> Revoked:
    """Revoke a token by its id, or by itself. Raises ValueError, whose text names the remedy."""
    given = _SCHEME.sub("", given)
    if _OF_A_TOKEN.match(given):
        if tenant or until:
            raise ValueError("a token tells its tenant and its end itself: leave --tenant and --until out.")
        revoked = _of_token(settings, given)
    else:
        if refusal := invalid_identifier("the token's id", given, TOKEN_ID_LENGTH_MAX):
            raise ValueError(refusal.message)
        revoked = Revoked(given, tenant, None if until is None else _moment(until))
    if revoked.until is not None and revoked.until <= datetime.now(UTC):
        raise ValueError(f"the token expired at {revoked.until.isoformat()}: there is nothing to revoke.")
    await _keep(settings, revoked)
    return revoked


def _of_token(settings: Settings, token: str) -> Revoked:
    """As the token says it; by whom it is signed does not matter to who may revoke any."""
    if not _WHOLE.fullmatch(token):
        raise ValueError("this is a piece of a token, by which none is revoked: give all of it, or its claim `jti`.")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        token_id = token_id_of(claims)
        caller = settings.claim_names.caller(claims)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    except Unauthenticated as error:
        raise ValueError(str(error)) from error
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise ValueError("this is neither a token's id nor a token: give the claim `jti`.") from error
    if token_id is None:
        raise ValueError("the token has no id (claim `jti`), so that it stands until it expires: withdraw its key.")
    return Revoked(token_id, caller.tenant_slug, expires_at, by_itself=True)


def _moment(text: str) -> datetime:
    """Seconds since 1970, as the claim `exp` has them, or a date and time."""
    if not text.isdecimal():
        return moment("--until", text)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"--until lies too late: {text!r} seconds after 1970.") from error


async def _keep(settings: Settings, revoked: Revoked) -> None:
    id_ = tenant_id(revoked.tenant) if revoked.tenant else ANY_TENANT
    database = await Database.connect(settings.database_url, size=1)
    try:
        if revoked.tenant and await PostgresReads(database).catalog.tenant(id_) is None:
            raise ValueError(f"there is no tenant '{revoked.tenant}': see that --tenant is right.")
        told = done(revoked.tenant, "revokeToken", "Token", revoked.token_id, until=revoked.until)
        await revoked_tokens.revoke(database, id_, revoked.token_id, revoked.until, told)
    finally:
        await database.close()
