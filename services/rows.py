"""Rows: things of which no more than some attributes are read, named by their paths, such as `quantities.on_hand`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.pages import Edge

#: The attributes' paths.
Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`values` begin with the attributes asked for, in that order; a member of an enumeration is told by its value."""

    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of such rows. Cursors are made where they are asked for."""

    nodes: Sequence[Any]
    cursor_of: Callable[[Any], str]
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None

    @property
    def edges(self) -> list[Edge[Any]]:
        return [Edge(self.cursor_of(row), row) for row in self.nodes]

    @property
    def start_cursor(self) -> str | None:
        return self.cursor_of(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return self.cursor_of(self.nodes[-1]) if self.nodes else None
