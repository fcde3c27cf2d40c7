"""The Go programs beside us, built by the machine's Go from `raw_go`: the peer that broadcasts, and the load."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from server.embedded.process import StartError
from server.embedded.wheel import CACHE

SOURCES = Path(__file__).with_name("raw_go")
BUILT = CACHE / "benchmarks"
BUILD_SECONDS = 600
OLDEST = (1, 24)
REMEDY = f"install Go {OLDEST[0]}.{OLDEST[1]} or newer (https://go.dev/dl) and run again"


@dataclass(frozen=True, slots=True)
class Programs:
    broadcast: Path
    load: Path
    versions: str


def programs() -> Programs:
    """Built anew where a source has changed; their modules are fetched once. Raises StartError."""
    go = shutil.which("go")
    if go is None:
        raise StartError(f"Go is missing, which the load and the peer beside us are written in: {REMEDY}.")
    version = _run(go, "env", "GOVERSION").strip()
    found = re.match(r"go(\d+)\.(\d+)", version)
    if not found or (int(found[1]), int(found[2])) < OLDEST:
        raise StartError(f"{version} is too old: {REMEDY}.")
    BUILT.mkdir(parents=True, exist_ok=True)
    # -modcacherw: `make clean` must be able to remove what lies below .cache.
    _run(go, "build", "-trimpath", "-buildvcs=false", "-modcacherw", "-o", f"{BUILT}{os.sep}", "./cmd/...")
    module = re.search(r"github.com/(coder/websocket v\S+)", (SOURCES / "go.mod").read_text())
    return Programs(BUILT / "broadcast", BUILT / "load", f"Go {version[2:]}, {module[1] if module else ''}")


def _run(go: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [go, *arguments], cwd=SOURCES, capture_output=True, text=True, timeout=BUILD_SECONDS, env=_environ()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartError(f"`go {arguments[0]}` could not be run: {error}.") from error
    if done.returncode != 0:
        raise StartError(f"`go {arguments[0]}` failed in benchmarks/raw_go:\n{done.stderr[-2000:]}")
    return done.stdout


def _environ() -> dict[str, str]:
    """The machine's Go, whatever go.mod would like to fetch."""
    return dict(os.environ) | {"GOTOOLCHAIN": "local"}
