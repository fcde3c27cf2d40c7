"""Texts in arguments of queries: what no stored text can equal is told at once, not looked for."""

from collections.abc import Sequence
from typing import TypeVar

from domain.texts import storable
from schema.errors import bad_input

LIST_LENGTH_MAX = 1_000
TEXT_LENGTH_MAX = 200

T = TypeVar("T")


def text(argument: str, value: str | None) -> str | None:
    """The text as it is, if any stored text can equal it."""
    if value is None:
        return None
    if len(value) > TEXT_LENGTH_MAX:
        raise bad_input(argument, f"has {len(value)} characters: give at most {TEXT_LENGTH_MAX}")
    if not storable(value):
        raise bad_input(argument, "holds a control character or half of a surrogate pair: remove it")
    return value


def texts(argument: str, values: Sequence[str] | None) -> Sequence[str] | None:
    """A list of texts; None: any, an empty one matches nothing."""
    for value in entries(argument, values) or ():
        text(argument, value)
    return values


def entries(argument: str, values: Sequence[T] | None) -> Sequence[T] | None:
    """A list that is not too long."""
    if values is not None and len(values) > LIST_LENGTH_MAX:
        raise bad_input(argument, f"has {len(values)} entries: give at most {LIST_LENGTH_MAX}")
    return values
