"""Shown: what of a subscription decides how an event of it is shown.

The arguments of its root field do not: they decide which events come. So a thousand screens that differ only in what
they filter by, or in the cursor that they resume at, are shown an event by one execution.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)


def shown(alone: DocumentNode, root_type: str) -> tuple[DocumentNode, frozenset[str]]:
    """A document of one subscription without the arguments of its root field, and the variables that are left in it.

    `root_type` is the type of the root field: fragments on it lie as high as the operation itself.
    """
    document = replace(alone, definitions=tuple(_without_arguments(each, root_type) for each in alone.definitions))
    used = _Used()
    visit(document, used)
    declared = tuple(_declaring(each, used.names) for each in document.definitions)
    return replace(document, definitions=declared), frozenset(used.names)


def _declaring(definition: Any, used: Collection[str]) -> Any:
    if not isinstance(definition, OperationDefinitionNode):
        return definition
    declared = definition.variable_definitions or ()
    return replace(definition, variable_definitions=tuple(d for d in declared if d.variable.name.value in used))


def _without_arguments(definition: Any, root_type: str) -> Any:
    if isinstance(definition, FragmentDefinitionNode) and definition.type_condition.name.value != root_type:
        return definition
    return replace(definition, selection_set=_roots(definition.selection_set))


def _roots(selections: SelectionSetNode) -> SelectionSetNode:
    return replace(selections, selections=tuple(_root(each) for each in selections.selections))


def _root(selection: Any) -> Any:
    if isinstance(selection, FieldNode):
        return replace(selection, arguments=())
    if isinstance(selection, InlineFragmentNode):
        return replace(selection, selection_set=_roots(selection.selection_set))
    return selection


class _Used(Visitor):
    """The names of variables that are given somewhere, their declarations left out."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, key: Any, parent: Any, *_: Any) -> None:
        if getattr(parent, "kind", None) != "variable_definition":
            self.names.add(node.name.value)
