"""Trials: faults of one part, in an order by chance, each watched until everybody shows what was changed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.faults.audience.audience import Audience
from tests.faults.audience.writers import ASK_S
from tests.faults.figures import LONG, SHARED, Figures, quantiles
from tests.faults.theatre import Theatre
from tests.stack import eventually

TIMES = 20 if LONG else 1
WITHIN_S = 30.0 * SHARED
#: Changes between two faults.
CALM = (10, 60) if LONG else (5, 10)
MEANWHILE = (20, 300) if LONG else (20, 60)
TOLD_MAX = 20
COLUMNS = ("changes", "deliveries", "reconnects", "RESET", "REPEATED", "coalesced")


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike`, then so many changes (from, to), then `mend`, from which on the seconds count until all is shown.

    `at_once` where all can go on without that: what counts is how late the latest change was.
    """

    name: str
    strike: Callable[[], object]
    mend: Callable[[], object] = lambda: None
    changes: tuple[int, int] = MEANWHILE
    at_once: bool = False


@dataclass
class Row:
    """Of one kind of fault: what was counted, and the seconds that each subscriber took after each."""

    times: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    seconds: list[float] = field(default_factory=list[float])


@dataclass
class Trials:
    """With whom, and on what."""

    theatre: Theatre
    audience: Audience
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    _coalesced: dict[str, float] = field(default_factory=dict[str, float])

    def endure(self, faults: Sequence[Fault], times: int = TIMES, within_s: float = WITHIN_S) -> None:
        """Each so many times."""
        chance = random.Random(4)
        order = [fault for fault in faults for _ in range(times)]
        chance.shuffle(order)
        self.rows = {fault.name: Row() for fault in faults}
        self._skipped()
        for fault in order:
            row, before = self.rows[fault.name], self.audience.counts
            self.audience.more(chance.randint(*CALM))
            row.seconds += self._one(fault, chance.randint(*fault.changes), within_s)
            row.times += 1
            row.counts += self.audience.counts - before
            row.counts["coalesced"] += self._skipped()
            assert not row.counts["FAULT"], f"{fault.name}, time {row.times}: {self._wrong()}"

    def _one(self, fault: Fault, changes: int, within_s: float) -> list[float]:
        self.audience.note_delays()
        fault.strike()
        self.audience.more(changes)
        late = self._latest(within_s) if fault.at_once else []
        fault.mend()
        return self.audience.catch_up(within_s) if not fault.at_once else late

    def _latest(self, within_s: float) -> list[float]:
        """Of each subscriber that was told of a change."""
        self.audience.catch_up(within_s)
        return [max(seconds) for seconds in self.audience.delays if seconds]

    def _skipped(self) -> int:
        """How much more was coalesced than at the last call, by the API processes' own count since they began."""
        before, self._coalesced = self._coalesced, self.theatre.metric("stockcast_hub_events_coalesced_total")
        return int(
            sum(now - (was if (was := before.get(url, 0.0)) <= now else 0) for url, now in self._coalesced.items())
        )

    def conclude(self, figures: Figures) -> None:
        """Nothing changes any more: everyone shows what the database holds, and saw nothing that it should not have."""
        audience = self.audience
        audience.stop_writing()
        audience.catch_up(WITHIN_S)
        truth = self.theatre.truth()
        table = f"\n{self.table()}" if self.rows else ""
        figures.tell(f"{len(audience.subscribers):,} subscribers; {self._told(audience.counts)}{table}")
        on_hand = {sku: truth[sku].on_hand for sku in audience.writers.on_hand}
        assert on_hand == audience.writers.on_hand, "each acknowledged change was made once"
        eventually(lambda: not audience.faults(truth)[:1] or audience.counts["FAULT"], "all show the truth", WITHIN_S)
        faults = audience.faults(truth)
        assert not faults, "\n".join(faults[:TOLD_MAX])

    def _wrong(self) -> str:
        """What the first few of those saw that saw what they should not have."""
        told = [f"{number}: {each.picture.faults}" for number, each in enumerate(self.audience.subscribers)]
        return "\n".join([line for line in told if not line.endswith("[]")][:TOLD_MAX])

    def _told(self, counts: Counter[str]) -> str:
        writers = self.audience.writers
        ends = ", ".join(f"{how}: {number:,}" for how, number in self.audience.ends.most_common())
        asked_again = f"{writers.late} asked again after {ASK_S:.0f} s, {writers.refused} since they were refused"
        return (
            f"{counts['changes']:,} changes ({asked_again}), {counts['deliveries']:,} deliveries, "
            f"{counts['FAULT']} wrong; connections ended by {ends or 'nobody'}"
        )

    def table(self) -> str:
        """A line for each kind of fault."""
        head = f"{'fault':<22} {'times':>5} {'changes':>8} {'deliveries':>10} {'reconnects':>10} {'RESETs':>7} "
        lines = [f"{head}{'repeated':>9} {'coalesced':>9}   seconds to recover p50, p99, max"]
        for name, row in self.rows.items():
            numbers = [row.counts[column] for column in COLUMNS]
            widths = (8, 10, 10, 7, 9, 9)
            told = " ".join(f"{number:>{width},}" for number, width in zip(numbers, widths, strict=True))
            p50, p99, most = quantiles(row.seconds)
            lines.append(f"{name:<22} {row.times:>5} {told}   {p50:.2f} {p99:.2f} {most:.2f}")
        return "\n".join(lines)

    def slowest(self, name: str) -> float:
        """Seconds that the last needed after the worst fault of this kind."""
        return max(self.rows[name].seconds)
