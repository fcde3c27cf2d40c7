"""Statements: built with SQLAlchemy, compiled once for each shape, sent by asyncpg."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.dialects.postgresql.asyncpg import dialect as make_dialect
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = make_dialect()
_INSTANT = sa.TIMESTAMP(timezone=True)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with $1, $2, …, and the names of its parameters in that order."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        return [values[name] for name in self.names]


def compiled(statement: sa.Executable) -> Statement:
    made = cast(SQLCompiler, cast(sa.ClauseElement, statement).compile(dialect=_DIALECT))
    return Statement(made.string, tuple(made.positiontup or ()))


def one(name: str, type_: sa.types.TypeEngine[Any] | None = None) -> sa.BindParameter[Any]:
    """A parameter; a text unless it says otherwise."""
    return sa.bindparam(name, type_=type_ or sa.Text())


def moment(name: str) -> sa.BindParameter[Any]:
    return one(name, _INSTANT)


def moments(name: str) -> sa.BindParameter[Any]:
    return one(name, ARRAY(_INSTANT))


def tenant() -> sa.BindParameter[Any]:
    """The tenant, which every statement names."""
    return one("tenant", UUID())


def texts(name: str) -> sa.BindParameter[Any]:
    return one(name, ARRAY(sa.Text()))


def uuids(name: str) -> sa.BindParameter[Any]:
    return one(name, ARRAY(UUID()))


def within(column: sa.ColumnElement[Any], values: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Whether the column is one of an array's values; of none if the array is empty."""
    return column == sa.any_(values)


def named(table: sa.Table, columns: Iterable[str]) -> list[sa.Column[Any]]:
    return [table.c[name] for name in columns]
