"""What others look for in a GraphQL server: the audits of the specification, and the probes of a scanner."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.embedded import node as embedded_node
from server.embedded.wheel import CACHE
from server.graphql_http import GraphQLHTTP
from server.metrics import Metrics
from tests.fakes.api import MANAGER, FakeApi
from tests.fakes.endpoint import FakeAuthenticator
from tests.stack import Stack

AUDIT = Path(__file__).parent / "audit"
AUDITS = 61
RUN_SECONDS = 120


@pytest.mark.node
def test_every_audit_of_graphql_over_http_passes(stack: Stack) -> None:
    environ = embedded_node.packages(CACHE / "npm.log", lambda _: None, AUDIT)
    program = ["node", AUDIT / "audit.mjs", stack.graphql_url, stack.token("manager")]
    ran = subprocess.run(program, env=environ, capture_output=True, text=True, check=True, timeout=RUN_SECONDS)
    results: list[dict[str, Any]] = json.loads(ran.stdout)
    assert len(results) == AUDITS
    assert [result for result in results if result["status"] != "ok"] == []


# ---------------------------------------------------------------------- graphql-cop
JSON, FORM = {"content-type": "application/json"}, {"content-type": "application/x-www-form-urlencoded"}
TYPENAME = "query cop { __typename }"
CIRCULAR = f"query cop {{ __schema {{ types {'{ fields { type ' * 5}{{ name }}{'} }' * 5} }} }}"
#: The scanner's probe -> (method, parameters, body, headers).
PROBES: dict[str, tuple[str, dict[str, str], object, dict[str, str]]] = {
    "alias overloading": (
        "POST",
        {},
        {"query": f"query cop {{ {' '.join(f'alias{n}:__typename' for n in range(101))} }}"},
        JSON,
    ),
    "array-based query batching": ("POST", {}, [{"query": TYPENAME}] * 10, JSON),
    "directive overloading": ("POST", {}, {"query": f"query cop {{ __typename {'@aa' * 10} }}"}, JSON),
    "valid directives overloaded": ("POST", {}, {"query": f"{{ __typename {'@include(if: true)' * 500} }}"}, JSON),
    "circular query by introspection": ("POST", {}, {"query": CIRCULAR}, JSON),
    "introspection": ("POST", {}, {"query": "query cop { __schema { types { name fields { name } } } }"}, JSON),
    "mutation over GET": ("GET", {"query": "mutation cop { __typename }"}, None, {}),
    "query as a form (CSRF)": ("POST", {}, f"query={TYPENAME}", FORM),
    "query as plain text (CSRF)": ("POST", {}, json.dumps({"query": TYPENAME}), {"content-type": "text/plain"}),
    "field suggestions": ("POST", {}, {"query": "query cop { __schema { directive } }"}, JSON),
    "field suggestions of ours": ("POST", {}, {"query": "query cop { viewr { subject } }"}, JSON),
    "field duplication": ("POST", {}, {"query": f"query cop {{ {'__typename ' * 1_001} }}"}, JSON),
    "unhandled errors": ("POST", {}, {"query": "qwerty cop { abc }"}, JSON),
    "unhandled errors of another body": ("POST", {}, {"qwerty": "abc"}, JSON),
}


@pytest.mark.parametrize("probe", PROBES)
async def test_a_scanner_finds_nothing_in_production(probe: str) -> None:
    method, parameters, body, headers = PROBES[probe]
    content = body if isinstance(body, str) else None if body is None else json.dumps(body)
    sent = headers | {"authorization": "Bearer good"}
    async with in_production() as http:
        answer = await http.request(method, "/graphql", params=parameters, content=content, headers=sent)
    assert 200 <= answer.status_code < 500
    told = answer.json()
    assert "data" not in told
    assert all(error["extensions"]["code"] != "INTERNAL" for error in told["errors"])
    assert not any(word in answer.text for word in ("Did you mean", "Traceback", "tracing", "exception", ".py"))


async def test_no_trace_of_an_operation_is_told_in_production() -> None:
    sent = JSON | {"authorization": "Bearer good"}
    async with in_production() as http:
        answer = await http.post("/graphql", json={"query": TYPENAME}, headers=sent)
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_a_query_by_get_needs_the_token_that_no_browser_sends_by_itself() -> None:
    """The scanner lists every query by GET as a door for forged requests; the specification's audits ask for it."""
    async with in_production() as http:
        answer = await http.get("/graphql", params={"query": TYPENAME}, headers={"cookie": "token=good"})
    assert (answer.status_code, "data" in answer.json()) == (401, False)


async def test_a_browser_is_shown_no_graphiql_in_production() -> None:
    async with in_production() as http:
        answer = await http.get("/graphql", headers={"accept": "text/html", "authorization": "Bearer good"})
    assert (answer.status_code, "graphiql" in answer.text.lower()) == (400, False)


def in_production() -> httpx2.AsyncClient:
    """A client of the endpoint as it is without DEVELOPMENT: no introspection, no page."""
    api = FakeApi(caller=MANAGER)
    app = GraphQLHTTP(api.executor, FakeAuthenticator(), lambda *_: api.context, Metrics())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://api")
