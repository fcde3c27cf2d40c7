"""What `make run` shows while it works: a live line on a terminal, plain lines elsewhere."""

import sys
import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

PLAIN_EVERY_SECONDS = 5.0


class Display(Protocol):
    """Steps one after another, each with a title, perhaps a bar, and its seconds at the end."""

    def step(self, title: str) -> "Step": ...

    def say(self, line: str) -> None: ...


class Step(Protocol):
    """One step that runs; `with` it."""

    def __enter__(self) -> "Step": ...

    def __exit__(self, *failure: object) -> None: ...

    def progress(self, done: int, total: int, what: str = "") -> None: ...

    def note(self, what: str) -> None: ...


class Plain:
    """Lines for a log: one when a step ends, and one every few seconds while it has a bar."""

    def __init__(self, title: str = "") -> None:
        self._title = title
        self._note = ""
        self._started = self._told = time.monotonic()

    def step(self, title: str) -> "Plain":
        return Plain(title)

    def say(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def __enter__(self) -> "Plain":
        self._started = self._told = time.monotonic()
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self.say(f"  {time.monotonic() - self._started:5.1f} s  {self._title}{self._note}")

    def progress(self, done: int, total: int, what: str = "") -> None:
        if time.monotonic() - self._told >= PLAIN_EVERY_SECONDS:
            self._told = time.monotonic()
            self.say(f"           … {done:,} of {total:,} {what}".rstrip())

    def note(self, what: str) -> None:
        self._note = f" ({what})"


class Live:
    """A spinner, a bar where the step knows its length, and the seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, title: str) -> "LiveStep":
        return LiveStep(self._console, title)

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveStep:
    """A line that moves while the step runs and stays as one sentence when it is done."""

    def __init__(self, console: Console, title: str) -> None:
        self._title = title
        self._note = ""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._started = time.monotonic()

    def __enter__(self) -> "LiveStep":
        self._task = self._progress.add_task(self._title, total=None)
        self._progress.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._progress.stop()
        mark = "[green]✓[/]" if failure[0] is None else "[red]✗[/]"
        seconds = time.monotonic() - self._started
        self._progress.console.print(f"{mark} {self._title}{self._note} [dim]{seconds:.1f} s[/]", highlight=False)

    def progress(self, done: int, total: int, what: str = "") -> None:
        if self._task is not None:
            text = f"{self._title}: {what}" if what else self._title
            self._progress.update(self._task, completed=done, total=total, description=text)

    def note(self, what: str) -> None:
        self._note = f" ({what})"
        if self._task is not None:
            self._progress.update(self._task, description=f"{self._title}: {what}")


def display() -> Display:
    """The display that suits where the output goes."""
    console = Console()
    return Live(console) if console.is_terminal else Plain()
