"""Shortcut: an operation of one root field that selects plain values alone, made ready once for each document.

A checkout sends the same mutation thousands of times a second, a stream tells as many events; the engine would find
the fields, arguments and types of each anew. Here the resolver is called and its answer completed straight away.
Whatever does not come out plainly (an exception, a null where none may be) goes to the engine after all, which is
handed what the resolver came to (`Settled`) instead of calling it again: errors, nulls and paths are always the
engine's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields
from graphql.pyutils import Path
from graphql.type import GraphQLResolveInfoHelpers
from graphql.utilities import coerce_input_literal
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from schema.completion import NO_VARIABLES, Complete, Completions, NotPlain
from schema.context import Context
from schema.conversion import Convert, conversion
from schema.fields import DEFINITION
from schema.root_info import RootInfo
from schema.rows import Rows, rows_of
from schema.syntax import found_in
from services.rows import Row, RowPage


class Settled(MiddlewareManager):
    """Answers the root field of an operation with what its resolver has already come to."""

    def __init__(self, value: object, fault: Exception | None = None) -> None:
        super().__init__()
        self._value, self._fault = value, fault

    def get_field_resolver(self, field_resolver: GraphQLFieldResolver) -> GraphQLFieldResolver:
        def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
            if info.path.prev is not None:
                return field_resolver(source, info, **arguments)
            if self._fault is not None:
                raise self._fault
            return self._value

        return resolve


@dataclass(frozen=True, slots=True)
class Argument:
    """What the resolver calls it, and where its value comes from: a variable, or `constant` in every request.

    `convert` is None for what the resolver takes as the engine reads it.
    """

    name: str
    convert: Convert | None
    required: bool
    variable: str | None = None
    constant: Any = None


class Shortcut:
    """`run` gives the operation's data, or what the engine has to finish; None where it has to begin."""

    def __init__(
        self,
        name: str,
        field: StrawberryField,
        arguments: list[Argument],
        info: GraphQLResolveInfo,
        complete: Complete,
        rows: Rows | None = None,
    ) -> None:
        self._name, self._field, self._arguments, self._info = name, field, arguments, info
        self._complete, self._rows = complete, rows
        resolver = field.base_resolver
        assert resolver is not None
        self._resolve: Callable[..., Any] = resolver.wrapped_func  # pyright: ignore[reportAttributeAccessIssue]
        self._source = [None] if resolver.self_parameter else []
        self._asks = resolver.info_parameter and resolver.info_parameter.name

    async def run(self, variables: VariableValues, context: Context) -> dict[str, Any] | Settled | None:
        given = self._given(variables.coerced)
        if given is None:
            return None
        if self._asks:
            columns = self._rows.columns if self._rows else None
            given[self._asks] = RootInfo(self._info, self._field, variables, context, columns)
        try:
            value: Any = self._resolve(*self._source, **given)
            if optimized_is_awaitable(value):
                value = await value
        except Exception as fault:  # noqa: BLE001 - whatever it is, the engine says what becomes of it
            return Settled(None, fault)
        in_rows = isinstance(value, Row | RowPage)
        complete = self._rows.complete if in_rows and self._rows else self._complete
        try:
            return {self._name: complete(value.values if type(value) is Row else value, context)}
        except Exception:  # noqa: BLE001 - the engine completes it, and finds the same with its place
            return None if in_rows else Settled(value)  # not of rows: it has the things themselves read

    def _given(self, coerced: Mapping[str, Any]) -> dict[str, Any] | None:
        """The resolver's arguments; None where one hangs on rules of left-out variables."""
        given: dict[str, Any] = {}
        for argument in self._arguments:
            value = argument.constant
            if argument.variable is not None:
                if argument.variable not in coerced:
                    return None
                value = coerced[argument.variable]
            if value is None and argument.required:
                return None
            convert = argument.convert
            given[argument.name] = value if value is None or convert is None else convert(value)
        return given


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


