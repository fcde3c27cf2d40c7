"""Trace: which request a change belongs to, over all processes, in the text `traceparent` of W3C Trace Context.

The text travels with whatever is asked, with each change to its event, and with the event to the screens. Where
somebody takes spans (`tell`), each part of the way tells of its work; elsewhere what was given is handed on as it is.
Nothing is done where nothing was given and nobody takes spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar, Token
from enum import Enum
from types import TracebackType
from typing import Protocol

#: What it is called in the headers of HTTP and of Kafka's messages, and in what a WebSocket's operation brings along.
TRACEPARENT = "traceparent"
#: Version, trace id, span id, flags; a later version may have more behind them.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_SAMPLED = 1

Attribute = str | int | float | bool


class SpanKind(Enum):
    """Who waits for whom, as OpenTelemetry has it."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """A piece of work, under way. Told when it has ended."""

    @property
    def traceparent(self) -> str:
        """What is done for it names this."""
        ...

    def rename(self, name: str) -> None: ...

    def note(self, name: str, value: Attribute) -> None:
        """No subject, no secret, nothing of an order: traces are read by others than stock is."""
        ...

    def fail(self, kind: str) -> None:
        """It failed, by a fault of ours of that kind."""
        ...

    def end(self, fault: BaseException | None = None) -> None: ...


class Tracer(Protocol):
    """Who takes spans. Nothing here waits or raises."""

    def begin(self, name: str, kind: SpanKind, parent: str | None, links: Sequence[str]) -> Span:
        """Without a parent it begins a trace. `links` are `traceparent`s of others that it works for."""
        ...


#: Of this process; None: nobody takes spans.
_tracer: Tracer | None = None
_current: ContextVar[str | None] = ContextVar(TRACEPARENT, default=None)

#: The `traceparent` of what the current task works for, None where nobody traces it.
current = _current.get


def tell(tracer: Tracer | None) -> None:
    """From now on spans go there; None: nowhere."""
    global _tracer
    _tracer = tracer


def traceparent_of(text: str | None) -> str | None:
    """What was given, in our version of it; None where it is malformed: it is then as if nothing had been given."""
    found = None if text is None else _TRACEPARENT.fullmatch(text)
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == "ff" or trace == _NO_TRACE or span == _NO_SPAN or (version == "00" and more):
        return None
    return f"00-{trace}-{span}-{flags if version == '00' else f'{int(flags, 16) & _SAMPLED:02x}'}"


def trace_id(traceparent: str) -> str:
    return traceparent[3:35]


def span_id(traceparent: str) -> str:
    return traceparent[36:52]


def sampled(traceparent: str) -> bool:
    """Whether its spans are told, as whoever began the trace decided."""
    return bool(int(traceparent[53:55], 16) & _SAMPLED)


class Work:
    """A context in which the current task works for a trace: as a span of it, where somebody takes spans."""

    __slots__ = ("_token", "_traceparent", "span")

    def __init__(self, traceparent: str | None, span: Span | None) -> None:
        self._traceparent = traceparent
        self._token: Token[str | None] | None = None
        self.span = span

    def __enter__(self) -> Span | None:
        self._token = _current.set(self._traceparent)
        return self.span

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        assert self._token is not None
        _current.reset(self._token)
        if self.span is not None:
            self.span.end(fault if isinstance(fault, Exception) else None)  # what is called off does not fail


class _Untraced:
    """Nothing was given, and nobody takes spans: what is done belongs to whatever the task worked for before."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_UNTRACED = _Untraced()


def work(name: str, kind: SpanKind = SpanKind.INTERNAL, *, given: str | None = None) -> Work | _Untraced:
    """Work as a part of the trace that was `given`, malformed or not, else of the current one, else of a new one."""
    if _tracer is None:
        parent = None if given is None else traceparent_of(given)
        return _UNTRACED if parent is None else Work(parent, None)
    span = _tracer.begin(name, kind, traceparent_of(given) or current(), ())
    return Work(span.traceparent, span)


def joint_work(name: str, asked_by: Iterable[str | None]) -> Work | _Untraced:
    """Work for several traces at once: a part of the first that is sampled, with links to the others; of a new trace
    where nobody who asked is traced."""
    if _tracer is None:
        return _UNTRACED
    links = list(dict.fromkeys(each for each in asked_by if each is not None))
    parent = next(filter(sampled, links), links[0] if links else None)
    span = _tracer.begin(name, SpanKind.INTERNAL, parent, [each for each in links if each != parent])
    return Work(span.traceparent, span)


def taken() -> bool:
    """Whether somebody takes spans: ask before looking for what only they need."""
    return _tracer is not None


def begin_each(name: str, kind: SpanKind, traceparents: Iterable[str | None]) -> Sequence[Span]:
    """A span for each sampled trace among them, for one piece of work; `end_each` of them."""
    if _tracer is None:
        return ()
    told = dict.fromkeys(each for each in traceparents if each is not None and sampled(each))
    return [_tracer.begin(name, kind, each, ()) for each in told]


def end_each(spans: Iterable[Span], fault: BaseException | None = None) -> None:
    for span in spans:
        span.end(fault)
