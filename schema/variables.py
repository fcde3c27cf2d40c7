"""Variables: reading what a request sends for the variables of its operation.

The engine finds an operation's types, and walks each value three times, in every request. Here the types are found
once for each document, and a value that is as it should be is walked once. What is anyhow irregular (a list of one
without brackets, a number in a text, a wrong name) is left to the engine, which knows all the rules and all the words.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.type import is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value

INT_MAX = 2**31 - 1

Read = Callable[[Any], Any]


class Irregular(Exception):
    """Something that only the engine can judge."""


class RegularVariables:
    """Reads the variables of one operation, as long as there is nothing irregular about them."""

    def __init__(self, schema: GraphQLSchema, declared: Collection[VariableDefinitionNode]) -> None:
        known: dict[str, Read] = {}
        self._declared: list[tuple[str, GraphQLVariableSignature, Read]] = []
        for node in declared:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLVariableSignature):
                self._declared.append((signature.name, signature, _reader(signature.type, known)))

    def read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables, or None where the engine has to read them. Unknown names are passed over, as it does."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, read in self._declared:
                if name not in given:
                    raise Irregular  # it may have a default, or be missing
                value = given[name]
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = read(value)
        except Irregular:
            return None
        return VariableValues(sources, coerced)


def _reader(type_: GraphQLInputType, known: dict[str, Read]) -> Read:
    """What reads values of a type; of each input object once, since they may hold one another."""
    if isinstance(type_, GraphQLNonNull):
        return _required(_reader(type_.of_type, known))
    if isinstance(type_, GraphQLList):
        return _optional(_each(_reader(type_.of_type, known)))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.name not in known:
            reader = _Fields(type_)
            known[type_.name] = _optional(reader)
            reader.prepare(known)
        return known[type_.name]
    return _optional(_leaf(type_))


def _required(read: Read) -> Read:
    def required(value: Any) -> Any:
        if value is None:
            raise Irregular
        return read(value)

    return required


def _optional(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def _each(read: Read) -> Read:
    def each(value: Any) -> Any:
        if type(value) is not list:
            raise Irregular
        return [read(item) for item in value]  # pyright: ignore[reportUnknownVariableType]

    return each


class _Fields:
    """Reads an input object."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_
        self._fields: list[tuple[str, str, Read, bool, Any]] = []

    def prepare(self, known: dict[str, Read]) -> None:
        for name, field in self._type.fields.items():
            default = coerce_default_value(field)
            required = is_required_input_field(field)
            self._fields.append((name, field.out_name or name, _reader(field.type, known), required, default))

    def __call__(self, value: Any) -> Any:
        if type(value) is not dict or self._type.is_one_of:
            raise Irregular
        coerced: dict[str, Any] = {}
        unread = len(value)  # pyright: ignore[reportUnknownArgumentType]
        for name, out_name, read, required, default in self._fields:
            if name in value:
                coerced[out_name] = read(value[name])
                unread -= 1
            elif required:
                raise Irregular
            elif default is not Undefined:
                coerced[out_name] = default
        if unread:
            raise Irregular
        return self._type.out_type(coerced)


def _leaf(type_: GraphQLLeafType) -> Read:
    plain = _PLAIN.get(type_)
    if plain is not None:
        return plain

    def read(value: Any) -> Any:
        try:
            return type_.coerce_input_value(value)
        except Exception:  # noqa: BLE001 - what is wrong with it is the engine's to say
            raise Irregular from None

    return read


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise Irregular
    return value


def _whole(value: Any) -> Any:
    if type(value) is not int or not -INT_MAX - 1 <= value <= INT_MAX:
        raise Irregular
    return value


def _truth(value: Any) -> Any:
    if type(value) is not bool:
        raise Irregular
    return value


_PLAIN: Mapping[Any, Read] = {GraphQLString: _text, GraphQLID: _text, GraphQLInt: _whole, GraphQLBoolean: _truth}
