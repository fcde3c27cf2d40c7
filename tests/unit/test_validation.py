"""Validation finds what the engine finds by itself."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, GraphQLSyntaxError, NoSchemaIntrospectionCustomRule, parse, specified_rules, validate

from resolvers.build import build_schema
from schema.validation import Validation

OPERATIONS = Path(__file__).parents[2] / "frontend-contract" / "operations"
RULES = (*specified_rules, NoSchemaIntrospectionCustomRule)
ERRORS_MAX = 5
#: What is put in the place of a word, or behind it.
WORDS = (
    "{", "}", "(", ")", "@include(if: $no)", "@skip(if: 1) @skip(if: true)", "@nothing", "@stream", "@defer(label: 3)",
    "...Other", "...Item", "... on Item { id }", "fragment Item on Item { ...Item }", "query", "subscription", "sku",
    "$first", "$first: Int", ": Nothing", "first: null", "first: 1.5, first: 3", "input: { a: 1, a: 2 }", "__schema",
    "nothing { id }", "x: status", "x: sku", "[1, 2]", "null", "mutation Again { nothing }", "type Extra { a: Int }",
)  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def texts() -> list[str]:
    """Those of the clients, as they are and with words put in, taken away or changed."""
    whole = [re.sub("#.*", "", path.read_text()) for path in sorted(OPERATIONS.rglob("*.graphql"))]
    chance, found = random.Random(7), list(whole)
    for _ in range(400):
        words = re.findall(r"\.\.\.|\w+|\S", chance.choice(whole))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(words))
            words[at : at + chance.randint(0, 1)] = chance.choice([[], [chance.choice(WORDS)]])
        found.append(" ".join(words))
    return found


def test_every_document_has_the_errors_that_the_engine_finds_in_the_same_order(schema: GraphQLSchema) -> None:
    validation = Validation(schema, RULES, ERRORS_MAX, hide_suggestions=True)
    told = 0
    for text in texts():
        try:
            document = parse(text)
        except GraphQLSyntaxError:
            continue
        expected = validate(schema, document, RULES, ERRORS_MAX, hide_suggestions=True)
        assert list(map(str, validation.errors(document))) == list(map(str, expected)), text
        told += len(expected)
    assert told > 60, "there is something to find in them"


def test_rules_that_skip_or_leave_off_do_so_without_the_others(schema: GraphQLSchema) -> None:
    """`__schema` is told by a rule that goes no deeper, what lies in it by others."""
    validation = Validation(schema, RULES, 50, hide_suggestions=True)
    document = parse("{ __schema { types { nothing } } ...A } fragment A on Query { ...A nothing }")
    expected = validate(schema, document, RULES, 50, hide_suggestions=True)
    assert len(expected) >= 4
    assert list(map(str, validation.errors(document))) == list(map(str, expected))
