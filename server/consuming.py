"""The consumer as a process of its own: what it needs to take what other systems tell, put together."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random, SystemRandom

from db.faults import DatabaseFault
from db.parked_messages import ParkedMessages
from db.parked_queue import ParkedQueue
from db.pool import Database
from db.read_models import PostgresReads
from db.schema_version import check_schema
from db.unit_of_work import PostgresUnitOfWork
from server.ids import new_id
from server.metrics import count_reservations
from server.nudging import nudging
from server.processes import begin, reached
from server.settings import Settings, SettingsError
from services.group_commit import Batches, GroupCommit
from subscriptions.consumers.consumer import Consumer, Group
from subscriptions.consumers.dead_letters import DeadLetters
from subscriptions.consumers.intake import Intake
from subscriptions.consumers.retries import Retries
from subscriptions.outage import Outage

#: It changes stock as fast as Kafka hands it events.
POOL_SIZE = 12


async def run_consumers(settings: Settings) -> None:
    """What other systems tell on Kafka, made changes of stock; until cancelled. Raises SettingsError without topics."""
    bootstrap_servers = settings.kafka_bootstrap_servers
    if not (bootstrap_servers and settings.consumed_topics):
        raise SettingsError("Consumers need KAFKA_BOOTSTRAP_SERVERS=host:port and CONSUMED_TOPICS.")
    begin(settings, "consumer")
    async with reached(settings, POOL_SIZE) as database, nudging(settings) as nudge:
        await _migrated(database)
        units = PostgresUnitOfWork(database, random=SystemRandom(), nudge=nudge)
        bounds = Batches(batch_max=settings.group_commit_max)
        commits = GroupCommit(units, new_id, bounds, told=count_reservations)
        try:
            await consume(settings, bootstrap_servers, database, commits)
        finally:
            await commits.finish()


async def _migrated(database: Database) -> None:
    """Wait for a schema that is not older than this code."""
    outage = Outage("the database's schema", Random())
    while True:
        try:
            await check_schema(database)
        except DatabaseFault as fault:
            await outage.pause(fault)
        else:
            outage.over()
            return


async def consume(settings: Settings, bootstrap_servers: str, database: Database, commits: GroupCommit) -> None:
    """Take what comes, and try again what waits; until cancelled. What is away is waited for.

    Any number of processes share it.
    """
    async with AsyncExitStack() as stack:
        queue = ParkedQueue(database)
        stack.push_async_callback(queue.close)
        dead_letters = DeadLetters(bootstrap_servers, settings.dead_letter_suffix, _now)
        stack.push_async_callback(dead_letters.close)
        intake, topics = Intake(PostgresReads(database), commits, _now), settings.consumed_topics
        consumer = Consumer(
            bootstrap_servers,
            topics,
            intake,
            ParkedMessages(database),
            dead_letters,
            group=Group(settings.consumer_group, settings.consumer_instance),
            inbox_days=settings.inbox_days,
        )
        retries = Retries(queue, topics, intake, dead_letters, park_s=settings.park_seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(consumer.run())
            group.create_task(retries.run())


def _now() -> datetime:
    return datetime.now(UTC)
