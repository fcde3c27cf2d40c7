"""Webhooks over PostgreSQL: the statements that asking for them takes, and what is refused where there is no key."""

from __future__ import annotations

import asyncpg
import pytest

from schema.ids import global_id
from server.embedded.database import Addresses
from tests.integration.firm import FIRM, Api, ids

WEBHOOKS = """
INSERT INTO webhooks (tenant_id, id, url, events, created_by, created_at, updated_at, active, version, secret)
SELECT $1, each, 'https://example.com/' || each, '{STALE}', 'admin', now(), now(), true, 1, 'sealed'
FROM unnest($2::uuid[]) AS each
"""
DELIVERIES = """
WITH told AS (
    INSERT INTO webhook_messages (tenant_id, id, payload) SELECT $1, each, '{}' FROM unnest($2::uuid[]) AS each
)
INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at)
SELECT $1, gen_random_uuid(), each, each, 'STALE', 'PENDING', now() FROM unnest($2::uuid[]) AS each
"""
NESTED = """query ($first: Int) { webhookDeliveries(first: $first) { nodes {
    state webhook { url } attempts { status } } } }"""
PAYLOADS = "query ($first: Int) { webhookDeliveries(first: $first) { nodes { payload } } }"
NAMED = 'input: { idempotencyKey: "1", webhookId: $id'
WEBHOOK = "webhook { id version } userErrors { code field message }"
COUNT = 12


@pytest.fixture
async def webhooks(api: Api, database: Addresses) -> list[str]:
    """The global ids of so many, each with a delivery that waits."""
    made = [ids() for _ in range(COUNT)]
    connection = await asyncpg.connect(database.superuser_url)
    try:
        for sql in (WEBHOOKS, DELIVERIES):
            await connection.execute(sql, FIRM.id, made)
    finally:
        await connection.close()
    return [global_id("Webhook", each) for each in made]


@pytest.mark.parametrize("first", [2, COUNT])
async def test_deliveries_and_their_webhooks_take_two_statements(api: Api, webhooks: list[str], first: int) -> None:
    nodes = (await api.ask(NESTED, first=first))["webhookDeliveries"]["nodes"]
    assert api.statements == 2
    assert len({node["webhook"]["url"] for node in nodes}) == first


@pytest.mark.parametrize("first", [2, COUNT])
async def test_what_they_are_sent_takes_one_more_where_it_is_asked_for(
    api: Api, webhooks: list[str], first: int
) -> None:
    nodes = (await api.ask(PAYLOADS, first=first))["webhookDeliveries"]["nodes"]
    assert api.statements == 2
    assert nodes == [{"payload": "{}"}] * first


async def test_without_a_key_nobody_makes_a_webhook_or_a_secret_and_is_told_what_is_missing(
    api: Api, webhooks: list[str]
) -> None:
    given = 'input: { idempotencyKey: "1", url: "https://example.com/", events: [STALE] }'
    made = await api.ask(f"mutation {{ it: createWebhook({given}) {{ secret {WEBHOOK} }} }}")
    rotating = f"mutation ($id: ID!) {{ it: rotateWebhookSecret({NAMED} }}) {{ secret {WEBHOOK} }} }}"
    rotated = await api.ask(rotating, id=webhooks[0])
    for payload in (made["it"], rotated["it"]):
        [error] = payload["userErrors"]
        assert (error["code"], error["field"], payload["secret"]) == ("INVALID_INPUT", None, None)
        assert "WEBHOOK_KEY_FILE" in error["message"]
    assert (made["it"]["webhook"], rotated["it"]["webhook"]) == (None, {"id": webhooks[0], "version": 1})


async def test_without_a_key_a_webhook_that_is_there_is_changed_and_taken_away(api: Api, webhooks: list[str]) -> None:
    updating = f"mutation ($id: ID!) {{ it: updateWebhook({NAMED}, active: false }}) {{ {WEBHOOK} }} }}"
    assert (await api.ask(updating, id=webhooks[0]))["it"]["webhook"]["version"] == 2
    deleting = f"mutation ($id: ID!) {{ it: deleteWebhook({NAMED} }}) {{ deletedWebhookId }} }}"
    assert (await api.ask(deleting, id=webhooks[0]))["it"] == {"deletedWebhookId": webhooks[0]}
    assert (await api.ask("{ webhooks { totalCount } }"))["webhooks"] == {"totalCount": COUNT - 1}
