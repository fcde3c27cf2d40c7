"""Pages: the arguments of a list, checked and made a `PageRequest`."""

from collections.abc import Iterator
from contextlib import contextmanager

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

from domain.texts import storable
from schema.context import Info
from schema.errors import bad_input
from services.pages import CURSOR_LENGTH_MAX, PAGE_SIZE, PAGE_SIZE_MAX, BadCursor, PageRequest


@contextmanager
def page_of(
    info: Info, first: int | None, after: str | None, last: int | None = None, before: str | None = None
) -> Iterator[PageRequest]:
    """Around the reading of the page asked for: forward by first and after, or backward by last and before, never both
    ways at once."""
    backward = last is not None or before is not None
    if backward and first is not None:
        raise bad_input("first", "cannot go with last or before: page one way, forward or backward")
    if backward and after is not None:
        raise bad_input("after", "cannot go with last or before: page one way, forward or backward")
    size = _size("last", last) if backward else _size("first", first)
    cursor = _cursor("before", before) if backward else _cursor("after", after)
    page = PageRequest(size, cursor, backward, selects(info, "totalCount"))
    with known_cursor(page):
        yield page


@contextmanager
def known_cursor(page: PageRequest) -> Iterator[None]:
    """Around the reading of a page: a cursor of another list is bad input of the argument that it came by."""
    try:
        yield
    except BadCursor:
        raise _bad_cursor("before" if page.backward else "after") from None


def _size(argument: str, size: int | None) -> int:
    if size is None:
        return PAGE_SIZE
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise bad_input(argument, f"must lie between 1 and {PAGE_SIZE_MAX}")
    return size


def _cursor(argument: str, cursor: str | None) -> str | None:
    if cursor is not None and (not cursor or len(cursor) > CURSOR_LENGTH_MAX or not storable(cursor)):
        raise _bad_cursor(argument)
    return cursor


def _bad_cursor(argument: str) -> Exception:
    return bad_input(argument, "is no cursor of this list: give one that a page of it told, in the same sort order")


def selects(info: Info, name: str) -> bool:
    """Whether the field of this name is selected directly below the field being resolved."""
    raw = info._raw_info
    return any(node.selection_set and _among(name, node.selection_set, raw.fragments) for node in raw.field_nodes)


def reaches(info: Info, name: str) -> bool:
    """Whether a field of this name is selected anywhere below the field being resolved."""
    raw = info._raw_info
    return any(node.selection_set and _below(name, node.selection_set, raw.fragments) for node in raw.field_nodes)


def _below(name: str, selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    for selection in selected.selections:
        if isinstance(selection, FieldNode) and selection.name.value == name:
            return True
        inner = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
        if inner.selection_set and _below(name, inner.selection_set, fragments):  # pyright: ignore[reportAttributeAccessIssue]
            return True
    return False


def _among(name: str, selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    for selection in selected.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value == name:
                return True
            continue
        inner = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
        if _among(name, inner.selection_set, fragments):  # pyright: ignore[reportAttributeAccessIssue]
            return True
    return False
