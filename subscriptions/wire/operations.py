"""Operations: what a client asks over a live transport, answered as the texts that are sent.

Subscriptions that are equal, down to every claim that decides what may be seen, share a `Rendering`: an event is
executed and encoded once for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from services import trace
from services.identity import Session
from services.live import LiveStreams, StreamEvent, StreamFilter
from services.trace import SpanKind
from subscriptions import metrics
from subscriptions.hub.snapshots import SnapshotFailed
from subscriptions.hub.watch import Watch
from subscriptions.wire.fanout import PipeOutlet
from subscriptions.wire.kept_texts import KeptTexts
from subscriptions.wire.not_started import NotStarted
from subscriptions.wire.peer import Peer
from subscriptions.wire.rendered import Rendered
from subscriptions.wire.rendering import Rendering
from subscriptions.wire.shares import Shares
from subscriptions.wire.turns import SingleFile, Turns

FINISH_S = 5.0
#: Of one stream, before all others that have as much to tell go on: a pipe takes thousands before it is full.
TOLD_AT_ONCE = 32
#: What a client is told whose stream could not be given what it begins with; the log says why.
FAILED = {"message": "Something went wrong on our side: subscribe again later.", "extensions": {"code": "INTERNAL"}}

S = TypeVar("S", bound=StreamEvent)


#: The extension by which clients of Apollo name a persisted document.
PERSISTED = "persistedQuery"


def named_by(document_id: object, persisted: object) -> object:
    """By what a document is named; a pair where a client does so twice, which has to be the same hash."""
    if document_id and persisted is not None:
        return document_id, persisted
    return document_id or persisted


@dataclass(slots=True, eq=False)
class Request:
    """An operation as a client sent it; `traceparent` where it brought one along itself, not in a header; `named`: by
    what it names a persisted document, unread, and `query` may be empty then."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    operation_name: str | None = None
    traceparent: str | None = None
    named: object = None


class Prepared(Protocol):
    """An operation that was parsed, validated and found within the limits."""

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        ...

    @property
    def plain(self) -> bool:
        """Whether events of this subscription can be shown without waiting for anything."""
        ...


class Executor(Protocol):
    """Runs operations; its answers are finished dicts with `data` and formatted `errors`.

    `prepare` refuses with an exception whose `errors` are formatted; `subscribe` gives a dict where it could not begin.
    `admit` counts an operation against its caller's rate: once, however often it is asked with one context.
    `show_event` gives None where only `execute_event` can tell.
    """

    def prepare(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None, named: object
    ) -> Any: ...

    def admit(self, prepared: Any, context: Any) -> int: ...

    async def execute(self, prepared: Any, context: Any) -> dict[str, Any]: ...

    async def subscribe(self, prepared: Any, context: Any) -> Any: ...

    def show_event(self, prepared: Any, context: Any, event: Any) -> Mapping[str, Any] | None: ...

    async def execute_event(self, prepared: Any, context: Any, event: Any) -> Mapping[str, Any]: ...

    def group_key(self, prepared: Any) -> bytes:
        """Equal for subscriptions whose events get equal answers for equal callers."""
        ...


class Context(Protocol):
    """The part of an operation's context that a resumption replaces."""

    live: LiveStreams | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """LiveStreams of which every watch begins behind one cursor, whatever the operation says."""

    live: LiveStreams
    after: str

    def watch(
        self, scope: Any, filter: StreamFilter[S], *, snapshot: bool = False, after: str | None = None
    ) -> AsyncIterator[S]:
        return self.live.watch(scope, filter, snapshot=snapshot, after=self.after)


@dataclass(frozen=True, slots=True)
class _Execution:
    """Of one subscription's events, for who asked for them. Implements `subscriptions.wire.rendered.Execution`."""

    executor: Executor
    prepared: Prepared
    context: Callable[[], Context]

    def show(self, event: object) -> Mapping[str, Any] | None:
        return self.executor.show_event(self.prepared, self.context(), event) if self.prepared.plain else None

    async def execute(self, event: object) -> Mapping[str, Any]:
        return await self.executor.execute_event(self.prepared, self.context(), event)


