"""From a checkout to a subscribed screen: a reservation's whole life, as npm's clients and a plain socket are told."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.factories.shop import Shop, fresh
from tests.live import Event, LiveSocket, NodeWatcher, Stream


@contextmanager
def both_clients(shop: Shop, **variables: Any) -> Iterator[list[NodeWatcher]]:
    """graphql-ws and graphql-sse on the same subscription, caught up."""
    token = shop.analyst.token
    assert token is not None
    with ExitStack() as stack:
        watchers = [
            stack.enter_context(NodeWatcher.of_reservations(shop.stack, token, sse=sse, **variables))
            for sse in (False, True)
        ]
        for watcher in watchers:
            watcher.caught_up()
        yield watchers


@pytest.fixture
def working(shop: Shop) -> Shop:
    """The shop with a worker, which ends what nobody paid for in time."""
    if "worker" not in shop.stack.children:
        shop.stack.start("worker")
    return shop


def settle(shop: Shop, name: str, id_: str, **more: Any) -> dict[str, Any]:
    """The reservation afterwards."""
    return shop.system.succeed(name, reservationId=id_, **more)["reservation"]


def reservations(events: list[Event]) -> list[dict[str, Any]]:
    return [event["reservation"] for event in events]


@pytest.mark.node
def test_each_act_is_seen_once_and_in_order_by_both_clients_as_it_was_answered(shop: Shop) -> None:
    sku, order = shop.stocked(10), fresh("ORDER")
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        made = shop.reserve(sku, 3, orderId=order)
        id_ = made["id"]
        line = {"sku": sku, "quantity": 1}
        answered = [
            made,
            settle(shop, "extendReservation", id_, ttlSeconds=600),
            settle(shop, "confirmReservation", id_),
            settle(shop, "commitReservation", id_, lines=[line], reference="SHIP-1"),
            settle(shop, "releaseReservation", id_, lines=[line]),
            settle(shop, "commitReservation", id_),
        ]
        assert [each["status"] for each in answered] == ["PENDING", "PENDING", *["CONFIRMED"] * 3, "COMMITTED"]
        for watcher in watchers:
            events = watcher.acts(len(answered))
            assert reservations(events) == answered
            assert [event["nodeId"] for event in events] == [id_] * len(answered)
            assert [each["version"] for each in reservations(events)] == list(range(1, 7))
        pictures = [watcher.final()["reservations"] for watcher in watchers]
    assert pictures == [[{"nodeId": id_, **answered[-1]}]] * 2


@pytest.mark.node
def test_what_nobody_asked_for_is_seen_too_a_backorder_that_is_filled_and_the_end_of_its_time(working: Shop) -> None:
    shop, sku = working, working.stocked(1)
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        made = shop.reserve(sku, 2, fulfillmentPolicy="BACKORDER", ttlSeconds=3)
        shop.manager.succeed("receiveStock", sku=sku, quantity=1)
        for watcher in watchers:
            events = watcher.acts(3)
            assert [each["status"] for each in reservations(events)] == ["BACKORDERED", "PENDING", "EXPIRED"]
            assert reservations(events)[0] == made
            assert [line["quantityReleased"] for line in events[-1]["reservation"]["lines"]] == [1, 1]
    assert (shop.level(sku) or {})["availableToPromise"] == 2


def test_a_screen_that_comes_while_orders_are_placed_and_settled_misses_none(shop: Shop) -> None:
    sku = shop.stocked(100)
    placed: list[str] = []
    streams: list[Stream] = []
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        for step in range(12):
            placed.append(shop.reserve(sku, 1)["id"])
            if step % 4 == 1:
                streams.append(socket.watch_reservations(filter={"skus": [sku]}, snapshot=True))
            if step % 2:
                settle(shop, "confirmReservation", placed[step])
        settle(shop, "commitReservation", placed[0])
        last = {id_: 2 if step % 2 or not step else 1 for step, id_ in enumerate(placed)}
        for stream in streams:
            known: dict[str, int] = {}
            while known != last:
                take(stream.next(), known)


def take(event: Event, known: dict[str, int]) -> None:
    """Fails when a version was skipped, or came twice."""
    if event["reservation"] is None:
        return
    id_, version = event["nodeId"], event["reservation"]["version"]
    assert event["type"] == "SNAPSHOT" or version == known.get(id_, 0) + 1
    known[id_] = version


def test_a_status_filter_is_left_once_and_entered_by_what_happens(shop: Shop) -> None:
    sku = shop.stocked(10)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        pending, shipped = (
            socket.watch_reservations(filter={"skus": [sku], "status": [status]}, snapshot=True)
            for status in ("PENDING", "COMMITTED")
        )
        assert pending.until_caught_up() == shipped.until_caught_up() == []
        id_ = shop.reserve(sku)["id"]
        assert pending.next_change()["reservation"]["status"] == "PENDING"
        settle(shop, "confirmReservation", id_)
        left = pending.next_change()
        assert (left["type"], left["nodeId"], left["reservation"]) == ("REMOVED", id_, None)
        settle(shop, "commitReservation", id_)
        entered = shipped.next_change()
        assert (entered["type"], entered["reservation"]["status"]) == ("CHANGE", "COMMITTED")
        again = shop.reserve(sku)["id"]
        assert pending.next_change()["nodeId"] == again, "REMOVED was told once"


def test_a_snapshot_holds_what_is_open_and_what_was_named(shop: Shop) -> None:
    sku = shop.stocked(10)
    open_, ended = shop.reserve(sku), shop.reserve(sku)
    ended = settle(shop, "releaseReservation", ended["id"])
    wanted = [
        ({"skus": [sku]}, [open_]),
        ({"skus": [sku], "status": ["RELEASED"]}, [ended]),
        ({"ids": [open_["id"], ended["id"], "rubbish"]}, [open_, ended]),
        ({"orderIds": [ended["orderId"]]}, [ended]),
        ({"skus": []}, []),
    ]
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        for filter, expected in wanted:
            events = socket.watch_reservations(filter=filter, snapshot=True).until_caught_up()
            assert {event["type"] for event in events} <= {"SNAPSHOT"}
            assert sorted(reservations(events), key=by_id) == sorted(expected, key=by_id)


def by_id(reservation: dict[str, Any]) -> str:
    return reservation["id"]


def test_after_a_cursor_come_the_acts_since_and_then_live_ones(shop: Shop) -> None:
    sku = shop.stocked(10)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch_reservations(filter={"skus": [sku]}, snapshot=True)
        stream.until_caught_up()
        id_ = shop.reserve(sku)["id"]
        cursor = stream.next_change()["cursor"]
    settle(shop, "extendReservation", id_, ttlSeconds=900)
    settle(shop, "confirmReservation", id_)
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch_reservations(filter={"skus": [sku]}, snapshot=True, after=cursor)
        assert [stream.next_change()["reservation"]["version"] for _ in range(2)] == [2, 3]
        settle(shop, "commitReservation", id_)
        event = stream.next_change()
        assert (event["type"], event["reservation"]["version"]) == ("CHANGE", 4)


def test_a_vendor_is_told_its_own_lines_alone_and_that_an_item_is_no_longer_its_own(shop: Shop) -> None:
    vendor, other = fresh("vendor"), fresh("vendor")
    own, foreign = shop.stocked(10, vendor=vendor), shop.stocked(10, vendor=other)
    lines = [{"sku": own, "quantity": 1}, {"sku": foreign, "quantity": 2}]
    with LiveSocket(shop.stack, shop.as_("vendor", vendor).token) as socket:
        stream = socket.watch_reservations(snapshot=True)
        assert stream.until_caught_up() == []
        shop.reserve(foreign)
        made = shop.reserve(own, lines=lines)
        event = stream.next_change()
        assert (event["nodeId"], event["reservation"]["orderId"]) == (made["id"], made["orderId"])
        assert [line["sku"] for line in event["reservation"]["lines"]] == [own]
        assert socket.watch_reservations(filter={"skus": [foreign]}, snapshot=True).until_caught_up() == []
        shop.admin.succeed("upsertItem", sku=own, vendor=other)
        assert (stream.next_change()["type"], stream.until_caught_up()) == ("RESET", [])


def test_another_tenants_reservations_are_never_told(shop: Shop, other_shop: Shop) -> None:
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        stream = socket.watch_reservations()
        stream.until_caught_up()
        theirs = other_shop.reserve(other_shop.stocked(5))
        ours = shop.reserve(shop.stocked(5))
        while (event := stream.next_change())["nodeId"] != ours["id"]:
            assert event["nodeId"] != theirs["id"]
        named = socket.watch_reservations(filter={"ids": [theirs["id"]]}, snapshot=True)
        assert named.until_caught_up() == []
