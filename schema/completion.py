"""Completion: how a value that a resolver returned becomes what is sent, written as Python once for each selection.

The engine finds the fields, types and rules of a selection anew for every value. Where all of it is read straight from
the domain's pictures (`schema.fields`), it is the same each time: found once, it becomes a function that reads and
checks one attribute after the other, as one would write it for that selection alone. Nothing is awaited then, and
nothing but who looks makes one execution differ from the next. A value that does not come out as its type says is not
judged here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
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
from schema.fields import DEFINITION, Made, PictureField, SeenField, path_of
from schema.scalars import BIG_INT_MAX, INT_MAX
from schema.written import Written

Complete = Callable[[Any, Context], Any]

NO_VARIABLES = VariableValues({}, {})

#: The range of each type of whole numbers.
WHOLE = {"Int": (-INT_MAX - 1, INT_MAX), "BigInt": (-BIG_INT_MAX, BIG_INT_MAX)}
#: What a value is that is sent as it is, read by `{0}` and then `{1}`; any other goes through its type's conversion.
AS_IT_IS = {
    "String": "type({0}) is str",
    "ID": "type({0}) is str",
    "Boolean": "type({0}) is bool",
    **{name: f"type({{0}}) is int and {low} <= {{1}} <= {high}" for name, (low, high) in WHOLE.items()},
}

Details = list[FieldDetails]


class NotPlain(Exception):
    """Something that only the engine can judge: a selection, or a value."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A field: its type, and how it is read from `value`: by a path of attributes, or else by an expression."""

    type: GraphQLOutputType
    details: Details
    path: str = ""
    expression: str = ""


