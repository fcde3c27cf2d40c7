"""Start: from the command `make run` to *Ready*, warm, and with nothing fetched, installed or built before.

    python -m benchmarks start
    BENCH_RUNS=1 python -m benchmarks start      # a look: one warm start

The checkout's files are copied to a folder of their own, without what was made from them, and every cache that its
programs keep elsewhere is an empty folder too. So the first start fetches everything, over whatever network there is;
the others find it there. The time is the clock's of whoever typed the command.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks._cores import UNPINNED
from benchmarks._plan import Plan
from benchmarks._rows import Figures, NoFigure, Row, Sample, say
from server.embedded.node import ROOT
from server.embedded.process import free_port, last_lines

WARM_SECONDS_MAX, BARE_SECONDS_MAX = 5, 120
PATIENCE_SECONDS, POLL_SECONDS = 600, 0.05
READY = b"Ready in "
CACHES = ("XDG_CACHE_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache")


def checkout(folder: Path) -> None:
    """All files that git knows or would know, as they are now."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    told = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, told.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def environ(folder: Path) -> dict[str, str]:
    """Without what a Make above it hands down, or where it keeps what Python compiles."""
    above = (
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "ONLY",
        "PYTHONPATH",
        "PYTHONPYCACHEPREFIX",
        "VIRTUAL_ENV",
    )
    kept = {name: value for name, value in os.environ.items() if name not in above}
    return kept | {name: str(folder / "caches" / name.lower()) for name in CACHES} | {"PORT": str(free_port())}


def started(folder: Path, variables: dict[str, str]) -> float:
    """Seconds to *Ready*; it is stopped then, in order. Raises NoFigure."""
    log = folder / "run.log"
    with log.open("wb") as output:
        began = time.monotonic()
        running = subprocess.Popen(
            ["make", "run"],
            cwd=folder / "checkout",
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while READY not in log.read_bytes():
            if running.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                raise NoFigure(f"`make run` was not ready:\n{last_lines(log, 12)}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began
    finally:
        _stop(running)


def _stop(running: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        if running.poll() is None:
            os.killpg(running.pid, number)
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                continue


def figures() -> Figures:
    """One start with nothing there, then warm ones."""
    plan = Plan.from_environment()
    with tempfile.TemporaryDirectory(prefix="stockcast-start-") as name:
        folder = Path(name)
        checkout(folder / "checkout")
        variables = environ(folder)
        bare, warm = started(folder, variables), list[float]()
        say(f"bare: ready after {bare:.1f} s")
        for number in range(plan.runs):
            warm.append(started(folder, variables))
            say(f"run {number + 1}: ready after {warm[-1]:.1f} s")
    rows = [
        Row("make run, warm: seconds to ready", Sample(tuple(warm), "s"), at_most=WARM_SECONDS_MAX),
        Row("make run, nothing fetched or built yet: seconds to ready", Sample((bare,), "s"), at_most=BARE_SECONDS_MAX),
    ]
    return Figures(rows, (f"{plan.runs} warm starts after one bare; {UNPINNED}",))
