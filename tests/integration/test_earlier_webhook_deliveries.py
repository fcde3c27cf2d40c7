"""Deliveries that were there before messages were kept apart: each is sent as it would have been."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.migrations import migrate
from db.pool import Database
from db.read_models.webhooks import PostgresWebhookReads
from server.embedded.database import Addresses
from services.pages import PageRequest
from services.webhook_reads import WebhookDeliveryFilter
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.older_schema import migrate_to

EARLIER = """
INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, payload, next_attempt_at)
SELECT $1, gen_random_uuid(), webhook, message, 'STALE', 'PENDING', message::text, now()
FROM generate_series(1, 2), gen_random_uuid() AS webhook, unnest($2::uuid[]) AS message
"""


@pytest.fixture
async def outside(empty_database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    await asyncio.to_thread(migrate_to, empty_database, "0022")
    connection = await asyncpg.connect(empty_database.superuser_url)
    yield connection
    await connection.close()


async def test_what_was_to_be_sent_is_kept_once_and_is_the_same(
    empty_database: Addresses, outside: asyncpg.Connection
) -> None:
    mine, strange = [ids(), ids()], [ids()]
    await outside.execute(EARLIER, ACME.id, mine)
    await outside.execute(EARLIER, GLOBEX.id, strange)

    await asyncio.to_thread(migrate, empty_database.owner_url, empty_database.application_url)

    assert await outside.fetchval("SELECT count(*) FROM webhook_messages") == 3
    database = await Database.connect(empty_database.application_url, size=1)
    reads = PostgresWebhookReads(database)
    page = await reads.deliveries(ACME.id, WebhookDeliveryFilter(), PageRequest(10))
    assert sorted(edge.node.message_id for edge in page.edges) == sorted(mine * 2)
    assert await reads.payloads(ACME.id, [*mine, *strange]) == {message: str(message) for message in mine}
    await database.close()
