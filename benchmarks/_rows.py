"""How a figure is printed: ours, the peer's beside it, the ratio, and whether the target is met."""

import math
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEADER = "name | ours | peer | ratio | target | met or short"


@dataclass(frozen=True, slots=True)
class Row:
    """One promised figure in milliseconds; without `ratio_max` it is told for information."""

    name: str
    ours_ms: float
    peer_ms: float
    ratio_max: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.peer_ms

    @property
    def met(self) -> bool:
        return self.ratio_max is None or self.ratio <= self.ratio_max

    def __str__(self) -> str:
        target = "-" if self.ratio_max is None else f"<= {self.ratio_max:g} x"
        verdict = "-" if self.ratio_max is None else "met" if self.met else "short"
        figures = f"{self.ours_ms:.2f} ms | {self.peer_ms:.2f} ms | {self.ratio:.2f} x"
        return f"{self.name} | {figures} | {target} | {verdict}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed; no interpolation."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def machine() -> str:
    """Processor, cores, system and this Python, with whether it was built with optimisation."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    build = "optimised build" if optimised else "build without profile-guided optimisation"
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; {python} ({build})"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
