"""Syntax: what stands in a document."""

from collections.abc import Iterable
from typing import Any

from graphql import Node, Visitor, visit


class _Looking(Visitor):
    def __init__(self, kind: type[Node]) -> None:
        super().__init__()
        self._kind = kind
        self.found = False

    def enter(self, node: Node, *_: Any) -> None:
        self.found = self.found or isinstance(node, self._kind)


def found_in(nodes: Iterable[Node], kind: type[Node]) -> bool:
    """Whether a node of this kind stands anywhere in these."""
    looking = _Looking(kind)
    for node in nodes:
        visit(node, looking)
    return looking.found
