"""Topic: the Kafka topic of the events, made where it is missing and we may."""

from __future__ import annotations

import logging
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

logger = logging.getLogger(__name__)

PARTITIONS = 12
#: Where there are so many brokers.
REPLICAS = 3
#: Eight times what brokers take by default, and the most that managed ones allow; a broker counts compressed bytes.
MESSAGE_BYTES_MAX = 8 * 1024 * 1024


async def ensure_topic(bootstrap_servers: str, topic: str, partitions: int = PARTITIONS) -> None:
    """Raises KafkaError while no broker answers. A refusal is logged: whoever may make topics has to make it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        if topic in await admin.list_topics():
            return
        brokers = (await admin.describe_cluster())["brokers"]
        settings = {"max.message.bytes": str(MESSAGE_BYTES_MAX)}
        new = NewTopic(topic, partitions, min(REPLICAS, len(brokers)), topic_configs=settings)
        made: Any = await admin.create_topics([new])
    finally:
        await admin.close()
    for name, code, *_ in made.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            logger.error("topic %s could not be made (%s): make it by hand", name, for_code(code).__name__)
