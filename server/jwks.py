"""JWKS over HTTP: the issuer's public keys as its document at JWKS_URL tells them, followed without a restart.

An issuer that does not answer, or answers what is no document, takes nothing away: the known keys stay, others are
refused, and the log says so once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from server import metrics
from server.key_set import KeySet
from server.keys import UnusableDocument, VerificationKey, keys_in
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

#: Whole: connection, answer and document.
FETCH_S = 4.0
DOCUMENT_BYTES_MAX = 256 * 1024
#: However many tokens name keys that nobody knows, the issuer is asked no more often.
COOLDOWN_S = 5.0
RETRY_S = 10.0

HEADERS = {"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"}


class KeysUnavailable(Exception):
    """The document was not had; the text names the cause, never a password."""


class DemoKeyTold(KeysUnavailable):
    """The document names the demo's key, which anyone may have."""


class JwksDocument:
    """A document at a URL. Redirects are not followed: what they lead to is not what the operator named."""

    def __init__(self, url: str, *, development: bool, within_s: float = FETCH_S) -> None:
        self._url, self._development, self._within_s = url, development, within_s
        self._client = httpx2.AsyncClient(timeout=within_s, follow_redirects=False, headers=HEADERS)

    @property
    def shown(self) -> str:
        """The address without what may be secret in it."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    async def close(self) -> None:
        await self._client.aclose()

    async def fetch(self) -> Sequence[VerificationKey]:
        """The usable keys of the document as it is now. Raises KeysUnavailable."""
        try:
            async with asyncio.timeout(self._within_s):
                keys = keys_in(await self._read())
        except TimeoutError as fault:
            raise KeysUnavailable(f"{self.shown} gave no document within {self._within_s:g} s.") from fault
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as fault:
            raise KeysUnavailable(f"{self.shown} cannot be reached ({type(fault).__name__}: {fault}).") from fault
        except UnusableDocument as fault:
            raise KeysUnavailable(f"{self.shown} {fault}") from fault
        if not self._development and any(key.development for key in keys):
            raise DemoKeyTold(f"{self.shown} names the demo's key, which anyone may have: none of it is taken.")
        return keys

    async def _read(self) -> bytes:
        document = bytearray()
        async with self._client.stream("GET", self._url) as response:
            if response.status_code != 200:
                told = " to elsewhere: name the last address in JWKS_URL" if response.is_redirect else ""
                raise KeysUnavailable(f"{self.shown} answers {response.status_code}{told}.")
            async for part in response.aiter_raw():
                document += part
                if len(document) > DOCUMENT_BYTES_MAX:
                    raise KeysUnavailable(f"{self.shown} is longer than {DOCUMENT_BYTES_MAX // 1024} KiB.")
        return bytes(document)


async def told_at(url: str, *, development: bool) -> Sequence[VerificationKey]:
    """The usable keys of a document, once. Raises KeysUnavailable."""
    document = JwksDocument(url, development=development)
    try:
        return await document.fetch()
    finally:
        await document.close()


class IssuerKeys:
    """Keeps a set of keys as the issuer tells them: anew when they are `max_age_s` old, and when a token names another.

    `withdrawn` is called where a key that was trusted no longer is. Implements `server.tokens.Keys`.
    """

    def __init__(
        self,
        keys: KeySet,
        fetch: Callable[[], Awaitable[Sequence[VerificationKey]]],
        *,
        max_age_s: float,
        cooldown_s: float = COOLDOWN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys, self._fetch = keys, fetch
        self._max_age_s, self._cooldown_s, self._clock = max_age_s, cooldown_s, clock
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._failing = False
        self.withdrawn: Callable[[], None] = lambda: None

    def trusts(self, key: object) -> bool:
        return self._keys.trusts(key)

    async def find(self, kid: str | None) -> VerificationKey | None:
        """The key of an id, for which the issuer is asked if need be."""
        key = self._keys.of(kid)
        if key is None:
            await self._refresh()
            key = self._keys.of(kid)
        return key

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Entered: the issuer was asked once, whatever it said."""
        await self._refresh()
        following = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            for task in (following, self._asking):
                if task is not None:
                    await end(task, again_s=1.0)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(min(RETRY_S, self._max_age_s) if self._failing else self._max_age_s)
            await self._refresh()

    async def _refresh(self) -> None:
        """Ask, unless it was done a moment ago; whoever comes meanwhile waits for the same answer."""
        if self._asking is None or self._asking.done():
            if self._clock() - self._asked_at < self._cooldown_s:
                return
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        try:
            told = await self._fetch()
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not end what asks again either
            self._failed(fault)
        else:
            self._answered(told)

    def _failed(self, fault: Exception) -> None:
        metrics.JWKS_FAULTS.inc()
        if not self._failing:
            logger.warning(
                "the issuer's keys cannot be had: %s Those known of it stay (%d), others are refused; trying on",
                fault if isinstance(fault, KeysUnavailable) else repr(fault),
                self._keys.told,
            )
        self._failing = True

    def _answered(self, told: Sequence[VerificationKey]) -> None:
        if self._failing:
            logger.info("the issuer's keys are to be had again")
        self._failing = False
        withdrawn = self._keys.replace(told)
        metrics.JWKS_KEYS.set(len(told))
        metrics.JWKS_READ_AT.set_to_current_time()
        if withdrawn:
            logger.info("the issuer withdrew a key: tokens of it are refused from now on")
            self.withdrawn()
