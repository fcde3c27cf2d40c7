"""Servers of the user's own, tried before anything is started: a wrong address is one sentence, not a traceback."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.embedded.database import run
from server.embedded.process import StartError
from server.settings import Settings

OLDEST_POSTGRES = 150000
OLDEST_REDIS = (6, 2)
SECONDS = 5


def check_database(settings: Settings) -> str:
    """Both roles can enter, the version is supported; returns the version. `StartError` says which address is wrong."""
    for name, value, other in (
        ("DATABASE_URL", settings.database_url, "MIGRATION_DATABASE_URL"),
        ("MIGRATION_DATABASE_URL", settings.migration_database_url, "DATABASE_URL"),
    ):
        if not value:
            raise StartError(
                f"{other} is given but {name} is not: DATABASE_URL names the application's role, which owns nothing, "
                "MIGRATION_DATABASE_URL the owner of the database, which migrates. Set both or neither."
            )
    version = run(_database_version("DATABASE_URL", settings.database_url))
    run(_database_version("MIGRATION_DATABASE_URL", settings.migration_database_url))
    return version


def check_redis(url: str) -> str:
    """It answers and is new enough; returns the version."""
    return run(_redis_version(url))


def check_kafka(bootstrap_servers: str) -> None:
    """At least one of the brokers accepts a connection."""
    run(_kafka_reachable(bootstrap_servers))


async def _database_version(name: str, url: str) -> str:
    place = _place(url, 5432)
    try:
        connection = await asyncpg.connect(url, timeout=SECONDS)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise StartError(f"{name}: {place} refuses the role or its password: correct the URL.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise StartError(f"{name}: {place} has no such database: create it, or correct the URL.") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise StartError(f"{name}: no PostgreSQL answers at {place} ({_reason(error)}): is it running?") from error
    try:
        number = int(await connection.fetchval("SHOW server_version_num"))
        version = str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()
    if number < OLDEST_POSTGRES:
        raise StartError(f"{name}: {place} is PostgreSQL {version}; 15 to 18 are supported.")
    return version


async def _redis_version(url: str) -> str:
    client = Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, decode_responses=True)
    place = _place(url, 6379)
    try:
        version = str((await client.info("server"))["redis_version"])
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        raise StartError(f"REDIS_URL: no Redis answers at {place} ({_reason(error)}): is it running?") from error
    finally:
        await client.aclose()
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise StartError(f"REDIS_URL: {place} is Redis {version}; 6.2 is the oldest supported.")
    return version


async def _kafka_reachable(bootstrap_servers: str) -> None:
    reason = ""
    for address in bootstrap_servers.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), SECONDS)
        except (OSError, TimeoutError) as error:
            reason = _reason(error)
            continue
        writer.close()
        return
    raise StartError(f"KAFKA_BOOTSTRAP_SERVERS: no broker answers at {bootstrap_servers} ({reason}): is it running?")


def _place(url: str, port: int) -> str:
    """Host and port, never the password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or port}"


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
