"""Resumption: the variable that only says where a stream begins."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)


def resuming_variable(operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]) -> str | None:
    """The name of the variable that a subscription's root field is given as `after`, and that is used nowhere else.

    Its value makes no difference to any event of the stream.
    """
    root = operation.selection_set.selections[0]
    if operation.operation is not OperationType.SUBSCRIPTION or not isinstance(root, FieldNode):
        return None
    for argument in root.arguments or ():
        if argument.name.value == "after" and isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            return name if _uses(name, (operation, *fragments)) == 1 else None
    return None


def _uses(name: str, nodes: Iterable[OperationDefinitionNode | FragmentDefinitionNode]) -> int:
    counter = _Uses(name)
    for node in nodes:
        visit(node, counter)
    return counter.uses


class _Uses(Visitor):
    """Counts where a variable is given, its declaration left out."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.uses = 0

    def enter_variable(self, node: VariableNode, key: Any, parent: Any, *_: Any) -> None:
        declared = getattr(parent, "kind", None) == "variable_definition"
        self.uses += node.name.value == self._name and not declared
