"""GraphQL over HTTP: what is understood, what is refused and how, in which status and media type."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from schema.persisted import hash_of
from server.accept import GRAPHQL, JSON
from services.identity import Session
from services.ports import Overloaded, Unavailable
from subscriptions.wire.http_request import BODY_BYTES_MAX
from tests.fakes.api import MANAGER, FakeApi
from tests.integration.http_endpoint import POST, URL, Endpoint

NAME = {"query": "{ __typename }"}


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint(FakeApi(introspection=True))
    async with made.http:
        yield made


def assert_refused(response: httpx2.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": code, "requestId": response.headers["x-request-id"]}
    assert error["message"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL}, */*;q=0.1", GRAPHQL),
        ("application/*;q=0.8", JSON),
        ("text/plain", JSON),
        ("nonsense;;;q=x,,", JSON),
        ("a" * 10_000, JSON),
    ],
)
async def test_the_answer_comes_in_the_media_type_asked_for(endpoint: Endpoint, accept: str, media_type: str) -> None:
    response = await endpoint.post(NAME, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(("media_type", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}}, "BAD_USER_INPUT"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_REQUEST"),
    ],
)
async def test_a_document_that_does_not_hold_is_told_as_each_media_type_wants(
    endpoint: Endpoint, media_type: str, status: int, body: Any, code: str
) -> None:
    response = await endpoint.post(body, accept=media_type)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == code
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"1e400",
        b'"{ __typename }"',
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{}",
        b'{"query": "{ __typename }", "variables": NaN}',
        b'{"query": "\xff"}',
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 64 + b"1" + b"}" * 65,
        b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_a_body_that_is_no_request_is_refused(endpoint: Endpoint, body: bytes) -> None:
    assert_refused(await endpoint.post(body), 400, "BAD_REQUEST")


@pytest.mark.parametrize("name", ["query", "operationName", "variables", "extensions"])
@pytest.mark.parametrize("value", [0, 1.5, True, [], ["x"], {"a": 1}, "x"])
async def test_a_parameter_of_a_wrong_type_is_refused(endpoint: Endpoint, name: str, value: Any) -> None:
    fits = isinstance(value, dict) if name in ("variables", "extensions") else isinstance(value, str)
    response = await endpoint.post(NAME | {name: value})
    assert (response.status_code == 400) == (not fits), response.text


@pytest.mark.parametrize("name", ["operationName", "variables", "extensions"])
async def test_a_parameter_that_is_null_counts_as_left_out(endpoint: Endpoint, name: str) -> None:
    assert (await endpoint.post(NAME | {name: None})).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/graphql",
    ],
)
async def test_another_content_type_is_refused(endpoint: Endpoint, content_type: str) -> None:
    response = await endpoint.http.post(URL, content=json.dumps(NAME), headers={"content-type": content_type})
    assert_refused(response, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "Application/JSON", 'application/json;charset="utf-8"']
)
async def test_json_may_be_named_in_its_usual_spellings(endpoint: Endpoint, content_type: str) -> None:
    assert (await endpoint.post(NAME, content_type=content_type)).status_code == 200


async def test_a_body_that_announces_too_much_is_refused_unread(endpoint: Endpoint) -> None:
    response = await endpoint.post(b" " * (BODY_BYTES_MAX + 1))
    assert_refused(response, 413, "PAYLOAD_TOO_LARGE")
    assert (await endpoint.post(json.dumps(NAME).ljust(BODY_BYTES_MAX))).status_code == 200


async def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_long(endpoint: Endpoint) -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(POST, receive, send)
    assert sent[0]["status"] == 413
    assert taken == 5


async def test_a_client_that_goes_away_with_half_a_request_is_not_answered(endpoint: Endpoint) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(POST, receive, send)
    assert sent == []


async def test_a_query_may_come_by_get(endpoint: Endpoint) -> None:
    query = "query Known($name: String!) { __type(name: $name) { name } }"
    parameters = {"query": query, "variables": '{"name": "Query"}', "operationName": "Known"}
    response = await endpoint.http.get(URL, params=parameters)
    assert response.json() == {"data": {"__type": {"name": "Query"}}}


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "variables={}",
        "query=",
        "query=%ff",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables={",
        "query={__typename}&variables=[]",
        "query={__typename}&extensions=1",
    ],
)
async def test_an_address_that_holds_no_request_is_refused(endpoint: Endpoint, parameters: str) -> None:
    assert_refused(await endpoint.http.get(f"{URL}?{parameters}"), 400, "BAD_REQUEST")


async def test_a_mutation_by_get_is_refused_whatever_it_is_called(endpoint: Endpoint) -> None:
    parameters = {"query": "mutation { __typename }"}
    response = await endpoint.http.get(URL, params=parameters)
    assert_refused(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_refused(endpoint: Endpoint, method: str) -> None:
    response = await endpoint.http.request(method, URL)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_subscription_is_sent_elsewhere(endpoint: Endpoint) -> None:
    response = await endpoint.post({"query": "subscription { stockLevelChanged { type } }"})
    assert_refused(response, 400, "BAD_REQUEST")


@pytest.mark.parametrize("authorization", ["", "Bearer no"])
async def test_nobody_is_let_in_without_a_token(endpoint: Endpoint, authorization: str) -> None:
    response = await endpoint.post(NAME, authorization=authorization)
    assert_refused(response, 401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_the_body_of_a_stranger_is_not_read(endpoint: Endpoint) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")], "query_string": b""}
    await endpoint.app(scope, receive, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400, "1" * 5_000])
async def test_a_number_beyond_every_bound_is_called_by_its_name(endpoint: Endpoint, number: str) -> None:
    for body in (number, f'{{"query": "{{ __typename }}", "variables": {{"n": {number}}}}}'):
        response = await endpoint.post(body)
        assert_refused(response, 400, "BAD_REQUEST")
        assert "number that is too large" in response.text


# ---------------------------------------------------------------------- too much to do
TENT = '{ item(sku: "TENT") { sku } }'
BUSY = Overloaded("no connection became free")


async def test_who_cannot_even_be_recognized_for_load_is_told_when_to_come_back(endpoint: Endpoint) -> None:
    async def busy(authorization: str | None) -> Session:
        raise BUSY

    endpoint.app._authenticator.authenticate = busy  # type: ignore[method-assign]
    response = await endpoint.post({"query": TENT})
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    (error,) = response.json()["errors"]
    identifier = response.headers["x-request-id"]
    assert error["extensions"] == {"code": "OVERLOADED", "requestId": identifier, "retryAfterMs": 1_000}


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
@pytest.mark.parametrize(("failure", "code"), [(BUSY, "OVERLOADED"), (Unavailable("gone"), "UNAVAILABLE")])
async def test_an_operation_of_which_nothing_was_answered_may_be_sent_again(
    endpoint: Endpoint, media_type: str, failure: Exception, code: str
) -> None:
    endpoint.api.reads.failure = failure
    response = await endpoint.post({"query": TENT}, accept=media_type)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_what_was_answered_is_given_beside_what_was_not(endpoint: Endpoint) -> None:
    endpoint.api.reads.failure = BUSY
    response = await endpoint.post({"query": '{ viewer { subject } item(sku: "TENT") { sku } }'})
    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"subject": MANAGER.subject}, "item": None}
    endpoint.api.reads.failure = RuntimeError("a bug")
    assert (await endpoint.post({"query": TENT})).status_code == 200, "and a fault of ours is none of load"


async def test_a_plain_request_id_is_kept_and_a_strange_one_replaced(endpoint: Endpoint) -> None:
    kept = await endpoint.post(NAME, x_request_id="abc-123")
    assert kept.headers["x-request-id"] == "abc-123"
    replaced = await endpoint.post(NAME, x_request_id="a b\tc")
    assert replaced.headers["x-request-id"] not in ("", "a b\tc")


async def test_a_browser_is_shown_the_page_and_a_client_is_not(endpoint: Endpoint) -> None:
    shown = await endpoint.http.get(URL, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert shown.headers["content-type"].startswith("text/html")
    assert_refused(await endpoint.http.get(URL), 400, "BAD_REQUEST")


async def test_a_fault_is_answered_without_its_text(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(authorization: str | None) -> Session:
        raise RuntimeError("secret words")

    endpoint.app._authenticator.authenticate = broken  # type: ignore[method-assign]
    response = await endpoint.post(NAME)
    assert_refused(response, 500, "INTERNAL")
    assert "secret" not in response.text
    assert "secret words" in caplog.text


async def test_requests_are_counted_by_kind_and_outcome(endpoint: Endpoint) -> None:
    await endpoint.post(NAME)
    await endpoint.post({"query": "{"})
    await endpoint.post(b"")
    await endpoint.post(NAME, authorization="")
    text = endpoint.metrics.text().decode()
    for kind, outcome in (("query", "ok"), ("unread", "invalid"), ("unread", "malformed"), ("unread", "denied")):
        assert f'stockcast_requests_total{{kind="{kind}",outcome="{outcome}"}} 1.0' in text


# ---------------------------------------------------------------------- persisted documents
def by_hash(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}


async def test_a_document_that_was_sent_with_its_hash_is_run_by_the_hash_over_post_and_get(endpoint: Endpoint) -> None:
    name = {"extensions": by_hash(NAME["query"])}
    unknown = await endpoint.post(name)
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert (await endpoint.post(NAME | name)).status_code == 200
    parameters = {"extensions": json.dumps(name["extensions"])}
    answers = [
        await endpoint.post(name),
        await endpoint.post({"documentId": f"sha256:{hash_of(NAME['query'])}"}),
        await endpoint.http.get(URL, params=parameters),
        await endpoint.http.get(URL, params={"documentId": f"sha256:{hash_of(NAME['query'])}"}),
    ]
    assert {answer.text for answer in answers} == {'{"data":{"__typename":"Query"}}'}


async def test_what_a_persisted_document_answers_to_get_is_kept_and_asked_about_again(endpoint: Endpoint) -> None:
    await endpoint.post(NAME | {"extensions": by_hash(NAME["query"])})
    parameters = {"documentId": hash_of(NAME["query"])}
    first = await endpoint.http.get(URL, params=parameters)
    assert (first.headers["cache-control"], first.headers["vary"]) == ("private, no-cache", "accept, authorization")
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = await endpoint.http.get(URL, params=parameters, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert "content-type" not in again.headers
    changed = await endpoint.http.get(URL, params=parameters, headers={"if-none-match": '"other"'})
    assert (changed.status_code, changed.text) == (200, first.text)


async def test_only_answers_of_persisted_documents_without_errors_are_kept(endpoint: Endpoint) -> None:
    plain = await endpoint.http.get(URL, params=NAME)
    await endpoint.post({"query": TENT, "extensions": by_hash(TENT)})
    endpoint.api.reads.failure = RuntimeError("a bug")
    failed = await endpoint.http.get(URL, params={"documentId": hash_of(TENT)})
    posted = await endpoint.post({"query": NAME["query"], "extensions": by_hash(NAME["query"])})
    for answer in (plain, failed, posted):
        assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)


async def test_a_document_named_twice_is_read_by_both_names(endpoint: Endpoint) -> None:
    await endpoint.post(NAME | {"extensions": by_hash(NAME["query"])})
    same, other = by_hash(NAME["query"]), by_hash(TENT)
    by_id = {"documentId": hash_of(NAME["query"])}
    assert (await endpoint.post(by_id | {"extensions": same})).json() == {"data": {"__typename": "Query"}}
    for answer in (
        await endpoint.post(by_id | {"extensions": other}),
        await endpoint.http.get(URL, params=by_id | {"extensions": json.dumps(other)}),
    ):
        (error,) = answer.json()["errors"]
        assert (error["extensions"]["code"], "name two documents" in error["message"]) == ("BAD_REQUEST", True)


async def test_a_mutation_by_get_is_refused_as_such_though_its_variables_are_missing(endpoint: Endpoint) -> None:
    text = """mutation ($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { userErrors { code } } }"""
    await endpoint.post({"query": text, "extensions": by_hash(text)})
    for parameters in ({"query": text}, {"documentId": hash_of(text)}):
        assert_refused(await endpoint.http.get(URL, params=parameters), 405, "METHOD_NOT_ALLOWED")


async def test_a_mutation_is_not_run_by_get_though_it_is_persisted(endpoint: Endpoint) -> None:
    text = 'mutation { acknowledgeAlert(input: { idempotencyKey: "k", alertId: "x" }) { userErrors { code } } }'
    await endpoint.post({"query": text, "extensions": by_hash(text)})
    assert_refused(await endpoint.http.get(URL, params={"documentId": hash_of(text)}), 405, "METHOD_NOT_ALLOWED")
