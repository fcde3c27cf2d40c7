"""What the API tells of an entry's seal: nothing until it is sealed, then its place in the chain and its hash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from db.ledger_check import LedgerCheck
from db.ledger_seals import Seals, blocks_after
from db.worker_session import WorkerSession
from schema.ids import global_id
from server.embedded.database import Addresses
from tests.integration.firm import FIRM, LEVELS, VENDOR, Api, open_firm
from workers.sealing import Sealing

LEDGER = "{ ledger(first: 250) { nodes { id sequence hash } } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on LedgerEntry { sequence hash } } }"
UNSEALED = {"sequence": None, "hash": None}
RECEIVE = """mutation ($key: String!) { receiveStock(input: { idempotencyKey: $key, sku: "SKU-01", location: "MAIN",
    quantity: 1 }) { userErrors { code } stockLevel { ledger(first: 1) { nodes { id sequence hash } } } } }"""


@pytest.fixture
async def api(database: Addresses) -> AsyncIterator[Api]:
    async with open_firm(database) as api:
        yield api


@pytest.fixture
async def outside(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def seal(api: Api) -> None:
    session = WorkerSession(api.database)
    sealing = Sealing(Seals(api.database, session), None)
    while await sealing.turn():
        pass
    await session.close()


async def told(api: Api) -> dict[str, dict[str, Any]]:
    """Sequence and hash of each entry by its id."""
    nodes = (await api.ask(LEDGER))["ledger"]["nodes"]
    return {node.pop("id"): node for node in nodes}


async def in_the_chain(outside: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    return {
        global_id("LedgerEntry", id_): {"sequence": block.first + n, "hash": hash_.hex()}
        for block in await blocks_after(outside, FIRM.id, 0, 1_000)
        for n, (id_, hash_) in enumerate(block.sealed)
    }


async def test_an_entry_tells_its_place_and_hash_as_soon_as_it_is_sealed(api: Api, outside: asyncpg.Connection) -> None:
    assert list((await told(api)).values()) == [UNSEALED] * 2 * LEVELS

    await seal(api)

    found = await told(api)
    assert found == await in_the_chain(outside)
    assert sorted(seal["sequence"] for seal in found.values()) == list(range(1, 2 * LEVELS + 1))
    check = LedgerCheck(outside, FIRM.id, None)
    reports = [report async for report in check.walk()]
    assert (reports[-1].entries, reports[-1].faults) == (len(found), 0)


async def test_the_chain_goes_on_over_blocks_and_what_is_new_waits_again(api: Api, outside: asyncpg.Connection) -> None:
    for n in range(3):
        (new,) = (await api.ask(RECEIVE, key=f"k-{n}"))["receiveStock"]["stockLevel"]["ledger"]["nodes"]
        id_ = new.pop("id")
        assert new == UNSEALED
        await seal(api)
        assert (await api.ask(NODE, id=id_))["node"] == (await in_the_chain(outside))[id_]
    assert await told(api) == await in_the_chain(outside)


async def test_an_entry_that_was_committed_late_is_found_in_a_later_block(
    api: Api, outside: asyncpg.Connection
) -> None:
    """Then entries that were recorded after it have their places before it."""
    feed = "SELECT id, entries FROM ledger_feed WHERE tenant_id = $1 ORDER BY id"
    await seal(api)
    for n in range(3):
        await api.ask(RECEIVE, key=f"k-{n}")
    first = (await outside.fetch(feed, FIRM.id))[0]
    await outside.execute("DELETE FROM ledger_feed WHERE id = $1", first["id"])
    await seal(api)
    await outside.execute("INSERT INTO ledger_feed (tenant_id, entries) VALUES ($1, $2)", FIRM.id, first["entries"])
    assert [seal for seal in (await told(api)).values() if seal == UNSEALED] == [UNSEALED]
    await seal(api)

    found = await told(api)
    assert found == await in_the_chain(outside)
    assert found[global_id("LedgerEntry", first["entries"][0])]["sequence"] == 2 * LEVELS + 3


@pytest.mark.parametrize("first", [2, 250])
async def test_a_page_takes_one_statement_more_and_only_where_it_is_selected(api: Api, first: int) -> None:
    await seal(api)
    for selected, statements in (("id", 1), ("sequence", 2), ("hash", 2), ("sequence hash", 2)):
        await api.ask(f"query ($first: Int) {{ ledger(first: $first) {{ nodes {{ {selected} }} }} }}", first=first)
        assert api.statements == statements, selected


async def test_a_vendor_is_told_the_seals_of_its_own_entries(api: Api, outside: asyncpg.Connection) -> None:
    await seal(api)
    chain = await in_the_chain(outside)
    found = await told(api.of(VENDOR))
    assert found == {id_: chain[id_] for id_ in found}
    assert len(found) == LEVELS