class Operations:
    """Those of one process, over all its transports. `make_context` gives a fresh context for one operation or event;
    `shares` bound how many a subject has open.

    `finish` before what they work with is closed.
    """

    def __init__(
        self, executor: Executor, make_context: Callable[[Session], Context], shares: Shares | None = None
    ) -> None:
        self._executor = executor
        self._make_context = make_context
        self._shares = shares or Shares()
        self._turns = Turns()
        self._starts = Turns()
        self._tellers = SingleFile()
        self._texts = KeptTexts()
        self._renderings: WeakValueDictionary[Hashable, Rendering] = WeakValueDictionary()
        self._mutations: set[asyncio.Task[dict[str, Any]]] = set()

    async def finish(self, within_s: float = FINISH_S) -> None:
        """Until every mutation under way is decided, or so many seconds."""
        if self._mutations:
            await asyncio.wait(self._mutations, timeout=within_s)

    def prepare(self, request: Request) -> Prepared:
        """Raises NotStarted."""
        try:
            return self._executor.prepare(request.query, request.variables, request.operation_name, request.named)
        except Exception as fault:
            errors = getattr(fault, "errors", None)
            if errors is None:
                raise
            raise NotStarted(errors) from fault

    async def prepare_in_turn(self, request: Request) -> Prepared:
        """In slices, over all who ask: a peer that sends documents by the thousand holds up no other. Raises
        NotStarted."""
        return await self._starts.given(partial(self.prepare, request))

    def admit(self, prepared: Prepared, session: Session) -> tuple[int, Context]:
        """0 or the milliseconds after which there is room for it; and the context to run it in, which was counted."""
        context = self._make_context(session)
        return self._executor.admit(prepared, context), context

    async def results(
        self,
        prepared: Prepared,
        session: Session,
        *,
        context: Context | None = None,
        after: str | None = None,
        peer: Peer | None = None,
        traceparent: str | None = None,
    ) -> AsyncGenerator[Rendered, None]:
        """One result of a query or mutation, those of a stream until it is closed. Raises NotStarted, TooSlow.

        `context` is what `admit` gave, where it was asked before. `after` resumes a stream behind a cursor. What a
        stream tells leaves by its `peer`'s pipe, if it has one, while it keeps up. A query or mutation is a part of the
        trace of `traceparent`; what a stream tells is a part of others.
        """
        context = self._make_context(session) if context is None else context
        self._shares.take(session.caller)
        group: Hashable = None
        try:
            if prepared.kind != "subscription":
                answer = await self._execute(prepared, context, traceparent)
                if "data" not in answer:
                    raise NotStarted(answer["errors"])
                yield Rendered.of(answer)
                return
            events = await self._subscribe(prepared, context, after)
            rendering = self._rendering(prepared, session)
            execution = _Execution(self._executor, prepared, partial(self._make_context, session))
            async with aclosing(events):
                self._shares.join(session.caller, joined := (rendering, _group_of(events)))
                group = joined
                _connect(events, peer, rendering, execution)
                told = 0
                async for event in events:
                    yield await rendering.of(event, execution)
                    metrics.SENT.inc()
                    told += 1
                    if told % TOLD_AT_ONCE == 0:
                        await self._tellers.turn()
        except SnapshotFailed as fault:
            raise NotStarted([FAILED]) from fault
        finally:
            if group is not None:
                self._shares.leave(session.caller, group)
            self._shares.give_back(session.caller)

    async def _execute(self, prepared: Prepared, context: Context, traceparent: str | None) -> dict[str, Any]:
        execution = self._traced(prepared, context, traceparent)
        if prepared.kind != "mutation":
            return await execution
        # A client that goes away does not end it: what it asked for is carried out, and it can ask again by its key.
        task = asyncio.create_task(execution)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def _traced(self, prepared: Prepared, context: Context, traceparent: str | None) -> dict[str, Any]:
        with trace.work(prepared.kind, SpanKind.SERVER, given=traceparent) as span:
            answer = await self._executor.execute(prepared, context)
            if span is not None:
                span.note("graphql.operation.type", prepared.kind)
            return answer

    async def _subscribe(self, prepared: Prepared, context: Context, after: str | None) -> Any:
        if after is not None and context.live is not None:
            context.live = Resumed(context.live, after)
        events = await self._executor.subscribe(prepared, context)
        if isinstance(events, Mapping):
            raise NotStarted(events["errors"])
        return events

    def _rendering(self, prepared: Prepared, session: Session) -> Rendering:
        caller = session.caller
        key = (self._executor.group_key(prepared), caller.sight)
        rendering = self._renderings.get(key)
        if rendering is None:
            rendering = self._renderings[key] = Rendering(self._turns, self._texts)
        return rendering


def _group_of(events: object) -> Hashable:
    return events.key if isinstance(events, Watch) else None


def _connect(events: object, peer: Peer | None, rendering: Rendering, execution: _Execution) -> None:
    if peer is None or not isinstance(events, Watch):
        return
    events.on_too_slow = peer.on_too_slow
    events.waits_in(peer.backlog)
    if peer.pipe is not None:
        events.outlet = PipeOutlet(rendering.fanout, peer.pipe, execution)
