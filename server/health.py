"""Health: whether this process lives, and whether what it needs answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.client import AIOKafkaClient
from redis.asyncio import Redis

logger = logging.getLogger(__name__)

#: No check takes longer; a probe of an orchestrator gives up soon after.
CHECK_SECONDS = 2.0

Probe = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Part:
    """Something this process needs. Where `probe` raises or takes too long, `trouble` is said of it, then `remedy`."""

    name: str
    probe: Probe
    remedy: str
    trouble: str = "does not answer"


@dataclass(frozen=True, slots=True)
class Found:
    """How one part answered, in how many milliseconds."""

    up: bool
    milliseconds: float
    message: str

    def plain(self) -> dict[str, Any]:
        return {"status": "up" if self.up else "down", "ms": self.milliseconds, "message": self.message}


async def examine(parts: list[Part]) -> Mapping[str, Found]:
    """Ask all parts at once; the answer comes within CHECK_SECONDS."""
    found = await asyncio.gather(*(_examine(part) for part in parts))
    return {part.name: each for part, each in zip(parts, found, strict=True)}


async def _examine(part: Part) -> Found:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await part.probe()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the part cannot be used
        # The fault's own text may name hosts and users: it goes to the log, not to whoever asks.
        logger.debug("%s %s: %s: %s", part.name, part.trouble, type(fault).__name__, fault)
        return Found(False, _milliseconds(began), f"{part.trouble} ({type(fault).__name__}): {part.remedy}")
    return Found(True, _milliseconds(began), "in order")


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def report(found: Mapping[str, Found]) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of `/readyz`."""
    ready = all(part.up for part in found.values())
    checks = {name: part.plain() for name, part in found.items()}
    return (200 if ready else 503), {"status": "ready" if ready else "unready", "checks": checks}


def database_part(probe: Probe) -> Part:
    return Part("database", probe, "see that the server runs and that DATABASE_URL is right.")


def schema_part(probe: Probe) -> Part:
    return Part("schema", probe, "run `.venv/bin/python -m server migrate`.", "is not the newest")


def relay_part(probe: Probe) -> Part:
    remedy = "without REDIS_URL one process does it all: stop the others, or give REDIS_URL to each."
    return Part("relay", probe, remedy, "is not this process's alone")


def keys_part(probe: Probe) -> Part:
    remedy = "see that JWKS_URL is right and leads to your issuer's document; every token is refused meanwhile."
    return Part("keys", probe, remedy, "of the issuer are not known")


def redis_part(url: str) -> Part:
    async def probe() -> None:
        client = Redis.from_url(url, socket_connect_timeout=CHECK_SECONDS, socket_timeout=CHECK_SECONDS)
        try:
            await client.ping()
        finally:
            await client.aclose()

    return Part("redis", probe, "see that the server runs and that REDIS_URL is right; changes are kept meanwhile.")


def kafka_part(bootstrap_servers: str) -> Part:
    async def probe() -> None:
        client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=int(CHECK_SECONDS * 1000))
        try:
            await client.bootstrap()
        finally:
            with suppress(Exception):
                await client.close()

    remedy = "see that the broker runs and that KAFKA_BOOTSTRAP_SERVERS is right; changes are kept meanwhile."
    return Part("kafka", probe, remedy)
