"""The chart of a run for the README: `.venv/bin/python -m benchmarks._chart [FILE …]`, from what `make bench` kept.

Of several files the later one has the last word on a row; without any it draws the newest. One bar for each promise
beside somebody else: how many times better ours is, on a logarithmic scale, with a mark where the target is.
"""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks._report import KEPT
from benchmarks._rows import say
from server.embedded.wheel import ROOT

DRAWN = ROOT / "docs" / "images" / "benchmarks.svg"
WIDTH, LABELS, VALUES = 1_020, 530, 70
LINE, BAR, TOP, BOTTOM = 22, 12, 58, 34
#: Legible on a light page and on a dark one, whichever the reader's is.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.group { font-weight: 600 } .faint { fill: #59636e } .grid { stroke: #d1d9e0 } .even { stroke: #818b98 }
.bar { fill: #0969da } .behind { fill: #bc4c00 } .target { stroke: #1f2328; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .faint { fill: #9198a1 } .grid { stroke: #3d444d } .even { stroke: #656c76 }
  .bar { fill: #4493f8 } .behind { fill: #db6d28 } .target { stroke: #f0f6fc }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many times better ours is, and how many are promised."""

    benchmark: str
    name: str
    times: float
    promised: float

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Bar | None":
        """None for what is no promise, or none beside somebody else."""
        ratio, least, most = row["ratio"], row["at_least"], row["at_most"]
        if not ratio or row["itself"] or (least is None and most is None):
            return None
        times, promised = (ratio, least) if least is not None else (1 / ratio, 1 / most)
        return cls(row["benchmark"], row["name"].replace(": ours / ", ", beside "), times, promised)


def bars(files: Sequence[Path]) -> list[Bar]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for file in files:
        rows |= {(row["benchmark"], row["name"]): row for row in json.loads(file.read_text())["rows"]}
    return [bar for row in rows.values() if (bar := Bar.of(row))]


@dataclass(frozen=True, slots=True)
class Scale:
    """From times to a place on the line."""

    least: float
    most: float

    @classmethod
    def of(cls, drawn: Sequence[Bar]) -> "Scale":
        every = [1.0, *(bar.times for bar in drawn), *(bar.promised for bar in drawn)]
        return cls(min(every) / 1.3, max(every) * 1.1)

    def __call__(self, times: float) -> float:
        share = math.log(times / self.least) / math.log(self.most / self.least)
        return round(LABELS + share * (WIDTH - LABELS - VALUES), 1)

    def marks(self) -> Iterator[float]:
        for power in range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1):
            yield from (each for n in (1, 2, 5) if self.least <= (each := n * 10.0**power) <= self.most)


def drawing(drawn: Sequence[Bar], about: str) -> str:
    """The whole file."""
    scale, height = Scale.of(drawn), TOP + LINE * len(drawn) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Benchmarks">',
        f"<style>{STYLE}</style>",
        '<text class="group" x="8" y="20">How many times better than the peer beside it; the mark is the target</text>',
        f'<text class="faint" x="8" y="{height - 10}">{escape(about)}</text>',
        *_grid(scale, height),
    ]
    shown = ""
    for number, bar in enumerate(drawn):
        parts += _bar(bar, scale, TOP + LINE * number, with_group=bar.benchmark != shown)
        shown = bar.benchmark
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(scale: Scale, height: int) -> Iterator[str]:
    for times in scale.marks():
        at = scale(times)
        kind = "even" if times == 1 else "grid"
        yield f'<line class="{kind}" x1="{at}" x2="{at}" y1="{TOP - 8}" y2="{height - BOTTOM + 4}"/>'
        yield f'<text class="faint" x="{at}" y="{TOP - 14}" text-anchor="middle">{times:g}×</text>'


def _bar(bar: Bar, scale: Scale, top: int, *, with_group: bool) -> Iterator[str]:
    base, end, text = scale(1), scale(bar.times), top + BAR - 1
    if with_group:
        yield f'<text class="group" x="8" y="{text}">{escape(bar.benchmark)}</text>'
    yield f'<text x="{LABELS - 10}" y="{text}" text-anchor="end">{escape(bar.name)}</text>'
    kind = "bar" if bar.times >= bar.promised else "behind"
    width = max(1.0, abs(end - base))
    yield f'<rect class="{kind}" x="{min(base, end)}" y="{top}" width="{width:.1f}" height="{BAR}"/>'
    at = scale(bar.promised)
    yield f'<line class="target" x1="{at}" x2="{at}" y1="{top - 3}" y2="{top + BAR + 3}"/>'
    yield f'<text x="{max(base, end, at) + 6:.1f}" y="{text}">{bar.times:.3g}×</text>'


def main(arguments: Sequence[str]) -> int:
    files = [Path(each) for each in arguments] or sorted(KEPT.glob("*.json"))[-1:]
    if not (drawn := bars(files)):
        say("stockcast: no rows to draw: measure some with `make bench`.")
        return 2
    told = json.loads(files[-1].read_text())
    DRAWN.write_text(drawing(drawn, f"{told['machine']}; {told['began'][:10]}"))
    say(f"{DRAWN.relative_to(ROOT)}: {len(drawn)} rows of {', '.join(map(str, files))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
