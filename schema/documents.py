"""Documents: parsed, measured, validated and made ready once for each text that comes again, and remembered (bounded).

What comes for the first time is run as it is, and nothing of it stays but that it came: whoever sends a document of
its own with each request takes no memory, and drives out nothing that others use.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    parse,
    print_ast,
    separate_operations,
    specified_rules,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import get_variable_values

from schema.cost import Cost, cost_of
from schema.errors import ErrorCode
from schema.faults import Refused, Told, told
from schema.limits import Limits, TooComplex, examine
from schema.roots import roots_of
from schema.shortcut import EventShortcut, Forms, Shortcut
from schema.shortcuts import Shortcuts
from schema.shown import shown
from schema.validation import Validation
from schema.variables import RegularVariables

VALIDATION_ERRORS_MAX = 5
VARIABLE_ERRORS_MAX = 5

V = TypeVar("V")

#: Of which it is known that they came: some 150 bytes each.
NEWCOMERS_MAX = 8_192
#: Of a document in memory, as measured; what is written for it, for a list in two ways, takes up to twice as much more.
NODE_BYTES = 350

_HINT = re.compile(r" Did you mean .*\?", re.DOTALL)


class Remembered(Generic[V]):
    """The values last used, as many as weigh `room` together."""

    def __init__(self, room: int, weigh: Callable[[V], int]) -> None:
        self._room, self._weigh = room, weigh
        self._values: OrderedDict[bytes, V] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, key: bytes, value: V) -> None:
        """One that is not there yet."""
        self._values[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._room:
            self._weight -= self._weigh(self._values.popitem(last=False)[1])


class Newcomers:
    """What came once, as far as it is among the latest."""

    def __init__(self, most: int = NEWCOMERS_MAX) -> None:
        self._most = most
        self._known: dict[bytes, None] = {}

    def welcome(self, key: bytes) -> bool:
        """Whether it came before, which is forgotten then."""
        if key in self._known:
            del self._known[key]
            return True
        self._known[key] = None
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return False


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation of a valid document, ready to be run with any variables.

    Of a subscription, `key` is equal for operations whose events are shown alike, `shown_by` being the variables that
    have a part in it. `roots` is what a caller is charged for it; `shortcut` runs a query or a mutation
    without the engine and `showing` a subscription's events, where that is possible.
    """

    operation: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    cost: Cost
    variables: RegularVariables
    key: bytes
    #: In bytes, where it is kept.
    weight: int = 0
    roots: int = 1
    shown_by: frozenset[str] = frozenset()
    shortcut: Shortcut | Forms | None = None
    showing: EventShortcut | None = None


