"""The machine that a benchmark runs on, and this Python."""

import os
import platform
import subprocess
import sys
import sysconfig
from pathlib import Path

from server.embedded.wheel import ROOT

SLOW_BUILD = (
    "SLOW BUILD without profile-guided optimisation, 1.8 to 2.4 times slower: benchmarks/README.md tells how to choose"
)
#: The load average of a machine on which nothing else runs.
QUIET = 0.7


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


def commit() -> str:
    """What is measured: the commit, and whether the checkout has changes beside it."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    except OSError:
        return "unknown"
    return told.stdout.strip() or "unknown"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
