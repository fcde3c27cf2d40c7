"""Conversion: how an argument, read by the engine, becomes an instance of its input class.

Strawberry finds the names and types of an input's fields anew for each value that comes. Here they are found once, when
the schema is built, and given to Strawberry as the way in which these inputs build themselves (`from_input`).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import (
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.utils.str_converters import to_camel_case

Convert = Callable[[Any], Any]


class RememberedNames(NameConverter):
    """Strawberry's names, each worked out once."""

    def apply_naming_config(self, name: str) -> str:
        return _camel_case(name)


#: As many as there are names of fields and arguments, and room for more.
_camel_case = lru_cache(4_096)(to_camel_case)


def convert_inputs(schema: Schema) -> None:
    """Let every input of the schema build itself."""
    for concrete in schema.schema_converter.type_map.values():
        definition = concrete.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            build = _Build(definition, schema.config)
            definition.from_input = lambda _type, value, _context, build=build: build(value)


class _Build:
    """Makes the input object of a mapping; a field that is not in it has its default, or None."""

    def __init__(self, definition: StrawberryObjectDefinition, config: StrawberryConfig) -> None:
        self._definition = definition
        self._config = config
        self._fields: tuple[tuple[str, str, Convert | None], ...] | None = None

    def __call__(self, value: Mapping[str, Any]) -> Any:
        if self._fields is None:
            self._fields = tuple(self._field(field) for field in self._definition.fields)
        given: dict[str, Any] = {}
        for name, attribute, convert in self._fields:
            if name in value:
                sent = value[name]
                given[attribute] = sent if convert is None or sent is None else convert(sent)
        return self._definition.origin(**given)

    def _field(self, field: Any) -> tuple[str, str, Convert | None]:
        name = self._config.name_converter.from_field(field)
        return name, field.python_name, conversion(field.resolve_type(type_definition=self._definition), self._config)


def conversion(type_: Any, config: StrawberryConfig) -> Convert | None:
    """What makes an input's value of what the engine read. None for what stays as it was read: scalars and enums."""
    if isinstance(type_, StrawberryOptional):
        return conversion(type_.of_type, config)
    if isinstance(type_, StrawberryList):
        convert = conversion(type_.of_type, config)
        # A list is copied: the engine gives one and the same default to every request.
        return list if convert is None else _each(convert)
    if has_object_definition(type_):
        return _Build(type_.__strawberry_definition__, config)
    return None


def _each(convert: Convert) -> Convert:
    return lambda values: [None if value is None else convert(value) for value in values]
