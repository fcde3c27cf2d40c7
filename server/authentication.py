"""Authentication: what recognizes callers in one process, put together and kept up to date while it is entered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

from db.pool import Database
from db.revoked_tokens import RevokedTokens
from db.unit_of_work import PostgresUnitOfWork
from db.worker_session import WorkerSession
from server.embedded.database import run
from server.ids import new_id
from server.key_set import KeySet
from server.keys import ensure_development_key, read_keys
from server.refused_tokens import RefusedTokens
from server.revocations import Revocations
from server.settings import Settings, SettingsError
from server.tokens import TenantExists, Terms, TokenAuthenticator
from subscriptions.outage import Outage

if TYPE_CHECKING:
    from server.jwks import IssuerKeys


def keys_at_start(settings: Settings) -> KeySet:
    """The keys that files tell; with a JWKS_URL none yet, but for the demo's in development.

    Raises SettingsError where there are none, or those of a demo in production.
    """
    if settings.development:
        ensure_development_key(settings.signing_key_file, settings.jwks_file)
    elif settings.jwks_url:
        return KeySet()
    keys = read_keys(settings.jwks_file)
    if not settings.development and any(key.development for key in keys):
        raise SettingsError(
            f"JWKS_FILE {settings.jwks_file} holds the demo's key, which anyone may have: name your issuer's document, "
            "or its address with JWKS_URL, or set DEVELOPMENT=1 where this is a demo."
        )
    return KeySet(keys)


def refuse_the_demos_key(settings: Settings) -> None:
    """Raises SettingsError where a production process has it from its issuer; who does not answer may come later."""
    if not settings.jwks_url or settings.development:
        return
    from server.jwks import DemoKeyTold, KeysUnavailable, told_at

    try:
        run(told_at(settings.jwks_url, development=False))
    except DemoKeyTold as fault:
        raise SettingsError(
            f"JWKS_URL {fault} Let it name your issuer's document, or set DEVELOPMENT=1 where this is a demo."
        ) from fault
    except KeysUnavailable:
        return


@asynccontextmanager
async def authenticating(
    settings: Settings, keys: KeySet, database: Database, tenant_exists: TenantExists
) -> AsyncIterator[TokenAuthenticator]:
    """Entered: what was revoked is known, and the issuer was asked for its keys. Raises DatabaseUnavailable."""
    async with AsyncExitStack() as stack:
        session = WorkerSession(database)
        stack.push_async_callback(session.close)
        revocations = Revocations(RevokedTokens(session), Outage("the table of revoked tokens", Random()))
        issuer = _issuer(stack, settings, keys) if settings.jwks_url else None
        units = PostgresUnitOfWork(database, random=Random())
        refused = RefusedTokens(settings.claim_names, tenant_exists, units, new_id)
        await stack.enter_async_context(refused.told())
        terms = Terms.of(settings)
        authenticator = TokenAuthenticator(issuer or keys, terms, revocations, tenant_exists, refused=refused.note)
        revocations.added = authenticator.forget_revoked
        await stack.enter_async_context(revocations.followed())
        if issuer is not None:
            issuer.withdrawn = authenticator.forget_revoked
            await stack.enter_async_context(issuer.followed())
        yield authenticator


def _issuer(stack: AsyncExitStack, settings: Settings, keys: KeySet) -> IssuerKeys:
    from server.jwks import IssuerKeys, JwksDocument  # with its HTTP client, which others need not load

    document = JwksDocument(settings.jwks_url, development=settings.development)
    stack.push_async_callback(document.close)
    return IssuerKeys(keys, document.fetch, max_age_s=settings.jwks_seconds)
