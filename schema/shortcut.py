"""Shortcut: an operation that selects plain values alone, made ready once for each document (`schema.shortcuts`).

A checkout sends the same mutation thousands of times a second, a stream tells as many events; the engine would find
the fields, arguments and types of each anew. Here each resolver is called and its answer completed straight away.
Whatever does not come out plainly (an exception, a null where none may be) goes to the engine after all, which is
handed what the resolvers came to (`Settled`) instead of calling them again: errors, nulls and paths are always the
engine's own.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import GraphQLFieldResolver, GraphQLResolveInfo, MiddlewareManager, Undefined, VariableValues
from strawberry.execution import optimized_is_awaitable
from strawberry.types.field import StrawberryField

from schema.completion import Complete
from schema.context import Context
from schema.conversion import Convert
from schema.root_info import RootInfo
from schema.rows import Rows
from services.rows import Row, RowPage

#: Of one operation; what is asked beyond runs in the engine.
FORMS_MAX = 8
_IN_ROWS = (Row, RowPage)


class Outcome(NamedTuple):
    """What a root field's resolver came to."""

    value: Any = None
    fault: Exception | None = None


class Settled(MiddlewareManager):
    """Answers root fields of an operation, by the names they are answered under, with what their resolvers have already
    come to."""

    def __init__(self, outcomes: Mapping[Any, Outcome]) -> None:
        super().__init__()
        self._outcomes = outcomes

    def get_field_resolver(self, field_resolver: GraphQLFieldResolver) -> GraphQLFieldResolver:
        def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
            outcome = self._outcomes.get(info.path.key) if info.path.prev is None else None
            if outcome is None:
                return field_resolver(source, info, **arguments)
            if outcome.fault is not None:
                raise outcome.fault
            return outcome.value

        return resolve


@dataclass(frozen=True, slots=True)
class Argument:
    """What the resolver calls it, and where its value comes from: a variable, a literal that holds some, or `constant`
    in every request.

    `convert` is None for what the resolver takes as the engine reads it. `literal` gives Undefined where it does not
    hold with these variables.
    """

    name: str
    convert: Convert | None
    required: bool
    variable: str | None = None
    literal: Callable[[VariableValues], Any] | None = None
    constant: Any = None


class Root:
    """A root field of an operation, to be answered under `name`; `required`: with no null."""

    def __init__(
        self,
        name: str,
        field: StrawberryField,
        arguments: list[Argument],
        info: GraphQLResolveInfo,
        complete: Complete,
        rows: Rows | None = None,
        *,
        required: bool = False,
    ) -> None:
        self.required = required
        self.name, self._field, self._arguments, self._info = name, field, arguments, info
        self._complete, self._rows = complete, rows
        resolver = field.base_resolver
        assert resolver is not None
        self._resolve: Callable[..., Any] = resolver.wrapped_func  # pyright: ignore[reportAttributeAccessIssue]
        self._source = [None] if resolver.self_parameter else []
        self._asks = resolver.info_parameter and resolver.info_parameter.name
        #: Whether it is no coroutine, so that it may return a future and nothing is awaited but that.
        self.plain = not resolver.is_async

    def given(self, variables: VariableValues) -> dict[str, Any] | None:
        """The resolver's arguments; None where one hangs on rules of left-out variables."""
        given: dict[str, Any] = {}
        for argument in self._arguments:
            value = argument.constant
            if argument.variable is not None:
                value = variables.coerced.get(argument.variable, Undefined)
            elif argument.literal is not None:
                value = argument.literal(variables)
            if value is Undefined:
                return None
            if value is None and argument.required:
                return None
            convert = argument.convert
            given[argument.name] = value if value is None or convert is None else convert(value)
        return given

    async def resolved(self, given: dict[str, Any], variables: VariableValues, context: Context) -> Outcome:
        try:
            value = self.begun(given, variables, context)
            if optimized_is_awaitable(value):
                value = await value
        except Exception as fault:  # noqa: BLE001 - whatever it is, the engine says what becomes of it
            return Outcome(None, fault)
        return Outcome(value)

    def begun(self, given: dict[str, Any], variables: VariableValues, context: Context) -> Any:
        """What the resolver returns, be it to be awaited. Raises what it raises."""
        if self._asks:
            columns = self._rows.columns if self._rows else None
            given[self._asks] = RootInfo(self._info, self._field, variables, context, columns)
        return self._resolve(*self._source, **given)

    def shown(self, outcome: Outcome, context: Context) -> Any:
        """Raises whatever stands in the way."""
        if outcome.fault is not None:
            raise outcome.fault
        value = outcome.value
        complete = self._rows.complete if self._rows and in_rows(outcome) else self._complete
        return complete(value.values if type(value) is Row else value, context)


def in_rows(outcome: Outcome) -> bool:
    """What the engine cannot complete: it has the things themselves read."""
    return isinstance(outcome.value, _IN_ROWS)


