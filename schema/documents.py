"""Documents: parsed, measured and validated once for each text, and remembered (bounded)."""

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
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    parse,
    print_ast,
    separate_operations,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import get_variable_values

from schema.cost import Cost, cost_of
from schema.errors import ErrorCode
from schema.faults import Refused, Told, told
from schema.limits import Limits, TooComplex, examine
from schema.roots import roots_of
from schema.shortcut import EventShortcut, Shortcut, Shortcuts
from schema.shown import shown
from schema.variables import RegularVariables

VALIDATION_ERRORS_MAX = 5
VARIABLE_ERRORS_MAX = 5

V = TypeVar("V")

_HINT = re.compile(r" Did you mean .*\?", re.DOTALL)


class Remembered(Generic[V]):
    """The values last used, as many as weigh `room` together."""

    def __init__(self, room: int, weigh: Callable[[V], int]) -> None:
        self._room, self._weigh = room, weigh
        self._values: OrderedDict[bytes, V] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes, make: Callable[[], V]) -> V:
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        self._weight += self._weigh(value)
        while self._weight > self._room:
            self._weight -= self._weigh(self._values.popitem(last=False)[1])
        return value


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
    #: Of its document (`weight_of`).
    weight: int = 1
    roots: int = 1
    shown_by: frozenset[str] = frozenset()
    shortcut: Shortcut | None = None
    showing: EventShortcut | None = None


class Documents:
    """`room`: what remembered documents weigh together. Without `shortcuts` the engine runs everything."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool, room: int, shortcuts: Shortcuts | None
    ) -> None:
        self._schema = schema
        self._shortcuts = shortcuts
        self._limits = limits
        self._hidden = not introspection
        self._rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._documents: Remembered[DocumentNode] = Remembered(room, weight_of)
        self._plans: Remembered[Plan] = Remembered(room, lambda plan: plan.weight)

    def plan(self, query: str, operation_name: str | None) -> Plan:
        """The operation of that name, or the only one. Raises Refused."""
        text = hashlib.sha256(query.encode("utf-8", "surrogatepass")).digest()
        document = self._documents.get(text, lambda: self._read(query))
        name = "" if operation_name is None else f":{operation_name}"
        key = text + name.encode("utf-8", "surrogatepass")
        return self._plans.get(key, lambda: self._planned(document, operation_name))

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
            examine(document, self._limits)
            self._validate(document)
        except GraphQLSyntaxError as error:
            raise _unreadable(error) from None
        except TooComplex as error:
            raise Refused.of(ErrorCode.QUERY_TOO_COMPLEX, str(error)) from None
        except RecursionError:
            raise Refused.of(ErrorCode.QUERY_TOO_COMPLEX, "The document is nested too deeply.") from None
        return document

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(self._schema, document, self._rules, VALIDATION_ERRORS_MAX, hide_suggestions=self._hidden)
        if errors:
            raise Refused([self._told(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors])

    def _told(self, error: GraphQLError, code: ErrorCode) -> Told:
        """The engine keeps some of its hints even when it is asked to hide them."""
        formatted = told(error, code)
        if self._hidden:
            formatted["message"] = _HINT.sub("", formatted["message"])
        return formatted

    def _planned(self, document: DocumentNode, operation_name: str | None) -> Plan:
        operation = _chosen(document, operation_name)
        definitions = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        fragments = {name: FragmentDetails(definition, None) for name, definition in definitions.items()}
        key, shown_by = self._key(document, operation)
        parts = operation, definitions, fragments
        return Plan(
            operation,
            definitions,
            fragments,
            cost_of(self._schema, operation, definitions),
            RegularVariables(self._schema, operation.variable_definitions or ()),
            key,
            weight_of(document),
            roots_of(operation, definitions),
            shown_by,
            self._shortcuts and self._shortcuts.of(*parts),
            self._shortcuts and self._shortcuts.of_events(*parts),
        )

    def _key(self, document: DocumentNode, operation: OperationDefinitionNode) -> tuple[bytes, frozenset[str]]:
        """As the operation prints, its name and fragments with it; nobody asks it of queries and mutations."""
        root = self._schema.subscription_type
        if operation.operation is not OperationType.SUBSCRIPTION or root is None:
            return b"", frozenset()
        alone = separate_operations(document)[operation.name.value if operation.name else ""]
        printed, shown_by = shown(alone, root.name)
        return hashlib.sha256(print_ast(printed).encode("utf-8", "surrogatepass")).digest(), shown_by


def weight_of(document: DocumentNode) -> int:
    """Tokens, and one for every 32 characters of its text, for what nobody parses is kept too."""
    location = document.loc
    if location is None:
        return 1
    tokens, token = 0, location.start_token
    while token is not None:
        tokens, token = tokens + 1, token.next
    return tokens + len(location.source.body) // 32


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
