"""What Kafka's client says of its tries: one line of an outage, and each line that tells of something else."""

import inspect
import logging

import aiokafka.client
import aiokafka.cluster
import aiokafka.consumer.fetcher
import aiokafka.consumer.group_coordinator
import aiokafka.producer.sender
import pytest

from server.kafka_retries import LASTING_S, QUIET_S, RETRIED, TOLD_BY_US, KafkaRetries

NODE = ("Unable connect to node with id %s: %s", 1, "refused")
FETCH = ("Failed fetch messages from %s: %s", 1, "NodeNotReadyError")
CLIENT = "".join(
    inspect.getsource(module)
    for module in (
        aiokafka.client,
        aiokafka.cluster,
        aiokafka.consumer.fetcher,
        aiokafka.consumer.group_coordinator,
        aiokafka.producer.sender,
    )
)


class Log:
    """Lines at times of the test's choosing."""

    def __init__(self) -> None:
        self.now = 0.0
        self._filter = KafkaRetries(lambda: self.now)

    def told(self, text: str, *args: object, logger: str = "aiokafka.consumer.fetcher") -> logging.LogRecord | None:
        record = logging.LogRecord(logger, logging.ERROR, __file__, 1, text, args, None)
        return record if self._filter.filter(record) else None


def test_an_outage_of_a_running_client_is_one_warning_however_long_it_lasts() -> None:
    log = Log()
    told: list[logging.LogRecord] = []
    for tenth in range(2_000):
        log.now = tenth / 10
        told += [record for line in (NODE, FETCH) if (record := log.told(*line))]
    [record] = told
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        "Kafka does not answer its client, which tries on: Unable connect to node with id 1: refused"
    )


def test_a_hiccup_is_not_told_and_a_second_outage_is() -> None:
    log = Log()
    assert log.told(*NODE) is None
    log.now = LASTING_S - 0.1
    assert log.told(*FETCH) is None
    log.now += QUIET_S + 1
    assert log.told(*NODE) is None
    log.now += LASTING_S
    assert log.told(*NODE)
    assert log.told(*NODE) is None


@pytest.mark.parametrize(
    "line",
    [
        ("Topic %s is not authorized for this client", "orders.v1"),
        ("Attempt to join group failed due to fatal error: %s", "GroupAuthorizationFailedError"),
    ],
)
def test_what_no_try_can_mend_is_told_each_time(line: tuple[str, str]) -> None:
    log = Log()
    assert all(log.told(*line) for _ in range(3))


def test_other_libraries_are_left_alone() -> None:
    assert Log().told(*NODE, logger="asyncio")


@pytest.mark.parametrize("text", [*TOLD_BY_US, *RETRIED])
def test_each_line_that_is_held_back_is_one_of_the_clients(text: str) -> None:
    assert text in CLIENT
