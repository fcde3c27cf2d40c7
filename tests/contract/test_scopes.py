"""What a vendor sees, and that one tenant's things read to another exactly like things that are not there."""

import pytest

from tests.contract.assortment import ITEMS, LEDGER, LEVELS, LOCATIONS, VENDOR, Assortment
from tests.factories.shop import Asker, Shop, fresh
from tests.live import LiveSocket


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
