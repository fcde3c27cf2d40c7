"""FakeTracer: takes spans, and keeps them in the order of their beginnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from services import trace
from services.trace import Attribute, SpanKind

_numbers = count(1)


def a_traceparent(*, sampled: bool = True) -> str:
    """Of a trace that nobody else has."""
    number = next(_numbers)
    return f"00-{number:032x}-{number:016x}-{'01' if sampled else '00'}"


@dataclass
class FakeSpan:
    name: str
    kind: SpanKind
    parent: str | None
    links: tuple[str, ...]
    traceparent: str
    notes: dict[str, Attribute] = field(default_factory=dict[str, Attribute])
    ended: int = 0
    failed: str | None = None

    def rename(self, name: str) -> None:
        self.name = name

    def note(self, name: str, value: Attribute) -> None:
        self.notes[name] = value

    def fail(self, kind: str) -> None:
        self.failed = kind

    def end(self, fault: BaseException | None = None) -> None:
        self.ended += 1
        if fault is not None:
            self.fail(type(fault).__name__)


@dataclass
class FakeTracer:
    """Implements `services.trace.Tracer`."""

    spans: list[FakeSpan] = field(default_factory=list[FakeSpan])

    def begin(self, name: str, kind: SpanKind, parent: str | None, links: Sequence[str]) -> FakeSpan:
        own = a_traceparent()
        traceparent = own if parent is None else parent[:36] + own[36:53] + parent[53:]
        self.spans.append(FakeSpan(name, kind, parent, tuple(links), traceparent))
        return self.spans[-1]


@contextmanager
def taking_spans() -> Iterator[FakeTracer]:
    """Within it spans are taken."""
    tracer = FakeTracer()
    trace.tell(tracer)
    try:
        yield tracer
    finally:
        trace.tell(None)
