"""Who may do what, what a vendor sees, and that one tenant's things read to another like things that are not there."""

import base64
import json
import re
from typing import Any

import jwt
import pytest

from tests.contract.assortment import ITEMS, LEDGER, LEVELS, LOCATIONS, VENDOR, Assortment
from tests.contract.requests import ALL, MOVEMENTS, right
from tests.factories.operations import mutation
from tests.factories.shop import Asker, Shop, fresh
from tests.live import LiveSocket
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
    "node": "node(id: $id) { id }",
}
#: Design: managers move and count stock and set policies, admins do all, nobody else changes anything here.
MAY = {name: {"manager", "admin"} for name in (*MOVEMENTS, "setStockPolicy")} | {
    "upsertItem": {"admin"},
    "upsertLocation": {"admin"},
}


def asker(shop: Shop, role: str) -> Asker:
    return shop.as_(role, VENDOR if role == "vendor" else None)


def declared(query: str) -> str:
    """The query with those variables that it uses."""
    types = {"sku": "String!", "location": "String!", "id": "ID!"}
    used = [f"${name}: {type_}" for name, type_ in types.items() if re.search(rf"\${name}\b", query)]
    return f"query ({', '.join(used)}) {{ it: {query} }}" if used else f"query {{ it: {query} }}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("root", QUERIES)
def test_every_role_reads_every_root_field(assortment: Assortment, root: str, role: str) -> None:
    shop = assortment.shop
    id_ = shop.admin.ask('{ item(sku: "TENT-1") { id } }')["item"]["id"]
    variables = {"sku": "TENT-1", "location": "MAIN", "id": id_}
    query = declared(QUERIES[root])
    used = {name: value for name, value in variables.items() if f"${name}:" in query}
    found = asker(shop, role).ask(query, **used)["it"]
    assert found
    assert found.get("nodes", True) if isinstance(found, dict) else True


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ALL)
def test_a_mutation_succeeds_for_the_roles_that_may_and_is_forbidden_to_all_others(
    shop: Shop, name: str, role: str
) -> None:
    given = right(name, shop)
    if role == "vendor" and "sku" in given:
        shop.admin.succeed("upsertItem", sku=given["sku"], vendor=VENDOR)
    before = shop.picture(given.get("sku", "-"), given.get("code", "-"))
    answer = asker(shop, role).try_to(name, **given)
    if role in MAY[name]:
        assert answer.data[name]["userErrors"] == []
        return
    assert answer.status == 200
    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["path"] == [name]
    assert answer.body["data"] == {name: None}
    assert shop.picture(given.get("sku", "-"), given.get("code", "-")) == before


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
        Asker(shop.stack, shop.stack.token(role, shop.tenant, subject="carol")) for role in ("analyst", "manager")
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


# ---------------------------------------------------------------- vendors
@pytest.fixture
def vendor(assortment: Assortment) -> Asker:
    return assortment.shop.as_("vendor", VENDOR)


def test_a_vendor_lists_its_own_items_and_levels_alone(vendor: Asker) -> None:
    levels, items = vendor.ask(LEVELS, first=250)["page"], vendor.ask(ITEMS, first=250)["page"]
    assert {node["sku"] for node in levels["nodes"]} == {"TENT-1", "TENT-2"} == {node["sku"] for node in items["nodes"]}
    assert (levels["totalCount"], items["totalCount"]) == (3, 2)
    assert vendor.ask(LEVELS, filter={"vendors": ["Sol"]})["page"]["nodes"] == []
    assert vendor.ask(ITEMS, filter={"skus": ["LAMP-1", "BARE", "OLD"]})["page"]["nodes"] == []
    assert {node["sku"] for node in vendor.ask(LEDGER, first=250)["page"]["nodes"]} == {"TENT-1", "TENT-2"}
    assert vendor.ask(LEDGER, filter={"skus": ["LAMP-1"]})["page"]["nodes"] == []


