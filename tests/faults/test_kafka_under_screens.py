"""Kafka killed, paused, cut and restarted under subscribers and a stream of changes."""

from __future__ import annotations

import pytest

from tests.faults.figures import LONG, Figures
from tests.faults.theatre import Theatre
from tests.faults.trials import Fault, Trials

pytestmark = [pytest.mark.kafka, pytest.mark.kafka_fault]


def test_the_backlog_of_a_kafka_that_was_away_comes_in_order_and_no_screen_begins_anew(
    theatre: Theatre, figures: Figures
) -> None:
    kafka, ways = theatre.kafka, theatre.ways
    faults = [
        Fault("killed", kafka.kill, kafka.start),
        Fault("paused", lambda: theatre.pause("kafka"), lambda: theatre.go_on("kafka"), (20, 1_000 if LONG else 40)),
        Fault("reset", lambda: ways.cut(ways.kafka), at_once=True),
    ]
    if LONG:
        faults.append(Fault("restarted", kafka.stop, kafka.start))
        faults.append(
            Fault("black hole", lambda: ways.swallow(ways.kafka), lambda: ways.let_pass(ways.kafka), (100, 1_200))
        )
    with theatre.audience() as audience:
        trials = Trials(theatre, audience)
        trials.endure(faults)
        trials.conclude(figures)
        assert audience.counts["RESET"] == 0
        assert audience.writers.refused == 0, "losing Kafka never stops a write"
