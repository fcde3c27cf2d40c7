"""What webhooks were told, as the API tells it, and what is left of it once it was given up."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from server.embedded.database import Addresses, run
from tests.factories.operations import DELIVERY, WEBHOOK
from tests.factories.shop import Asker, Shop
from tests.faults.tenancy.belongings import uuid_in

NODE = (
    "query ($id: ID!) { node(id: $id) { __typename id "
    f"... on Webhook {{ {WEBHOOK} }} ... on WebhookDelivery {{ {DELIVERY} }} }} }}"
)
DELIVERIES = (
    "query ($filter: WebhookDeliveryFilter) "
    f"{{ webhookDeliveries(filter: $filter, first: 50) {{ totalCount nodes {{ {DELIVERY} }} }} }}"
)
GIVE_UP = """
UPDATE webhook_deliveries
SET state = 'DEAD', next_attempt_at = NULL, settled_at = clock_timestamp(), claims = claims + 1
WHERE id = ANY($1::uuid[])
"""


def node(asker: Asker, id_: str) -> dict[str, Any] | None:
    return asker.ask(NODE, id=id_)["node"]


def deliveries(shop: Shop, **filter: Any) -> list[dict[str, Any]]:
    """Newest first."""
    return shop.analyst.ask(DELIVERIES, filter=filter)["webhookDeliveries"]["nodes"]


def told(shop: Shop, webhook: dict[str, Any]) -> list[str]:
    """The types of what a webhook was to be told, the oldest first."""
    return [json.loads(each["payload"])["type"] for each in reversed(deliveries(shop, webhookId=webhook["id"]))]


def given_up(addresses: Addresses, *found: dict[str, Any]) -> None:
    """What is left of deliveries that failed as often as they may, which takes three days."""
    run(_execute(addresses.superuser_url, GIVE_UP, [uuid_in(each["id"]) for each in found]))


async def _execute(url: str, sql: str, *values: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()