class Completions:
    """Of the selections of one operation; `variables`: the values of those that `@skip` and `@include` ask for."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues = NO_VARIABLES,
    ) -> None:
        self._schema, self._operation, self._fragments, self._variables = schema, operation, fragments, variables

    def of(self, type_: GraphQLOutputType, details: Details) -> Complete:
        """What completes values of a type for the fields selected of it. Raises NotPlain."""
        written = Written()
        written.function("complete(value, context)", ["return " + self._completed(written, type_, "value", details)])
        return written.made("complete")

    def _completed(self, written: Written, type_: GraphQLOutputType, read: str, details: Details) -> str:
        """The expression that completes what the expression `read` gives."""
        required = isinstance(type_, GraphQLNonNull)
        present: Any = type_.of_type if required else type_
        leaf = isinstance(present, (GraphQLScalarType, GraphQLEnumType))
        if required:  # where nothing is there, it fails of itself
            return self._leaf(written, present, read) if leaf else self._present(written, present, read, details)
        first, again = taken(written, read)
        shown = self._leaf(written, present, again) if leaf else self._present(written, present, again, details)
        return f"({self._null(written)} if {first} is None else {shown})"

    def _present(self, written: Written, type_: GraphQLOutputType, read: str, details: Details) -> str:
        if isinstance(type_, GraphQLList):
            each = written.name("each")
            completed = self._completed(written, type_.of_type, each, details)
            return self._list(written, f"[{completed} for {each} in {written.share('listed', listed)}({read})]")
        if isinstance(type_, GraphQLObjectType):
            shown = written.name("shown")
            written.function(f"{shown}(value, context)", self._object(written, type_, details))
            return f"{shown}({read}, context)"
        raise NotPlain

    def _object(self, written: Written, type_: GraphQLObjectType, details: Details) -> list[str]:
        fields = self._fields(type_, details)
        selected = {name: self._selected(written, type_, each) for name, each in fields.items()}
        parts = _shared(written, [field.path for field in selected.values()])
        shown: dict[str, str] = {}
        for name, field in selected.items():
            owner, _, last = field.path.rpartition(".")
            read = f"{parts.get(owner, f'value.{owner}' if owner else 'value')}.{last}" if last else field.expression
            shown[name] = self._completed(written, field.type, read, field.details)
        lines = [f"{part} = value.{owner}" for owner, part in parts.items()]
        if type_.is_type_of is not None:
            kinds: set[type] = set()
            check = written.keep("check", _checked(type_.is_type_of, kinds))
            lines.insert(0, f"if type(value) not in {written.keep('kinds', kinds)}: {check}(value)")
        return [*lines, f"return {self._map(shown)}"]

    # The forms of what is sent: here Python's own.
    def _null(self, written: Written) -> str:
        return "None"

    def _list(self, written: Written, things: str) -> str:
        return things

    def _map(self, shown: dict[str, str]) -> str:
        return f"{{{', '.join(f'{name!r}: {value}' for name, value in shown.items())}}}"

    def _leaf(self, written: Written, type_: GraphQLScalarType | GraphQLEnumType, read: str) -> str:
        """Of a value that is not None."""
        first, again = taken(written, read)
        if isinstance(type_, GraphQLEnumType):
            names: dict[int, Any] = {}
            convert = written.keep("convert", member(type_, names))
            return f"({written.keep('names', names)}.get(id({first})) or {convert}({again}))"
        convert = written.keep("convert", conversion(type_))
        as_it_is = AS_IT_IS.get(type_.name)
        return (
            f"({again} if {as_it_is.format(first, again)} else {convert}({again}))"
            if as_it_is
            else f"{convert}({read})"
        )

    def _fields(self, type_: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """What is selected of an object, under the names that it is answered by."""
        return collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, type_, details, hide_suggestions=True
        ).grouped_field_set

    def _selected(self, written: Written, parent: GraphQLObjectType, details: Details) -> Selected:
        if details[0].node.name.value == "__typename":
            return Selected(GraphQLNonNull(GraphQLString), details, expression=written.keep("type", parent.name))
        field, definition = self._definition(parent, details)
        getter: Any = definition.getter
        if isinstance(getter, attrgetter):
            return Selected(field.type, details, path_of(getter))
        if isinstance(getter, Made):
            read = ", ".join(f"value.{path}" for path in getter.paths)
            return Selected(field.type, details, expression=f"{written.keep('make', getter.make)}({read})")
        given = "value, context" if isinstance(definition, SeenField) else "value"
        return Selected(field.type, details, expression=f"{written.keep('getter', getter)}({given})")

    def _definition(self, parent: GraphQLObjectType, details: Details) -> tuple[GraphQLField, PictureField | SeenField]:
        """A field that is read straight from its owner. Raises NotPlain for any other."""
        field = self._schema.get_field(parent, details[0].node.name.value)
        definition = field and field.extensions.get(DEFINITION)
        if field is None or not isinstance(definition, PictureField | SeenField):
            raise NotPlain
        return field, definition


def _shared(written: Written, paths: list[str]) -> dict[str, str]:
    """Names for the things of which several attributes are read, so that each is looked for once."""
    owners = Counter(path.rpartition(".")[0] for path in paths)
    return {owner: written.name("part") for owner, times in owners.items() if owner and times > 1}


def taken(written: Written, read: str) -> tuple[str, str]:
    """The expression for its first use, and the one for every other: what it gives is read once."""
    if read.isidentifier():
        return read, read
    name = written.name("taken")
    return f"({name} := {read})", name


def listed(values: object) -> list[object] | tuple[object, ...]:
    if type(values) not in (list, tuple):
        raise NotPlain
    return values  # pyright: ignore[reportReturnType]


def _checked(is_type_of: Any, kinds: set[type]) -> Callable[[object], None]:
    """`is_type_of` of pictures tells by an object's class, so each class is asked about once."""

    def check(value: object) -> None:
        if is_type_of(value, None) is not True:
            raise NotPlain
        kinds.add(type(value))

    return check


def member(
    type_: GraphQLEnumType, names: dict[int, Any], form: Callable[[Any], Any] = lambda name: name
) -> Callable[[object], Any]:
    """Each member's name is asked for once, and found by the member's identity: hashing one takes longer than that."""
    convert = conversion(type_)

    def name(value: object) -> Any:
        if not isinstance(value, Enum):
            raise NotPlain
        name = names[id(value)] = form(convert(value))
        return name

    return name


def conversion(type_: GraphQLScalarType | GraphQLEnumType) -> Callable[[object], Any]:
    coerce: Callable[[object], Any] = type_.coerce_output_value

    def convert(value: object) -> Any:
        if value is None or isinstance(value, Exception):
            raise NotPlain
        converted = coerce(value)
        if converted is None or converted is Undefined:
            raise NotPlain
        return converted

    return convert
