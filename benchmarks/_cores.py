"""Cores: the server that is measured has one to itself; the load and everything else share the others.

A peer gets the same. It holds back whoever leaves most to PostgreSQL, which then shares a core with the load: what it
costs whom is told by running the same with nobody kept to a core (`shared`).
"""

import os
import resource
from collections.abc import Iterator, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from server.embedded.process import StartError

#: Files that a process holds open beside its sockets.
FILES_BESIDE = 1_000
PROC = Path("/proc")
#: What a row of a run without pinning says.
UNPINNED = "nobody kept to a core"


@dataclass(frozen=True, slots=True)
class Cores:
    measured: int
    others: frozenset[int]

    @classmethod
    def of_machine(cls) -> Self:
        """The last core that this process may use, and the others. Raises StartError."""
        if not hasattr(os, "sched_setaffinity") or not (PROC / "self" / "smaps_rollup").exists():
            raise StartError("Benchmarks pin processes to cores and read their memory: run them on Linux.")
        *others, measured = sorted(os.sched_getaffinity(0))
        if not others:
            raise StartError("Benchmarks need a core for the server and one for its load: this machine gives one.")
        return cls(measured, frozenset(others))

    @contextmanager
    def kept_free(self) -> Iterator[None]:
        """This process, and whatever it starts meanwhile, stay away from the core that is measured."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.others)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    @contextmanager
    def for_server(self) -> Iterator[None]:
        """What is started meanwhile runs on that core alone."""
        os.sched_setaffinity(0, {self.measured})
        try:
            yield
        finally:
            os.sched_setaffinity(0, self.others)

    @contextmanager
    def placing(self, *, pinned: bool = True) -> Iterator[AbstractContextManager[None]]:
        """For one run: gives the context to start the server in. Unpinned, nobody is kept to a core."""
        if pinned:
            yield self.for_server()
        else:
            with self.shared():
                yield nullcontext()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Meanwhile this process, and whatever it started or starts, run where there is room; no server that is
        measured may have been started before."""
        _allow(self.others | {self.measured})
        try:
            yield
        finally:
            _allow(self.others)

    def __str__(self) -> str:
        others = ", ".join(map(str, sorted(self.others)))
        return f"the server that is measured alone on core {self.measured}, all else on {others}"


def _allow(cores: Set[int]) -> None:
    """Every thread of this process, and of those below it."""
    for thread in _threads(os.getpid()):
        with suppress(ProcessLookupError):  # ended meanwhile
            os.sched_setaffinity(thread, cores)


def _threads(pid: int) -> Iterator[int]:
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            yield int(task.name)
            for child in (task / "children").read_text().split():
                yield from _threads(int(child))
    except OSError:  # ended meanwhile
        return


def make_room(sockets: int) -> None:
    """Let this process, and whatever it starts, hold so many sockets. Raises StartError."""
    needed = sockets + FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = hard if hard == resource.RLIM_INFINITY else max(hard, needed)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))
        except (OSError, ValueError) as error:
            raise StartError(
                f"{sockets:,} sockets need {needed:,} open files, and this machine allows {hard:,}: raise it "
                f"(`ulimit -Hn {needed}` as root), or measure fewer with BENCH_SOCKETS."
            ) from error


def cpu_seconds(pid: int) -> float:
    """What a process has used, in user mode and for it in the kernel, with all its threads."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int, what: str = "Pss_Anon") -> int:
    """By default the anonymous part of its proportional set size: the other, of files, changes with whoever maps them
    too. `what`: another line of smaps_rollup, such as Rss or Pss."""
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise StartError(f"/proc/{pid}/smaps_rollup tells no {what}: run on a Linux from 5.14 on.")
