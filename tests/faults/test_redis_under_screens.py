"""Redis killed, paused, cut and restarted, also from an older dump, under subscribers and a stream of changes."""

from __future__ import annotations

import pytest

from tests.faults.figures import LONG, SHARED, Figures
from tests.faults.theatre import Theatre
from tests.faults.trials import Fault, Trials

pytestmark = [pytest.mark.kafka, pytest.mark.redis_fault]

#: All receive again.
AGAIN_WITHIN_S = 10.0 * SHARED


def test_redis_may_go_and_come_back_as_it_likes_and_no_screen_misses_a_change_without_being_told(
    theatre: Theatre, figures: Figures
) -> None:
    redis, ways = theatre.redis, theatre.ways
    both = (ways.redis, ways.bridge)
    faults = [
        Fault("killed", redis.kill, redis.start),
        Fault("restarted", redis.stop, redis.start),
        Fault("from an older dump", redis.kill, theatre.start_from_dump),
        Fault("paused", lambda: theatre.pause("redis"), lambda: theatre.go_on("redis"), (20, 1_000 if LONG else 40)),
        Fault("reset", lambda: ways.cut(*both), at_once=True),
    ]
    if LONG:
        faults.append(Fault("black hole", lambda: ways.swallow(*both), lambda: ways.let_pass(*both), (100, 1_200)))
    with theatre.audience() as audience:
        audience.more(20)
        theatre.keep_dump()
        trials = Trials(theatre, audience)
        trials.endure(faults)
        trials.conclude(figures)
        assert audience.writers.refused == 0, "losing Redis never stops a write"
    for name in ("killed", "restarted", "from an older dump"):
        assert trials.slowest(name) <= AGAIN_WITHIN_S
