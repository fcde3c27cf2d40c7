"""Rows: of a list of things no more is read than an operation selects, where that is no more than columns.

To make a whole picture of each thing takes three times as long as to show four of its attributes. A root field says
which things it may read as rows (`schema.fields.in_rows`); where all that is selected of them are attributes, or made
of attributes (`Made`), its resolver is told their paths (`columns_of`) and may return a `Row` or a `RowPage`.
"""

from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
)
from graphql.execution.collect_fields import FragmentDetails

from schema.completion import Complete, Details, NotPlain, listed
from schema.context import Info
from schema.fields import Made, SeenField, path_of
from schema.json_text import TextCompletions, listing, template
from schema.root_info import RootInfo
from schema.written import Written
from services.rows import Columns


def columns_of(info: Info) -> Columns | None:
    """The paths of the attributes that a row has to hold of each thing; None: pictures are wanted."""
    return info.columns if isinstance(info, RootInfo) else None


@dataclass(frozen=True, slots=True)
class Rows:
    """What completes a `RowPage` or the values of a `Row`, and the columns of its rows."""

    complete: Complete
    columns: Columns


def rows_of(
    of: str | None,
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
    type_: GraphQLOutputType,
    details: Details,
) -> Rows | None:
    """For what is selected of a field of this type, which reads rows `of` another; None where they do not hold it."""
    try:
        return None if of is None else _RowCompletions(schema, operation, fragments, variables, of).rows(type_, details)
    except NotPlain:
        return None


class _RowCompletions(TextCompletions):
    """As TextCompletions, where each thing of type `of` is a row, taken apart into its `cells` at one go."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        of: str,
    ) -> None:
        super().__init__(schema, operation, fragments, variables)
        self._of = of
        self._places: dict[str, int] = {}

    def rows(self, type_: GraphQLOutputType, details: Details) -> Rows:
        """What completes values of a type, for the fields selected of it. Raises NotPlain.

        Whatever is selected first, equal columns make equal statements.
        """
        self.of(type_, details)  # finds them
        columns = tuple(sorted(self._places))
        self._places = {path: place for place, path in enumerate(columns)}
        return Rows(self.of(type_, details), columns)

    @property
    def _cells(self) -> str:
        return "".join(f"cell_{place}, " for place in range(len(self._places)))

    def _object(self, written: Written, type_: GraphQLObjectType, details: Details) -> list[str]:
        if type_.name != self._of:
            return super()._object(written, type_, details)
        row = self._row(written, type_, details, "")
        return [f"({self._cells}*_,) = value", f"return f'{row}'"]

    def _present(self, written: Written, type_: GraphQLOutputType, read: str, details: Details) -> str:
        thing = type_.of_type if isinstance(type_, GraphQLList) else None
        thing = thing.of_type if isinstance(thing, GraphQLNonNull) else thing
        if isinstance(thing, GraphQLObjectType) and thing.name == self._of:
            return f"{self._rows(written, thing, details)}({read}, context)"
        return super()._present(written, type_, read, details)

    def _rows(self, written: Written, type_: GraphQLObjectType, details: Details) -> str:
        """The function that writes a list of rows, which may hold more than what is selected (a cursor's values)."""
        row = self._row(written, type_, details, "")
        name, list_ = written.name("rows"), written.share("listing", listing)
        lines = [
            f"values = {written.share('listed', listed)}(value)",
            f"if values and len(values[0]) == {len(self._places)}:",
            f"    return {list_}([f'{row}' for ({self._cells}) in values])",
            f"return {list_}([f'{row}' for ({self._cells}*_,) in values])",
        ]
        written.function(f"{name}(value, context)", lines)
        return name

    def _row(self, written: Written, type_: GraphQLObjectType, details: Details, prefix: str) -> str:
        """The inside of an f-string that writes what lies below the path `prefix`."""
        fields = self._fields(type_, details)
        return template((name, self._cell(written, type_, each, prefix)) for name, each in fields.items())

    def _cell(self, written: Written, parent: GraphQLObjectType, details: Details, prefix: str) -> str:
        if details[0].node.name.value == "__typename":
            return f'"{parent.name}"'
        field, definition = self._definition(parent, details)
        found = definition.of_row
        if isinstance(found, Made):
            given = [self._at(prefix + path) for path in found.paths]
            if isinstance(definition, SeenField):
                given.insert(0, "context")
            made = f"{written.keep('make', found.make)}({', '.join(given)})"
            return f"{{{self._completed(written, field.type, made, details)}}}"
        if found is None:
            raise NotPlain
        return self._attribute(written, field.type, prefix + path_of(found), details)

    def _attribute(self, written: Written, type_: GraphQLOutputType, path: str, details: Details) -> str:
        required = isinstance(type_, GraphQLNonNull)
        present: Any = type_.of_type if required else type_
        if isinstance(present, GraphQLObjectType):
            if not required:
                raise NotPlain  # whether it is there, none of its columns tells
            return self._row(written, present, details, path + ".")
        cell = self._at(path)
        if isinstance(present, GraphQLEnumType):
            texts: dict[object, str] = {member.value: f'"{name}"' for name, member in present.values.items()}
            names = written.keep("names", texts if required else {None: "null", **texts})
            return f"{{{names}[{cell}]}}"
        return f"{{{self._completed(written, type_, cell, details)}}}"

    def _at(self, path: str) -> str:
        return f"cell_{self._places.setdefault(path, len(self._places))}"
