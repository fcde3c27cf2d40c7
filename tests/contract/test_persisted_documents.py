"""Persisted documents of the contract, over a running server."""

import json

from server.contract import MANIFEST_FILE
from tests.factories.operations import mutation
from tests.stack import Stack

IDS = {each["name"]: each["id"] for each in json.loads(MANIFEST_FILE.read_bytes())["operations"]}


def test_a_document_of_the_manifest_is_asked_by_get_and_told_again_only_where_it_changed(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.token('manager')}"}
    parameters = {"documentId": f"sha256:{IDS['ReasonCodes']}"}
    first = stack.http.get(stack.graphql_url, params=parameters, headers=headers)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    assert first.json()["data"]["reasonCodes"]
    again = stack.http.get(
        stack.graphql_url, params=parameters, headers=headers | {"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert stack.http.get(stack.graphql_url, params=parameters, headers=headers).text == first.text, "on one connection"

    other = {"code": "water-damage", "direction": "DECREASE", "name": "Water damage"}
    stack.graphql(
        mutation("upsertReasonCode"), {"input": {"idempotencyKey": "one-more", **other}}, stack.token("admin")
    )
    changed = stack.http.get(
        stack.graphql_url, params=parameters, headers=headers | {"If-None-Match": first.headers["etag"]}
    )
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
    assert "water-damage" in changed.text


def test_a_document_of_the_manifest_is_told_to_nobody_without_a_token(stack: Stack) -> None:
    answer = stack.http.get(stack.graphql_url, params={"documentId": IDS["ReasonCodes"]})
    assert (answer.status_code, "etag" in answer.headers) == (401, False)
