"""Webhook sender: one message over HTTPS to an address that was judged, and to no other.

The name is resolved here and every address judged; the connection is made to one of those that may be called, by its
number, with the name for TLS and in the header Host. Nobody resolves the name a second time, so that it cannot lead
elsewhere meanwhile; it is the name as it was judged, in ASCII, since Python would write some international ones in
another way. A connection is used once: over a kept one, to an address that many names share, a message could go to who
proved to be another. Nothing that a receiver says is kept for the next: no cookies. Redirects are not followed, and no
proxy of the environment is used; which authorities are trusted it may say (SSL_CERT_FILE).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext

import httpx2

from domain.webhook_addresses import (
    PORTS,
    UNLESS_ALLOWED,
    Address,
    Network,
    among,
    host_address,
    invalid_url,
    may_be_called,
)
from domain.webhook_retries import Outcome, shown
from domain.webhooks import ANSWER_LENGTH_MAX

logger = logging.getLogger(__name__)

#: Whole: name, connection, request and status.
WITHIN_S = 15.0
#: How long the beginning of the answer is waited for once its status is known.
ANSWER_S = 2.0
#: Of an answer at most so much is read; a character takes up to 4.
ANSWER_BYTES_MAX = 4 * ANSWER_LENGTH_MAX
#: Of the addresses of a name so many are tried.
ADDRESSES_MAX = 4
#: A name server that does not answer holds a thread for longer than we wait for it.
RESOLVERS = 128

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class _Unsendable(Exception):
    """Nothing was sent; the text says why."""


class WebhookSender:
    """Implements `workers.ports.Sender`. `networks`: those of private addresses that may be called."""

    def __init__(
        self,
        networks: Sequence[Network] = (),
        *,
        resolve: Resolve | None = None,
        within_s: float = WITHIN_S,
        trusted: SSLContext | None = None,
    ) -> None:
        self._networks, self._within_s = networks, within_s
        self._resolvers = ThreadPoolExecutor(RESOLVERS, "webhook-names")
        self._resolve = resolve or self._look_up
        self._client = httpx2.AsyncClient(
            verify=trusted or httpx2.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=None,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        await self._client.aclose()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._within_s):
                return await self._send(url, headers, body, began)
        except TimeoutError:
            error = f"no answer within {self._within_s:g} s"
        except _Unsendable as fault:
            error = str(fault)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as fault:
            error = _told(fault)
        except Exception as fault:
            logger.exception("a message to a webhook could not be sent")
            error = _told(fault)
        return Outcome(_ms_since(began), error=shown(error))

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes, began: float) -> Outcome:
        if refusal := invalid_url(url, self._networks):  # what was allowed when it was written may be so no longer
            raise _Unsendable(refusal.message)
        target = httpx2.URL(url)
        fault: Exception | None = None
        for address in await self._addresses(target):
            try:
                return await self._post(target, address, headers, body, began)
            except httpx2.ConnectError as error:  # nothing was sent: another address may do
                fault = error
        raise fault or _Unsendable(f"{_name(target)} leads to no address")

    async def _addresses(self, target: httpx2.URL) -> Sequence[Address]:
        """Those that may be called."""
        host = _name(target)
        literal = host_address(host)
        try:
            found = [literal] if literal else await self._resolve(host, target.port or PORTS[target.scheme])
        except OSError as fault:
            raise _Unsendable(f"{host} cannot be resolved: {fault.strerror or fault}") from fault
        allowed = [each for each in dict.fromkeys(found) if self._may_call(each, target.scheme)]
        if found and not allowed:
            raise _Unsendable(f"{host} leads to {found[0]}: nothing is sent there, {UNLESS_ALLOWED}")
        return allowed[:ADDRESSES_MAX]

    def _may_call(self, address: Address, scheme: str) -> bool:
        """In the clear only within the private networks that are allowed."""
        return may_be_called(address, self._networks) and (scheme == "https" or among(address, self._networks))

    async def _post(
        self, target: httpx2.URL, address: Address, headers: Mapping[str, str], body: bytes, began: float
    ) -> Outcome:
        named = {"host": target.netloc.decode(), "accept-encoding": "identity", "connection": "close", **headers}
        request = self._client.build_request(
            "POST",
            target.copy_with(host=str(address)),
            content=body,
            headers=named,
            extensions={"sni_hostname": _name(target)},
        )
        response = await self._client.send(request, stream=True)
        try:
            took_ms = _ms_since(began)
            wait_s = _seconds(response.headers.get("retry-after"))
            return Outcome(took_ms, response.status_code, None, await _beginning(response), wait_s)
        finally:
            await response.aclose()

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._resolvers, _resolved, host, port)
        return [address for text in found if (address := host_address(text)) is not None]


def _name(target: httpx2.URL) -> str:
    """In ASCII: `target.host` is decoded, and would be encoded again by other rules."""
    return target.raw_host.decode("ascii")


def _resolved(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


async def _beginning(response: httpx2.Response) -> str | None:
    """Of an answer what came of it; that it ends or comes too late takes nothing from its status."""
    text = bytearray()
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(ANSWER_S):
            async for part in response.aiter_raw():
                text += part
                if len(text) >= ANSWER_BYTES_MAX:
                    break
    return shown(bytes(text[:ANSWER_BYTES_MAX]).decode(errors="replace")) or None


def _seconds(retry_after: str | None) -> float | None:
    """What a header Retry-After asks for: seconds, or until a moment."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):  # the last: a moment beyond all calendars
        return None


def _told(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
