"""Who may do what, and who is nobody."""

import base64
import json
import re
from typing import Any

import jwt
import pytest

from tests.contract.assortment import VENDOR, Assortment
from tests.contract.requests import ALL, CYCLE_COUNTS, MOVEMENTS, TRANSFERS, WEBHOOKS, right
from tests.factories.operations import mutation
from tests.factories.shop import Asker, Shop, fresh
from tests.stack import Stack

ROLES = ("vendor", "manager", "approver", "analyst", "system", "admin")
QUERIES = {
    "viewer": "viewer { subject }",
    "stock": "stock(sku: $sku) { sku }",
    "stockLevel": "stockLevel(sku: $sku, location: $location) { sku }",
    "stockLevels": "stockLevels(first: 5) { totalCount nodes { sku } }",
    "availability": "availability(skus: [$sku]) { sku known }",
    "item": "item(sku: $sku) { sku }",
    "items": "items(first: 5) { totalCount nodes { sku } }",
    "location": "location(code: $location) { code }",
    "locations": "locations(first: 5) { totalCount nodes { code } }",
    "reasonCodes": "reasonCodes { code }",
    "ledger": "ledger(first: 5) { nodes { id } }",
    "reservation": "reservation(orderId: $order) { id }",
    "reservations": "reservations(first: 5) { totalCount nodes { id } }",
    "transfers": "transfers(first: 5) { totalCount }",
    "adjustments": "adjustments(first: 5) { totalCount nodes { id } }",
    "alerts": "alerts(first: 5) { totalCount nodes { id } }",
    "healthReport": 'healthReport(from: "2026-01-01", to: "2026-01-31") { metrics { unitsSold } }',
    "agingReport": "agingReport { totals { units } }",
    "node": "node(id: $id) { id }",
}
#: Design: managers move, send and count stock, acknowledge alerts, set policies and settle reservations, services
#: reserve, vendors ask for corrections of their items and call off lines of them, admins do all, webhooks among it,
#: nobody else changes anything.
MAY = {name: {"manager", "admin"} for name in (*MOVEMENTS, *TRANSFERS, *CYCLE_COUNTS, "setStockPolicy")} | {
    "acknowledgeAlert": {"manager", "admin"},
    "adjustStock": {"manager", "admin", "vendor"},
    "countStock": {"manager", "admin", "vendor"},
    "adjustStockBatch": {"manager", "admin", "vendor"},
    "approveAdjustment": {"approver", "admin"},
    "rejectAdjustment": {"approver", "admin"},
    "reserveStock": {"system", "admin"},
    "confirmReservation": {"system", "admin"},
    "commitReservation": {"system", "manager", "admin"},
    "releaseReservation": {"system", "manager", "admin", "vendor"},
    "extendReservation": {"system", "manager", "admin"},
    "upsertItem": {"admin"},
    "upsertLocation": {"admin"},
    "upsertReasonCode": {"admin"},
    "setApprovalPolicy": {"admin"},
    **{name: {"admin"} for name in WEBHOOKS},
}
#: Root fields that some roles are refused.
READ_BY = {
    "approvalPolicy { currency }": {"manager", "approver", "analyst", "system", "admin"},
    "cycleCounts(first: 1) { totalCount }": {"manager", "approver", "analyst", "system", "admin"},
    "auditLog(first: 1) { nodes { id } }": {"analyst", "admin"},
    "webhooks(first: 1) { totalCount }": {"manager", "analyst", "admin"},
    "webhookDeliveries(first: 1) { nodes { id } }": {"manager", "analyst", "admin"},
}


def asker(shop: Shop, role: str) -> Asker:
    return shop.as_(role, VENDOR if role == "vendor" else None)


def declared(query: str) -> str:
    """The query with those variables that it uses."""
    types = {"sku": "String!", "location": "String!", "id": "ID!", "order": "String!"}
    used = [f"${name}: {type_}" for name, type_ in types.items() if re.search(rf"\${name}\b", query)]
    return f"query ({', '.join(used)}) {{ it: {query} }}" if used else f"query {{ it: {query} }}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("root", QUERIES)
def test_every_role_reads_every_root_field(assortment: Assortment, root: str, role: str) -> None:
    shop = assortment.shop
    id_ = shop.admin.ask('{ item(sku: "TENT-1") { id } }')["item"]["id"]
    variables = {"sku": "TENT-1", "location": "MAIN", "id": id_, "order": "ORDER-1"}
    query = declared(QUERIES[root])
    used = {name: value for name, value in variables.items() if f"${name}:" in query}
    found = asker(shop, role).ask(query, **used)["it"]
    assert found
    assert found.get("nodes", True) if isinstance(found, dict) else True


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("query", READ_BY, ids=lambda query: query.partition(" ")[0])
def test_a_root_field_for_some_roles_is_forbidden_to_all_others(assortment: Assortment, query: str, role: str) -> None:
    answer = asker(assortment.shop, role).send(f"query {{ it: {query} viewer {{ subject }} }}")
    assert answer.codes == ([] if role in READ_BY[query] else ["FORBIDDEN"])
    assert (answer.body["data"]["it"] is not None) == (role in READ_BY[query])
    assert answer.body["data"]["viewer"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ALL)