class Shortcuts:
    """Finds the shortcuts of a schema's operations."""

    def __init__(self, schema: GraphQLSchema, config: StrawberryConfig) -> None:
        self._schema, self._config = schema, config

    def of(
        self,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> Shortcut | None:
        """That of a query or a mutation; None where the engine has to run it."""
        try:
            return self._found(operation, definitions, fragments)
        except NotPlain:
            return None

    def of_events(
        self,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> EventShortcut | None:
        """That of the events of a subscription; None where the engine has to run them."""
        root = self._schema.subscription_type
        if operation.operation is not OperationType.SUBSCRIPTION or root is None:
            return None
        try:
            name, details = self._selected(root, operation, definitions, fragments)
            field, _ = self._resolved(root, details)
            return EventShortcut(name, Completions(self._schema, operation, fragments).of(field.type, details))
        except NotPlain:
            return None

    def _found(
        self,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> Shortcut:
        root = self._schema.get_root_type(operation.operation)
        if operation.operation is OperationType.SUBSCRIPTION or root is None:
            raise NotPlain
        name, details = self._selected(root, operation, definitions, fragments)
        field, definition = self._resolved(root, details)
        info = GraphQLResolveInfo(
            details[0].node.name.value,
            [each.node for each in details],
            field.type,
            root,
            Path(None, name, root.name),
            self._schema,
            definitions,
            None,
            operation,
            NO_VARIABLES,
            None,
            _IS_AWAITABLE,
            None,
            _UNUSED,
        )
        arguments = self._arguments(field, definition, details[0].node)
        completions = Completions(self._schema, operation, fragments)
        rows = rows_of(definition.metadata.get("rows"), self._schema, operation, fragments, field.type, details)
        return Shortcut(name, definition, arguments, info, completions.of(field.type, details), rows)

    def _selected(
        self,
        root: GraphQLObjectType,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> tuple[str, list[FieldDetails]]:
        """The one root field, under the name that it is answered by."""
        if found_in([operation, *definitions.values()], DirectiveNode):
            raise NotPlain  # what is selected may differ from request to request
        selected = collect_fields(self._schema, fragments, NO_VARIABLES, root, operation, hide_suggestions=True)
        if len(selected.grouped_field_set) != 1:
            raise NotPlain
        ((name, details),) = selected.grouped_field_set.items()
        return name, details

    def _resolved(self, root: GraphQLObjectType, details: list[FieldDetails]) -> tuple[GraphQLField, StrawberryField]:
        """The root field, if it has a resolver and nothing around it."""
        field = self._schema.get_field(root, details[0].node.name.value)
        definition = field and field.extensions.get(DEFINITION)
        if field is None or type(definition) is not StrawberryField or definition.base_resolver is None:
            raise NotPlain
        resolver = definition.base_resolver
        if definition.extensions or resolver.parent_parameter or resolver.root_parameter:
            raise NotPlain
        return field, definition

    def _arguments(self, field: GraphQLField, definition: StrawberryField, node: FieldNode) -> list[Argument]:
        sent = {argument.name.value: argument.value for argument in node.arguments or ()}
        arguments: list[Argument] = []
        for known in definition.arguments:
            name = self._config.name_converter.from_argument(known)
            found = _source(field.args[name], sent.get(name))
            if found is not Undefined:
                variable, constant = found
                required = isinstance(field.args[name].type, GraphQLNonNull)
                convert = conversion(known.type, self._config)
                arguments.append(Argument(known.python_name, convert, required, variable, constant))
        return arguments


def _refuse(*_: Any) -> Any:
    raise RuntimeError("A shortcut runs without the engine, so nothing can be handed to it: await it in the resolver.")


#: What the engine wants, but for the wording of its type.
_IS_AWAITABLE: Any = optimized_is_awaitable
_UNUSED = GraphQLResolveInfoHelpers(_refuse, _refuse)


def _source(argument: GraphQLArgument, node: ValueNode | None) -> Any:
    """(variable, constant) of an argument; Undefined where it is left out and has no default. Raises NotPlain."""
    if node is None:
        default = coerce_default_value(argument)
        return default if default is Undefined else (None, default)
    if isinstance(node, VariableNode):
        return node.name.value, None
    value = Undefined if found_in([node], VariableNode) else coerce_input_literal(node, argument.type)
    if value is Undefined:
        raise NotPlain
    return None, value
