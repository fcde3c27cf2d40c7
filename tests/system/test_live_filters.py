"""What a live filter lets through, what leaves it, resuming at a cursor, and what is subscribed wrongly."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.shop import Shop, fresh
from tests.live import LiveSocket, Stream


@pytest.fixture
def socket(shop: Shop) -> Iterator[LiveSocket]:
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        yield socket


def caught_up(stream: Stream) -> Stream:
    stream.until_caught_up()
    return stream


MATCHES = ("skus", "locations", "categories", "vendors", "conditions")


@pytest.mark.parametrize("slot", MATCHES)
def test_a_filter_tells_what_matches_and_nothing_else(shop: Shop, socket: LiveSocket, slot: str) -> None:
    mark = {name: fresh(name) for name in ("category", "vendor", "condition")}
    code = shop.location()
    inside = shop.stocked(10, code, **mark)
    outside = shop.stocked(10, shop.location(), category="x", vendor="y", condition="z")
    wanted = {
        "skus": inside, "locations": code, "categories": mark["category"], "vendors": mark["vendor"],
        "conditions": mark["condition"],
    }[slot]  # fmt: skip
    stream = socket.watch(filter={slot: [wanted, "no-such-thing"]}, snapshot=True)
    assert [event["level"]["sku"] for event in stream.until_caught_up()] == [inside]
    shop.adjust(outside, 1)
    shop.adjust(inside, 1)
    event = stream.next_change()
    assert (event["level"]["sku"], event["level"]["version"]) == (inside, 2)


def test_without_a_filter_every_level_of_the_tenant_is_told(shop: Shop, socket: LiveSocket) -> None:
    skus = [shop.stocked(1), shop.stocked(1)]
    stream = caught_up(socket.watch())
    for sku in skus:
        shop.adjust(sku, 1)
    assert {stream.next_change()["level"]["sku"] for _ in skus} == set(skus)


def test_without_a_snapshot_only_what_happens_is_told(shop: Shop, socket: LiveSocket) -> None:
    sku = shop.stocked(10)
    stream = socket.watch(filter={"skus": [sku]})
    assert stream.until_caught_up() == []
    shop.adjust(sku, 1)
    event = stream.next_change()
    if event["level"]["version"] == 1:  # the receipt was still on its way when we came
        event = stream.next_change()
    assert (event["type"], event["level"]["version"], event["previousVersion"]) == ("CHANGE", 2, 1)


def test_a_level_that_changes_its_status_enters_one_filter_and_leaves_another_once(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=3)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        fine, low = (
            socket.watch(filter={"skus": [sku], "status": [status]}, snapshot=True) for status in ("IN_STOCK", "LOW")
        )
        [held] = fine.until_caught_up()
        assert low.until_caught_up() == []
        shop.adjust(sku, -8)
        left, entered = fine.next_change(), low.next_change()
        assert (left["type"], left["nodeId"], left["level"]) == ("REMOVED", held["nodeId"], None)
        assert (entered["type"], entered["level"]["status"]) == ("CHANGE", "LOW")
        shop.adjust(sku, -1)
        assert low.next_change()["level"]["quantityOnHand"] == 1
        shop.adjust(sku, 9)
        back = fine.next_change()
        assert (back["type"], back["level"]["quantityOnHand"]) == ("CHANGE", 10), "REMOVED was told once"
        assert low.next_change()["type"] == "REMOVED"


@pytest.mark.parametrize(("slot", "field"), [("categories", "category"), ("conditions", "condition")])
def test_an_item_described_anew_leaves_the_filter_of_what_it_was(
    shop: Shop, socket: LiveSocket, slot: str, field: str
) -> None:
    old, new = fresh("old"), fresh("new")
    sku = shop.stocked(10, **{field: old})
    was, becomes = (socket.watch(filter={slot: [value]}, snapshot=True) for value in (old, new))
    [held] = was.until_caught_up()
    assert becomes.until_caught_up() == []
    shop.admin.succeed("upsertItem", sku=sku, **{field: new})
    left, entered = was.next_change(), becomes.next_change()
    assert (left["type"], left["nodeId"]) == ("REMOVED", held["nodeId"])
    assert (entered["type"], entered["level"]["sku"], entered["level"]["version"]) == ("CHANGE", sku, 2)


def test_a_vendor_is_told_that_it_may_no_longer_see_a_level(shop: Shop) -> None:
    vendor = fresh("vendor")
    sku = shop.stocked(10, vendor=vendor)
    with LiveSocket(shop.stack, shop.as_("vendor", vendor).token) as socket:
        stream = socket.watch(snapshot=True)
        [held] = stream.until_caught_up()
        shop.admin.succeed("upsertItem", sku=sku, vendor="Else")
        left = stream.next_change()
        assert (left["type"], left["nodeId"], left["level"], left["cause"]) == ("REMOVED", held["nodeId"], None, None)
        shop.adjust(sku, 1)
        again = shop.stocked(3, vendor=vendor)
        assert stream.next_change()["level"]["sku"] == again, "nothing more of what it may not see"


def test_after_a_cursor_come_the_changes_since_and_then_live_ones(shop: Shop) -> None:
    sku = shop.stocked(10)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = caught_up(socket.watch(filter={"skus": [sku]}, snapshot=True))
        shop.adjust(sku, 1)
        cursor = stream.next_change()["cursor"]
    for _ in range(3):
        shop.adjust(sku, 1)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch(filter={"skus": [sku]}, after=cursor)
        missed = [stream.next_change()["level"]["version"]]
        while missed[-1] < 5:
            missed.append(stream.next_change()["level"]["version"])
        assert missed == sorted(set(missed))
        shop.adjust(sku, 1)
        event = stream.next_change()
        assert (event["type"], event["level"]["version"]) == ("CHANGE", 6)


@pytest.mark.parametrize("kind", ["SNAPSHOT", "CAUGHT_UP"])
def test_any_events_cursor_resumes_without_a_reset(shop: Shop, kind: str) -> None:
    sku = shop.stocked(10)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch(filter={"skus": [sku]}, snapshot=True)
        event = stream.next()
        while event["type"] != kind:
            event = stream.next()
    shop.adjust(sku, 1)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch(filter={"skus": [sku]}, after=event["cursor"], snapshot=True)
        told = stream.next_change()
        while told["level"]["version"] < 2:  # what the cursor had seen may come again
            told = stream.next_change()
        assert (told["type"], told["level"]["version"]) == ("CHANGE", 2)


@pytest.mark.parametrize("cursor", ["", "x", "bm90IG91cnM=", "\x00", "9" * 3_000])
def test_a_cursor_that_is_not_ours_ends_in_an_error(shop: Shop, socket: LiveSocket, cursor: str) -> None:
    stream = socket.watch(after=cursor)
    message = stream.message()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_many_subscriptions_share_a_socket_and_end_one_by_one(shop: Shop, socket: LiveSocket) -> None:
    skus = [shop.stocked(1) for _ in range(5)]
    streams = [caught_up(socket.watch(filter={"skus": [sku]}, snapshot=True)) for sku in skus]
    streams[0].complete()
    for sku in skus:
        shop.adjust(sku, 1)
    for stream, sku in list(zip(streams, skus, strict=True))[1:]:
        assert stream.next_change()["level"]["sku"] == sku
    assert socket.received[streams[0].id] == []


def test_a_query_and_a_mutation_are_answered_on_the_socket_too(shop: Shop) -> None:
    sku = shop.stocked(10)
    with LiveSocket(shop.stack, shop.manager.token) as socket:
        stream = socket.subscribe("query ($sku: String!) { stockLevel(sku: $sku) { quantityOnHand } }", sku=sku)
        assert stream.message()["payload"]["data"] == {"stockLevel": {"quantityOnHand": 10}}
        assert stream.message()["type"] == "complete"
        given = {"idempotencyKey": fresh("key"), "sku": sku, "quantity": 5}
        stream = socket.subscribe(
            "mutation ($i: ReceiveStockInput!) { receiveStock(input: $i) { stockLevel { quantityOnHand } } }", i=given
        )
        assert stream.message()["payload"]["data"] == {"receiveStock": {"stockLevel": {"quantityOnHand": 15}}}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("subscription { noSuchField }", {}),
    ("subscription { stockLevelChanged { type } stockLevelChanged { cursor } other: stockLevelChanged { type } }", {}),
    ("subscription { stockLevelChanged(filter: { status: [NONE] }) { type } }", {}),
    ("subscription { stockLevelChanged(filter: { stale: true }) { type } }", {}),
    ("subscription ($f: StockLevelStreamFilter) { stockLevelChanged(filter: $f) { type } }", {"f": {"skus": [1]}}),
    ("subscription {", {}),
]


@pytest.mark.parametrize(("query", "variables"), WRONG, ids=lambda value: str(value)[:60])
def test_a_wrong_subscription_is_answered_with_errors_and_the_socket_lives_on(
    shop: Shop, socket: LiveSocket, query: str, variables: dict[str, Any]
) -> None:
    message = socket.subscribe(query, **variables).message()
    assert message["type"] == "error", message
    assert all(error["message"] and error["extensions"]["code"] != "INTERNAL" for error in message["payload"])
    assert socket.subscribe("{ viewer { subject } }").message()["type"] == "next"


def test_a_filter_of_an_empty_list_tells_nothing_but_caught_up(shop: Shop, socket: LiveSocket) -> None:
    nothing, everything = socket.watch(filter={"skus": []}, snapshot=True), socket.watch()
    assert nothing.until_caught_up() == []
    caught_up(everything)
    shop.adjust(shop.stocked(1), 1)
    everything.next_change()
    assert all(m["payload"]["data"]["stockLevelChanged"]["type"] == "CAUGHT_UP" for m in socket.received[nothing.id])
