"""Reserving through the API over PostgreSQL: what it costs in statements, what it leaves behind, a thousand lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from zlib import crc32

import asyncpg
import pytest

from db import bulk
from db.invariants import violations
from domain.items import Item
from server.embedded.database import Addresses
from services.ports import BACKORDERS_AT_ONCE
from tests.factories.operations import RESERVATION, mutation
from tests.integration.firm import FIRM, VENDOR, Api, ids, stocked

LIST = """query ($first: Int, $filter: ReservationFilter) { reservations(first: $first, filter: $filter) { nodes {
    id orderId status shortages { sku } lines { id sku item { name vendor } location { code name } quantity } } } }"""
ONE = f"query ($id: ID, $orderId: String) {{ reservation(id: $id, orderId: $orderId) {{ {RESERVATION} }} }}"
#: Whatever a change writes to.
KEPT = ("reservations", "reservation_lines", "stock_levels", "ledger", "outbox", "decisions", "inbox")


@pytest.fixture
async def outside(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    assert await violations(connection) == []
    await connection.close()


async def do(api: Api, name: str, **given: Any) -> dict[str, Any]:
    """The payload of a mutation that is not refused; the same request comes under the same key."""
    key = f"{name}-{crc32(repr(given).encode())}"
    payload = (await api.ask(mutation(name), input={"idempotencyKey": key, **given}))[name]
    assert payload["userErrors"] == []
    return payload


async def reserve(api: Api, order: str, **more: Any) -> dict[str, Any]:
    lines = [{"sku": "SKU-00", "quantity": 1}, {"sku": "SKU-01", "quantity": 2}]
    return (await do(api, "reserveStock", **{"orderId": order, "lines": lines, **more}))["reservation"]


async def everything(outside: asyncpg.Connection) -> list[list[asyncpg.Record]]:
    return [await outside.fetch(f"SELECT * FROM {table} ORDER BY {table}::text") for table in KEPT]


# ------------------------------------------------------------------ statements
@pytest.mark.parametrize("first", [2, 12])
async def test_a_list_of_reservations_takes_one_statement_however_long_it_is(api: Api, first: int) -> None:
    for number in range(12):
        await reserve(api, f"O-{number}", fulfillmentPolicy="PARTIAL")
    nodes = (await api.ask(LIST, first=first))["reservations"]["nodes"]
    assert api.statements == 1
    assert [node["orderId"] for node in nodes] == [f"O-{number}" for number in range(11, 11 - first, -1)]
    vendor = api.of(VENDOR)
    seen = (await vendor.ask(LIST, first=first))["reservations"]["nodes"]
    assert vendor.statements == 1
    assert [node["id"] for node in seen] == [node["id"] for node in nodes]
    assert {line["item"]["vendor"] for node in seen for line in node["lines"]} == {"acme"}


async def test_what_was_just_decided_takes_no_statement_to_show_and_a_repeat_takes_one(api: Api) -> None:
    made = await reserve(api, "O-1")
    assert api.statements == 0
    assert await reserve(api, "O-1") == made
    assert api.statements == 1, "the same key again"
    assert await reserve(api, "O-1", zone="north") == made
    assert api.statements == 1, "the same order under another key"
    for step, given in {
        "extendReservation": {"ttlSeconds": 60},
        "confirmReservation": {},
        "commitReservation": {"lines": [{"sku": "SKU-00", "quantity": 1}]},
        "releaseReservation": {},
    }.items():
        shown = (await do(api, step, reservationId=made["id"], **given))["reservation"]
        assert api.statements == 0, step
        assert (await api.ask(ONE, id=made["id"]))["reservation"] == shown
        assert api.statements == 1


async def test_the_counted_list_takes_one_more_statement(api: Api) -> None:
    await reserve(api, "O-1")
    answer = await api.ask("{ reservations(first: 1) { totalCount nodes { id } } }")
    assert (answer["reservations"]["totalCount"], api.statements) == (1, 2)


# ------------------------------------------------------------------ what is kept
async def test_a_dry_run_keeps_nothing_and_tells_nobody(api: Api, outside: asyncpg.Connection) -> None:
    before = await everything(outside)
    tried = await reserve(api, "O-1", dryRun=True)
    given = {"idempotencyKey": "k", "orderId": "O-2", "lines": [{"sku": "SKU-00", "quantity": 500}], "dryRun": True}
    refused = (await api.ask(mutation("reserveStock"), input=given))["reserveStock"]
    assert [error["code"] for error in refused["userErrors"]] == ["INSUFFICIENT_STOCK"]
    assert await everything(outside) == before
    made = await reserve(api, "O-1")
    assert await everything(outside) != before
    assert made["lines"][0]["location"] == tried["lines"][0]["location"]


async def test_a_refused_order_keeps_its_key_and_an_event_and_no_more(api: Api, outside: asyncpg.Connection) -> None:
    before = dict(zip(KEPT, await everything(outside), strict=True))
    given = {"idempotencyKey": "k", "orderId": "O-2", "lines": [{"sku": "SKU-00", "quantity": 500}]}
    await api.ask(mutation("reserveStock"), input=given)
    after = dict(zip(KEPT, await everything(outside), strict=True))
    changed = {table: len(rows) - len(before[table]) for table, rows in after.items() if rows != before[table]}
    assert changed == {"decisions": 1, "outbox": 1}
    [event] = after["outbox"]
    assert b"InventoryReservationFailed" in event["body"]


# ------------------------------------------------------------------ a thousand lines
async def test_an_order_of_a_thousand_lines_is_held_told_and_shipped(api: Api, outside: asyncpg.Connection) -> None:
    items = [Item(ids(), f"T-{number:03}", f"Thing {number}", version=1) for number in range(1_000)]
    levels = [stocked(item.sku, "MAIN") for item in items]
    await bulk.load(api.database, FIRM, items=items, levels=levels)
    lines = [{"sku": item.sku, "quantity": 2} for item in items]
    made = await reserve(api, "O-1", lines=lines)
    assert [line["quantityAllocated"] for line in made["lines"]] == [2] * 1_000
    assert (await api.ask(ONE, orderId="O-1"))["reservation"] == made
    assert api.statements == 1
    assert (await reserve(api, "O-1", lines=lines[::-1]))["id"] == made["id"]
    named = [{"lineId": line["id"], "quantity": 1} for line in made["lines"]]
    part = (await do(api, "commitReservation", reservationId=made["id"], lines=named))["reservation"]
    assert (part["status"], {line["quantityCommitted"] for line in part["lines"]}) == ("CONFIRMED", {1})
    ended = (await do(api, "commitReservation", reservationId=made["id"]))["reservation"]
    assert ended["status"] == "COMMITTED"


# ------------------------------------------------------------------ a crowd
async def test_those_who_wait_at_an_empty_place_keep_nobody_from_a_full_one(
    api: Api, outside: asyncpg.Connection
) -> None:
    line = {"sku": "SKU-00", "quantity": 1}
    await do(api, "receiveStock", sku="SKU-00", location="WEST", quantity=1)
    await do(api, "adjustStock", sku="SKU-00", location="WEST", quantityChange=-1, reasonCode="correction")
    for number in range(BACKORDERS_AT_ONCE + 1):
        await do(
            api,
            "reserveStock",
            orderId=f"far-{number}",
            lines=[line | {"location": "WEST"}],
            fulfillmentPolicy="BACKORDER",
        )

    near = (await do(api, "reserveStock", orderId="near", lines=[line]))["reservation"]
    there = (await do(api, "reserveStock", orderId="there", lines=[line | {"location": "MAIN"}]))["reservation"]

    assert [near["status"], there["status"]] == ["PENDING", "PENDING"]