class Documents:
    """`room`: bytes of what is remembered. Without `shortcuts` the engine runs everything."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool, room: int, shortcuts: Shortcuts | None
    ) -> None:
        self._schema = schema
        self._shortcuts = shortcuts
        self._limits = limits
        self._hidden = not introspection
        rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._validation = Validation(schema, rules, VALIDATION_ERRORS_MAX, hide_suggestions=self._hidden)
        self._plans: Remembered[Plan] = Remembered(room, lambda plan: plan.weight)
        self._newcomers = Newcomers()

    def plan(self, query: str, operation_name: str | None) -> Plan:
        """The operation of that name, or the only one. Raises Refused."""
        key = hashlib.sha256(query.encode("utf-8", "surrogatepass")).digest()
        if operation_name is not None:
            key = hashlib.sha256(key + operation_name.encode("utf-8", "surrogatepass")).digest()
        plan = self._plans.get(key)
        return self._made(key, query, operation_name) if plan is None else plan

    def _made(self, key: bytes, query: str, operation_name: str | None) -> Plan:
        document = self._read(query)
        again = self._newcomers.welcome(key)
        plan = self._planned(document, operation_name, again=again)
        if again:
            self._plans.keep(key, plan)
        return plan

    def variables(self, plan: Plan, given: Mapping[str, Any]) -> VariableValues:
        """The variables as the operation declares them, and its cost with them held against the limit."""
        values = plan.variables.read(given) or self._irregular(plan, given)
        if plan.cost.filled(values.coerced) > self._limits.cost_max:
            message = f"The operation costs more than {self._limits.cost_max}: ask for smaller pages, or select less."
            raise Refused.of(ErrorCode.QUERY_TOO_COMPLEX, message)
        return values

    def _irregular(self, plan: Plan, given: Mapping[str, Any]) -> VariableValues:
        """As the engine reads them. Raises Refused."""
        declared = plan.operation.variable_definitions or ()
        try:
            values = get_variable_values(self._schema, declared, dict(given), VARIABLE_ERRORS_MAX, self._hidden)
        except (ValueError, RecursionError):
            # A number of thousands of digits, or thousands of lists in one another: not even an error can quote them.
            raise Refused.of(ErrorCode.BAD_USER_INPUT, "The variables cannot be read: send smaller values.") from None
        if isinstance(values, list):
            raise Refused([self._told(error, ErrorCode.BAD_USER_INPUT) for error in values])
        return values

    def _read(self, query: str) -> DocumentNode:
        try:
            document = parse(query, max_tokens=self._limits.tokens_max, max_source_length=self._limits.characters_max)
            try:
                examine(document, self._limits)
                self._validate(document)
            finally:
                unlink(document)
        except GraphQLSyntaxError as error:
            raise _unreadable(error) from None
        except TooComplex as error:
            raise Refused.of(ErrorCode.QUERY_TOO_COMPLEX, str(error)) from None
        except RecursionError:
            raise Refused.of(ErrorCode.QUERY_TOO_COMPLEX, "The document is nested too deeply.") from None
        return document

    def _validate(self, document: DocumentNode) -> None:
        if errors := self._validation.errors(document):
            raise Refused([self._told(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors])

    def _told(self, error: GraphQLError, code: ErrorCode) -> Told:
        """The engine keeps some of its hints even when it is asked to hide them."""
        formatted = told(error, code)
        if self._hidden:
            formatted["message"] = _HINT.sub("", formatted["message"])
        return formatted

    def _planned(self, document: DocumentNode, operation_name: str | None, *, again: bool) -> Plan:
        """What serves the events of a stream is written at once: there will be more than one."""
        operation = _chosen(document, operation_name)
        definitions = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        fragments = {name: FragmentDetails(definition, None) for name, definition in definitions.items()}
        key, shown_by = self._key(document, operation)
        parts = operation, definitions, fragments
        shortcut = self._shortcuts and self._shortcuts.of(*parts) if again else None
        showing = self._shortcuts and self._shortcuts.of_events(*parts)
        return Plan(
            operation,
            definitions,
            fragments,
            cost_of(self._schema, operation, definitions),
            RegularVariables(self._schema, operation.variable_definitions or ()),
            key,
            lighten(document, forms=shortcut.forms if shortcut else int(bool(showing))) if again else 0,
            roots_of(operation, definitions),
            shown_by,
            shortcut,
            showing,
        )

    def _key(self, document: DocumentNode, operation: OperationDefinitionNode) -> tuple[bytes, frozenset[str]]:
        """As the operation prints, its name and fragments with it; nobody asks it of queries and mutations."""
        root = self._schema.subscription_type
        if operation.operation is not OperationType.SUBSCRIPTION or root is None:
            return b"", frozenset()
        alone = separate_operations(document)[operation.name.value if operation.name else ""]
        printed, shown_by = shown(alone, root.name)
        return hashlib.sha256(print_ast(printed).encode("utf-8", "surrogatepass")).digest(), shown_by


def unlink(document: DocumentNode) -> None:
    """Take the document's tokens apart, which hold each other in a circle: nobody reads them any more, and what stands
    in no circle is gone with who used it last."""
    token = document.loc and document.loc.start_token
    while token is not None:
        token.prev, token.next, token = None, None, token.next


def lighten(document: DocumentNode, *, forms: int) -> int:
    """Let go of the document's tokens. The bytes of what is left: of its text, its nodes and what is written for them,
    in so many forms at most."""
    location = document.loc
    if location is None:
        return 0
    nodes: list[Node] = [document]
    for node in nodes:
        if node.loc is not None:
            node.loc.start_token = node.loc.end_token = location.start_token
        for part in vars(node).values():
            nodes += [each for each in (part if isinstance(part, tuple) else (part,)) if isinstance(each, Node)]
    return len(location.source.body) + len(nodes) * NODE_BYTES * (1 + 2 * forms)


def _unreadable(error: GraphQLError) -> Refused:
    if "Parsing aborted" in error.message or "too deeply" in error.message:
        return Refused.of(ErrorCode.QUERY_TOO_COMPLEX, error.message.removeprefix("Syntax Error: "))
    return Refused([told(error, ErrorCode.GRAPHQL_PARSE_FAILED)])


def _chosen(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        message = "The document holds several operations: name the one to run as operationName."
        if not operations:
            message = "The document holds no operation: send a query, a mutation or a subscription."
        raise Refused.of(ErrorCode.BAD_REQUEST, message)
    for operation in operations:
        if operation.name and operation.name.value == operation_name:
            return operation
    raise Refused.of(ErrorCode.BAD_REQUEST, "The document holds no operation of the name sent as operationName.")
