"""Shapes: what a value is like in JSON. One description both reads requests and stands in the OpenAPI document.

A shape says what type a value has; whether a text is too long or a number too large is decided where GraphQL has it
decided too, in the domain, and only told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from schema.ids import uuid_named
from schema.scalars import BIG_INT_MAX

Schema = dict[str, Any]


class Misfit(NamedTuple):
    """A value that is not of its shape: where it is, and a sentence that says what would be."""

    field: str
    message: str


class Shape(Protocol):
    @property
    def wanted(self) -> str:
        """What to give, in words: "a text"."""
        ...

    def schema(self) -> Schema:
        """As JSON Schema (2020-12) has it."""
        ...

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        """The value as the use cases want it; what does not fit is added to the misfits."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """`length_max`, `pattern` and `format` are told, not held."""

    length_max: int | None = None
    pattern: str | None = None
    format: str | None = None
    wanted: str = "a text"

    def schema(self) -> Schema:
        told: Schema = {"type": "string"}
        if self.length_max is not None:
            told |= {"minLength": 1, "maxLength": self.length_max}
        more = {"pattern": self.pattern, "format": self.format}
        return told | {name: value for name, value in more.items() if value is not None}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        return value if isinstance(value, str) else _misfit(self, at, misfits)


def identifier(length_max: int) -> Text:
    """A text that something is told apart by: nothing in it is invisible, and no blank begins or ends it."""
    seen, any_ = r"[^\s\u0000-\u001f\u007f]", r"[^\u0000-\u001f\u007f]"
    return Text(length_max, f"^{seen}({any_}*{seen})?$")


UUID_TEXT = Text(format="uuid")
MOMENT = Text(format="date-time")


@dataclass(frozen=True, slots=True)
class NamedId:
    """The id of a thing, as this API tells it (a UUID) or as GraphQL does (a global id of that kind)."""

    kind: str
    wanted: str = "a text: the id as it was told"

    def schema(self) -> Schema:
        return {"type": "string"}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        return uuid_named(self.kind, value) if isinstance(value, str) else _misfit(self, at, misfits)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; its bounds are told, not held."""

    least: int | None = None
    most: int | None = None
    wanted: str = "a whole number"

    def schema(self) -> Schema:
        bounds = {"minimum": self.least, "maximum": self.most}
        told = {name: bound for name, bound in bounds.items() if bound is not None}
        return {"type": "integer", **({} if self.most is None else {"format": "int32"}), **told}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        # In JSON 3.0 is 3; beyond 2^53 nobody knows which number was meant.
        if isinstance(value, float) and value.is_integer() and abs(value) <= BIG_INT_MAX:
            return int(value)
        return _misfit(self, at, misfits)


@dataclass(frozen=True, slots=True)
class Flag:
    wanted: str = "true or false"

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        return value if isinstance(value, bool) else _misfit(self, at, misfits)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of an enumeration's values."""

    of: type[StrEnum]

    @property
    def wanted(self) -> str:
        return f"one of {', '.join(self.of)}"

    def schema(self) -> Schema:
        return {"type": "string", "enum": [str(value) for value in self.of]}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        return self.of(value) if value in tuple(self.of) else _misfit(self, at, misfits)


@dataclass(frozen=True, slots=True)
class ListOf:
    of: Shape
    least: int | None = None
    most: int | None = None

    @property
    def wanted(self) -> str:
        return "a list"

    def schema(self) -> Schema:
        bounds = {"minItems": self.least, "maxItems": self.most}
        told = {name: bound for name, bound in bounds.items() if bound is not None}
        return {"type": "array", "items": self.of.schema(), **told}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        if not isinstance(value, list):
            return _misfit(self, at, misfits)
        if self.most is not None and not (self.least or 0) <= len(value) <= self.most:
            misfits.append(Misfit(at, f"{at} has {len(value)} entries: give {self.least or 0} to {self.most}."))
            return None
        return [self.of.read(each, f"{at}.{number}", misfits) for number, each in enumerate(value)]


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose names are data."""

    of: Shape
    wanted: str = "an object"

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.of.schema()}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        if not isinstance(value, dict):
            return _misfit(self, at, misfits)
        return {name: self.of.read(each, _below(at, name), misfits) for name, each in value.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """`optional`: may be left out; in a request null is the same. `nullable`: may be null in an answer."""

    name: str
    shape: Shape
    description: str
    optional: bool = False
    nullable: bool = False
    default: str | None = None

    def schema(self, *, asked: bool = False) -> Schema:
        told = self.shape.schema()
        if self.nullable or (asked and self.optional):
            told = _or_null(told)
        if self.default is not None:
            told["default"] = self.default
        return told | {"description": self.description}


@dataclass(frozen=True, slots=True)
class Record:
    """An object with these fields, and no others where it is `asked`: sent to us."""

    name: str
    description: str
    fields: tuple[Field, ...]
    asked: bool = False
    wanted: str = "an object"
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {each.name: each for each in self.fields})

    def schema(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.name}"}

    def definition(self) -> Schema:
        told: Schema = {
            "type": "object",
            "description": self.description,
            "properties": {each.name: each.schema(asked=self.asked) for each in self.fields},
            "required": [each.name for each in self.fields if not each.optional],
        }
        return told | {"additionalProperties": False} if self.asked else told

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        """The fields by their names, those that were left out as None."""
        if not isinstance(value, dict):
            return _misfit(self, at, misfits)
        misfits += [self._unknown(name, at) for name in value if name not in self._by_name]
        return {
            each.name: self._read(each, value.get(each.name), _below(at, each.name), misfits) for each in self.fields
        }

    def _read(self, each: Field, value: Any, at: str, misfits: list[Misfit]) -> Any:
        if value is not None:
            return each.shape.read(value, at, misfits)
        if not each.optional:
            misfits.append(Misfit(at, f"{at} is missing: give {each.shape.wanted}."))
        return None

    def _unknown(self, name: str, at: str) -> Misfit:
        told = shown(name)
        return Misfit(_below(at, told), f"There is no field {told} here: there are {', '.join(self._by_name)}.")


def records_in(shape: Shape | None) -> Iterator[Record]:
    """Every record of a shape, the inner ones first."""
    if isinstance(shape, (ListOf, MapOf)):
        yield from records_in(shape.of)
    elif isinstance(shape, Record):
        for each in shape.fields:
            yield from records_in(each.shape)
        yield shape


def shown(name: str) -> str:
    """A stranger's name of something, as far as people can read it."""
    return name if len(name) <= 64 and name.isprintable() else "a name that nobody can read"


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _misfit(shape: Shape, at: str, misfits: list[Misfit]) -> None:
    misfits.append(Misfit(at, f"{at or 'The body'} must be {shape.wanted}."))


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return schema | {"type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
