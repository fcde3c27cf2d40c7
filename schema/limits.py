"""Limits: what one operation may ask for, measured before anything is run.

The shape of a document (`examine`) is measured before it is validated, so that no document makes validation slow; its
cost (`schema.cost`) afterwards, with the variables of each request. Fragments are measured once each, wherever they are
spread.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TokenKind,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may have of each. The introspection query of GraphiQL is 15 deep."""

    #: Characters of the document's text; long values belong into variables.
    characters_max: int = 32_768
    tokens_max: int = 1_000
    depth_max: int = 15
    aliases_max: int = 15
    #: The same directive at one place.
    duplicate_directives_max: int = 10
    #: The same field in one selection.
    duplicate_fields_max: int = 15
    #: Fields after every fragment was put where it is spread.
    fields_max: int = 1_000
    #: See schema.cost; a page of 100 levels with item and location costs about 2,500.
    cost_max: int = 20_000
    #: Of one number; the longest that means anything here has 40 before its point, and 40 behind it.
    digits_max: int = 100


class TooComplex(Exception):
    """Passed a limit; the text says which, and what to do about it."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a selection with all its fragments: levels of fields below one another, and fields in all."""

    depth: int
    fields: int


def examine(document: DocumentNode, limits: Limits) -> None:
    """Raise TooComplex if the document passes a limit, valid or not; takes time linear in its text."""
    _hold("number of digits of a number", _digits_of(document), limits.digits_max)
    shape = _Shape(document)
    for definition in document.definitions:
        if isinstance(definition, (OperationDefinitionNode, FragmentDefinitionNode)):
            size = shape.size_of(definition.selection_set)
            _hold("depth", size.depth, limits.depth_max)
            _hold("number of fields, fragments put in place,", size.fields, limits.fields_max)
    _hold("number of aliases", shape.aliases, limits.aliases_max)
    _hold("number of repeats of one directive", shape.duplicate_directives, limits.duplicate_directives_max)
    _hold("number of repeats of one field", shape.duplicate_fields, limits.duplicate_fields_max)


def _hold(what: str, measured: int, limit: int) -> None:
    if measured > limit:
        raise TooComplex(f"The {what} is above {limit}: ask for less, or in several requests.")


def _digits_of(document: DocumentNode) -> int:
    """Of the longest number in the text: the engine would convert it, which takes quadratic time."""
    digits, token = 0, document.loc and document.loc.start_token
    while token is not None:
        if token.kind in (TokenKind.INT, TokenKind.FLOAT):
            digits = max(digits, len(token.value or ""))
        token = token.next
    return digits


class _Shape:
    """Measures a document; the counters grow while it is walked."""

    def __init__(self, document: DocumentNode) -> None:
        self.aliases = 0
        self.duplicate_directives = 0
        self.duplicate_fields = 0
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._sizes: dict[str, _Size] = {}
        for definition in document.definitions:
            self._count_directives(definition)

    def size_of(self, selected: SelectionSetNode) -> _Size:
        names = Counter(_field_names(selected.selections))
        self.duplicate_fields = max(self.duplicate_fields, *names.values(), 0)
        return _together([self._size_of_one(selection) for selection in selected.selections])

    def _size_of_one(self, selection: SelectionNode) -> _Size:
        self._count_directives(selection)
        if isinstance(selection, FragmentSpreadNode):
            return self._size_of_fragment(selection.name.value)
        inner = self.size_of(selection.selection_set) if selection.selection_set else _Size(0, 0)  # pyright: ignore[reportAttributeAccessIssue]
        if not isinstance(selection, FieldNode):
            return inner
        self.aliases += selection.alias is not None
        return _Size(inner.depth + 1, inner.fields + 1)

    def _size_of_fragment(self, name: str) -> _Size:
        if name not in self._sizes:
            fragment = self._fragments.get(name)
            # A fragment within itself counts as nothing there: validation refuses it with better words.
            self._sizes[name] = _Size(0, 0)
            if fragment is not None:
                self._sizes[name] = self.size_of(fragment.selection_set)
        return self._sizes[name]

    def _count_directives(self, node: Node) -> None:
        repeats = Counter(directive.name.value for directive in getattr(node, "directives", None) or ())
        self.duplicate_directives = max(self.duplicate_directives, *repeats.values(), 0)


def _field_names(selections: Iterable[SelectionNode]) -> Iterable[str]:
    """What the fields of a selection are called in the answer, those of inline fragments included."""
    for selection in selections:
        if isinstance(selection, FieldNode):
            yield (selection.alias or selection.name).value
        elif not isinstance(selection, FragmentSpreadNode):
            yield from _field_names(selection.selection_set.selections)  # pyright: ignore[reportAttributeAccessIssue]


def _together(sizes: list[_Size]) -> _Size:
    return _Size(max((size.depth for size in sizes), default=0), sum(size.fields for size in sizes))
