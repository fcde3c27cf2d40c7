"""Relay and bridge killed, paused, cut off and restarted under subscribers and a stream of changes."""

from __future__ import annotations

import pytest

from tests.faults.figures import LONG, Figures
from tests.faults.theatre import Theatre
from tests.faults.trials import Fault, Trials

pytestmark = [pytest.mark.kafka, pytest.mark.bridge_fault]


def _faults(theatre: Theatre, name: str) -> list[Fault]:
    stack = theatre.stack
    return [
        Fault(f"{name} killed", lambda: stack.kill(name), lambda: theatre.start(name)),
        Fault(f"{name} restarted", lambda: stack.children[name].stop(), lambda: theatre.start(name)),
        Fault(f"{name} paused", lambda: theatre.pause(name), lambda: theatre.go_on(name), (20, 1_000 if LONG else 40)),
    ]


def test_what_relay_and_bridge_leave_undone_is_done_by_the_next_and_no_screen_begins_anew(
    theatre: Theatre, figures: Figures
) -> None:
    way, ways = theatre.ways.bridge, theatre.ways
    faults = [
        *_faults(theatre, "relay"),
        *_faults(theatre, "bridge"),
        Fault("bridge reset", lambda: ways.cut(way), at_once=True),
        Fault("bridge's black hole", lambda: ways.swallow(way), lambda: ways.let_pass(way), (100, 1_200)),
    ]
    if not LONG:  # a killed bridge is missed by Kafka after 10 s
        short = {"relay killed", "relay paused", "bridge restarted", "bridge reset"}
        faults = [fault for fault in faults if fault.name in short]
    with theatre.audience() as audience:
        trials = Trials(theatre, audience)
        trials.endure(faults)
        trials.conclude(figures)
        assert audience.counts["RESET"] == 0
        assert audience.writers.refused == 0
