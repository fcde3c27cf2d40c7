"""The contract with the outside: the exported schema, the documents that clients use, the table of roles."""

from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema, is_introspection_type, parse, validate

from domain.access import OPERATIONS
from domain.refusals import PRECEDENCE, RefusalCode
from resolvers.build import build_schema as built
from resolvers.build import sdl
from server.contract import ACCESS_FILE, ROLES_FILE, ROOT, SCHEMA_FILE, access, roles

DOCUMENTS = sorted((ROOT / "frontend-contract" / "operations").glob("*.graphql"))
SCHEMA = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))


def test_the_exported_schema_is_that_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == sdl(built()), "run `make schema` and look at what changed"


def test_the_table_of_roles_is_that_of_the_code() -> None:
    assert ROLES_FILE.read_text(encoding="utf-8") == roles(), "run `make schema` and look at what changed"
    assert ACCESS_FILE.read_text(encoding="utf-8") == access(), "run `make schema` and look at what changed"


def test_there_are_documents_to_check() -> None:
    assert len(DOCUMENTS) >= 5


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.stem)
def test_every_document_of_the_clients_is_valid(document: Path) -> None:
    assert validate(SCHEMA, parse(document.read_text(encoding="utf-8"))) == []


def test_every_root_field_has_its_roles_and_every_role_its_root_field() -> None:
    roots = [SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type]
    assert {name for root in roots if root for name in root.fields} == set(OPERATIONS)


def test_everything_in_the_schema_is_described() -> None:
    missing: list[str] = []
    for name, type_ in SCHEMA.type_map.items():
        if is_introspection_type(type_) or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        parts = {name: type_}
        for field_name, field in getattr(type_, "fields", {}).items():
            parts[f"{name}.{field_name}"] = field
            parts |= {
                f"{name}.{field_name}({each}:)": argument for each, argument in getattr(field, "args", {}).items()
            }
        parts |= {f"{name}.{each}": value for each, value in getattr(type_, "values", {}).items()}
        missing += [part for part, thing in parts.items() if not thing.description]
    assert missing == []


def test_every_mutation_takes_one_input_with_a_key_and_may_be_refused() -> None:
    assert SCHEMA.mutation_type
    for name, field in SCHEMA.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        payload = field.type
        assert isinstance(payload, GraphQLObjectType), f"{name} must be nullable"
        assert str(payload.fields["userErrors"].type) == "[UserError!]!", name
        assert str(field.args["input"].type.of_type.fields["idempotencyKey"].type) == "String!", name


def test_every_code_of_a_user_error_is_one_of_the_domains() -> None:
    codes = SCHEMA.type_map["UserErrorCode"]
    assert (
        set(getattr(codes, "values", {})) == {code.value for code in RefusalCode} >= {code.value for code in PRECEDENCE}
    )
