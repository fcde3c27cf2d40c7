"""Roots: how many operations an operation asks for, as a caller is charged for them."""

from collections.abc import Iterator, Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode


def roots_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """Its root fields, each alias for itself, wherever they are spread; a field that is asked for twice is one.

    Whatever @skip and @include may say of them later.
    """
    return len(set(_names(operation.selection_set, fragments, set())))


def _names(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    for selection in selected.selections:
        if isinstance(selection, FieldNode):
            yield (selection.alias or selection.name).value
        elif not isinstance(selection, FragmentSpreadNode):
            yield from _names(selection.selection_set, fragments, seen)  # pyright: ignore[reportAttributeAccessIssue]
        elif (name := selection.name.value) not in seen:
            seen.add(name)
            yield from _names(fragments[name].selection_set, fragments, seen)
