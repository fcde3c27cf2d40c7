"""What webhooks are told, through the API: who is told of what, what became of it, and telling it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.embedded.database import Addresses
from tests.contract.assortment import VENDOR
from tests.contract.deliveries import deliveries, given_up, node, told
from tests.contract.webhook_receiver import Receiver
from tests.factories.shop import Shop
from tests.faults.tenancy.belongings import uuid_in
from tests.stack import eventually


def ran_out(shop: Shop) -> None:
    sku = shop.stocked(1)
    shop.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=0)
    shop.adjust(sku, -1)


def expired(shop: Shop) -> None:
    order = shop.reserve(shop.stocked(10), ttlSeconds=1)
    eventually(lambda: (shop.reservation(order["id"]) or {})["status"] == "EXPIRED", "the end of the reservation")


HAPPENINGS: dict[str, Callable[[Shop], object]] = {
    "LOW_STOCK": Shop.low,
    "OUT_OF_STOCK": ran_out,
    "RESERVATION_EXPIRED": expired,
    "ADJUSTMENT_REQUESTED": Shop.ask,
}


@pytest.mark.parametrize("event", HAPPENINGS)
def test_what_happens_is_told_to_those_who_listen_to_it_alone(firm: Shop, event: str) -> None:
    listening, deaf = firm.webhook(event), firm.webhook(*(other for other in HAPPENINGS if other != event))
    both, off = firm.webhook(*HAPPENINGS), firm.webhook(*HAPPENINGS)
    firm.admin.succeed("updateWebhook", webhookId=off["id"], active=False)
    HAPPENINGS[event](firm)
    name = f"inventory.{event.lower()}"
    assert [told(firm, webhook) for webhook in (listening, deaf, both, off)] == [[name], [], [name], []]
    first, second = deliveries(firm)
    assert first["messageId"] == second["messageId"]
    assert first["payload"] == second["payload"]
    assert first["event"] == event
    found = node(firm.manager, first["id"])
    assert found
    assert (found["__typename"], found["id"], found["payload"]) == ("WebhookDelivery", first["id"], first["payload"])


def test_a_level_that_is_low_and_runs_out_is_told_twice(firm: Shop) -> None:
    webhook = firm.webhook("LOW_STOCK", "OUT_OF_STOCK")
    alert = firm.low(left=3)
    firm.manager.succeed("acknowledgeAlert", alertId=alert["id"])
    firm.adjust(alert["sku"], -3)
    firm.adjust(alert["sku"], 100)
    assert told(firm, webhook) == ["inventory.low_stock", "inventory.out_of_stock"]


def test_a_correction_that_is_applied_at_once_is_not_told(firm: Shop) -> None:
    webhook = firm.webhook("ADJUSTMENT_REQUESTED")
    firm.adjust(firm.stocked(10), -1)
    assert told(firm, webhook) == []


def test_nobody_is_told_of_another_tenants_stock(firm: Shop, shop: Shop) -> None:
    webhook = firm.webhook("LOW_STOCK")
    shop.low()
    assert told(firm, webhook) == []


@pytest.mark.parametrize(("role", "vendor"), [("vendor", VENDOR), ("approver", None), ("system", None)])
def test_who_may_not_read_webhooks_finds_none_by_its_id(firm: Shop, role: str, vendor: str | None) -> None:
    webhook = firm.webhook("LOW_STOCK")
    firm.low()
    [delivery] = deliveries(firm)
    for id_ in (webhook["id"], delivery["id"]):
        assert node(firm.as_(role, vendor), id_) is None
        assert node(firm.admin, id_) is not None


def test_a_filter_finds_what_it_says(firm: Shop, addresses: Addresses) -> None:
    low, every = firm.webhook("LOW_STOCK"), firm.webhook("LOW_STOCK", "OUT_OF_STOCK")
    firm.low()
    ran_out(firm)
    of_every = deliveries(firm, webhookId=uuid_in(every["id"]))
    [of_low] = deliveries(firm, webhookId=low["id"])
    given_up(addresses, of_low)
    ids = [each["id"] for each in of_every]

    def found(**filter: Any) -> list[str]:
        return [each["id"] for each in deliveries(firm, **filter)]

    assert found(states=["DEAD"]) == [of_low["id"]]
    assert found(states=["PENDING"]) == ids
    assert sorted(found(states=["PENDING", "DEAD", "DELIVERED"])) == sorted([*ids, of_low["id"]])
    assert found(states=[]) == []
    assert found(events=["OUT_OF_STOCK"]) == ids[:1]
    assert found(webhookId=every["id"], events=["LOW_STOCK", "STALE"]) == ids[1:]
    assert found(webhookId="rubbish") == []
    assert found(webhookId=of_low["id"]) == []
    newest = of_every[0]["createdAt"]
    assert found(**{"from": newest}) == ids[:1]
    assert found(webhookId=every["id"], to=newest) == ids[1:]


# ---------------------------------------------------------------- delivered, given up, told again
def test_what_is_delivered_is_told_with_its_attempts(firm: Shop, receiver: Receiver) -> None:
    firm.webhook("LOW_STOCK", url=receiver.url("first"))
    firm.low()
    done = eventually(lambda: deliveries(firm, states=["DELIVERED"]), "a delivery")[0]
    [request] = receiver.received("first")
    assert request.headers["webhook-id"] == done["messageId"]
    assert request.body == done["payload"]
    [attempt] = done["attempts"]
    assert (attempt["status"], attempt["error"], attempt["answer"]) == (200, None, "thank you")
    assert attempt["durationMs"] >= 0
    assert done["createdAt"] <= attempt["at"] <= done["deliveredAt"]
    assert done["nextAttemptAt"] is None


def test_what_cannot_be_delivered_is_told_with_its_error_and_when_it_is_tried_again(firm: Shop) -> None:
    firm.webhook("LOW_STOCK")
    firm.low()
    tried = eventually(lambda: [each for each in deliveries(firm) if each["attempts"]], "an attempt")[0]
    [attempt, *_] = tried["attempts"]
    assert (attempt["status"], attempt["answer"]) == (None, None)
    assert attempt["error"]
    assert (tried["state"], tried["deliveredAt"]) == ("PENDING", None)
    assert tried["nextAttemptAt"] > attempt["at"]


def test_who_answers_that_it_is_gone_is_switched_off_and_may_be_switched_on_again(
    firm: Shop, receiver: Receiver
) -> None:
    id_ = firm.webhook("LOW_STOCK", url=receiver.url("gone"))["id"]
    firm.low()
    dead = eventually(lambda: deliveries(firm, states=["DEAD"]), "the end of the delivery")[0]
    assert [attempt["status"] for attempt in dead["attempts"]] == [410]
    off = eventually(lambda: next((each for each in firm.webhooks() if not each["active"]), None), "switched off")
    assert off["disabledReason"]
    on = firm.admin.succeed("updateWebhook", webhookId=id_, url=receiver.url("back"), active=True)["webhook"]
    assert (on["active"], on["disabledReason"]) == (True, None)
    assert firm.admin.succeed("replayWebhookDeliveries", webhookId=id_)["count"] == 1
    done = eventually(lambda: deliveries(firm, states=["DELIVERED"]), "a delivery")[0]
    assert (done["id"], done["messageId"]) == (dead["id"], dead["messageId"])
    assert [request.body for request in receiver.received("back")] == [dead["payload"]]


def test_of_what_was_given_up_what_is_named_is_sent_again(firm: Shop, addresses: Addresses) -> None:
    id_ = firm.webhook("LOW_STOCK")["id"]
    other = firm.webhook("LOW_STOCK")["id"]
    for _ in range(3):
        firm.low()
    new, middle, old = deliveries(firm, webhookId=id_)
    given_up(addresses, *deliveries(firm))

    def again(**which: Any) -> tuple[int, list[str]]:
        payload = firm.admin.succeed("replayWebhookDeliveries", webhookId=id_, **which)
        assert payload["remaining"] == 0
        return payload["count"], [each["id"] for each in deliveries(firm, webhookId=id_, states=["DEAD"])]

    ids = [each["id"] for each in (new, middle, old)]
    assert again(deliveryIds=[]) == (0, ids)
    assert again(to=old["createdAt"]) == (0, ids)
    assert again(deliveryIds=[middle["id"], uuid_in(middle["id"])]) == (1, [new["id"], old["id"]])
    assert again(**{"from": new["createdAt"]}) == (1, [old["id"]])
    assert again() == (1, [])
    assert again() == (0, [])
    assert len(deliveries(firm, webhookId=other, states=["DEAD"])) == 3


def test_what_cannot_be_sent_again_is_named_by_its_place_and_nothing_is_sent(firm: Shop, addresses: Addresses) -> None:
    id_, other = firm.webhook("LOW_STOCK")["id"], firm.webhook("LOW_STOCK")["id"]
    firm.low()
    [mine], [stranger] = deliveries(firm, webhookId=id_), deliveries(firm, webhookId=other)
    given_up(addresses, mine, stranger)

    def refused(**which: Any) -> list[tuple[str, list[str]]]:
        payload = firm.admin.do("replayWebhookDeliveries", webhookId=id_, **which)
        assert payload["count"] == 0
        return [(error["code"], error["field"]) for error in payload["userErrors"]]

    named = [mine["id"], "rubbish", stranger["id"]]
    assert refused(deliveryIds=named) == [
        ("NOT_FOUND", ["deliveryIds", "1"]),
        ("NOT_FOUND", ["deliveryIds", "2"]),
    ]
    assert refused(**{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}) == [("INVALID_INPUT", ["from"])]
    firm.admin.succeed("updateWebhook", webhookId=id_, active=False)
    assert refused(deliveryIds=[mine["id"]]) == [("ILLEGAL_TRANSITION", ["webhookId"])]
    assert len(deliveries(firm, states=["DEAD"])) == 2
    firm.admin.succeed("updateWebhook", webhookId=id_, active=True)
    assert firm.admin.succeed("replayWebhookDeliveries", webhookId=id_, deliveryIds=[mine["id"]])["count"] == 1
    assert refused(deliveryIds=[mine["id"]]) == [("ILLEGAL_TRANSITION", ["deliveryIds", "0"])]


def test_what_waits_for_a_webhook_is_given_up_when_that_is_switched_off_or_deleted(firm: Shop) -> None:
    off, gone = firm.webhook("LOW_STOCK")["id"], firm.webhook("LOW_STOCK")["id"]
    firm.low()
    firm.admin.succeed("updateWebhook", webhookId=off, active=False)
    firm.admin.succeed("deleteWebhook", webhookId=gone)
    found = deliveries(firm, states=["DEAD"])
    assert {each["attempts"][-1]["error"] for each in found} == {
        "given up: the webhook is switched off",
        "given up: the webhook was deleted",
    }
    assert [each["nextAttemptAt"] for each in found] == [None, None]
    assert deliveries(firm, states=["PENDING"]) == []


def test_a_page_of_payloads_is_as_large_as_its_cost_allows(firm: Shop) -> None:
    asked = "query ($first: Int) { webhookDeliveries(first: $first) { nodes { id payload } } }"
    assert firm.analyst.ask(asked, first=90)["webhookDeliveries"]["nodes"] == []
    [error] = firm.analyst.send(asked, first=100).body["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert firm.analyst.ask(asked.replace(" payload", ""), first=250)["webhookDeliveries"]["nodes"] == []


def test_a_repeat_of_a_replay_tells_what_it_did_and_does_no_more(firm: Shop, addresses: Addresses) -> None:
    id_ = firm.webhook("LOW_STOCK")["id"]
    firm.low()
    given = {"idempotencyKey": "once", "webhookId": id_}
    given_up(addresses, *deliveries(firm))
    assert firm.admin.succeed("replayWebhookDeliveries", **given)["count"] == 1
    given_up(addresses, *deliveries(firm))
    assert firm.admin.succeed("replayWebhookDeliveries", **given)["count"] == 1
    assert len(deliveries(firm, states=["DEAD"])) == 1
