"""What a screen makes of the events of `stockLevelChanged`, and whatever of them the contract does not allow.

Pure: events in, faults out. A screen judges by its own memory alone: what it was told on this connection, what it held
before, and the newest it ever heard of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FAULTS_KEPT = 5


class Level(NamedTuple):
    """As much of a level as tells two of its states apart."""

    version: int
    on_hand: int
    available: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Level:
        return cls(told["version"], told["quantityOnHand"], told["availableToPromise"])


@dataclass(slots=True)
class Picture:
    """Of one screen, over all its connections. With `snapshots` it is told the state; else it reads it (`read`).

    `faults` are sentences, the first few; `counts` says how often each type came, `REPEATED` how many came again across
    a resumption, which is allowed.
    """

    snapshots: bool
    held: dict[str, Level] = field(default_factory=dict[str, Level])
    #: Whether it holds all there is, so that a change of something else says that something was missed.
    whole: bool = False
    faults: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    #: SKU -> the version that this connection was told last.
    _told: dict[str, int] = field(default_factory=dict[str, int])
    _newest: dict[str, int] = field(default_factory=dict[str, int])

    def lacks(self, sku: str, version: int) -> bool:
        """Whether it shows no state of the SKU, or an older one."""
        held = self.held.get(sku)
        return held is None or held.version < version

    def connected(self) -> None:
        """Another connection: what was told on the last may come again."""
        self._told.clear()

    def take(self, event: Mapping[str, Any]) -> None:
        """One event, in the order in which they came."""
        type_ = event["type"]
        self.counts[type_] += 1
        if type_ == "CHANGE":
            self._change(event["level"]["sku"], Level.of(event["level"]), event["previousVersion"] or 0)
        elif type_ == "SNAPSHOT":
            self._show(event["level"]["sku"], Level.of(event["level"]))
        elif type_ == "CAUGHT_UP":
            self.whole = self.whole or self.snapshots
        elif type_ == "RESET":
            self.held.clear()
            self._told.clear()
            self.whole = False
        else:
            self._fault(f"{type_} came, though nothing leaves the filter")

    def read(self, levels: Iterable[Mapping[str, Any]]) -> None:
        """The state, as a query told it after the last RESET; what came meanwhile may be newer."""
        for told in levels:
            sku, level = told["sku"], Level.of(told)
            # What came since is held; what is not was told before.
            if sku not in self.held and level.version < self._newest.get(sku, 0):
                self._fault(f"{sku}: {level.version} was read after {self._newest[sku]} had been told")
            self._keep(sku, level)
        self.whole = True

    def _change(self, sku: str, level: Level, previous: int) -> None:
        told, held = self._told.get(sku), self.held.get(sku)
        if self.snapshots and not self.whole:
            self._fault(f"{sku}: {level.version} changed before the snapshot was told to its end")
        if told is not None:
            if level.version <= told:
                self._fault(f"{sku}: {level.version} came after {told} on one connection")
            elif previous != told:
                self._fault(f"{sku}: {level.version} follows {previous}, but {told} was told last: a gap")
        elif held is None:
            if self.whole and previous:
                self._fault(f"{sku}: {level.version} follows {previous}, of which nothing was told: a gap")
        elif previous > held.version:
            self._fault(f"{sku}: {level.version} follows {previous}, but {held.version} is held: a gap")
        if held is not None and level.version <= held.version:
            self.counts["REPEATED"] += 1
        self._told[sku] = level.version
        self._keep(sku, level)

    def _show(self, sku: str, level: Level) -> None:
        if self.whole:
            self._fault(f"{sku}: {level.version} was shown, though the snapshot had been told to its end")
        if sku in self.held:
            self._fault(f"{sku}: shown twice in one snapshot")
        if level.version < self._newest.get(sku, 0):
            self._fault(f"{sku}: {level.version} was shown after {self._newest[sku]} had been told")
        self._told[sku] = level.version
        self._keep(sku, level)

    def _keep(self, sku: str, level: Level) -> None:
        if self.lacks(sku, level.version):
            self.held[sku] = level
        self._newest[sku] = max(level.version, self._newest.get(sku, 0))

    def _fault(self, sentence: str) -> None:
        self.counts["FAULT"] += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(sentence)


def differences(picture: Picture, truth: Mapping[str, Level]) -> list[str]:
    """What of it is not as it is in the database, a sentence each."""
    found = [f"{sku}: it is not shown" for sku in truth.keys() - picture.held.keys()]
    found += [f"{sku}: nobody should see it" for sku in picture.held.keys() - truth.keys()]
    for sku in truth.keys() & picture.held.keys():
        if picture.held[sku] != truth[sku]:
            found.append(f"{sku}: it is shown as {picture.held[sku]}, and is {truth[sku]}")
    return sorted(found)
