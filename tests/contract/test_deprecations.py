"""What will leave the schema says what takes its place, and from which day it may be gone."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from graphql import GraphQLSchema, build_schema

from server.contract import SCHEMA_FILE

SCHEMA = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
#: The form of a reason: Use `quantityOnHand`; gone from 2027-05-31.
REASON = re.compile(r"Use `(?P<instead>\w+(?:\.\w+)*)`.*; gone from (?P<day>\d{4}-\d\d-\d\d)\.")


def deprecated(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The path and the reason of each field, argument and value that will leave."""
    for name, type_ in schema.type_map.items():
        members = {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}
        for member_name, member in members.items():
            if member.deprecation_reason is not None:
                yield f"{name}.{member_name}", member.deprecation_reason
            for argument_name, argument in getattr(member, "args", {}).items():
                if argument.deprecation_reason is not None:
                    yield f"{name}.{member_name}.{argument_name}", argument.deprecation_reason


def fault(schema: GraphQLSchema, path: str, reason: str) -> str | None:
    told = REASON.fullmatch(reason)
    if told is None:
        return f"{path}: the reason must read 'Use `field`; gone from YYYY-MM-DD.'"
    try:
        date.fromisoformat(told["day"])
    except ValueError:
        return f"{path}: {told['day']} is no day"
    whole = told["instead"] if "." in told["instead"] else f"{path.rpartition('.')[0]}.{told['instead']}"
    return None if is_there(schema, whole) else f"{path}: {whole} is not there"


def is_there(schema: GraphQLSchema, path: str) -> bool:
    type_name, member_name, *argument = path.split(".")
    type_ = schema.type_map.get(type_name)
    member = {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}.get(member_name)
    if member is None or member.deprecation_reason is not None:
        return False
    return not argument or argument[0] in getattr(member, "args", {})


def faults(schema: GraphQLSchema) -> list[str]:
    return [told for path, reason in deprecated(schema) if (told := fault(schema, path, reason))]


def test_what_will_leave_the_schema_names_what_takes_its_place_and_a_day() -> None:
    assert faults(SCHEMA) == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Use `total`; gone from 2027-05-31.", None),
        ("Use `Item.sku`, which is unique; gone from 2027-05-31.", None),
        ("Use `Query.items.first`; gone from 2027-05-31.", None),
        ("Old.", "must read"),
        ("Use `total`.", "must read"),
        ("Gone from 2027-05-31.", "must read"),
        ("Use `total`; gone from 2027-02-30.", "is no day"),
        ("Use `count`; gone from 2027-05-31.", "Item.count is not there"),
        ("Use `amount`; gone from 2027-05-31.", "Item.amount is not there"),
        ("Use `Thing.sku`; gone from 2027-05-31.", "Thing.sku is not there"),
        ("Use `Query.items.last`; gone from 2027-05-31.", "Query.items.last is not there"),
    ],
)
def test_a_reason_without_a_successor_or_a_day_is_told(reason: str, told: str | None) -> None:
    sdl = (
        "type Query { items(first: Int): [Item] } "
        f'type Item {{ sku: ID! total: Int amount: Int @deprecated(reason: "{reason}") }}'
    )
    found = faults(build_schema(sdl))
    assert len(found) == (told is not None)
    assert (told or "") in "".join(found)


@pytest.mark.parametrize(
    "sdl",
    [
        'enum State { OPEN NEW @deprecated(reason: "Old.") } type Query { state: State }',
        'input Filter { a: Int, b: Int @deprecated(reason: "Old.") } type Query { items(filter: Filter): Int }',
        'type Query { items(first: Int, count: Int @deprecated(reason: "Old.")): Int }',
    ],
)
def test_values_arguments_and_fields_of_inputs_are_held_to_it_too(sdl: str) -> None:
    assert len(faults(build_schema(sdl))) == 1
