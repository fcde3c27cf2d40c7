"""Writes: what a transaction is to write, gathered and sent as one statement.

Each kind of write is a common table expression over arrays, one array a column, so that the number of rows changes
neither the statement's text nor the number of round trips. A column goes as one text, the array as PostgreSQL reads it:
asyncpg would look at each of its values several times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

import orjson

#: Combinations of kinds that occur; each is a statement that a connection prepares once.
COMBINATIONS_MAX = 64


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A part of the statement, made once and known by that. In `sql`, $1 is the tenant and {0}, {1}, … are its own
    arguments.

    `counted` parts return a row for each row they concern; the statement tells how many. Of a `contested` part another
    number than expected means that another transaction was first.
    """

    name: str
    sql: str
    arguments: int
    counted: bool = False
    contested: bool = False


@dataclass(slots=True)
class Writes:
    """The parts gathered so far, with their arguments; `expected` rows of a counted part."""

    parts: dict[Kind, Sequence[object]] = field(default_factory=dict[Kind, Sequence[object]])
    expected: dict[Kind, int] = field(default_factory=dict["Kind", int])

    def __contains__(self, kind: Kind) -> bool:
        return kind in self.parts

    def add(self, kind: Kind, arguments: Sequence[object], expected: int | None = None) -> None:
        if len(arguments) != kind.arguments:
            raise ValueError(f"{kind.name} takes {kind.arguments} arguments, not {len(arguments)}")
        self.parts[kind] = arguments
        if expected is not None:
            self.expected[kind] = expected

    def statement(self) -> tuple[str, list[object]]:
        """The text and the arguments after the tenant's id. Its one row holds `tx` and the counts."""
        arguments = [argument for kind, part in self.parts.items() for argument in sent(kind, part)]
        return _text(tuple(self.parts)), arguments


@lru_cache(maxsize=COMBINATIONS_MAX)
def _text(kinds: tuple[Kind, ...]) -> str:
    numbers = count(2)
    parts = [
        f"{kind.name} AS ({kind.sql.format(*(f'${next(numbers)}' for _ in range(kind.arguments)))})" for kind in kinds
    ]
    counts = [f", (SELECT count(*) FROM {kind.name}) AS {kind.name}" for kind in kinds if kind.counted]
    return f"WITH {', '.join(parts)} SELECT pg_current_xact_id()::text::bigint AS tx{''.join(counts)}"


def columns_of(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned into one list for each of `width` columns."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def unnested(names: Sequence[tuple[str, str]]) -> str:
    """`unnest` of one array for each (column, type), as SQL with {0}, {1}, … for the arrays."""
    return "unnest(" + ", ".join(f"{{{n}}}::{_array(type_)}" for n, (_, type_) in enumerate(names)) + ")"


def _array(type_: str) -> str:
    return f"{type_}[]" if type_ in _AS_THEY_ARE else f"text::{type_}[]"


#: As text they would be twice as long, and PostgreSQL would read them for longer than asyncpg writes them.
_AS_THEY_ARE = ("bytea", "uuid")


def sent(kind: Kind, arguments: Sequence[object]) -> list[object]:
    """The arguments of a kind as its statement takes them."""
    as_text = _as_text(kind)
    return [
        _literal(argument) if number in as_text and isinstance(argument, list) else argument  # pyright: ignore[reportUnknownArgumentType]
        for number, argument in enumerate(arguments)
    ]


@lru_cache(maxsize=COMBINATIONS_MAX)
def _as_text(kind: Kind) -> frozenset[int]:
    """The numbers of the arguments that `unnested` has asked for as text."""
    return frozenset(map(int, re.findall(r"\{(\d+)\}::text::", kind.sql)))


def _literal(values: list[object]) -> str:
    """An array as PostgreSQL reads it from text. As JSON a list looks the same but for its brackets, and for how
    characters are written that JSON has names for."""
    try:
        written = orjson.dumps(values, default=str)
    except orjson.JSONEncodeError:  # what no text can carry: asyncpg tells of it
        return _escaped(values)
    return f"{{{written[1:-1].decode()}}}" if _NAMED.search(written) is None else _escaped(values)


#: What JSON writes otherwise than an array does: any escape but those of a quotation mark and of a backslash.
_NAMED = re.compile(rb"""\\[^"\\]""")


def _escaped(values: Sequence[object]) -> str:
    return f"{{{','.join(map(_quoted, values))}}}"


def _quoted(value: object) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
