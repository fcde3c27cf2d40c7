"""Parts: what one API process is made of, put together in one place and taken apart in the opposite order."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from random import Random, SystemRandom
from uuid import UUID

from db.faults import DatabaseFault
from db.identity import identity
from db.outbox import OutboxShards
from db.pool import Database
from db.read_models import PostgresReads
from db.read_models.adjustment_snapshots import PostgresAdjustmentSnapshots
from db.read_models.alert_snapshots import PostgresAlertSnapshots
from db.read_models.reservation_snapshots import PostgresReservationSnapshots
from db.schema_version import check_schema
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller
from schema.context import Context
from schema.executor import Executor
from server.authentication import authenticating
from server.graphql_http import GraphQLHTTP, Page
from server.ids import new_id
from server.key_set import KeySet
from server.metrics import MeteredUnits, Metrics
from server.nudging import nudging
from server.rest.endpoint import RestHTTP
from server.settings import Settings
from server.shared_rates import shared
from server.work import work
from services.group_commit import Batches, GroupCommit
from services.identity import Session
from services.live import LiveStreams
from services.ports import UnitOfWork
from services.rates import Rates
from services.reads import Reads
from services.webhook_ports import NO_WEBHOOKS, WebhookPolicy
from subscriptions import metrics
from subscriptions.hub.adjustments import Adjustments
from subscriptions.hub.alerts import Alerts
from subscriptions.hub.hub import Hub
from subscriptions.hub.levels import Levels
from subscriptions.hub.reservations import Reservations
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.memory_log import MemoryLog, MemoryStore
from subscriptions.log.redis_log import RedisLog
from subscriptions.relay.nudge import Nudge, Nudging
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import LogSink
from subscriptions.task_end import end
from subscriptions.wire.operations import Operations
from subscriptions.wire.seats import Allowance, Seats
from subscriptions.wire.shares import Shares
from subscriptions.wire.sse import GraphQLEventStream
from subscriptions.wire.websocket import GraphQLSocket, system_now

POOL_SIZE = 12
#: Of the connections; the others are for the other tenants.
TENANT_MAX = 8
MEASURE_SECONDS = 1.0
#: On a socket: it begins, it ends, and pings go to and fro.
MESSAGES_AN_OPERATION = 2


@dataclass(frozen=True, slots=True)
class Tools:
    """What a process has before it ever reached a server."""

    settings: Settings
    keys: KeySet
    executor: Executor
    metrics: Metrics
    page: Page | None
    webhooks: WebhookPolicy = NO_WEBHOOKS


@dataclass(frozen=True, slots=True)
class Contexts:
    """Makes the context of each operation, and of each event of a live one."""

    reads: Reads
    units: UnitOfWork
    commits: GroupCommit
    live: LiveStreams
    rates: Rates
    webhooks: WebhookPolicy = NO_WEBHOOKS

    def for_request(self, caller: Caller, request_id: str) -> Context:
        own = self.reads, self.units, self.commits, new_id, system_now, self.live
        return Context(caller, *own, request_id, self.rates, self.webhooks)

    def for_session(self, session: Session) -> Context:
        return self.for_request(session.caller, secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Parts:
    """The endpoints of a process that has its database."""

    database: Database
    contexts: Contexts
    http: GraphQLHTTP
    rest: RestHTTP
    socket: GraphQLSocket
    stream: GraphQLEventStream
    outbox: OutboxShards

    async def measure(self) -> None:
        """What only the database knows, for whoever scrapes; left as it was where the database does not answer."""
        with suppress(DatabaseFault, TimeoutError):
            async with asyncio.timeout(MEASURE_SECONDS):
                lag = await self.outbox.lag()
                metrics.OUTBOX_ROWS.set(lag.rows)
                metrics.OUTBOX_LAG.set(lag.oldest_s)
                metrics.OUTBOX_PUT_ASIDE.set(lag.put_aside)


@asynccontextmanager
async def assembled(tools: Tools) -> AsyncIterator[Parts]:
    """The parts, running; Redis may come later.

    Raises DatabaseUnavailable where there is no database yet, SchemaOutdated and OutboxTaken where somebody has to do
    something first.
    """
    settings = tools.settings
    async with AsyncExitStack() as stack:
        database = await Database.connect(settings.database_url, size=POOL_SIZE, tenant_max=TENANT_MAX)
        stack.push_async_callback(database.close)
        await check_schema(database)
        tools.metrics.watch_pool(lambda: database.size, lambda: database.idle)
        reads = PostgresReads(database)
        outbox = OutboxShards(database, alone=not settings.redis_url)
        stack.push_async_callback(outbox.close)
        log, nudge = await _way_out(stack, settings, database, outbox)
        metrics.LOG_SILENCE.set_function(lambda: log.lag_s)
        plain = PostgresUnitOfWork(database, random=SystemRandom(), nudge=nudge)
        units = MeteredUnits(plain, tools.metrics)
        commits = GroupCommit(plain, new_id, Batches(batch_max=settings.group_commit_max), told=tools.metrics.decided)
        stack.push_async_callback(commits.finish)
        if not settings.redis_url:
            _work(stack, settings, database, plain, commits)
        hub = await _live(stack, database, reads, log)
        contexts = Contexts(reads, units, commits, hub, await _rates(stack, settings), tools.webhooks)
        recognizing = authenticating(settings, tools.keys, database, partial(tenant_exists, reads))
        authenticator = await stack.enter_async_context(recognizing)
        http = GraphQLHTTP(tools.executor, authenticator, contexts.for_request, tools.metrics, tools.page)
        stack.push_async_callback(http.finish)
        rest = RestHTTP(authenticator, contexts.for_request, tools.metrics)
        shares = Shares(settings.operations_a_subject, settings.groups_a_subject)
        operations = Operations(tools.executor, contexts.for_session, shares)
        stack.push_async_callback(operations.finish)
        seats = Seats(settings.sockets_a_subject)
        allowance = Allowance(seats, Rates(MESSAGES_AN_OPERATION * settings.operations_a_minute))
        socket = GraphQLSocket(operations, authenticator, allowed_origins=settings.allowed_origins, allowance=allowance)
        stack.push_async_callback(socket.close_all)
        stream = GraphQLEventStream(operations, authenticator, seats=seats)
        stack.push_async_callback(stream.close_all)
        authenticator.watch(socket.end_revoked, stream.end_revoked)
        yield Parts(database, contexts, http, rest, socket, stream, outbox)


async def _way_out(
    stack: AsyncExitStack, settings: Settings, database: Database, outbox: OutboxShards
) -> tuple[RedisLog | MemoryLog, Nudging]:
    """The broadcast log and what wakes the relay. A process without Redis is alone, and relays its events itself.

    Raises OutboxTaken where it is not alone.
    """
    if settings.redis_url:
        nudge = await stack.enter_async_context(nudging(settings))
        return RedisLog(settings.redis_url, partial(identity, database)), nudge
    store, woken = MemoryStore(), Nudge()
    await outbox.claim_shards()
    running = asyncio.create_task(Relay(outbox, LogSink(MemoryLog(store)), woken).run())
    stack.push_async_callback(end, running, again_s=1.0)
    return MemoryLog(store), woken


async def _live(stack: AsyncExitStack, database: Database, reads: PostgresReads, log: RedisLog | MemoryLog) -> Hub:
    """What tells the watchers of each kind of thing how it changes."""
    broadcast = await stack.enter_async_context(BoundedBroadcast(log))
    kinds = [
        Levels(reads.stock),
        Reservations(PostgresReservationSnapshots(database)),
        Adjustments(PostgresAdjustmentSnapshots(database)),
        Alerts(PostgresAlertSnapshots(database)),
    ]
    return await stack.enter_async_context(Hub(broadcast, log, kinds, now=system_now, randomness=Random()))


async def _rates(stack: AsyncExitStack, settings: Settings) -> Rates:
    """Of this process; with Redis, of all that share it."""
    rates = Rates(settings.operations_a_minute, shared=bool(settings.redis_url))
    if settings.redis_url:
        await stack.enter_async_context(shared(rates, settings.redis_url))
    return rates


def _work(
    stack: AsyncExitStack, settings: Settings, database: Database, units: UnitOfWork, commits: GroupCommit
) -> None:
    """A process without Redis is alone, and is its own worker."""
    working = asyncio.create_task(work(settings, database, units, commits))
    stack.push_async_callback(end, working, again_s=1.0)


async def tenant_exists(reads: PostgresReads, tenant: UUID) -> bool:
    return await reads.catalog.tenant(tenant) is not None
