"""Shortcuts: finds the shortcut of an operation, where it selects plain values alone (`schema.shortcut`)."""

from functools import partial
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
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

from schema.completion import NO_VARIABLES, Completions, NotPlain
from schema.conversion import conversion
from schema.fields import DEFINITION
from schema.rows import rows_of
from schema.shortcut import Argument, EventShortcut, Forms, Root, Shortcut
from schema.syntax import all_of, found_in


class Parts(NamedTuple):
    """An operation with its fragments, and the values of those variables that decide what is selected."""

    operation: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    variables: VariableValues


class Shortcuts:
    """Finds the shortcuts of a schema's operations."""

    def __init__(self, schema: GraphQLSchema, config: StrawberryConfig) -> None:
        self._schema, self._config = schema, config

    def of(
        self,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> Shortcut | Forms | None:
        """That of a query or a mutation; None where the engine has to run it."""
        root = self._schema.get_root_type(operation.operation)
        if operation.operation is OperationType.SUBSCRIPTION or root is None:
            return None

        def make(variables: VariableValues) -> Shortcut | None:
            try:
                return self._found(root, Parts(operation, definitions, fragments, variables))
            except NotPlain:
                return None

        names = _deciding(operation, definitions)
        return Forms(names, make) if names else make(NO_VARIABLES)

    def of_events(
        self,
        operation: OperationDefinitionNode,
        definitions: dict[str, FragmentDefinitionNode],
        fragments: dict[str, FragmentDetails],
    ) -> EventShortcut | None:
        """That of the events of a subscription; None where the engine has to run them."""
        root = self._schema.subscription_type
        if operation.operation is not OperationType.SUBSCRIPTION or root is None or _deciding(operation, definitions):
            return None
        try:
            selected = self._selected(root, Parts(operation, definitions, fragments, NO_VARIABLES))
            if len(selected) != 1:
                return None
            ((name, details),) = selected.items()
            field, _ = self._resolved(root, details)
            return EventShortcut(name, Completions(self._schema, operation, fragments).of(field.type, details))
        except NotPlain:
            return None

    def _found(self, root: GraphQLObjectType, parts: Parts) -> Shortcut:
        names: dict[str, str | None] = {}
        roots: list[Root] = []
        for name, details in self._selected(root, parts).items():
            names[name] = root.name if details[0].node.name.value == "__typename" else None
            if names[name] is None:
                roots.append(self._root(root, name, details, parts))
        serial = parts.operation.operation is OperationType.MUTATION
        return Shortcut(roots, names, serial=serial)

    def _root(self, root: GraphQLObjectType, name: str, details: list[FieldDetails], parts: Parts) -> Root:
        field, definition = self._resolved(root, details)
        operation, definitions, fragments, variables = parts
        if operation.operation is OperationType.MUTATION and isinstance(field.type, GraphQLNonNull):
            raise NotPlain  # where it fails, those behind it are not run
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
        complete = Completions(self._schema, operation, fragments, variables).of(field.type, details)
        of = definition.metadata.get("rows")
        rows = rows_of(of, self._schema, operation, fragments, variables, field.type, details)
        required = isinstance(field.type, GraphQLNonNull)
        return Root(name, definition, arguments, info, complete, rows, required=required)

    def _selected(self, root: GraphQLObjectType, parts: Parts) -> dict[str, list[FieldDetails]]:
        """The root fields, under the names that they are answered by."""
        selected = collect_fields(
            self._schema, parts.fragments, parts.variables, root, parts.operation, hide_suggestions=True
        )
        return selected.grouped_field_set

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
            if found is not None:
                required = isinstance(field.args[name].type, GraphQLNonNull)
                convert = conversion(known.type, self._config)
                arguments.append(Argument(known.python_name, convert, required, **found))
        return arguments


def _deciding(operation: OperationDefinitionNode, definitions: dict[str, FragmentDefinitionNode]) -> tuple[str, ...]:
    """The variables that decide what is selected: a valid document has no directives but `@skip` and `@include`."""
    directives = all_of([operation, *definitions.values()], DirectiveNode)
    given = (argument.value for directive in directives for argument in directive.arguments or ())
    return tuple(sorted({value.name.value for value in given if isinstance(value, VariableNode)}))


def _refuse(*_: Any) -> Any:
    raise RuntimeError("A shortcut runs without the engine, so nothing can be handed to it: await it in the resolver.")


#: What the engine wants, but for the wording of its type.
_IS_AWAITABLE: Any = optimized_is_awaitable
_UNUSED = GraphQLResolveInfoHelpers(_refuse, _refuse)


def _source(argument: GraphQLArgument, node: ValueNode | None) -> dict[str, Any] | None:
    """Where an `Argument`'s value comes from; None where it is left out and has no default. Raises NotPlain."""
    if node is None:
        default = coerce_default_value(argument)
        return None if default is Undefined else {"constant": default}
    if isinstance(node, VariableNode):
        return {"variable": node.name.value}
    if found_in([node], VariableNode):
        return {"literal": partial(coerce_input_literal, node, argument.type)}
    value = coerce_input_literal(node, argument.type)
    if value is Undefined:
        raise NotPlain
    return {"constant": value}
