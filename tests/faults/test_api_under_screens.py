"""API processes killed, paused, cut off and restarted in turn: their screens go on at the other one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.figures import LONG, Figures
from tests.faults.theatre import Theatre
from tests.faults.trials import Fault, Trials
from tests.integration.redis_log.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.kafka, pytest.mark.api_fault]

NAMES = ("serve", "serve-2")


class Busiest:
    """The API process at which most subscribers are is struck; its way is a proxy."""

    def __init__(self, theatre: Theatre, urls: Sequence[str]) -> None:
        self.theatre = theatre
        self.audience = theatre.audience(urls)
        self._urls = urls
        self._number = 0

    def kill(self) -> None:
        self.theatre.stack.kill(self._next())

    def stop(self) -> None:
        self.theatre.stack.children[self._next()].stop()

    def start(self) -> None:
        self.theatre.start(NAMES[self._number])

    def pause(self) -> None:
        self.theatre.pause(self._next())

    def go_on(self) -> None:
        self.theatre.go_on(NAMES[self._number])

    def swallow(self) -> None:
        self._next()
        self.theatre.ways.swallow(self._way)

    def let_pass(self) -> None:
        self.theatre.ways.let_pass(self._way)

    def cut(self) -> None:
        self._next()
        self.theatre.ways.cut(self._way)

    def _next(self) -> str:
        self._number = self.audience.busiest(self._urls)
        return NAMES[self._number]

    @property
    def _way(self) -> TcpProxy:
        return self.theatre.ways.api[self._number]


def test_a_cursor_works_on_any_process_and_who_loses_one_goes_on_at_the_other(
    theatre: Theatre, figures: Figures
) -> None:
    busiest = Busiest(theatre, [f"http://127.0.0.1:{proxy.port}" for proxy in theatre.ways.api])
    faults = [
        Fault("killed", busiest.kill, busiest.start, at_once=True),
        Fault("reset", busiest.cut, at_once=True),
    ]
    if LONG:
        faults.append(Fault("paused", busiest.pause, busiest.go_on, (20, 1_000)))
        faults.append(Fault("restarted", busiest.stop, busiest.start, at_once=True))
        faults.append(Fault("black hole", busiest.swallow, busiest.let_pass, (100, 1_200)))
    with busiest.audience as audience:
        trials = Trials(theatre, audience)
        trials.endure(faults)
        trials.conclude(figures)
        assert audience.counts["RESET"] == 0
        if LONG:
            assert audience.ends["1001"] > 0, "a process that is asked to end says so"
