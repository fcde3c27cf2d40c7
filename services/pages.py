"""Pages: how long lists are read, a piece at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50
PAGE_SIZE_MAX = 250
#: Lines that the things of a page have together, where they have lines: it ends before there would be more, and says
#: that more is to come. One thing of more stands alone on its page.
LINES_A_PAGE = 1_000
#: Longer than any cursor of ours: two codes of 64 characters, escaped and encoded.
CURSOR_LENGTH_MAX = 1_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`size` rows after (or, with `backward`, before) the cursor, which `Edge.cursor` of such a page told."""

    size: int = PAGE_SIZE
    cursor: str | None = None
    backward: bool = False
    #: Whether `Page.total` is wanted: counting costs a statement.
    counted: bool = False
    #: Whether the lines of cycle counts are wanted: a page without them is not short of room for lines.
    lined: bool = True


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    edges: Sequence[Edge[T]]
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None

    @property
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]

    @property
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor if self.edges else None

    @property
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor if self.edges else None


class BadCursor(Exception):
    """The cursor is not one of ours, or of another sort order."""
