"""Slots: every place where a request may name a thing, read from the GraphQL schema and from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

from tests.faults.tenancy.things import NAMED, WORDS, Thing, Unknown, key_of

#: Stands in a path for an entry of a list.
EACH = "*"
#: Scalars whose values are names or words; every other is a number, a time or a switch, which name nothing.
TEXTS = frozenset({"String", "ID", "Cursor"})
TIMES = frozenset({"date", "date-time"})
NAMELESS = frozenset({"Int", "Float", "Boolean", "BigInt", "Decimal", "DateTime", "Date"})


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a request names a thing. `many`: one of a list of names, of which there may be several."""

    path: tuple[str, ...]
    thing: Thing
    many: bool = False
    required: bool = False

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(slots=True)
class Walk:
    """Collects slots, and counts all arguments and fields of inputs that it passes, whether they name anything."""

    slots: list[Slot] = field(default_factory=list[Slot])
    passed: int = 0
    #: What the table calls the texts that it passed.
    keys: set[str] = field(default_factory=set[str])

    def text(self, owner: str, path: tuple[str, ...], type_: str = "", *, required: bool) -> None:
        """A text, or with EACH at the end of its path a list of them."""
        many = path[-1] == EACH
        path = path[:-1] if many else path
        key = key_of(owner, path[-1], type_)
        self.keys.add(key)
        if key in NAMED:
            self.slots.append(Slot(path, NAMED[key], many, required))


# ---------------------------------------------------------------------- GraphQL
def of_arguments(owner: str, arguments: Mapping[str, GraphQLArgument]) -> Walk:
    """Those of a field, `owner` being its name below its type."""
    walk = Walk()
    for name, argument in arguments.items():
        _below(walk, owner, (name,), argument.type, required=isinstance(argument.type, GraphQLNonNull))
    return walk


def _below(walk: Walk, owner: str, path: tuple[str, ...], type_: GraphQLInputType, *, required: bool) -> None:
    walk.passed += path[-1] != EACH
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        _below(walk, owner, (*path, EACH), inner.of_type, required=required)
    elif isinstance(inner, GraphQLInputObjectType):
        for name, field in inner.fields.items():
            _below(walk, inner.name, (*path, name), field.type, required=isinstance(field.type, GraphQLNonNull))
    elif inner.name in TEXTS:
        walk.text(owner, path, inner.name, required=required)
    elif not isinstance(inner, GraphQLEnumType) and inner.name not in NAMELESS:
        raise Unknown(f"{owner}.{path[-1]}: say in {__name__} whether a {inner.name} may name a thing")


def nested(schema: GraphQLSchema) -> Iterator[tuple[GraphQLObjectType, str]]:
    """Every field below the roots that takes arguments, with its type."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in roots and not type_.name.startswith("__"):
            yield from ((type_, name) for name, field in type_.fields.items() if field.args)


# ---------------------------------------------------------------------- OpenAPI
def of_request(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Walk:
    """Those of the parameters and of the body of an operation."""
    walk = Walk()
    owner = operation["operationId"]
    for parameter in operation.get("parameters", ()):
        at = (parameter["in"], parameter["name"])
        _within(walk, document, owner, at, parameter["schema"], required=parameter["required"])
    if body := operation.get("requestBody"):
        _within(walk, document, owner, ("body",), body["content"]["application/json"]["schema"], required=True)
    return walk


def _within(
    walk: Walk,
    document: Mapping[str, Any],
    owner: str,
    path: tuple[str, ...],
    schema: Mapping[str, Any],
    *,
    required: bool,
) -> None:
    walk.passed += path[-1] != EACH
    if reference := schema.get("$ref"):
        owner = reference.removeprefix("#/components/schemas/")
        schema = document["components"]["schemas"][owner]
    told = schema.get("type", [])
    kinds = set(told if isinstance(told, list) else [told]) - {"null"}
    if kinds == {"array"}:
        _within(walk, document, owner, (*path, EACH), schema["items"], required=required)
    elif kinds == {"object"}:
        for name, field in schema["properties"].items():
            _within(walk, document, owner, (*path, name), field, required=name in schema["required"])
    elif kinds == {"string"}:
        if "enum" not in schema and schema.get("format") not in TIMES:
            walk.text(owner, path, required=required)
    elif not kinds or not kinds <= {"integer", "number", "boolean"}:
        raise Unknown(f"{owner}.{path[-1]}: say in {__name__} whether {schema} may name a thing")


# ---------------------------------------------------------------------- the table, the other way
def unused(walks: Iterable[Walk]) -> set[str]:
    """What the table of things holds and nothing in the API is called any more."""
    return (NAMED.keys() | WORDS) - {key for walk in walks for key in walk.keys}
