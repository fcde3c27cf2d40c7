"""Cost: how many values an operation may bring at most, pages and lists counted.

    cost of a field      = 1 + what it `weighs` (`schema.fields`) + its size × the cost of what is selected below it
    cost of a value      = 1, and besides what its field `holds` (`schema.fields`), if it says so: a long text
    size of a connection = first or last (50 if left out), counted for `edges` and `nodes` alone
    size of a list       = `points`, or the length of the list argument it answers (`availability(skus:)`), else what
                           its field `holds` (`schema.fields`), else 10
    size of `results`    = the length of the list in `input` that a batch answers, at most as many as it may have
    size of all else     = 1

A field that tells the past (`schema.fields.looking_back`) costs its price for each thing more where it is given `asOf`.

Of several such arguments the largest counts; null counts as left out. A reservation's lines are as many as were asked
for where it was just made; the things of a page share the lines that a page holds (`services.pages`).
The formula is worked out once per document into a `Cost`; what depends on variables is filled in for each request.
Introspection costs nothing here: validation bounds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from domain.adjustments import LINES_MAX as BATCH_LINES_MAX
from domain.reservation_lines import LINES_MAX as ORDER_LINES_MAX
from schema.fields import held_by, price_of_past, weight_of
from services.pages import LINES_A_PAGE
from services.reads import AVAILABILITY_SKUS_MAX, PAGE_SIZE, PAGE_SIZE_MAX

#: What a list holds whose field does not say it.
LIST_SIZE = 10
SIZE_MAX = max(PAGE_SIZE_MAX, AVAILABILITY_SKUS_MAX, BATCH_LINES_MAX, ORDER_LINES_MAX)

#: The fields that hold the things of a page, or what became of the lines of a batch.
_HOLDING = {"Connection": ("edges", "nodes"), "BatchPayload": ("results",)}
#: What the things of a page share, and the payload of one that is made of the lines that were sent.
_SHARED = ("ReservationLine", "Shortage", "CycleCountLine")
_MAKING = "ReserveStockPayload"
_SIZED_BY = ("first", "last", "points")


@dataclass(frozen=True, slots=True)
class Size:
    """A number of things: the largest of those `asked`, as numbers or names of variables (`name.field` of an input);
    `otherwise` where none is. Of each of `sharing` things, at most its part of what a page holds."""

    otherwise: int = 1
    asked: tuple[int | str, ...] = ()
    sharing: "Size | None" = None

    @property
    def varies(self) -> bool:
        return any(isinstance(each, str) for each in self.asked) or (self.sharing is not None and self.sharing.varies)

    def filled(self, variables: Mapping[str, Any]) -> int:
        values = [_value(each, variables) if isinstance(each, str) else each for each in self.asked]
        size = max((_size_of(value) for value in values if value is not None), default=self.otherwise)
        return size if self.sharing is None else min(size, ceil(LINES_A_PAGE / self.sharing.filled(variables)))


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a thing from where it stands: of how many it is one, and how many lines were sent for it."""

    page: Size = Size()
    sent: Size | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """`alone`, and for each part its size times its own cost."""

    alone: int = 0
    parts: tuple[tuple[Size, "Cost"], ...] = ()
    #: The cost in every request; None where it depends on variables.
    fixed: int | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        varies = any(size.varies or part.fixed is None for size, part in self.parts)
        object.__setattr__(self, "fixed", None if varies else self._filled({}, {}))

    def filled(self, variables: Mapping[str, Any], known: dict[int, int] | None = None) -> int:
        """The cost in a request. Parts that several places share are worked out once."""
        if self.fixed is not None:
            return self.fixed
        known = {} if known is None else known
        if id(self) not in known:
            known[id(self)] = self._filled(variables, known)
        return known[id(self)]

    def _filled(self, variables: Mapping[str, Any], known: dict[int, int]) -> int:
        return self.alone + sum(size.filled(variables) * part.filled(variables, known) for size, part in self.parts)


def cost_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Cost:
    """The cost of a valid operation."""
    root = schema.get_root_type(operation.operation)
    return Cost() if root is None else _Meter(schema, fragments).selection(operation.selection_set, root, Around())


