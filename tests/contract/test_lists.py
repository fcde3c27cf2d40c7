"""Lists: every filter, every sort, pages both ways, and what they count."""

from typing import Any

import pytest

from tests.contract.assortment import LEVELS, LISTS, LOCATIONS, RESERVATIONS, Assortment, place
from tests.factories.shop import Shop, fresh

ALL_LEVELS = ["LAMP-1@MAIN", "LAMP-2@SHOP", "OLD@MAIN", "TENT-1@MAIN", "TENT-1@NORTH", "TENT-2@MAIN"]
LEVEL_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ALL_LEVELS),
    ({"skus": ["TENT-1", "NONE"]}, ["TENT-1@MAIN", "TENT-1@NORTH"]),
    ({"skus": ["tent-1"]}, []),
    ({"locations": ["NORTH", "SHOP"]}, ["LAMP-2@SHOP", "TENT-1@NORTH"]),
    ({"categories": ["Lamps"]}, ["LAMP-1@MAIN", "LAMP-2@SHOP"]),
    ({"vendors": ["Nordlys"]}, ["TENT-1@MAIN", "TENT-1@NORTH", "TENT-2@MAIN"]),
    ({"conditions": ["used"]}, ["LAMP-2@SHOP", "TENT-2@MAIN"]),
    ({"status": ["LOW"]}, ["TENT-2@MAIN"]),
    ({"status": ["OUT_OF_STOCK", "OVERSTOCK"]}, ["LAMP-1@MAIN", "LAMP-2@SHOP"]),
    ({"status": ["IN_STOCK"]}, ["OLD@MAIN", "TENT-1@MAIN", "TENT-1@NORTH"]),
    ({"stale": True}, []),
    ({"stale": False}, ALL_LEVELS),
    ({"staleForDays": 30}, []),
    ({"search": "fjell"}, ["TENT-1@MAIN", "TENT-1@NORTH", "TENT-2@MAIN"]),
    ({"search": "LAMP-"}, ["LAMP-1@MAIN", "LAMP-2@SHOP"]),
    ({"search": "0%"}, ["LAMP-1@MAIN"]),
    ({"search": "T_NT"}, []),
    ({"categories": ["Tents"], "conditions": ["new"], "locations": ["MAIN"], "search": "tent"}, ["TENT-1@MAIN"]),
]
ITEM_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"skus": ["BARE", "OLD"]}, ["BARE", "OLD"]),
    ({"categories": ["Tents"]}, ["TENT-1", "TENT-2"]),
    ({"vendors": ["Sol"]}, ["LAMP-1", "LAMP-2"]),
    ({"catalogProductIds": ["CAT-1"]}, ["TENT-1", "TENT-2"]),
    ({"conditions": ["new"]}, ["LAMP-1", "TENT-1"]),
    ({"languages": ["de"]}, ["TENT-2"]),
    ({"barcodes": ["L2-B", "none"]}, ["LAMP-2"]),
    ({"barcodes": ["L2"]}, []),
    ({"archived": True}, ["OLD"]),
    ({"archived": False}, ["BARE", "LAMP-1", "LAMP-2", "TENT-1", "TENT-2"]),
    ({"search": "FJELL"}, ["TENT-1", "TENT-2"]),
    ({"search": "reading"}, ["LAMP-2"]),
    ({"vendors": ["Sol"], "conditions": ["used"]}, ["LAMP-2"]),
]
LOCATION_FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"MAIN", "NORTH", "N-A1", "SHOP", "GONE"}),
    ({"codes": ["SHOP", "NONE"]}, {"SHOP"}),
    ({"kinds": ["store"]}, {"SHOP", "GONE"}),
    ({"zones": ["north"]}, {"NORTH", "N-A1"}),
    ({"parent": "NORTH"}, {"N-A1"}),
    ({"active": False}, {"GONE"}),
    ({"active": True}, {"MAIN", "NORTH", "N-A1", "SHOP"}),
    ({"search": "store"}, {"SHOP", "GONE"}),
]
LEDGER_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"skus": ["TENT-2"]}, ["RECEIPT TENT-2"]),
    ({"skus": ["TENT-1"], "locations": ["MAIN"]}, ["COUNT TENT-1", "RETURN TENT-1", "RECEIPT TENT-1"]),
    ({"locations": ["NORTH"]}, ["RECEIPT TENT-1"]),
    ({"kinds": ["ADJUSTMENT", "COUNT"]}, ["COUNT TENT-1", "ADJUSTMENT LAMP-1"]),
    ({"reference": "PO-LAMP-2"}, ["RECEIPT LAMP-2"]),
    ({"reasonCodes": ["damaged"]}, ["ADJUSTMENT LAMP-1"]),
    ({"actor": "nobody"}, []),
    ({"from": "2100-01-01T00:00:00Z"}, []),
    ({"to": "2000-01-01T00:00:00Z"}, []),
]
ALL_ORDERS = ["ORDER-3 BACKORDERED", "ORDER-3 RELEASED", "ORDER-2 BACKORDERED", "ORDER-1 BACKORDERED"]
RESERVATION_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ALL_ORDERS),
    ({"orderIds": ["ORDER-3", "NONE"]}, ALL_ORDERS[:2]),
    ({"orderIds": ["order-3"]}, []),
    ({"orderIds": []}, []),
    ({"status": ["RELEASED", "FAILED"]}, ALL_ORDERS[1:2]),
    ({"skus": ["TENT-1", "TENT-2"]}, [ALL_ORDERS[0], ALL_ORDERS[3]]),
    ({"skus": ["LAMP-1"], "orderIds": ["ORDER-2"], "status": ["BACKORDERED"]}, ALL_ORDERS[2:3]),
    ({"expiringBefore": "2100-01-01T00:00:00Z"}, []),
]


