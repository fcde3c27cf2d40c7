"""Lives: rows of things that are written whole once, and of which later only some columns change, under a version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from asyncpg import Record

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested


class _Living(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=_Living)


class Life(Generic[T]):
    """Things of one dataclass in one table, whose columns have its fields' names: `columns`, in the fields' order.

    `types` are those of the columns that are no text, `enums` the fields that are told by a value of theirs, `lasting`
    the columns that never change.
    """

    def __init__(
        self,
        of: type[T],
        table: str,
        *,
        types: Mapping[str, str],
        enums: Mapping[str, type[Enum]],
        lasting: Collection[str],
    ) -> None:
        self.columns = tuple(field.name for field in fields(of))  # type: ignore[arg-type]
        self._of = of
        self._enums = {self.columns.index(name): enum for name, enum in enums.items()}
        typed = [(name, types.get(name, "text")) for name in self.columns]
        life = [(name, type_) for name, type_ in typed if name not in lasting]
        self._changing = [name for name, _ in life]
        self._add = _adding(table, typed)
        self._change = _changing(table, life)

    def thing(self, values: Sequence[Any] | Record) -> T:
        """One from its columns, in their order."""
        typed = list(values)
        for place, enum in self._enums.items():
            typed[place] = enum(typed[place])
        return self._of(*typed)

    async def save(self, transaction: Transaction, made: Collection[T], changed: Collection[tuple[T, T]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is."""
        if made:
            rows = [_values(each, self.columns) for each in made]
            await transaction.write(self._add, columns_of(rows, self._add.arguments))
        if changed:
            rows = [[now.id, read.version, *_values(now, self._changing)] for read, now in changed]
            await transaction.write(self._change, columns_of(rows, self._change.arguments), expected=len(rows))


def _adding(table: str, typed: Sequence[tuple[str, str]]) -> Kind:
    names = ", ".join(name for name, _ in typed)
    sql = f"INSERT INTO {table} (tenant_id, {names}) SELECT $1, {names} FROM {unnested(typed)} AS given ({names})"
    return Kind(f"{table}_added", sql, len(typed))


def _changing(table: str, life: Sequence[tuple[str, str]]) -> Kind:
    given = [("id", "uuid"), ("version_read", "bigint"), *life]
    sql = f"""
    UPDATE {table} AS thing SET {", ".join(f"{name} = given.{name}" for name, _ in life)}
    FROM {unnested(given)} AS given ({", ".join(name for name, _ in given)})
    WHERE thing.tenant_id = $1 AND thing.id = given.id AND thing.version = given.version_read
    RETURNING thing.id
    """
    return Kind(f"{table}_changed", sql, len(given), counted=True)


def _values(thing: object, names: Sequence[str]) -> list[object]:
    values = [getattr(thing, name) for name in names]
    return [value.value if isinstance(value, Enum) else value for value in values]
