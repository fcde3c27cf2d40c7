"""A child process with a log of its own, in a process group of its own, that does not outlive its parent.

The group keeps a Ctrl-C in the terminal away from the child: the parent stops its children in its own order. On Linux
the kernel also signals the child when the parent dies without stopping it (`kill -9`).
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02
LOG_BYTES_MAX = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartError(RuntimeError):
    """Something could not be started; the text is one sentence for the user, with the remedy."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system that a server runs as, because PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


class Credentials(TypedDict, total=False):
    """Arguments of `subprocess` that name a user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(slots=True)
class Child:
    """A running program. `stop_signal` asks it to end in good order."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        directory: Path | None = None,
        descriptors: Sequence[int] = (),
    ) -> "Child":
        """Start `command` with its output appended to `log`; it inherits `descriptors`.

        `StartError` when the program cannot be executed.
        """
        _make_room(log)
        parent = os.getpid()
        with log.open("ab") as output:
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(environ) if environ is not None else None,
                    cwd=directory,
                    start_new_session=True,
                    pass_fds=tuple(descriptors),
                    # Runs after the change of user, which would clear it.
                    preexec_fn=lambda: _die_with(parent, stop_signal),
                    **as_account(account),
                )
            except OSError as error:
                raise StartError(f"{name} cannot be executed ({command[0]}): {error.strerror}.") from error
        return cls(name, process, log, stop_signal)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def ending(self) -> str:
        """How it ended: `ended with status 3`, `was ended by SIGKILL`."""
        status = self.process.returncode or 0
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    def stop(self, grace_seconds: float = 10) -> None:
        """Ask it to end, wait, and kill the whole group when it does not."""
        self.ask_to_stop()
        self.wait_or_kill(grace_seconds)

    def ask_to_stop(self) -> None:
        if self.running:
            self.process.send_signal(self.stop_signal)

    def wait_or_kill(self, grace_seconds: float) -> None:
        try:
            self.process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and everything it started, at once, as a power cut would."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.process.kill()
        self.process.wait()

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Poll `ready`; `StartError` with the last lines of the log when it ends or takes too long."""
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if not self.running:
                raise StartError(f"{self.name} {self.ending}.{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise StartError(f"{self.name} was not ready after {timeout_seconds:.0f} seconds.{self.tail()}")
            time.sleep(POLL_SECONDS)

    def tail(self, lines: int = 12) -> str:
        """The end of its log as an indented paragraph, with the log's place."""
        return f" Its log ({self.log}) ends with:\n{last_lines(self.log, lines)}"


def _make_room(log: Path) -> None:
    """A log that has grown long becomes `NAME.log.old` in place of the one before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_name(f"{log.name}.old"))


def last_lines(file: Path, lines: int) -> str:
    """The last lines of a text file, indented; a note when there are none."""
    try:
        text = file.read_bytes()[-16384:].decode(errors="replace")
    except OSError:
        text = ""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:]) or "    (nothing)"


def as_account(account: Account | None) -> Credentials:
    """Arguments of `subprocess` that make the child run as `account`."""
    return Credentials(user=account.uid, group=account.gid, extra_groups=[]) if account else Credentials()


def _die_with(parent: int, number: signal.Signals) -> None:
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        os._exit(1)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether something listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