@pytest.mark.parametrize(("filter", "found"), LEVEL_FILTERS, ids=str)
def test_a_filter_of_stock_levels(assortment: Assortment, filter: dict[str, Any], found: list[str]) -> None:
    assert assortment.levels(**filter) == found
    assert assortment.page(LEVELS, filter=filter, first=1)["totalCount"] == len(found)


@pytest.mark.parametrize(("filter", "found"), ITEM_FILTERS, ids=str)
def test_a_filter_of_items(assortment: Assortment, filter: dict[str, Any], found: list[str]) -> None:
    assert assortment.items(**filter) == found


@pytest.mark.parametrize(("filter", "found"), LOCATION_FILTERS, ids=str)
def test_a_filter_of_locations(assortment: Assortment, filter: dict[str, Any], found: set[str]) -> None:
    codes = assortment.locations(**filter)
    assert set(codes) == found
    assert len(codes) == len(found)
    assert assortment.page(LOCATIONS, filter=filter, first=1)["totalCount"] == len(found)


@pytest.mark.parametrize(("filter", "found"), LEDGER_FILTERS, ids=str)
def test_a_filter_of_the_ledger(assortment: Assortment, filter: dict[str, Any], found: list[str]) -> None:
    assert assortment.entries(**filter) == found


@pytest.mark.parametrize(("filter", "found"), RESERVATION_FILTERS, ids=str)
def test_a_filter_of_reservations(assortment: Assortment, filter: dict[str, Any], found: list[str]) -> None:
    assert assortment.reservations(**filter) == found
    assert assortment.page(RESERVATIONS, filter=filter, first=1)["totalCount"] == len(found)


def test_reservations_that_expire_before_a_moment_are_found(shop: Shop) -> None:
    sku = shop.stocked(10)
    soon, late = shop.reserve(sku, ttlSeconds=60), shop.reserve(sku, ttlSeconds=86_400)
    shop.system.succeed("confirmReservation", reservationId=shop.reserve(sku, ttlSeconds=60)["id"])

    def expiring(moment: str) -> list[str]:
        filter = {"skus": [sku], "expiringBefore": moment}
        return [node["id"] for node in shop.analyst.ask(RESERVATIONS, filter=filter)["page"]["nodes"]]

    assert expiring(soon["expiresAt"]) == []
    assert expiring(late["expiresAt"]) == [soon["id"]]
    assert expiring("2100-01-01T00:00:00Z") == [late["id"], soon["id"]]


def test_the_ledger_of_a_time_takes_its_beginning_and_not_its_end(assortment: Assortment) -> None:
    [newest] = assortment.page(LISTS["ledger"], filter={"kinds": ["COUNT"]})["nodes"]
    at = newest["occurredAt"]
    assert "COUNT TENT-1" in assortment.entries(**{"from": at})
    assert "COUNT TENT-1" not in assortment.entries(to=at)


