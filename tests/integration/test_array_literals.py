"""Arrays that go to PostgreSQL as one text: every value comes out as it was put in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from db.writes import Kind, sent, unnested
from server.embedded.database import Addresses

NOON = datetime(2026, 5, 4, 12, 0, 0, 123_456, UTC)
TEXTS = [
    "",
    " ",
    "null",
    "NULL",
    "{}",
    "a,b",
    '"',
    "\\",
    "\\n",
    '\\"',
    "\n\t\r",
    "\x01\x1f\x7f",
    "ünïcödé",
    "✓ 😀",
    None,
]
COLUMNS: dict[str, list[object]] = {
    "text": [*TEXTS],
    "jsonb": ['{"note": "a\\\\b \\n \\"c\\""}', "[]", '[["SKU", null, 1]]', None],
    "int": [0, -1, 2**31 - 1, None],
    "bigint": [-(2**63), 2**63 - 1, None],
    "smallint": [0, 63],
    "boolean": [True, False, None],
    "numeric": [Decimal("1.50"), Decimal("1E+3"), Decimal("-0.0001"), None],
    "uuid": [UUID(int=0), UUID(int=2**128 - 1), None],
    "timestamptz": [NOON, NOON.astimezone(timezone(timedelta(hours=-3, minutes=-30))), None],
    "date": [NOON.date(), None],
    "bytea": [b"", b"\x00\xff\\", None],
}


@pytest.mark.parametrize("type_", COLUMNS)
async def test_a_column_comes_out_as_it_was_put_in(database: Addresses, type_: str) -> None:
    column = COLUMNS[type_]
    kind = Kind("given", f"SELECT * FROM {unnested([('value', type_)])} AS given (value)", 1)
    connection = await asyncpg.connect(database.application_url)
    try:
        rows = await connection.fetch(kind.sql.format("$1"), *sent(kind, [column]))
    finally:
        await connection.close()
    assert [row[0] for row in rows] == column


async def test_a_text_that_none_can_store_is_a_fault(database: Addresses) -> None:
    kind = Kind("given", f"SELECT * FROM {unnested([('value', 'text')])} AS given (value)", 1)
    connection = await asyncpg.connect(database.application_url)
    try:
        with pytest.raises(asyncpg.DataError):
            await connection.fetch(kind.sql.format("$1"), *sent(kind, [["\ud800"]]))
    finally:
        await connection.close()
