"""Operations: what a client asks over a live transport, answered as the texts that are sent.

Subscriptions that are equal, down to every claim that decides what may be seen, share a `Rendering`: an event is
executed and encoded once for all of them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from weakref import WeakValueDictionary

from services.identity import Session
from services.live import LevelEvent, LevelStream, LevelStreamFilter
from subscriptions.hub.watch import Watch
from subscriptions.log.broadcast_log import Position
from subscriptions.wire.rendering import Rendering, encoded


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    operation_name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Prepared(Protocol):
    """An operation that was parsed, validated and found within the limits."""

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        ...


class Executor(Protocol):
    """Runs operations; its answers are finished dicts with `data` and formatted `errors`.

    `prepare` refuses with an exception whose `errors` are formatted; `subscribe` gives a dict where it could not begin.
    """

    def prepare(self, request: Any) -> Any: ...

    async def execute(self, prepared: Any, request: Any, context: Any) -> dict[str, Any]: ...

    async def subscribe(self, prepared: Any, request: Any, context: Any) -> Any: ...

    async def execute_event(self, prepared: Any, request: Any, context: Any, event: Any) -> dict[str, Any]: ...

    def group_key(self, prepared: Any, request: Any) -> bytes: ...


class Context(Protocol):
    """The part of an operation's context that a resumption replaces."""

    live: LevelStream | None


class NotStarted(Exception):
    """The operation gives no result: it was refused, or its stream could not begin. `errors` are formatted."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__("the operation did not start")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Result:
    """A finished result as JSON; `cursor` resumes behind it, where it is one of a stream's."""

    text: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """A LevelStream whose every watch begins behind one cursor, whatever the operation says."""

    live: LevelStream
    after: str

    def watch(
        self, scope: Any, filter: LevelStreamFilter, *, snapshot: bool = False, after: str | None = None
    ) -> AsyncIterator[LevelEvent]:
        return self.live.watch(scope, filter, snapshot=snapshot, after=self.after)


class Operations:
    """`make_context` gives a fresh context for one operation, or for one event of it."""

    def __init__(self, executor: Executor, make_context: Callable[[Session], Any]) -> None:
        self._executor = executor
        self._make_context = make_context
        self._renderings: WeakValueDictionary[Hashable, Rendering] = WeakValueDictionary()

    def prepare(self, request: Request) -> Prepared:
        """Raises NotStarted."""
        try:
            return self._executor.prepare(request)
        except Exception as fault:
            errors = getattr(fault, "errors", None)
            if errors is None:
                raise
            raise NotStarted(errors) from fault

    async def results(
        self,
        prepared: Prepared,
        request: Request,
        session: Session,
        *,
        after: str | None = None,
        on_too_slow: Callable[[], None] | None = None,
    ) -> AsyncGenerator[Result, None]:
        """One result of a query or mutation, those of a stream until it is closed. Raises NotStarted, TooSlow.

        `after` resumes a stream behind a cursor. `on_too_slow` is called at once when a stream's reader is so slow that
        it must begin anew, also while it is busy with an earlier result.
        """
        if prepared.kind != "subscription":
            yield Result(encoded(await self._executor.execute(prepared, request, self._make_context(session))))
            return
        events = await self._subscribe(prepared, request, session, after)
        if isinstance(events, Watch):
            events.on_too_slow = on_too_slow
        rendering = self._rendering(prepared, request, session)

        async def execute(event: object) -> dict[str, Any]:
            return await self._executor.execute_event(prepared, request, self._make_context(session), event)

        async with aclosing(events):
            async for event in events:
                yield Result(await rendering.text(event, execute), getattr(event, "cursor", None))

    async def _subscribe(self, prepared: Prepared, request: Request, session: Session, after: str | None) -> Any:
        context: Context = self._make_context(session)
        if after is not None and context.live is not None:
            context.live = Resumed(context.live, after)
        events = await self._executor.subscribe(prepared, request, context)
        if isinstance(events, Mapping):
            raise NotStarted(events["errors"])
        return events

    def _rendering(self, prepared: Prepared, request: Request, session: Session) -> Rendering:
        caller = session.caller
        key = (self._group_key(prepared, request), caller.scope, caller.roles)
        rendering = self._renderings.get(key)
        if rendering is None:
            rendering = self._renderings[key] = Rendering()
        return rendering

    def _group_key(self, prepared: Prepared, request: Request) -> bytes:
        """Where a stream was resumed makes no difference to its events: a thousand screens that come back from a cut,
        each with a cursor of its own, are one group again. A variable that holds such a cursor can only be `after`.
        """
        variables = {name: value for name, value in request.variables.items() if not _is_cursor(value)}
        if len(variables) < len(request.variables):
            without = replace(request, variables=variables)
            try:
                return self._executor.group_key(self.prepare(without), without)
            except NotStarted:  # the variable must not be left out
                pass
        return self._executor.group_key(prepared, request)


def _is_cursor(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(Position.decode(value))
    except ValueError:
        return False