@pytest.mark.parametrize("sku", ["LAMP-1", "BARE", "NO-SUCH-THING"])
def test_what_is_not_the_vendors_reads_like_nothing(vendor: Asker, sku: str) -> None:
    query = """
    query ($sku: String!) {
      stock(sku: $sku) { id } stockLevel(sku: $sku) { id } at: stockLevel(sku: $sku, location: "MAIN") { id }
      item(sku: $sku) { id } availability(skus: [$sku, "TENT-1"]) { sku known availableToPromise }
    }
    """
    assert vendor.ask(query, sku=sku) == {
        "stock": None,
        "stockLevel": None,
        "at": None,
        "item": None,
        "availability": [
            {"sku": sku, "known": False, "availableToPromise": 0},
            {"sku": "TENT-1", "known": True, "availableToPromise": 26},
        ],
    }


def ids_of(asker: Asker, sku: str, location: str) -> dict[str, str]:
    """A global id of each kind of thing about one SKU."""
    query = """
    query ($sku: String!, $location: String) {
      stock(sku: $sku) { id } stockLevel(sku: $sku, location: $location) { id ledger(first: 1) { nodes { id } } }
      item(sku: $sku) { id }
    }
    """
    data = asker.ask(query, sku=sku, location=location)
    found = {name: data[name]["id"] for name in ("stock", "stockLevel", "item")}
    return found | {"entry": data["stockLevel"]["ledger"]["nodes"][0]["id"]}


def test_a_vendor_finds_no_foreign_thing_by_its_id(assortment: Assortment, vendor: Asker) -> None:
    for kind, id_ in ids_of(assortment.shop.admin, "LAMP-1", "MAIN").items():
        assert vendor.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}, kind
    for kind, id_ in ids_of(assortment.shop.admin, "TENT-2", "MAIN").items():
        assert vendor.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": {"id": id_}}, kind


def test_a_vendor_is_not_told_who_acted(assortment: Assortment, vendor: Asker) -> None:
    told = {node["actor"] for node in vendor.ask(LEDGER, first=250)["page"]["nodes"]}
    assert told == {None}
    told = {node["actor"] for node in assortment.shop.analyst.ask(LEDGER, first=250)["page"]["nodes"]}
    assert None not in told
    assert told


def test_a_vendor_reads_the_places_where_its_goods_lie(vendor: Asker) -> None:
    assert {node["code"] for node in vendor.ask(LOCATIONS, first=250)["page"]["nodes"]} >= {"MAIN", "NORTH"}


def test_two_vendors_of_one_name_in_two_tenants_stay_apart(shop: Shop, other_shop: Shop) -> None:
    name = fresh("vendor")
    mine, theirs = shop.stocked(1, vendor=name), other_shop.stocked(1, vendor=name)
    for of, own in ((shop, mine), (other_shop, theirs)):
        page = of.as_("vendor", name).ask(ITEMS, first=250)["page"]
        assert [node["sku"] for node in page["nodes"]] == [own]


def test_a_vendor_watches_its_own_levels_alone(shop: Shop) -> None:
    name = fresh("vendor")
    own, foreign = shop.stocked(1, vendor=name), shop.stocked(1, vendor="Else")
    with LiveSocket(shop.stack, shop.as_("vendor", name).token) as socket:
        events = socket.watch(snapshot=True)
        assert [event["level"]["sku"] for event in events.until_caught_up()] == [own]
        shop.adjust(foreign, 1)
        shop.adjust(own, 1)
        event = events.next_change()
        assert (event["level"]["sku"], event["cause"]["actor"]) == (own, None)