def test_a_mutation_succeeds_for_the_roles_that_may_and_is_forbidden_to_all_others(
    shop: Shop, name: str, role: str
) -> None:
    given = right(name, shop)
    if role == "vendor":
        for sku in shop.skus_of(given):
            shop.admin.succeed("upsertItem", sku=sku, vendor=VENDOR)
    before = shop.picture_of(given)
    answer = asker(shop, role).try_to(name, **given)
    if role in MAY[name]:
        assert answer.data[name]["userErrors"] == []
        return
    assert answer.status == 200
    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["path"] == [name]
    assert answer.body["data"] == {name: None}
    assert shop.picture_of(given) == before


def test_a_refused_root_field_takes_nothing_else_of_the_answer_with_it(shop: Shop) -> None:
    good, sku = fresh("key"), shop.stocked(1)
    query = """
    mutation ($item: UpsertItemInput!, $receipt: ReceiveStockInput!) {
      upsertItem(input: $item) { item { sku } }
      receiveStock(input: $receipt) { stockLevel { quantityOnHand } }
    }
    """
    answer = shop.manager.send(
        query,
        item={"idempotencyKey": good, "sku": sku, "name": "New"},
        receipt={"idempotencyKey": good, "sku": sku, "quantity": 2},
    )
    assert answer.body["data"] == {"upsertItem": None, "receiveStock": {"stockLevel": {"quantityOnHand": 3}}}
    assert answer.codes == ["FORBIDDEN"]


def test_a_forbidden_mutation_leaves_its_key_unused(shop: Shop) -> None:
    sku = shop.stocked(1)
    given = {"idempotencyKey": fresh("key"), "sku": sku, "quantity": 1}
    analyst, manager = (
        Asker(shop.stack, shop.stack.token(role, shop.tenant, subject="somebody")) for role in ("analyst", "manager")
    )
    assert analyst.try_to("receiveStock", **given).codes == ["FORBIDDEN"]
    assert manager.succeed("receiveStock", **given)["stockLevel"]["quantityOnHand"] == 2


# ---------------------------------------------------------------- nobody
def forged(stack: Stack, **changes: Any) -> str:
    """A token with other claims, signed by a key that nobody trusts."""
    claims = jwt.decode(stack.token("admin"), options={"verify_signature": False}) | changes
    return jwt.encode(claims, "k" * 64, algorithm="HS256")


def unsigned(stack: Stack) -> str:
    claims = jwt.decode(stack.token("admin"), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


def swapped(stack: Stack) -> str:
    """The signature of one token under the claims of another."""
    header, _, signature = stack.token("analyst").split(".")
    _, payload, _ = stack.token("admin").split(".")
    return f"{header}.{payload}.{signature}"


def with_header(stack: Stack, **changes: Any) -> str:
    header, payload, signature = stack.token("admin").split(".")
    told = json.loads(base64.urlsafe_b64decode(header + "==")) | changes
    return f"{base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip('=')}.{payload}.{signature}"


NOBODIES = {
    "no token": lambda _: None,
    "no JWT": lambda _: "x",
    "three dots": lambda _: "...",
    "unsigned": unsigned,
    "another key": forged,
    "swapped claims": swapped,
    "alg none": lambda stack: with_header(stack, alg="none"),
    "alg HS256": lambda stack: with_header(stack, alg="HS256"),
    "another kid": lambda stack: with_header(stack, kid="no-such-key"),
    "kid of a wrong type": lambda stack: with_header(stack, kid=[1]),
    "expired": lambda stack: stack.token("admin", ttl=-3600),
    "unknown tenant": lambda stack: stack.token("admin", tenant="nobody-here"),
    "too long": lambda _: "a" * 7_000,
}


@pytest.mark.parametrize("nobody", NOBODIES)
def test_who_brings_no_good_token_is_nobody(stack: Stack, nobody: str) -> None:
    answer = stack.graphql("{ viewer { subject } }", token=NOBODIES[nobody](stack))
    assert answer.status == 401
    assert answer.codes == ["UNAUTHENTICATED"]
    assert not answer.body.get("data")
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer", "Token x", "\x00"])
def test_a_header_that_is_no_bearer_token_is_nobody(stack: Stack, header: str) -> None:
    if "\x00" in header:
        header = "Bearer \xff\xfe"
    response = stack.http.post(
        stack.graphql_url,
        json={"query": "{ viewer { subject } }"},
        headers={b"Authorization": header.encode("latin-1")},
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_scheme_of_the_token_may_be_written_in_any_case(stack: Stack) -> None:
    for scheme in ("bearer", "BEARER", "Bearer"):
        response = stack.http.post(
            stack.graphql_url,
            json={"query": "{ viewer { roles } }"},
            headers={"authorization": f"{scheme} {stack.token('analyst')}"},
        )
        assert response.json() == {"data": {"viewer": {"roles": ["analyst"]}}}


def test_a_mutation_by_get_is_not_allowed(shop: Shop) -> None:
    given = json.dumps({"input": {"idempotencyKey": fresh("key"), "sku": shop.stocked(1), "quantity": 1}})
    response = shop.stack.http.get(
        shop.stack.graphql_url,
        params={"query": mutation("receiveStock"), "variables": given},
        headers={"Authorization": f"Bearer {shop.manager.token}", "Accept": "application/json"},
    )
    assert response.status_code == 405
