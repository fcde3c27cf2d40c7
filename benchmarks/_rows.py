"""How a figure is printed: ours, the peer's beside it, the ratio, and whether the target is met."""

import math
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

SLOW_BUILD = (
    "SLOW BUILD without profile-guided optimisation, 1.8 to 2.4 times slower: benchmarks/README.md tells how to choose"
)
#: The load average of a machine on which nothing else runs.
QUIET = 0.7
HEADER = "name | ours | peer | ratio | target | met or short"


@dataclass(frozen=True, slots=True)
class RateRow:
    """One promised rate, higher is better; without `ratio_min` it is told for information."""

    name: str
    ours_per_second: float
    peer_per_second: float
    ratio_min: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours_per_second / self.peer_per_second

    @property
    def met(self) -> bool:
        return self.ratio_min is None or self.ratio >= self.ratio_min

    def __str__(self) -> str:
        told = f"{self.ours_per_second:,.0f}/s", f"{self.peer_per_second:,.0f}/s"
        return _line(self.name, told, self.ratio, _target(">=", self.ratio_min), self.met)


@dataclass(frozen=True, slots=True)
class CostRow:
    """What something costs in a unit of its own, lower is better; without `ratio_max` it is told for information."""

    name: str
    ours: float
    peer: float
    unit: str
    ratio_max: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        return self.ratio_max is None or self.ratio <= self.ratio_max

    def __str__(self) -> str:
        told = f"{self.ours:.2f} {self.unit}", f"{self.peer:.2f} {self.unit}"
        return _line(self.name, told, self.ratio, _target("<=", self.ratio_max), self.met)


Row: TypeAlias = RateRow | CostRow


def _target(sign: str, ratio: float | None) -> str:
    return "-" if ratio is None else f"{sign} {ratio:g} x"


def _line(name: str, told: tuple[str, str], ratio: float, target: str, met: bool) -> str:
    verdict = "-" if target == "-" else "met" if met else "short"
    return f"{name} | {told[0]} | {told[1]} | {ratio:.2f} x | {target} | {verdict}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed; no interpolation."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def say(line: str) -> None:
    """How far it is, beside the figures."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def tell(rows: Sequence[Row], *about: str) -> int:
    """Print rows, below the machine and what else is told about them; 0 where every target is met, else 1."""
    sys.stdout.write("\n" + "\n".join([machine(), *about, "", HEADER, *map(str, rows)]) + "\n")
    return 0 if all(row.met for row in rows) else 1


def machine() -> str:
    """Processor, cores, system and this Python; where its build makes ours slower than it is, with the remedy."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    build = "optimised build" if optimised() else SLOW_BUILD
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; {python} ({build})"


def optimised() -> bool:
    """Whether this Python was built with profile-guided optimisation.

    Debian and its kin do it by a build target of their own, which CONFIG_ARGS does not tell: theirs lives in /usr.
    """
    told = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return told or (sys.platform == "linux" and sys.base_prefix == "/usr")


def neighbours() -> str:
    """How busy the machine is with other work before anything is measured, as a line."""
    busy = os.getloadavg()[0]
    verdict = "quiet" if busy < QUIET else "BUSY: what is measured beside other work says little, not even as a ratio"
    return f"load average before the start {busy:.1f} ({verdict})"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
