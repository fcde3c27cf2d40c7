"""A run of benchmarks: what each found, kept as JSON when it ends, and printed as one table after the last."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks._machine import commit, machine, neighbours
from benchmarks._rows import HEADER, Figures, NoFigure, say
from server.embedded.process import StartError
from server.embedded.wheel import CACHE

KEPT = CACHE / "bench"


@dataclass(slots=True)
class Report:
    """Of one run, in a file of its own. `missing`: benchmark -> why it has no figure."""

    file: Path
    machine: str
    commit: str
    began: datetime
    settings: Mapping[str, str]
    found: dict[str, Figures] = field(default_factory=dict[str, Figures])
    missing: dict[str, str] = field(default_factory=dict[str, str])
    neighbours: dict[str, str] = field(default_factory=dict[str, str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def begin(cls, folder: Path = KEPT, environ: Mapping[str, str] = os.environ) -> "Report":
        began = datetime.now(UTC)
        settings = {name: value for name, value in sorted(environ.items()) if name.startswith("BENCH_")}
        return cls(folder / f"{began:%Y-%m-%dT%H-%M-%S}.json", machine(), commit(), began, settings)

    def take(self, name: str, figures: Callable[[], Figures]) -> None:
        """Run one benchmark. Whatever goes wrong costs its own rows alone: the others took hours."""
        self.neighbours[name], began = neighbours(), time.monotonic()
        say(f"{name}: begins; {self.neighbours[name]}")
        try:
            self.found[name] = figures()
        except (NoFigure, StartError) as error:
            self.missing[name] = str(error)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told
            self.missing[name] = "".join(traceback.format_exception(fault))
        if name in self.missing:
            say(f"{name}: no figure: {self.missing[name]}")
        self.seconds[name] = time.monotonic() - began
        self._keep()

    # ------------------------------------------------------------------ what is told of it
    def lines(self) -> Iterator[str]:
        """Machine and versions, how each was measured, then all rows in one piece."""
        yield f"{self.machine}; commit {self.commit}"
        for name, figures in self.found.items():
            yield f"{name}: {self.neighbours[name]}; took {self.seconds[name]:.0f} s"
            yield from (f"    {line}" for line in figures.about)
        yield ""
        yield HEADER
        for name, figures in self.found.items():
            yield from (f"{name}: {row}" for row in figures.rows)
        for name, why in self.missing.items():
            yield f"{name}: could not be measured: {why.strip().splitlines()[-1]}"
        yield ""
        yield f"kept in {self.file}; `make chart` draws it"

    def print(self) -> None:
        sys.stdout.write("\n" + "\n".join(self.lines()) + "\n")

    def _keep(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "began": self.began.isoformat(),
            "machine": self.machine,
            "commit": self.commit,
            "settings": self.settings,
            "seconds": self.seconds,
            "neighbours": self.neighbours,
            "about": {name: list(figures.about) for name, figures in self.found.items()},
            "rows": [{"benchmark": name} | row.told() for name, figures in self.found.items() for row in figures.rows],
            "missing": self.missing,
        }
        self.file.write_text(json.dumps(told, indent=1) + "\n")
