"""Persisted documents: which text is run for a hash, and which is not run at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from schema.errors import ErrorCode
from schema.executor import Executor
from schema.faults import Refused
from schema.persisted import ManifestError, PersistedDocuments, hash_of, manifest
from server.contract import MANIFEST_FILE, persisted
from tests.fakes.api import schema

LISTED = "{\n  viewer {\n    subject\n  }\n}"
OTHER = "{ viewer { roles } }"


def named(text: str) -> dict[str, Any]:
    return {"version": 1, "sha256Hash": hash_of(text)}


def executor(*, only: bool = False, room: int = 1_000) -> Executor:
    texts = {hash_of(LISTED): LISTED}
    documents = PersistedDocuments(texts, only=only, room=room)
    return Executor(schema(), persisted=documents, report_fault=lambda _: None)


def refusal(made: Executor, query: str, by: object) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        made.prepare(query, named=by)
    (error,) = refused.value.errors
    return error["extensions"]["code"], error["message"]


@pytest.mark.parametrize(
    "by", [named(LISTED), hash_of(LISTED), f"sha256:{hash_of(LISTED)}", f"sha256:{hash_of(LISTED).upper()}"]
)
@pytest.mark.parametrize("only", [True, False])
def test_a_document_of_the_manifest_is_run_by_its_hash_alone(by: object, only: bool) -> None:
    assert executor(only=only).prepare("", named=by).plan is not None


def test_a_hash_that_nobody_knows_is_answered_as_apollos_clients_expect() -> None:
    told = ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    assert refusal(executor(), "", named(OTHER)) == told
    assert refusal(executor(), " ", "x-my-own:17") == told


def test_a_text_that_came_with_its_hash_is_known_by_it_from_then_on() -> None:
    made = executor()
    sent = made.prepare(OTHER, named=named(OTHER))
    assert made.prepare("", named=named(OTHER)).plan.operation == sent.plan.operation


def test_a_text_is_not_known_by_another_hash_and_not_where_it_does_not_hold() -> None:
    made = executor()
    assert refusal(made, OTHER, named(LISTED))[0] == "BAD_REQUEST"
    assert refusal(made, "{ nothing }", named("{ nothing }"))[0] == "GRAPHQL_VALIDATION_FAILED"
    assert refusal(made, "", named("{ nothing }"))[0] == "PERSISTED_QUERY_NOT_FOUND"


def test_texts_that_were_sent_are_forgotten_the_oldest_first_and_those_of_the_manifest_never() -> None:
    made = executor(room=len(OTHER))
    third = OTHER.replace("{ viewer {", "{viewer  {")
    for text in (OTHER, third):
        made.prepare(text, named=named(text))
    assert refusal(made, "", named(OTHER))[0] == "PERSISTED_QUERY_NOT_FOUND"
    assert made.prepare("", named=named(third)).kind == made.prepare("", named=named(LISTED)).kind == "query"


def test_where_the_manifest_alone_counts_nothing_else_is_run_or_remembered() -> None:
    made = executor(only=True)
    assert made.prepare(LISTED).kind == "query", "its very text is as good as its hash"
    assert refusal(made, OTHER, None)[0] == "PERSISTED_QUERY_REQUIRED"
    assert refusal(made, OTHER, named(OTHER))[0] == "PERSISTED_QUERY_REQUIRED"
    assert refusal(made, "", named(OTHER))[0] == "PERSISTED_QUERY_NOT_FOUND"


def test_a_document_that_is_named_twice_is_run_where_both_are_one_hash_and_refused_where_not() -> None:
    by_id = f"sha256:{hash_of(LISTED)}"
    assert executor().prepare("", named=(by_id, named(LISTED))).kind == "query"
    for query in ("", LISTED, OTHER):
        code, message = refusal(executor(), query, (by_id, named(OTHER)))
        assert (code, "documentId" in message, "persistedQuery" in message) == (ErrorCode.BAD_REQUEST, True, True)


@pytest.mark.parametrize("by", [5, [], {}, {"version": 2, "sha256Hash": hash_of(LISTED)}, {"version": 1}])
def test_a_name_of_another_shape_is_a_bad_request(by: object) -> None:
    code, message = refusal(executor(), "", by)
    assert (code, "documentId" in message) == (ErrorCode.BAD_REQUEST, True)


def test_a_manifest_holds_each_operation_with_its_own_fragments_alone() -> None:
    text = "query A { ...F } query B { viewer { id } } fragment F on Query { viewer { subject } }"
    first, second = manifest([text])["operations"]
    assert (first["name"], first["type"], "fragment F" in first["body"]) == ("A", "query", True)
    assert (second["name"], second["id"], "fragment" in second["body"]) == ("B", hash_of(second["body"]), False)


def test_the_manifest_of_the_contract_is_what_its_operations_make() -> None:
    assert MANIFEST_FILE.read_text(encoding="utf-8") == persisted(), "run `make schema`"
    documents = PersistedDocuments.of_file(MANIFEST_FILE, only=True)
    made = Executor(schema(), persisted=documents, report_fault=lambda _: None)
    for operation in json.loads(MANIFEST_FILE.read_bytes())["operations"]:
        # Read with its variables left out: what is refused then is they, and never the document.
        try:
            kind = made.prepare("", named=f"sha256:{operation['id']}").kind
        except Refused as refused:
            assert {error["extensions"]["code"] for error in refused.errors} == {"BAD_USER_INPUT"}
        else:
            assert kind == operation["type"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": "apollo-persisted-query-manifest", "version": 2}', "\ud800"],
)
def test_a_file_that_is_no_manifest_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ManifestError, match=r"manifest\.json is no manifest"):
        PersistedDocuments.of_file(file)


@pytest.mark.parametrize("operation", [{"id": "0" * 64, "body": LISTED}, {"id": hash_of(LISTED)}, 5, {}])
def test_a_manifest_whose_hashes_are_not_those_of_its_texts_is_refused(tmp_path: Path, operation: object) -> None:
    file = tmp_path / "manifest.json"
    told = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    file.write_text(json.dumps(told))
    with pytest.raises(ManifestError, match="manifest"):
        PersistedDocuments.of_file(file)
