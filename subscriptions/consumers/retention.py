"""Retention: how long Kafka keeps the topics that are read, beside how long the inbox knows what came from them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

logger = logging.getLogger(__name__)

DAY_MS = 24 * 60 * 60 * 1_000
FOR_EVER = -1


async def warn_of_topics(bootstrap_servers: str, topics: Sequence[str], inbox_days: int) -> None:
    """Say in the log which topics are not there, and which may bring events again that the inbox has forgotten.

    Raises KafkaError while no broker answers.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        for topic in topics:
            if topic not in there:
                logger.warning("topic %s is not there yet; it is read once it is", topic)
                continue
            [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
            if told := longer_than_the_inbox(topic, _retention_ms(answer), inbox_days):
                logger.warning("%s", told)
    finally:
        await admin.close()


def longer_than_the_inbox(topic: str, retention_ms: int | None, inbox_days: int) -> str | None:
    """A warning where Kafka keeps a topic longer than the inbox keeps what came from it."""
    if retention_ms is None or FOR_EVER < retention_ms <= inbox_days * DAY_MS:
        return None
    kept = "for ever" if retention_ms == FOR_EVER else f"for {retention_ms / DAY_MS:.0f} days"
    return (
        f"Kafka keeps topic {topic} {kept}, the inbox only {inbox_days} days: who reads the topic from its beginning "
        "after that takes events twice. Raise INBOX_DAYS, or lower the topic's retention.ms."
    )


def _retention_ms(answer: object) -> int | None:
    """Of a DescribeConfigs response: `resources` of (error, message, type, name, entries)."""
    for resource in getattr(answer, "resources", ()):
        for entry in resource[4]:
            if entry[0] == "retention.ms":
                return int(entry[1])
    return None
