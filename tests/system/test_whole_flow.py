"""From a mutation to a subscribed screen: what the npm clients are told of a change, and in which order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from domain.ledger import LedgerKind
from tests.factories.shop import Shop, fresh
from tests.live import Event, NodeWatcher

pytestmark = pytest.mark.node


@contextmanager
def both_clients(shop: Shop, **variables: Any) -> Iterator[list[NodeWatcher]]:
    """graphql-ws and graphql-sse on the same subscription, caught up."""
    with ExitStack() as stack:
        token = shop.analyst.token
        assert token is not None
        watchers = [
            stack.enter_context(NodeWatcher.of(shop.stack, token, sse=sse, **variables)) for sse in (False, True)
        ]
        for watcher in watchers:
            watcher.caught_up()
        yield watchers


def told(event: Event) -> dict[str, Any]:
    """An event without what differs from socket to socket."""
    return {name: value for name, value in event.items() if name not in ("cursor", "occurredAt")}


def test_a_change_is_seen_with_its_cause_by_both_clients(shop: Shop) -> None:
    sku = shop.stocked(10)
    start = shop.level(sku)
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        for watcher in watchers:
            [snapshot] = [event for event in watcher.events if event["type"] == "SNAPSHOT"]
            assert snapshot["level"] == start
        level = shop.adjust(sku, -3, reasonCode="damaged", reference="INC-9", note="wet")
        for watcher in watchers:
            event = watcher.change(sku, 2)
            assert event["type"] == "CHANGE"
            assert event["level"] == level
            assert event["nodeId"] == level["id"]
            assert (event["previousVersion"], event["previousAvailableToPromise"]) == (1, 10)
            cause = event["cause"]
            assert (cause["kind"], cause["reasonCode"], cause["reference"]) == ("ADJUSTMENT", "damaged", "INC-9")
            assert cause["actor"] == "manager@acme"


MOVES: dict[str, tuple[LedgerKind, dict[str, Any]]] = {
    "receiveStock": (LedgerKind.RECEIPT, {"quantity": 4}),
    "returnStock": (LedgerKind.RETURN, {"quantity": 4, "reasonCode": "returned"}),
    "holdStock": (LedgerKind.HOLD, {"quantity": 3}),
    "unholdStock": (LedgerKind.UNHOLD, {"quantity": 2}),
    "wasteStock": (LedgerKind.WASTE, {"quantity": 1, "fromHold": True}),
    "countStock": (LedgerKind.COUNT, {"quantityCounted": 14, "reasonCode": "cycle_count"}),
    "adjustStock": (LedgerKind.ADJUSTMENT, {"quantityChange": 4, "reasonCode": "found"}),
}


def test_every_way_to_move_stock_is_told_in_the_order_of_its_versions(shop: Shop) -> None:
    sku = shop.stocked(10)
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        for name, (_, given) in MOVES.items():
            shop.manager.succeed(name, sku=sku, **given)
        policy = shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=100)["stockLevel"]
        for watcher in watchers:
            assert watcher.change(sku, policy["version"])["level"] == policy
            assert watcher.versions(sku) == [*range(1, len(MOVES) + 3)]
            changes = [event for event in watcher.events if event["type"] == "CHANGE"]
            kinds = [event["cause"] and event["cause"]["kind"] for event in changes]
            assert kinds == [*(kind.value for kind, _ in MOVES.values()), None]
            assert [event["previousVersion"] for event in changes] == [*range(1, len(MOVES) + 2)]
            assert changes[-1]["level"]["status"] == "LOW"


def test_the_first_stock_of_a_new_item_is_a_change_of_a_new_level(shop: Shop) -> None:
    sku = fresh("SKU")
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        assert all(event["type"] == "CAUGHT_UP" for watcher in watchers for event in watcher.events)
        shop.item(sku)
        shop.manager.succeed("receiveStock", sku=sku, quantity=7)
        for watcher in watchers:
            event = watcher.change(sku, 1)
            assert (event["type"], event["previousVersion"] or 0) == ("CHANGE", 0)
            assert (event["previousAvailableToPromise"] or 0) == 0


def test_a_refused_or_repeated_mutation_tells_nobody_anything(shop: Shop) -> None:
    sku = shop.stocked(10)
    with both_clients(shop, filter={"skus": [sku]}) as watchers:
        assert shop.manager.do("adjustStock", sku=sku, quantityChange=-99, reasonCode="lost")["userErrors"]
        given = {"sku": sku, "quantity": 1, "idempotencyKey": fresh("key")}
        for _ in range(3):
            shop.manager.succeed("receiveStock", **given)
        last = shop.adjust(sku, 1)
        for watcher in watchers:
            watcher.change(sku, last["version"])
            assert watcher.versions(sku) == [1, 2, 3]


def test_two_subscribers_of_one_question_are_told_the_same(shop: Shop) -> None:
    vendor = fresh("vendor")
    skus = [shop.stocked(5, vendor=vendor) for _ in range(3)]
    token = shop.analyst.token
    assert token is not None
    with ExitStack() as stack:
        watchers = [
            stack.enter_context(NodeWatcher.of(shop.stack, token, filter={"vendors": [vendor]})) for _ in range(2)
        ]
        for watcher in watchers:
            watcher.caught_up()
        for step in range(10):
            shop.adjust(skus[step % 3], 1)
        for sku, version in zip(skus, (5, 4, 4), strict=True):
            for watcher in watchers:
                watcher.change(sku, version)
        one, two = ([told(event) for event in watcher.events if event["type"] == "CHANGE"] for watcher in watchers)
        assert one == two
        assert len(one) == 10
        pictures = [watcher.final()["levels"] for watcher in watchers]
    assert pictures[0] == pictures[1]
    assert {level["sku"]: level["quantityOnHand"] for level in pictures[0]} == dict(zip(skus, (9, 8, 8), strict=True))


def test_a_screen_that_comes_while_stock_moves_sees_no_gap(shop: Shop) -> None:
    """Snapshot, then changes: for each level versions follow one another without one missing or told twice."""
    vendor = fresh("vendor")
    skus = [shop.stocked(5, vendor=vendor) for _ in range(4)]
    token = shop.analyst.token
    assert token is not None
    with ExitStack() as stack:
        watchers: list[NodeWatcher] = []
        for step in range(40):
            shop.adjust(skus[step % 4], 1)
            if step % 10 == 5:
                watchers.append(stack.enter_context(NodeWatcher.of(shop.stack, token, filter={"vendors": [vendor]})))
        for watcher in watchers:
            watcher.caught_up()
        last = {sku: shop.adjust(sku, 1)["version"] for sku in skus}
        for watcher in watchers:
            for sku, version in last.items():
                watcher.change(sku, version)
                versions = watcher.versions(sku)
                assert versions == list(range(versions[0], version + 1))
