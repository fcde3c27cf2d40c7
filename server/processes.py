"""Relay and bridge as processes of their own. Each starts whatever is away, and works once it is there."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from random import Random

from prometheus_client import disable_created_metrics, start_http_server

from db.faults import DatabaseUnavailable
from db.identity import identity
from db.outbox import OutboxShards
from db.pool import Database
from server.embedded.process import StartError
from server.logging import configure
from server.settings import Settings, SettingsError
from server.tracing import begin_tracing
from subscriptions import metrics
from subscriptions.log.broadcast_log import BroadcastLog
from subscriptions.log.redis_log import RedisLog
from subscriptions.outage import Outage
from subscriptions.relay.bridge import Bridge
from subscriptions.relay.event_names import EventNames
from subscriptions.relay.nudge import Nudge, RedisNudged
from subscriptions.relay.outbox import Sink
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import KafkaSink, LogSink

logger = logging.getLogger(__name__)

#: These processes ask the database over connections of their own; the pool tells which database it is.
POOL_SIZE = 2


async def run_relay(settings: Settings) -> None:
    """Committed events to Kafka, or to the broadcast log where there is no Kafka; until cancelled."""
    begin(settings, "relay")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(reached(settings, POOL_SIZE))
        if settings.kafka_bootstrap_servers:
            names = EventNames(dict(settings.event_names), settings.event_prefix, settings.event_suffix)
            sink: Sink = KafkaSink(settings.kafka_bootstrap_servers, settings.topic, names=names)
        else:
            sink = LogSink(await stack.enter_async_context(redis_log(settings, database)))
        nudge = Nudge()
        if settings.redis_url:
            await stack.enter_async_context(RedisNudged(settings.redis_url, nudge))
        outbox = OutboxShards(database)
        stack.push_async_callback(outbox.close)
        await Relay(outbox, sink, nudge).run()


async def run_bridge(settings: Settings) -> None:
    """Events from Kafka to the broadcast log; until cancelled. Raises SettingsError without a Kafka."""
    if not settings.kafka_bootstrap_servers:
        raise SettingsError("The bridge reads from Kafka: set KAFKA_BOOTSTRAP_SERVERS=host:port.")
    begin(settings, "bridge")
    async with (
        reached(settings, POOL_SIZE) as database,
        redis_log(settings, database) as log,
    ):
        await Bridge(settings.kafka_bootstrap_servers, settings.topic, log).run()


@asynccontextmanager
async def reached(settings: Settings, size: int, tenant_max: int | None = None) -> AsyncIterator[Database]:
    """The database, as soon as it can be reached; one line of the log however long that takes."""
    outage = Outage("the database", Random())
    while True:
        try:
            database = await Database.connect(settings.database_url, size=size, tenant_max=tenant_max)
            break
        except DatabaseUnavailable as fault:
            await outage.pause(fault)
    outage.over()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def redis_log(settings: Settings, database: Database) -> AsyncIterator[BroadcastLog]:
    """The broadcast log to append to. Raises SettingsError without a Redis."""
    if not settings.redis_url:
        raise SettingsError(
            "REDIS_URL is not set: other processes see changes through Redis only. "
            "`serve` with neither REDIS_URL nor KAFKA_BOOTSTRAP_SERVERS needs no other process."
        )
    log = RedisLog(settings.redis_url, partial(identity, database))
    await log.connect()
    metrics.LOG_SILENCE.set_function(lambda: log.lag_s)
    try:
        yield log
    finally:
        await log.disconnect()


def begin(settings: Settings, name: str) -> None:
    """Logs, traces where they are asked for, and metrics on METRICS_PORT where one is given. Raises StartError when
    somebody else has that port, SettingsError."""
    configure(settings.log_level)
    begin_tracing(name)
    if settings.metrics_port is not None:
        disable_created_metrics()
        try:
            start_http_server(settings.metrics_port, settings.host)
        except OSError as error:
            raise StartError(
                f"METRICS_PORT={settings.metrics_port} cannot be listened on ({error.strerror}): give the {name} a "
                "port of its own."
            ) from error
    logger.info("the %s begins", name)