# ---------------------------------------------------------------- tenants
def test_nothing_of_another_tenant_is_read_by_name_or_id(shop: Shop, other_shop: Shop) -> None:
    sku, code = other_shop.item(), other_shop.location()
    other_shop.manager.succeed("receiveStock", sku=sku, quantity=5, location=code)
    ids = ids_of(other_shop.admin, sku, code)
    ids["location"] = other_shop.admin.ask("query ($c: String!) { location(code: $c) { id } }", c=code)["location"][
        "id"
    ]
    ids["tenant"] = other_shop.admin.ask("{ viewer { tenant { id } } }")["viewer"]["tenant"]["id"]
    for kind, id_ in ids.items():
        assert shop.admin.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}, kind
    query = """
    query ($sku: String!, $code: String!) {
      stock(sku: $sku) { id } stockLevel(sku: $sku) { id } at: stockLevel(sku: $sku, location: $code) { id }
      item(sku: $sku) { id } location(code: $code) { id } availability(skus: [$sku]) { known availableToPromise }
      stockLevels(filter: { skus: [$sku] }) { totalCount } items(filter: { skus: [$sku] }) { totalCount }
      locations(filter: { codes: [$code] }) { totalCount } ledger(filter: { skus: [$sku] }) { nodes { id } }
    }
    """
    none = {"totalCount": 0}
    assert shop.admin.ask(query, sku=sku, code=code) == {
        **dict.fromkeys(("stock", "stockLevel", "at", "item", "location")),
        "availability": [{"known": False, "availableToPromise": 0}],
        **dict.fromkeys(("stockLevels", "items", "locations"), none),
        "ledger": {"nodes": []},
    }


def test_a_cursor_of_another_tenant_shows_none_of_its_things(shop: Shop, assortment: Assortment) -> None:
    mine = shop.stocked(1)
    foreign = {node["id"] for node in assortment.page(LEVELS, first=250)["nodes"]}
    cursor = assortment.page(LEVELS, first=1)["pageInfo"]["endCursor"]
    answer = shop.admin.send(LEVELS, after=cursor, first=250)
    if answer.codes != ["BAD_USER_INPUT"]:
        assert not foreign & {node["id"] for node in answer.data["page"]["nodes"]}
    assert shop.level(mine) is not None


def test_both_tenants_may_use_one_sku_and_one_code(shop: Shop, other_shop: Shop) -> None:
    sku, code = fresh("SAME"), fresh("SAME")
    for of, quantity in ((shop, 3), (other_shop, 5)):
        of.item(sku)
        of.location(code)
        of.manager.succeed("receiveStock", sku=sku, quantity=quantity, location=code)
    levels = [of.level(sku, code) for of in (shop, other_shop)]
    assert [level and level["quantityOnHand"] for level in levels] == [3, 5]


def test_a_foreign_location_is_as_unknown_as_a_missing_one(shop: Shop, other_shop: Shop) -> None:
    foreign, missing, sku = other_shop.location(), fresh("LOC"), shop.stocked(1)
    told = [str(shop.manager.do("receiveStock", sku=sku, quantity=1, location=code)) for code in (foreign, missing)]
    assert told[0].replace(foreign, "?") == told[1].replace(missing, "?")
    assert "UNKNOWN_LOCATION" in told[0]
    parents = [str(shop.admin.do("upsertLocation", code=fresh("L"), parent=code)) for code in (foreign, missing)]
    assert parents[0].replace(foreign, "?") == parents[1].replace(missing, "?")


def test_nobody_watches_another_tenant(shop: Shop, other_shop: Shop) -> None:
    sku = fresh("SAME")
    for of in (shop, other_shop):
        of.item(sku)
        of.manager.succeed("receiveStock", sku=sku, quantity=1)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        events = socket.watch(filter={"skus": [sku]}, snapshot=True)
        [held] = events.until_caught_up()
        other_shop.adjust(sku, 50)
        shop.adjust(sku, 1)
        event = events.next_change()
        assert (event["nodeId"], event["level"]["quantityOnHand"]) == (held["nodeId"], 2)


def test_a_mutation_by_get_is_not_allowed(shop: Shop) -> None:
    given = json.dumps({"input": {"idempotencyKey": fresh("key"), "sku": shop.stocked(1), "quantity": 1}})
    response = shop.stack.http.get(
        shop.stack.graphql_url,
        params={"query": mutation("receiveStock"), "variables": given},
        headers={"Authorization": f"Bearer {shop.manager.token}", "Accept": "application/json"},
    )
    assert response.status_code == 405