def test_the_ledger_is_told_newest_first(assortment: Assortment) -> None:
    times = [node["occurredAt"] for node in assortment.page(LISTS["ledger"], first=250)["nodes"]]
    assert len(times) == 9
    assert times == sorted(times, reverse=True)


SORTS = {
    "SKU": (lambda level: (level["sku"], level["location"]["code"]), False),
    "AVAILABLE_ASC": (lambda level: level["availableToPromise"], False),
    "AVAILABLE_DESC": (lambda level: level["availableToPromise"], True),
    "UPDATED_DESC": (lambda level: level["updatedAt"], True),
    "LAST_MOVEMENT_ASC": (lambda level: level["lastMovementAt"], False),
}


def told_by(levels: list[dict[str, Any]], sort: str) -> list[Any]:
    return [SORTS[sort][0](level) for level in levels]


@pytest.mark.parametrize("sort", SORTS)
def test_a_sort_of_stock_levels_in_one_page_and_in_pages_of_two_both_ways(assortment: Assortment, sort: str) -> None:
    whole = assortment.page(LEVELS, sort=sort, first=250)["nodes"]
    keys = told_by(whole, sort)
    assert keys == sorted(keys, reverse=SORTS[sort][1])
    forward = [level for page in pages(assortment, sort=sort) for level in page]
    backward = [level for page in reversed(list(pages(assortment, sort=sort, back=True))) for level in page]
    assert [place(level) for level in forward] == [place(level) for level in whole]
    assert [place(level) for level in backward] == [place(level) for level in whole]


def pages(assortment: Assortment, sort: str, back: bool = False) -> Any:
    """The levels two by two, from the front or from the end; checks what each page says of its neighbours."""
    size, at, info = ("last", "before", "startCursor") if back else ("first", "after", "endCursor")
    more, behind = ("hasPreviousPage", "hasNextPage") if back else ("hasNextPage", "hasPreviousPage")
    cursor: str | None = None
    while True:
        page = assortment.page(LEVELS, sort=sort, **{size: 2, at: cursor})
        told = page["pageInfo"]
        assert told[behind] is (cursor is not None)
        assert page["totalCount"] == len(ALL_LEVELS)
        assert [told["startCursor"], told["endCursor"]] == [page["edges"][0]["cursor"], page["edges"][-1]["cursor"]]
        yield page["nodes"]
        if not told[more]:
            return
        cursor = told[info]


@pytest.mark.parametrize("root", LISTS)
def test_a_list_pages_forward_without_gap_or_repeat(assortment: Assortment, root: str) -> None:
    whole = [node["id"] for node in assortment.page(LISTS[root], first=250)["nodes"]]
    seen: list[str] = []
    cursor, more = None, True
    while more:
        page = assortment.page(LISTS[root], first=2, after=cursor)
        assert len(page["nodes"]) <= 2
        assert [edge["cursor"] for edge in page["edges"]][-1:] == [page["pageInfo"]["endCursor"]]
        seen += [node["id"] for node in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == whole
    assert len(set(seen)) == len(seen)


def test_a_page_after_the_last_is_empty(assortment: Assortment) -> None:
    last = assortment.page(LEVELS, first=250)["pageInfo"]
    page = assortment.page(LEVELS, first=5, after=last["endCursor"])
    assert (page["nodes"], page["pageInfo"]["hasNextPage"]) == ([], False)


def test_what_is_added_between_two_pages_shifts_none_of_them(shop: Shop) -> None:
    vendor = fresh("vendor")
    for sku in ("B", "D", "F", "H"):
        shop.item(f"{vendor}-{sku}", vendor=vendor)

    def page(after: str | None) -> dict[str, Any]:
        return shop.analyst.ask(LISTS["items"], filter={"vendors": [vendor]}, first=2, after=after)["page"]

    first = page(None)
    for sku in ("A", "C", "E"):
        shop.item(f"{vendor}-{sku}", vendor=vendor)
    second = page(first["pageInfo"]["endCursor"])
    assert [node["sku"] for node in first["nodes"]] == [f"{vendor}-B", f"{vendor}-D"]
    assert [node["sku"] for node in second["nodes"]] == [f"{vendor}-E", f"{vendor}-F"]
    assert second["totalCount"] == 7


def test_without_a_size_a_list_still_has_a_bounded_page(assortment: Assortment) -> None:
    for query in (LEVELS, *LISTS.values()):
        assert 0 < len(assortment.page(query)["nodes"]) <= 250
