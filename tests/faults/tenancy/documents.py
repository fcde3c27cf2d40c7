"""Documents: an operation for each field of the schema that selects whatever it can tell, as deep as the limits let."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
    parse,
)

from schema.cost import cost_of
from schema.limits import Limits, TooComplex, examine

DEPTH_MAX = 6
LIMITS = Limits()
#: As long as lists are in these requests, for what an operation costs by what it is given.
SAMPLE = {"input": {"lines": [{}] * 2}}


#: Things that have no id, and the root fields that tell them.
WITHOUT_ID = {
    "HealthReport": 'healthReport(from: "2026-01-01", to: "2026-12-31")',
    "AgingReport": "agingReport",
}


def root_document(schema: GraphQLSchema, kind: str, name: str, field: GraphQLField) -> str:
    """Of a root field, each of its arguments a variable of the same name; `kind`: `query`, `mutation` …"""
    return _deepest(schema, kind, _declared(field.args), "", name, field, "")


def nested_document(schema: GraphQLSchema, owner: GraphQLObjectType, name: str) -> str:
    """Of a field of a thing that has an id, which is the variable `thing`, or of one that a root field tells."""
    field = owner.fields[name]
    if owner.name in WITHOUT_ID:
        return _deepest(schema, "query", _declared(field.args), f"{WITHOUT_ID[owner.name]} {{ ", name, field, " }")
    declared = {"thing": "ID!", **_declared(field.args)}
    return _deepest(schema, "query", declared, f"node(id: $thing) {{ ... on {owner.name} {{ ", name, field, " } }")


def _declared(arguments: Mapping[str, GraphQLArgument]) -> dict[str, str]:
    return {name: str(argument.type) for name, argument in arguments.items()}


def _deepest(
    schema: GraphQLSchema, kind: str, declared: Mapping[str, str], before: str, name: str, field: GraphQLField, end: str
) -> str:
    variables = ", ".join(f"${each}: {type_}" for each, type_ in declared.items())
    given = ", ".join(f"{each}: ${each}" for each in field.args)
    head = f"{kind} {f'({variables}) ' if variables else ''}{{ {before}{name}{f'({given})' if given else ''}"
    for depth in range(DEPTH_MAX, 0, -1):
        document = f"{head} {selection(schema, field.type, depth)}{end} }}"
        if _fits(schema, document):
            return document
    raise AssertionError(f"{name}: even its shallowest selection is above the limits")


def selection(schema: GraphQLSchema, type_: GraphQLOutputType, depth: int, above: tuple[str, ...] = ()) -> str:
    """All fields that take no arguments, those of objects so many levels deep; empty for what has no fields."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLInterfaceType):
        kinds = schema.get_possible_types(named)
        types = _first_types(kinds)
        shared = ("__typename", *named.fields)
        parts = [f"... on {each.name} {_fields(schema, each, depth, above, types, shared)}" for each in kinds]
        return " ".join(["{", *shared, *parts, "}"])
    assert isinstance(named, GraphQLObjectType), named
    return _fields(schema, named, depth, above, {})


def _first_types(kinds: Collection[GraphQLObjectType]) -> Mapping[str, str]:
    """Of each name the type of the first field that has it. Others of another type are left out, as no answer may mix
    them, and there are only so many aliases: fields of their own kind's tell them."""
    fields = [(name, str(field.type)) for kind in kinds for name, field in kind.fields.items()]
    return dict(reversed(fields))


def _fields(
    schema: GraphQLSchema,
    type_: GraphQLObjectType,
    depth: int,
    above: tuple[str, ...],
    types: Mapping[str, str],
    chosen_before: Collection[str] = (),
) -> str:
    """`above`: the types of the objects that it lies in; of one kind there are two at most below one another."""
    chosen = [name for name in ("__typename",) if name not in chosen_before]
    within = (*above, type_.name)
    if type_.name.endswith("Edge"):  # `nodes` beside it tells more of the same
        depth = min(depth, 2)
    for name, field in type_.fields.items():
        below = get_named_type(field.type)
        inner = is_leaf_type(below) or (depth > 1 and within.count(below.name) < 2)
        if (
            inner
            and name not in chosen_before
            and not field.args
            and types.get(name, str(field.type)) == str(field.type)
        ):
            chosen.append(f"{name} {selection(schema, field.type, depth - 1, within)}".strip())
    return f"{{ {' '.join(chosen)} }}"


def _fits(schema: GraphQLSchema, document: str) -> bool:
    try:
        parsed = parse(document, max_tokens=LIMITS.tokens_max)
        examine(parsed, LIMITS)
    except (TooComplex, GraphQLSyntaxError):
        return False
    (operation,) = parsed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return cost_of(schema, operation, {}).filled(SAMPLE) <= LIMITS.cost_max
