"""Consuming: what one process needs to take what other systems tell, put together. Any number of processes share it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from db.parked_messages import ParkedMessages
from db.parked_queue import ParkedQueue
from db.pool import Database
from db.read_models import PostgresReads
from server.settings import Settings
from services.group_commit import GroupCommit
from subscriptions.consumers.consumer import Consumer, Group
from subscriptions.consumers.dead_letters import DeadLetters
from subscriptions.consumers.intake import Intake
from subscriptions.consumers.retries import Retries


async def consume(settings: Settings, bootstrap_servers: str, database: Database, commits: GroupCommit) -> None:
    """Take what comes, and try again what waits; until cancelled. What is away is waited for."""
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
