"""Bodies that no client should send: each is refused in order, none is a fault, and the server lives."""

import json
import random
from collections import Counter
from collections.abc import Iterator

import httpx2
import pytest

from tests.factories.operations import MUTATIONS, mutation
from tests.factories.shop import Shop, fresh
from tests.faults.figures import LONG, Figures
from tests.faults.liveness import Liveness
from tests.stack import Stack

pytestmark = pytest.mark.malformed

SEED = 20110309
BODIES = 10_000 if LONG else 400
DEEP = 100_000

SCALARS: list[bytes] = [
    b"null", b"true", b"false", b"0", b"-1", b"1.5", b'""', b'"x"', b"[]", b"{}", b"1e400", b"-1e400", b"NaN",
    b"Infinity", b"2147483648", b"-2147483649", b"9223372036854775808", b'"\\ud800"', b'"\\u0000"', b'"\xff\xfe"',
    b"[[[]]]", b"[null]", b'{"a": null}', b'{"__proto__": 1}', b"'x'", b"", b" ", b"\0", b"\xef\xbb\xbf{}",
]  # fmt: skip
WHOLE: list[bytes] = [
    b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP, b'{"query": "{ ' + b"a { " * 20_000 + b'"}',
    b'{"query": "' + b"{" * 60_000 + b'"}', b'{"query": "query ' + b"[" * 60_000 + b'"}',
    b'{"query": "{ viewer { subject } }"', b'{"query": "{ viewer { subject } }"}}', b"\x80\x81\x82", b"%PDF-1.7",
    b'[{"query": "{ viewer { subject } }"}]', b"query={viewer{subject}}", b'{"query": "\\ud800"}',
    b'{"query": "{ viewer { subject } } \\u0000"}', b'{"query": "{ viewer { subject } }", "query": 1}',
    b'{"query": "{ item(sku: \\"' + b"x" * 200_000 + b'\\") { id } }"}', b"x" * 300_000,
    b'{"query": "' + b" " * 250_000 + b'"}', b'{"query": "#' + b"\\n#" * 80_000 + b'"}',
    b'{"query": "fragment A on Query { ...A } { ...A }"}', b'{"query": "{ ' + b"viewer { subject } " * 2_000 + b'}"}',
    b'{"query": "query Q { viewer { subject } } query R { viewer { subject } }"}',
    b'{"query": "query Q { viewer { subject } }", "operationName": "R"}',
    b'{"query": "{ __schema { types { name } } }"}',
    b'{"query": "subscription { stockLevelChanged { type } }"}', b'{"query": "{ viewer @skip(if: 1) { subject } }"}',
    b'{"query": "{ ' + b" ".join(b"a%d: viewer { subject }" % n for n in range(1_000)) + b' }"}',
    b'{"query": "{ viewer ' + b"@include(if: true) " * 1_000 + b'{ subject } }"}',
]  # fmt: skip
DOCUMENT = "query ($id: ID!, $sku: String!) { node(id: $id) { id } item(sku: $sku) { id } }"


def bodies(chance: random.Random) -> Iterator[bytes]:
    """First each that is written down, then combinations of wrong parts, without end."""
    yield from WHOLE
    yield from SCALARS
    names = [b"query", b"variables", b"operationName", b"extensions"]
    for name in names:
        for scalar in SCALARS:
            yield b'{"query": "{ viewer { subject } }", "%s": %s}' % (name, scalar)
    while True:
        yield chance.choice((combined, spoiled, cut))(chance)


def combined(chance: random.Random) -> bytes:
    """Wrong values in the slots of a right request."""
    values = b", ".join(b'"%s": %s' % (name, chance.choice(SCALARS)) for name in (b"id", b"sku", b"none"))
    return b'{"query": "%s", "variables": {%s}}' % (DOCUMENT.encode(), values)


def spoiled(chance: random.Random) -> bytes:
    """A right mutation in which some slots hold something else."""
    name = chance.choice(sorted(MUTATIONS))
    given = {"idempotencyKey": fresh("key"), "sku": "SKU", "code": "CODE", "quantity": 1, "name": "x"}
    body = json.dumps({"query": mutation(name), "variables": {"input": given}}).encode()
    for value in (b'"SKU"', b'"CODE"', b": 1", b'"x"'):
        if chance.random() < 0.5:
            body = body.replace(value, (b": " if value == b": 1" else b"") + chance.choice(SCALARS))
    return body


def cut(chance: random.Random) -> bytes:
    """A right request with a piece torn out or noise put in."""
    body = bytearray(json.dumps({"query": DOCUMENT, "variables": {"id": "x", "sku": "y"}}).encode())
    at = chance.randrange(len(body))
    if chance.random() < 0.5:
        del body[at : at + chance.randrange(1, 20)]
    else:
        body[at:at] = chance.randbytes(chance.randrange(1, 8))
    return bytes(body)


def test_malformed_bodies_are_refused_and_never_a_fault(calm_stack: Stack, calm_shop: Shop, figures: Figures) -> None:
    headers = {"Authorization": f"Bearer {calm_shop.admin.token}", "Content-Type": "application/json"}
    statuses: Counter[int] = Counter()
    source = bodies(random.Random(SEED))
    with Liveness(calm_stack) as liveness:
        for number, body in zip(range(BODIES), source, strict=False):
            response = calm_stack.http.post(calm_stack.graphql_url, content=body, headers=headers)
            statuses[response.status_code] += 1
            assert response.status_code in (200, 400, 413), f"{number}: {body[:200]!r}: {response.text[:500]}"
            answer = response.json()
            assert isinstance(answer, dict)
            assert "INTERNAL" not in str(answer.get("errors")), f"{number}: {body[:200]!r}: {response.text[:500]}"
            assert answer.get("errors") or answer.get("data"), f"{number}: {body[:200]!r}"
    assert {200, 400, 413} == set(statuses)
    liveness.tell(figures, f"{BODIES:,} bodies, answered {dict(sorted(statuses.items()))}, none 5xx", held=LONG)
    assert calm_shop.admin.ask("{ viewer { subject } }")


STATUSES: list[tuple[str, dict[str, str], bytes, set[int]]] = [
    ("POST", {"Content-Type": "text/plain"}, b'{"query": "{ viewer { subject } }"}', {415}),
    ("POST", {"Content-Type": "application/x-www-form-urlencoded"}, b"query=%7B%7D", {415}),
    ("POST", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", {415}),
    ("POST", {}, b'{"query": "{ viewer { subject } }"}', {415}),
    ("POST", {"Content-Type": "application/json; charset=utf-16"}, b'{"query": "{ viewer { subject } }"}', {400, 415}),
    ("POST", {"Content-Type": "application/json", "Accept": "image/png"}, b'{"query": "{ a }"}', {200, 400, 406}),
    ("PUT", {"Content-Type": "application/json"}, b'{"query": "{ viewer { subject } }"}', {405}),
    ("DELETE", {}, b"", {405}),
    ("PATCH", {"Content-Type": "application/json"}, b"{}", {405}),
    ("GET", {"Accept": "application/json"}, b"", {400}),
]


@pytest.mark.parametrize(("method", "headers", "body", "allowed"), STATUSES, ids=lambda value: str(value)[:40])
def test_a_request_of_another_kind_has_its_own_status(
    calm_stack: Stack, calm_shop: Shop, method: str, headers: dict[str, str], body: bytes, allowed: set[int]
) -> None:
    request = httpx2.Request(
        method,
        calm_stack.graphql_url,
        headers={"Authorization": f"Bearer {calm_shop.admin.token}"} | headers,
        content=body,
    )
    assert calm_stack.http.send(request).status_code in allowed
