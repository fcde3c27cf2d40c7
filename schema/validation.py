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
    GraphQLError,
    GraphQLSchema,
    Node,
    VisitorAction,
    validate,
)
from graphql.language.visitor import EnterLeaveVisitor
from graphql.validation import ASTValidationContext

_Handler = Callable[..., VisitorAction | None]


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
        """Those that the engine finds, in its order."""
        made: list[_Together] = []
        rules: Any = (partial(_Together, self._concerned, made),)  # made as a rule is, though no class
        try:
            return validate(self._schema, document, rules, self._errors_max, hide_suggestions=self._hidden)
        finally:
            for together in made:
                together.end()


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


class _Together(ASTValidationRule):
    """All of the rules as one. Each may skip what lies below a node, or leave off, without the others."""

    def __init__(self, concerned: _Concerned, made: list[_Together], context: ASTValidationContext) -> None:
        super().__init__(context)
        made.append(self)
        self._concerned = concerned
        self._made: dict[int, ASTValidationRule] = {}
        #: By rule: the node below which it looks at nothing, or BREAK.
        self._skipping: dict[int, Any] = {}

    def end(self) -> None:
        """Let go of everything. A rule and its methods hold each other, and with them the document: the collector stops
        the process for a tenth of a second where thousands of those wait for it."""
        for rule in self._made.values():
            vars(rule).clear()
        vars(self).clear()

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        known = self.enter_leave_map.get(kind)
        if known is None:
            known = self.enter_leave_map[kind] = self._handlers(kind)
        return known

    def _handlers(self, kind: str) -> EnterLeaveVisitor:
        numbers = self._concerned.by(kind)
        if not numbers:
            return EnterLeaveVisitor(None, None)
        found = [(number, self._rule(number).get_enter_leave_for_kind(kind)) for number in numbers]
        entering = [(number, each.enter) for number, each in found if each.enter]
        return EnterLeaveVisitor(self._entering(entering), self._leaving([(n, each.leave) for n, each in found]))

    def _rule(self, number: int) -> ASTValidationRule:
        if number not in self._made:
            self._made[number] = self._concerned.rules[number](self.context)
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
