"""Executor: runs operations of any transport, the same way for all of them.

    prepare        parse, validate, measure, choose the operation, read the variables: no access to data
    admit          count it against its caller's rate; execute and subscribe do so where nobody did before
    execute        a query or a mutation, to its answer
    ask            the first half of `execute`, where no more is waited for than what is looked up
    finish         what came of `ask`, where its own answer is none
    subscribe      a subscription, to the stream of events that its resolver returned
    show_event     one event of such a stream, to its answer, where nothing has to be waited for
    execute_event  the same, whatever it takes
    group_key      equal for subscriptions whose events get equal answers for equal callers

Runs on graphql-core's public `Executor`; Strawberry made the schema and its resolvers, and is not asked again.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationType,
    VariableValues,
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
)
from graphql import (
    Executor as Engine,
)
from strawberry.execution import optimized_is_awaitable

from schema.context import Context
from schema.documents import Documents, Plan
from schema.errors import ErrorCode
from schema.faults import Refused, ReportFault, Telling, Told, rate_limited, told
from schema.limits import Limits
from schema.persisted import PersistedDocuments
from schema.shortcut import Asked, Settled
from schema.shortcuts import Shortcuts

#: Of the documents that are remembered: some thousand of a page's.
BYTES_REMEMBERED = 32 * 1024 * 1024

#: `data` and, where there are any, `errors`; `errors` alone where nothing was run.
Answer = Told

# Both are what the engine wants, but for the wording of their types.
_TYPE_RESOLVER: Any = default_type_resolver
_IS_AWAITABLE: Any = optimized_is_awaitable
#: No resolver asks for them. The engine's are its own methods: they and it would hold each other, and the document with
#: them, until the collector comes.
_NO_HELPERS: Any = None


@dataclass(slots=True, eq=False)
class Prepared:
    """An operation that may be run."""

    plan: Plan
    variables: VariableValues

    @property
    def kind(self) -> str:
        """'query', 'mutation' or 'subscription'."""
        return self.plan.operation.operation.value

    @property
    def plain(self) -> bool:
        """Whether events of this subscription can be shown without waiting for anything."""
        return self.plan.showing is not None


class Executor:
    """`report_fault` is given each exception that was nobody's answer; its notes name the request.

    Without `shortcuts` the engine runs everything, with the same answers.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits | None = None,
        introspection: bool = False,
        shortcuts: bool = True,
        persisted: PersistedDocuments | None = None,
        report_fault: ReportFault,
    ) -> None:
        self._schema = schema._schema
        self._hidden = not introspection
        self._report = report_fault
        self._persisted = persisted or PersistedDocuments()
        self._documents = Documents(
            self._schema,
            limits or Limits(),
            introspection=introspection,
            room=BYTES_REMEMBERED,
            shortcuts=Shortcuts(self._schema, schema.config) if shortcuts else None,
        )

    def prepare(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        named: object = None,
    ) -> Prepared:
        """`named`: by what a client names a persisted document, as it sent it. Raises Refused with the errors to send
        instead of an answer."""
        if named is not None or self._persisted.only:
            query = self._persisted.text(query, named)
        plan = self._documents.plan(query, operation_name)
        if named is not None:
            self._persisted.remember(query)
        try:
            return Prepared(plan, self._documents.variables(plan, variables or {}))
        except Refused as refused:
            refused.kind = plan.operation.operation.value
            raise

    def group_key(self, prepared: Prepared) -> bytes:
        """A hash of the operation as it prints (its name and fragments with it) and of its variables, without what only
        decides which events come: filters, and the cursor that a stream is resumed by."""
        plan = prepared.plan
        variables = {name: value for name, value in prepared.variables.coerced.items() if name in plan.shown_by}
        return hashlib.sha256(plan.key + json.dumps(variables, sort_keys=True, default=str).encode()).digest()

    def admit(self, prepared: Prepared, context: Context) -> int:
        """0 where the caller may ask for this now, and it is counted; else the milliseconds to wait."""
        return context.admit(prepared.plan.roots)

    async def execute(self, prepared: Prepared, context: Context) -> Answer:
        """Run a query or a mutation. Never raises but for cancellation."""
        if prepared.plan.operation.operation is OperationType.SUBSCRIPTION:
            message = "A subscription runs over a WebSocket (graphql-transport-ws) or server-sent events."
            return {"errors": [told(GraphQLError(message), ErrorCode.BAD_REQUEST)]}
        if wait_ms := self.admit(prepared, context):
            return {"errors": [rate_limited(wait_ms, context.request_id)]}
        shortcut, settled = prepared.plan.shortcut, None
        if shortcut is not None:
            settled = await shortcut.run(prepared.variables, context)
            if isinstance(settled, dict):
                return {"data": settled}
        return await self._run(self._engine(prepared, context, None, settled), context)

    def ask(self, prepared: Prepared, context: Context) -> Asked | None:
        """Begin a query or a mutation without a task; None: `execute` it, in the same context."""
        shortcut = prepared.plan.shortcut
        if shortcut is None or self.admit(prepared, context):
            return None
        return shortcut.ask(prepared.variables, context)

    async def finish(self, prepared: Prepared, context: Context, asked: Asked) -> Answer:
        """Never raises but for cancellation."""
        return await self._run(self._engine(prepared, context, None, asked.settled()), context)

    async def subscribe(self, prepared: Prepared, context: Context) -> AsyncIterator[object] | Answer:
        """The very iterator that the resolver returned, or the errors to send instead."""
        if wait_ms := self.admit(prepared, context):
            return {"errors": [rate_limited(wait_ms, context.request_id)]}
        telling = Telling(context.request_id, self._report)
        try:
            stream: Any = create_source_event_stream(self._engine(prepared, context, None))
            if optimized_is_awaitable(stream):
                stream = await stream
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log a traceback
            return {"errors": [telling.fault(fault)]}
        if isinstance(stream, ExecutionResult):
            return {"errors": telling.all(stream.errors or [])}
        return cast("AsyncIterator[object]", stream)

    def show_event(self, prepared: Prepared, context: Context, event: object) -> Answer | None:
        """What `execute_event` answers, without waiting for anything; None where that is not possible."""
        showing = prepared.plan.showing
        data = showing and showing.show(event, context)
        return data and {"data": data}

    async def execute_event(self, prepared: Prepared, context: Context, event: object) -> Answer:
        """Run the subscription's selection once, for one event. Never raises but for cancellation."""
        return await self._run(self._engine(prepared, context, event), context)

    def _engine(
        self, prepared: Prepared, context: Context, root: object, settled: Settled | None = None
    ) -> Engine[Any]:
        plan = prepared.plan
        engine = Engine[Any](
            self._schema,
            plan.definitions,
            plan.fragments,
            root,
            context,
            plan.operation,
            prepared.variables,
            default_field_resolver,
            _TYPE_RESOLVER,
            default_field_resolver,
            middleware_manager=settled,
            is_awaitable=_IS_AWAITABLE,
            hide_suggestions=self._hidden,
        )
        engine.async_helpers = _NO_HELPERS
        return engine

    async def _run(self, engine: Engine[Any], context: Context) -> Answer:
        telling = Telling(context.request_id, self._report)
        try:
            result: Any = engine.execute_operation()
            if optimized_is_awaitable(result):
                result = await result
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log a traceback
            return {"data": None, "errors": [telling.fault(fault)]}
        answer: Answer = {"data": result.data}
        if result.errors:
            answer["errors"] = telling.all(result.errors)
        return answer
