"""Completion: how a value that a resolver returned becomes what is sent, found once for each selection.

The engine finds the fields, types and rules of a selection anew for every value. Where all of it is read straight from
the domain's pictures (`schema.fields`), that can be done beforehand; nothing is awaited then, and nothing but who looks
makes one execution differ from the next. A value that does not come out as its type says is not judged here.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    VariableValues,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields

from schema.context import Context
from schema.fields import DEFINITION, PictureField, SeenField
from schema.variables import INT_MAX

Complete = Callable[[Any, Context], Any]

NO_VARIABLES = VariableValues({}, {})


class NotPlain(Exception):
    """Something that only the engine can judge: a selection, or a value."""


class Completions:
    """Of the selections of one operation, which carries no directives."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]
    ) -> None:
        self._schema, self._operation, self._fragments = schema, operation, fragments

    def of(self, type_: GraphQLOutputType, details: list[FieldDetails]) -> Complete:
        """What completes values of a type for the fields selected of it. Raises NotPlain."""
        if isinstance(type_, GraphQLNonNull):
            return _required(self._present(type_.of_type, details))
        return _optional(self._present(type_, details))

    def _present(self, type_: GraphQLOutputType, details: list[FieldDetails]) -> Complete:
        """For values that are there."""
        if isinstance(type_, GraphQLList):
            return _each(self.of(type_.of_type, details))
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, details)
        if isinstance(type_, (GraphQLScalarType, GraphQLEnumType)):
            return _leaf(type_)
        raise NotPlain

    def _object(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Complete:
        selected = collect_subfields(
            self._schema, self._fragments, NO_VARIABLES, self._operation, type_, details, hide_suggestions=True
        )
        fields = [self._field(type_, name, each) for name, each in selected.grouped_field_set.items()]
        is_type_of: Any = type_.is_type_of

        def complete(value: Any, context: Context) -> dict[str, Any]:
            if is_type_of is not None and is_type_of(value, None) is not True:
                raise NotPlain
            return {name: field(getter(value), context) for name, getter, field in fields}

        return complete

    def _field(
        self, parent: GraphQLObjectType, name: str, details: list[FieldDetails]
    ) -> tuple[str, Callable[[Any], Any], Complete]:
        asked = details[0].node.name.value
        if asked == "__typename":
            return name, lambda _: parent.name, lambda named, _: named
        field = self._schema.get_field(parent, asked)
        definition = field and field.extensions.get(DEFINITION)
        if field is None or not isinstance(definition, PictureField | SeenField):
            raise NotPlain
        complete = self.of(field.type, details)
        if isinstance(definition, PictureField):
            return name, definition.getter, complete
        return name, lambda value: value, _seen(definition.getter, complete)


def _seen(getter: Callable[[Any, Context], Any], complete: Complete) -> Complete:
    return lambda value, context: complete(getter(value, context), context)


def _required(complete: Complete) -> Complete:
    def required(value: Any, context: Context) -> Any:
        if value is None:
            raise NotPlain
        return complete(value, context)

    return required


def _optional(complete: Complete) -> Complete:
    return lambda value, context: None if value is None else complete(value, context)


def _each(complete: Complete) -> Complete:
    def each(values: Any, context: Context) -> Any:
        if type(values) not in (list, tuple):
            raise NotPlain
        return [complete(value, context) for value in values]

    return each


def _leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Complete:
    """Values that are of the type already are sent as they are; the rest goes through the type's own conversion."""
    if type_ in (GraphQLString, GraphQLID):
        return lambda value, _: value if type(value) is str else _converted(type_, value)
    if type_ is GraphQLInt:
        return lambda value, _: (
            value if type(value) is int and -INT_MAX - 1 <= value <= INT_MAX else _converted(type_, value)
        )
    if type_ is GraphQLBoolean:
        return lambda value, _: value if type(value) is bool else _converted(type_, value)
    if isinstance(type_, GraphQLEnumType):
        return _member(type_)
    return lambda value, _: _converted(type_, value)


def _member(type_: GraphQLEnumType) -> Complete:
    """Each member's name, asked for once."""
    names: dict[Enum, Any] = {}

    def name(value: Any, _: Context) -> Any:
        if not isinstance(value, Enum):
            raise NotPlain
        known = names.get(value)
        if known is None:
            known = names[value] = _converted(type_, value)
        return known

    return name


def _converted(type_: GraphQLScalarType | GraphQLEnumType, value: Any) -> Any:
    converted: Any = NotPlain if isinstance(value, Exception) else type_.coerce_output_value(value)
    if converted is None or converted is Undefined or converted is NotPlain:
        raise NotPlain
    return converted