class Asked:
    """What a root field waits for, and the operation's answer when `found` is done."""

    def __init__(self, root: Root, names: dict[str, str | None], context: Context, found: asyncio.Future[Any]) -> None:
        self._root, self._names, self._context, self.found = root, names, context, found

    def data(self) -> dict[str, Any] | None:
        """None where the engine has to finish it."""
        try:
            return self._names | {self._root.name: self._root.shown(Outcome(self.found.result()), self._context)}
        except Exception:  # noqa: BLE001 - the engine completes it, and finds the same with its place
            return None

    def settled(self) -> Settled:
        fault = self.found.exception()
        outcome = Outcome(None, fault) if isinstance(fault, Exception) else Outcome(self.found.result())
        return Settled({} if in_rows(outcome) else {self._root.name: outcome})


class Shortcut:
    """`run` gives the operation's data, or what the engine has to finish; None where it has to begin.

    `names`: of all that is answered, in this order, those of `__typename` with what it is. Of a mutation one root is
    resolved after the other (`serial`), of a query all at once, so that they load together what they need.
    """

    #: How many there are of an operation, at most.
    forms = 1

    def __init__(self, roots: list[Root], names: dict[str, str | None], *, serial: bool) -> None:
        self._roots, self._names = roots, names
        self._at_once = len(roots) > 1 and not serial
        self._asking = roots[0] if len(roots) == 1 and roots[0].plain else None

    async def run(self, variables: VariableValues, context: Context) -> dict[str, Any] | Settled | None:
        roots, all_given = self._roots, []
        for root in roots:
            given = root.given(variables)
            if given is None:
                return None
            all_given.append(given)
        calls = zip(roots, all_given, strict=True)
        if self._at_once:
            outcomes = await asyncio.gather(*(root.resolved(given, variables, context) for root, given in calls))
        else:
            outcomes = [await root.resolved(given, variables, context) for root, given in calls]
        data: dict[str, Any] = self._names.copy()
        failed = False
        for root, outcome in zip(roots, outcomes, strict=True):
            try:
                data[root.name] = root.shown(outcome, context)
            except Exception:  # noqa: BLE001 - the engine completes it, and finds the same with its place
                if root.required and self._at_once:
                    return None  # nothing is answered then, and which errors are told hangs on what came first
                failed = True
        return self._settled(outcomes) if failed else data

    def ask(self, variables: VariableValues, context: Context) -> Asked | None:
        """The first half of `run`, where the only root's resolver does no more than ask; None leaves it to `run`.

        Raises what the conversion of an argument raises.
        """
        if self._asking is None:
            return None
        given = self._asking.given(variables)
        if given is None:
            return None
        found: asyncio.Future[Any]
        try:
            value = self._asking.begun(given, variables, context)
            if isinstance(value, asyncio.Future):
                found = value
            elif optimized_is_awaitable(value):
                found = asyncio.ensure_future(value)
            else:
                found = asyncio.get_running_loop().create_future()
                found.set_result(value)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the engine says what becomes of it
            found = asyncio.get_running_loop().create_future()
            found.set_exception(fault)
        return Asked(self._asking, self._names, context, found)

    def _settled(self, outcomes: list[Outcome]) -> Settled:
        held = zip(self._roots, outcomes, strict=True)
        return Settled({root.name: outcome for root, outcome in held if not in_rows(outcome)})


class Forms:
    """An operation's shortcuts, one for each combination of the values of variables (`names`) that decide what is
    selected (`@skip`, `@include`), each found when it is first asked for. As Shortcut."""

    def __init__(self, names: tuple[str, ...], make: Callable[[VariableValues], Shortcut | None]) -> None:
        self._names, self._make = names, make
        self.forms = min(2 ** len(names), FORMS_MAX)
        self._made: dict[tuple[object, ...], Shortcut | None] = {}

    async def run(self, variables: VariableValues, context: Context) -> dict[str, Any] | Settled | None:
        shortcut = self._of(variables)
        return None if shortcut is None else await shortcut.run(variables, context)

    def ask(self, variables: VariableValues, context: Context) -> Asked | None:
        shortcut = self._of(variables)
        return None if shortcut is None else shortcut.ask(variables, context)

    def _of(self, variables: VariableValues) -> Shortcut | None:
        key = tuple(map(variables.coerced.get, self._names))
        if not all(type(value) is bool for value in key):
            return None  # left out, or null where none may be
        if key not in self._made:
            if len(self._made) >= self.forms:
                return None
            self._made[key] = self._make(_only(variables, self._names))
        return self._made[key]


def _only(variables: VariableValues, names: tuple[str, ...]) -> VariableValues:
    sources, coerced = variables
    return VariableValues({n: sources[n] for n in names if n in sources}, {n: coerced[n] for n in names})


@dataclass(frozen=True, slots=True)
class EventShortcut:
    """Shows an event of a subscription at once."""

    name: str
    complete: Complete

    def show(self, event: object, context: Context) -> dict[str, Any] | None:
        """The data of its answer; None where the engine has to make it."""
        try:
            return {self.name: self.complete(event, context)}
        except Exception:  # noqa: BLE001 - the engine makes it anew, and finds the same with its place
            return None
