"""Webhooks through the API: made, changed, taken away, and their secrets told once."""

from __future__ import annotations

import base64
import re

import asyncpg

from server.contract import ROOT
from server.embedded.database import Addresses, run
from tests.contract.deliveries import deliveries, given_up, node
from tests.factories.shop import Shop
from tests.faults.tenancy.belongings import uuid_in
from tests.faults.tenancy.books import TABLES

AUDIT_LOG = (
    'query { auditLog(filter: {subjectTypes: ["Webhook"]}) { nodes { actor action subject detail requestId } } }'
)


def test_a_webhook_is_told_as_it_was_made_and_its_secret_once(firm: Shop) -> None:
    given = {"url": firm.address(), "events": ["STALE", "LOW_STOCK", "STALE"], "description": "the shop's till"}
    payload = firm.admin.succeed("createWebhook", **given)
    webhook, secret = payload["webhook"], payload["secret"]
    assert (webhook["url"], webhook["events"]) == (given["url"], ["LOW_STOCK", "STALE"])
    assert (webhook["description"], webhook["active"], webhook["disabledReason"]) == ("the shop's till", True, None)
    assert webhook["version"] == 1
    assert webhook["createdBy"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert firm.webhooks() == [webhook]
    for asker in (firm.admin, firm.manager, firm.analyst):
        assert node(asker, webhook["id"]) == {"__typename": "Webhook", **webhook}


def test_the_guides_example_of_a_webhook_is_taken(firm: Shop) -> None:
    guide = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```graphql\n(.*?)```", guide, re.DOTALL)
    payload = firm.admin.ask(example)["createWebhook"]
    assert payload["userErrors"] == []
    assert payload["secret"]
    assert [webhook["id"] for webhook in firm.webhooks()] == [payload["webhook"]["id"]]


def test_what_is_left_out_stays_what_is_null_is_cleared_and_nothing_is_no_change(firm: Shop) -> None:
    made = firm.webhook("STALE", description="first")
    id_ = made["id"]
    moved = firm.admin.succeed("updateWebhook", webhookId=id_, url=firm.address(), expectedVersion=1)["webhook"]
    assert (moved["description"], moved["events"], moved["version"]) == ("first", ["STALE"], 2)
    assert moved["url"] != made["url"]
    cleared = firm.admin.succeed("updateWebhook", webhookId=uuid_in(id_), description=None, events=["LOW_STOCK"])
    assert (cleared["webhook"]["description"], cleared["webhook"]["events"]) == (None, ["LOW_STOCK"])
    for same in ({}, {"url": moved["url"]}, {"events": ["LOW_STOCK"]}, {"active": True}, {"active": None}):
        again = firm.admin.succeed("updateWebhook", webhookId=id_, **same)["webhook"]
        assert again == cleared["webhook"]


def test_a_refused_change_shows_the_webhook_as_it_is(firm: Shop) -> None:
    webhook = firm.webhook()
    payload = firm.admin.do("updateWebhook", webhookId=webhook["id"], expectedVersion=7)
    assert payload["userErrors"][0]["currentVersion"] == 1
    assert payload["webhook"] == webhook
    payload = firm.admin.do("updateWebhook", webhookId=webhook["id"], url="nonsense")
    assert payload["webhook"] == webhook


def test_what_a_urls_query_holds_is_shown_to_admins_alone_and_in_no_audit_log(firm: Shop) -> None:
    url = firm.address() + "?token=open-sesame"
    made = firm.admin.succeed("createWebhook", url=url, events=["STALE"])["webhook"]
    moved = url.replace("open", "close")
    shown = firm.admin.succeed("updateWebhook", webhookId=made["id"], url=moved)["webhook"]
    assert (made["url"], shown["url"]) == (url, moved)
    hidden = url.partition("?")[0] + "?…"
    for asker in (firm.manager, firm.analyst):
        assert (node(asker, made["id"]) or {})["url"] == hidden
    firm.admin.succeed("deleteWebhook", webhookId=made["id"])
    entries = firm.admin.ask(AUDIT_LOG)["auditLog"]["nodes"]
    assert "sesame" not in str(entries)
    deleted, updated, created = entries
    assert deleted["detail"] == {"url": hidden}
    assert updated["detail"]["changes"]["url"] == {"from": hidden, "to": hidden}
    assert created["detail"]["changes"]["url"] == {"from": None, "to": hidden}


def test_a_tenant_has_at_most_50_webhooks(firm: Shop) -> None:
    url = firm.address()
    for _ in range(50):
        firm.admin.succeed("createWebhook", url=url, events=["STALE"])
    payload = firm.admin.do("createWebhook", url=url, events=["STALE"])
    assert [(error["code"], error["limit"]) for error in payload["userErrors"]] == [("LIMIT_EXCEEDED", 50)]
    assert (payload["webhook"], payload["secret"]) == (None, None)
    assert len({webhook["id"] for webhook in firm.webhooks()}) == 50


def test_a_deleted_webhook_is_gone_and_what_it_was_told_stays(firm: Shop) -> None:
    webhook, other = firm.webhook("LOW_STOCK"), firm.webhook()
    firm.low()
    [delivery] = deliveries(firm)
    assert delivery["webhook"] == {"id": webhook["id"]}
    payload = firm.admin.succeed("deleteWebhook", webhookId=webhook["id"])
    assert payload["deletedWebhookId"] == webhook["id"]
    assert firm.webhooks() == [other]
    assert node(firm.admin, webhook["id"]) is None
    [left] = deliveries(firm, webhookId=webhook["id"])
    assert (left["id"], left["webhook"], left["payload"]) == (delivery["id"], None, delivery["payload"])
    payload = firm.admin.do("deleteWebhook", webhookId=webhook["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert payload["deletedWebhookId"] is None
    firm.low()
    assert len(deliveries(firm)) == 1


def test_another_secret_is_told_once_and_is_a_change(firm: Shop) -> None:
    made = firm.admin.succeed("createWebhook", url=firm.address(), events=["STALE"])
    rotated = firm.admin.succeed("rotateWebhookSecret", webhookId=made["webhook"]["id"])
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert rotated["webhook"]["version"] == 2


def test_a_secret_is_written_down_nowhere(firm: Shop, addresses: Addresses) -> None:
    made = firm.admin.succeed("createWebhook", url=firm.address(), events=["LOW_STOCK"])
    rotated = firm.admin.succeed("rotateWebhookSecret", webhookId=made["webhook"]["id"])
    firm.low()
    kept = run(_everything(addresses.superuser_url))
    logs = "".join(log.read_text(errors="replace") for log in firm.stack.directory.glob("*.log"))
    for secret in (made["secret"], rotated["secret"]):
        encoded = secret.removeprefix("whsec_")
        for form in (encoded, base64.b64decode(encoded).hex(), encoded.encode().hex()):
            assert form not in kept
            assert form not in logs
    assert made["webhook"]["url"] in kept


async def _everything(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        tables = [row[0] for row in await connection.fetch(TABLES)]
        rows = [row[0] for name in tables for row in await connection.fetch(f"SELECT {name}::text FROM {name}")]
        return "\n".join(rows)
    finally:
        await connection.close()


def test_the_audit_log_has_whatever_was_done_to_a_webhook(firm: Shop, addresses: Addresses) -> None:
    id_ = firm.webhook("LOW_STOCK", description="first")["id"]
    firm.admin.succeed("updateWebhook", webhookId=id_, description="second")
    firm.admin.succeed("rotateWebhookSecret", webhookId=id_)
    firm.low()
    given_up(addresses, *deliveries(firm))
    firm.admin.succeed("replayWebhookDeliveries", webhookId=id_)
    firm.admin.succeed("replayWebhookDeliveries", webhookId=id_, deliveryIds=[])
    firm.admin.succeed("deleteWebhook", webhookId=id_)
    entries = firm.analyst.ask(AUDIT_LOG)["auditLog"]["nodes"]
    assert [each["action"] for each in reversed(entries)] == [
        "createWebhook", "updateWebhook", "rotateWebhookSecret", "replayWebhookDeliveries", "deleteWebhook"
    ]  # fmt: skip
    assert {each["subject"] for each in entries} == {uuid_in(id_)}
    assert all(each["requestId"] for each in entries)
    changes = entries[3]["detail"]["changes"]
    assert changes["description"] == {"from": "first", "to": "second"}
