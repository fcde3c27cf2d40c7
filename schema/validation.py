"""Validation: the engine's own rules, of which a document meets those alone that have a word about what it holds.

The engine makes every rule anew for each document, and asks each of them about each kind of node. Most say nothing
about most documents: which ones do about a kind is found once, and a rule is made when the first such node comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    Visitor,
    VisitorAction,
    visit,
)
from graphql.language.visitor import EnterLeaveVisitor
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)

_Handler = Callable[..., VisitorAction | None]
#: The number of what is no rule, and comes before them.
_NESTING = -1


class Validation:
    """By these rules, until so many errors are found."""

    def __init__(
        self,
        schema: GraphQLSchema,
        rules: Collection[type[ASTValidationRule]],
        errors_max: int,
        *,
        hide_suggestions: bool,
    ) -> None:
        self._schema, self._errors_max, self._hidden = schema, errors_max, hide_suggestions
        self._concerned = _Concerned(tuple(rules))

    def errors(self, document: DocumentNode) -> list[GraphQLError]:
        """Those that the engine finds, in its order.

        As its `validate` does, but without leaving anything in a circle: its visitors hold their own methods, and with
        them the document. Where thousands of those wait for the collector, it stops the process for seconds.
        """
        errors: list[GraphQLError] = []
        place = TypeInfo(self._schema)
        context = ValidationContext(self._schema, document, place, partial(self._add, errors), self._hidden)
        together = _Together(self._concerned, context, _nesting(document))
        walk = TypeInfoVisitor(place, together)
        try:
            visit(document, walk, query_document_keys_to_validate)
        except ValidationAbortedError as aborted:
            errors.append(GraphQLError(aborted.message))
        except RecursionError:
            errors.append(GraphQLError("Validation aborted."))
        finally:
            together.end()
            vars(walk).clear()
        return errors

    def _add(self, errors: list[GraphQLError], error: GraphQLError) -> None:
        if len(errors) >= self._errors_max:
            raise ValidationAbortedError("Too many validation errors, error limit reached. Validation aborted.")
        errors.append(error)


def _nesting(document: DocumentNode) -> FragmentNestingVisitor | None:
    """What ends the validation where fragments lie too deep in one another."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return FragmentNestingVisitor(fragments) if fragments else None


class _Concerned:
    """Which rules have a word about which kind of node: their numbers, in their order."""

    def __init__(self, rules: tuple[type[ASTValidationRule], ...]) -> None:
        self.rules = rules
        self._by_kind: dict[str, tuple[int, ...]] = {}

    def by(self, kind: str) -> tuple[int, ...]:
        if kind not in self._by_kind:
            names = f"enter_{kind}", f"leave_{kind}", "enter", "leave"
            told = (any(hasattr(rule, name) for name in names) for rule in self.rules)
            self._by_kind[kind] = tuple(number for number, concerned in enumerate(told) if concerned)
        return self._by_kind[kind]


class _Together(Visitor):
    """All of the rules as one. Each may skip what lies below a node, or leave off, without the others."""

    def __init__(self, concerned: _Concerned, context: ValidationContext, nesting: Visitor | None) -> None:
        super().__init__()
        self._concerned, self._context, self._nesting = concerned, context, nesting
        self._made: dict[int, ASTValidationRule] = {}
        #: By rule: the node below which it looks at nothing, or BREAK.
        self._skipping: dict[int, Any] = {}

    def end(self) -> None:
        """Let go of everything: a rule and its methods hold each other."""
        for rule in (*self._made.values(), *filter(None, [self._nesting])):
            vars(rule).clear()
        vars(self._context).clear()
        vars(self).clear()

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        known = self.enter_leave_map.get(kind)
        if known is None:
            known = self.enter_leave_map[kind] = self._handlers(kind)
        return known

    def _handlers(self, kind: str) -> EnterLeaveVisitor:
        found = [(number, self._rule(number).get_enter_leave_for_kind(kind)) for number in self._concerned.by(kind)]
        if self._nesting:
            found.insert(0, (_NESTING, self._nesting.get_enter_leave_for_kind(kind)))
        if not found:
            return EnterLeaveVisitor(None, None)
        entering = [(number, each.enter) for number, each in found if each.enter]
        return EnterLeaveVisitor(self._entering(entering), self._leaving([(n, each.leave) for n, each in found]))

    def _rule(self, number: int) -> ASTValidationRule:
        if number not in self._made:
            self._made[number] = self._concerned.rules[number](self._context)
        return self._made[number]

    def _entering(self, handlers: list[tuple[int, _Handler]]) -> _Handler:
        skipping = self._skipping

        def enter(node: Node, *place: Any) -> None:
            for number, handle in handlers:
                if number not in skipping:
                    told = handle(node, *place)
                    if told is SKIP or told is False:
                        skipping[number] = node
                    elif told is BREAK or told is True:
                        skipping[number] = BREAK

        return enter

    def _leaving(self, handlers: list[tuple[int, _Handler | None]]) -> _Handler:
        skipping = self._skipping

        def leave(node: Node, *place: Any) -> None:
            for number, handle in handlers:
                if number in skipping:
                    if skipping[number] is node:
                        del skipping[number]
                elif handle is not None:
                    told = handle(node, *place)
                    if told is BREAK or told is True:
                        skipping[number] = BREAK

        return leave
