"""Syntax: what stands in a document."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from graphql import Node, Visitor, visit

N = TypeVar("N", bound=Node)


class _Looking(Visitor, Generic[N]):
    def __init__(self, kind: type[N]) -> None:
        super().__init__()
        self._kind = kind
        self.found: list[N] = []

    def enter(self, node: Node, *_: Any) -> None:
        if isinstance(node, self._kind):
            self.found.append(node)


def all_of(nodes: Iterable[Node], kind: type[N]) -> list[N]:
    """The nodes of this kind that stand anywhere in these."""
    looking = _Looking(kind)
    for node in nodes:
        visit(node, looking)
    looking.enter_leave_map.clear()  # its own methods: they and it would hold each other
    return looking.found


def found_in(nodes: Iterable[Node], kind: type[Node]) -> bool:
    """Whether a node of this kind stands anywhere in these."""
    return bool(all_of(nodes, kind))