class _Meter:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[tuple[str, Around], Cost] = {}

    def selection(self, selected: SelectionSetNode, parent: GraphQLCompositeType, around: Around) -> Cost:
        """Of all that is selected from one object."""
        alone = 0
        parts: list[tuple[Size, Cost]] = []
        for node in selected.selections:
            if isinstance(node, FieldNode):
                alone += 1 + self._weight(node, parent)
                parts += self._below(node, parent, around)
            elif isinstance(node, FragmentSpreadNode):
                parts.append((Size(), self._fragment(node.name.value, around)))
            elif isinstance(node, InlineFragmentNode):
                parts.append((Size(), self.selection(node.selection_set, self._narrowed(node, parent), around)))
        return Cost(alone, tuple(parts))

    def _weight(self, node: FieldNode, parent: GraphQLCompositeType) -> int:
        field = self._schema.get_field(parent, node.name.value)
        return 0 if field is None else weight_of(field)

    def _below(self, node: FieldNode, parent: GraphQLCompositeType, around: Around) -> list[tuple[Size, Cost]]:
        field = self._schema.get_field(parent, node.name.value)
        if field is None or node.name.value.startswith("__"):
            return []
        below = get_named_type(field.type)
        if not is_composite_type(below) or node.selection_set is None:
            held = held_by(field)
            return [(Size(held), Cost(1))] if held else []
        size, within = _size(node, field, parent, around), _around(node, field, parent, around)
        return [(size, self.selection(node.selection_set, below, within)), *_past(node, field, within)]

    def _fragment(self, name: str, around: Around) -> Cost:
        key = name, around
        if key not in self._known:
            fragment = self._fragments[name]
            self._known[key] = self.selection(fragment.selection_set, self._narrowed(fragment, None), around)
        return self._known[key]

    def _narrowed(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLCompositeType | None
    ) -> GraphQLCompositeType:
        condition = node.type_condition
        found = self._schema.get_type(condition.name.value) if condition else parent
        assert is_composite_type(found)
        return found


def _past(node: FieldNode, field: GraphQLField, within: Around) -> list[tuple[Size, Cost]]:
    """The price of the past, which a variable that is null does not ask for."""
    price = price_of_past(field)
    for argument in node.arguments or () if price else ():
        if argument.name.value == "asOf" and not isinstance(argument.value, NullValueNode):
            asked = Size(0, (_written(argument.value),))
            return [(asked, Cost(0, ((within.page, Cost(price)),)))]
    return []


def _size(node: FieldNode, field: GraphQLField, parent: GraphQLCompositeType, around: Around) -> Size:
    """How many things a field brings of one parent."""
    if any(parent.name.endswith(kind) and node.name.value in names for kind, names in _HOLDING.items()):
        return around.page
    if not is_list_type(get_nullable_type(field.type)):
        return Size()
    if get_named_type(field.type).name in _SHARED:
        return around.sent or Size(held_by(field) or LIST_SIZE, sharing=around.page)
    return _asked(node, field, held_by(field) or LIST_SIZE)


def _around(node: FieldNode, field: GraphQLField, parent: GraphQLCompositeType, around: Around) -> Around:
    """What stands around the things that a field brings."""
    below = get_named_type(field.type).name
    if below.endswith("Connection"):
        return Around(_asked(node, field, PAGE_SIZE))
    if below.endswith("BatchPayload"):
        return Around(_sent(node, BATCH_LINES_MAX))
    if below == _MAKING:
        return Around(sent=_sent(node, ORDER_LINES_MAX))
    return around if parent.name.endswith(("Connection", "Edge")) or parent.name == _MAKING else Around()


def _asked(node: FieldNode, field: GraphQLField, otherwise: int) -> Size:
    """How many things the field's arguments ask for."""
    sizing = [
        argument.value
        for argument in node.arguments or ()
        if argument.name.value in _SIZED_BY or is_list_type(get_nullable_type(field.args[argument.name.value].type))
    ]
    return Size(otherwise, tuple(_written(value) for value in sizing if not isinstance(value, NullValueNode)))


def _sent(node: FieldNode, lines_max: int) -> Size:
    """How many lines an `input` holds."""
    for argument in node.arguments or ():
        if isinstance(argument.value, VariableNode):
            return Size(lines_max, (f"{argument.value.name.value}.lines",))
        if isinstance(argument.value, ObjectValueNode):
            lines = (field.value for field in argument.value.fields if field.name.value == "lines")
            return Size(lines_max, tuple(map(_written, lines)))
    return Size(lines_max)


def _value(named: str, variables: Mapping[str, Any]) -> Any:
    name, _, field_name = named.partition(".")
    value = variables.get(name)
    return value.get(field_name) if field_name and isinstance(value, Mapping) else value


def _written(value: ValueNode) -> int | str:
    """The number of things that a value asks for, or the variable that says it."""
    if isinstance(value, VariableNode):
        return value.name.value
    if isinstance(value, IntValueNode):
        return _size_of(int(value.value))
    return _size_of(value.values) if isinstance(value, ListValueNode) else 1


def _size_of(value: Any) -> int:
    """Bounded, because what asks for more than a page holds is refused by the field itself with better words."""
    size = value if isinstance(value, int) else len(value) if isinstance(value, (list, tuple)) else 1
    return min(max(size, 1), SIZE_MAX)
