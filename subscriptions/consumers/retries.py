"""Retries: messages that wait are tried again, more and more seldom, until they can be taken or are too old."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random

from aiokafka.errors import KafkaError

from services.parking import Due, ParkedMessage, ParkedQueue
from services.ports import Unavailable
from subscriptions import metrics
from subscriptions.consumers.dead_letters import DeadLetters
from subscriptions.consumers.intake import Fortune, Intake, Outcome, reason_of
from subscriptions.consumers.reading import Unreadable, read
from subscriptions.consumers.topics import ConsumedTopic
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

WAIT_FIRST_S = 0.25
WAIT_LAST_S = 10.0
POLL_S = 0.25
#: A dead letter that Kafka does not take by then is sent later, and holds up no other message until then.
DEAD_LETTER_S = 5.0
MEASURE_EVERY_S = 5.0
MESSAGES_A_TURN = 100


def wait_s(attempts: int, randomness: Random) -> float:
    """Doubles up to a cap, less up to half of it by chance."""
    return min(WAIT_LAST_S, WAIT_FIRST_S * 2 ** min(attempts, 16)) * (1 - randomness.random() / 2)


class Retries:
    """Runs for ever; any number may run. A message older than `park_s` that still cannot be taken is dead."""

    def __init__(
        self,
        queue: ParkedQueue,
        topics: Sequence[ConsumedTopic],
        intake: Intake,
        dead_letters: DeadLetters,
        *,
        park_s: float,
        randomness: Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._topics: Mapping[str, ConsumedTopic] = {topic.name: topic for topic in topics}
        self._intake = intake
        self._dead_letters = dead_letters
        self._park_s = park_s
        self._randomness = randomness or Random()
        self._clock = clock
        self._measure_at = 0.0
        self._looked = False
        self._outage = Outage("the database, asked for messages that wait,", self._randomness, clock=clock)

    async def run(self) -> None:
        """Until cancelled; what was under way then is tried again by whoever comes next."""
        while True:
            try:
                more = await self.turn()
            except Exception as fault:  # noqa: BLE001 - told once, tried on: what was not settled is due again
                metrics.CONSUMER_FAULTS.inc()
                await self._outage.pause(fault)
            else:
                self._outage.over()
                if not more:
                    await asyncio.sleep(POLL_S)

    async def turn(self) -> bool:
        """Try what is due; whether more may be."""
        await self._warn_of_topics()
        await self._measure()
        async with self._queue.due(self._topics.keys(), MESSAGES_A_TURN) as due:
            tried = await asyncio.gather(*(self._try(each, due) for each in due.messages), return_exceptions=True)
        if faults := [fault for fault in tried if fault is not None]:
            raise faults[0]
        return bool(due.messages)

    async def _warn_of_topics(self) -> None:
        """Say in the log, once, what waits for ever unless somebody sees to it."""
        if self._looked:
            return
        for topic, number in (await self._queue.forgotten(self._topics.keys())).items():
            logger.warning(
                "%d messages of topic %s wait, which CONSUMED_TOPICS does not name: unless another process reads it, "
                "nobody tries them again. Name it until none waits, or delete them from parked_messages.",
                number,
                topic,
            )
        self._looked = True

    async def _try(self, parked: ParkedMessage, due: Due) -> None:
        try:
            outcome = await self._take(parked)
            if outcome.fortune is Fortune.EARLY and parked.age_s >= self._park_s:
                outcome = Outcome(Fortune.DEAD, outcome.told, f"{outcome.reason} (waited {parked.age_s:.0f} s)")
            if outcome.fortune is Fortune.DEAD:
                async with asyncio.timeout(DEAD_LETTER_S):
                    await self._dead_letters.send(parked.message, outcome.reason)
        except (Unavailable, KafkaError, OSError) as fault:  # a TimeoutError is an OSError
            metrics.CONSUMER_FAULTS.inc()
            logger.debug("a message that waits could not be tried: %r", fault)
            await due.postpone(parked, parked.reason, wait_s(parked.attempts, self._randomness))
        else:
            await self._settle(parked, outcome, due)

    async def _settle(self, parked: ParkedMessage, outcome: Outcome, due: Due) -> None:
        if outcome.fortune is Fortune.EARLY:
            await due.postpone(parked, outcome.reason, wait_s(parked.attempts + 1, self._randomness))
        else:
            await due.finish(parked)

    async def _take(self, parked: ParkedMessage) -> Outcome:
        """Settings may have changed since it came; its lane has not."""
        reading = read(parked.message, self._topics[parked.lane.topic])
        if isinstance(reading, Unreadable):
            fortune = Fortune.TAKEN if reading.skipped else Fortune.DEAD
            return Outcome(fortune, reading.refusals[0].code.value, reason_of(reading.refusals))
        return await self._intake.take(reading.in_lane(parked.lane))

    async def _measure(self) -> None:
        if self._clock() >= self._measure_at:
            waiting = await self._queue.waiting()
            metrics.PARKED_WAITING.set(waiting.messages)
            metrics.PARKED_OLDEST.set(waiting.oldest_s)
            self._measure_at = self._clock() + MEASURE_EVERY_S
