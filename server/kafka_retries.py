"""What Kafka's client says of each try while a broker is away: held back, and told once as a whole."""

import logging
import time
from collections.abc import Callable

LOGGER = "aiokafka"
#: Whoever starts a client is told by an exception too, and tells it (`subscriptions.outage`); of topics that are not
#: there the consumer and the relay tell.
TOLD_BY_US = ('Unable connect to "%s:%s": %s', "Topic %s not found in cluster metadata")
#: Of a client that had started: it tries on, and nobody learns of it but here.
RETRIED = (
    "Unable connect to node",
    "Unable to request metadata",
    "Unable to update metadata",
    "Group Coordinator Request failed",
    "Error sending %s to node",
    "Marking the coordinator dead",
    "Heartbeat session expired",
    "Heartbeat send request failed",
    "Heartbeat failed for group %s: coordinator",
    "Failed fetch messages",
    "Got error produce response",
    "Topic %s is not available during auto-create",
)
#: A broker that has just started needs as long until all of it answers.
LASTING_S = 5.0
QUIET_S = 60.0


class KafkaRetries(logging.Filter):
    """Lets through every line that is no try; of tries one, once they have gone on for `LASTING_S`, and the next one
    after `QUIET_S` without any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._since, self._last, self._told = 0.0, float("-inf"), False

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".", 1)[0] != LOGGER or record.exc_info:
            return True
        template = str(record.msg)
        if template in TOLD_BY_US:
            return False
        return not template.startswith(RETRIED) or self._is_told(record)

    def _is_told(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        if now - self._last > QUIET_S:
            self._since, self._told = now, False
        self._last = now
        if self._told or now - self._since < LASTING_S:
            return False
        self._told = True
        record.msg = f"Kafka does not answer its client, which tries on: {record.getMessage()}"
        record.args = None
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True
