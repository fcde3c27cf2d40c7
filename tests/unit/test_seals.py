"""What is hashed of entries and blocks: byte for byte as docs/ledger.md tells it, for others compute it too."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.seals import (
    ENTRY_FIELDS,
    GENESIS,
    Block,
    BlockKind,
    Head,
    block_hash,
    entry_bytes,
    entry_hash,
    money_of,
    time_of,
)

TENANT = UUID("00000000-0000-5000-8000-000000000001")
AT = datetime(2026, 11, 21, 18, 2, 17, 120, UTC)
ENTRY: dict[str, Any] = {
    "id": UUID("019352f0-0000-7000-8000-000000000007"),
    "sku": "LAMP-1",
    "location": "MAIN",
    "level_version": 7,
    "kind": "ALLOCATION",
    "occurred_at": AT - timedelta(seconds=1),
    "recorded_at": AT,
    **dict(zip(ENTRY_FIELDS[7:15], (0, 2, 0, 0, 10, 2, 0, 5), strict=True)),
    "unit_cost": Decimal("12.50"),
    "currency": "EUR",
    "actor": "checkout",
    "reason_code": None,
    "note": 'Grüße, "Ö"\n\x1f',
    "reference_type": "order",
    "reference": "O-1",
}
BYTES = (
    '["stockcast ledger entry 1","00000000-0000-5000-8000-000000000001","019352f0-0000-7000-8000-000000000007",'
    '"LAMP-1","MAIN",7,"ALLOCATION","2026-11-21T18:02:16.000120Z","2026-11-21T18:02:17.000120Z",0,2,0,0,10,2,0,5,"12.50","EUR",'
    '"checkout",null,"Grüße, \\"Ö\\"\\n\\u001f","order","O-1"]'
)


def test_an_entry_is_hashed_as_it_is_documented() -> None:
    assert entry_bytes(str(TENANT), [ENTRY[name] for name in ENTRY_FIELDS]).decode() == BYTES
    assert entry_hash(str(TENANT), [ENTRY[name] for name in ENTRY_FIELDS]) == hashlib.sha256(BYTES.encode()).digest()


def test_every_text_is_written_as_any_json_writer_does() -> None:
    text = "".join(map(chr, range(1, 0x250))) + "\u2028\u20ac\U0001f600\ud7ff\ufffd"
    found = json.loads(entry_bytes("t", [(ENTRY | {"note": text})[name] for name in ENTRY_FIELDS]))
    assert found[21] == text
    plain = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    assert entry_bytes("t", [(ENTRY | {"note": text})[name] for name in ENTRY_FIELDS]).decode() == plain


@pytest.mark.parametrize("field", ENTRY_FIELDS)
def test_no_field_changes_unnoticed(field: str) -> None:
    before = ENTRY[field]
    others: dict[type, Any] = {
        int: 99,
        str: "other",
        Decimal: Decimal("12.5"),
        datetime: AT + timedelta(microseconds=1),
    }
    after = "" if before is None else UUID(int=1) if field == "id" else others[type(before)]
    hashes = {entry_hash("t", [(ENTRY | {field: value})[name] for name in ENTRY_FIELDS]) for value in (before, after)}
    assert len(hashes) == 2


def test_a_time_is_the_same_in_every_zone_and_money_keeps_its_places() -> None:
    assert time_of(AT.astimezone(timezone(timedelta(hours=2)))) == "2026-11-21T18:02:17.000120Z"
    assert [money_of(Decimal(text)) for text in ("0", "0.0001", "1E+3", "12.50")] == ["0", "0.0001", "1000", "12.50"]


def block(**changes: Any) -> Block:
    ids = [UUID(int=1), UUID(int=2)]
    told = {"document": None, "previous": GENESIS} | changes
    given = {"tenant": TENANT, "number": 1, "kind": BlockKind.ENTRIES, "month": "2026-11", "first": 1, "sealed_at": AT}
    return Block(**(given | {"ids": ids, "hashes": b"a" * 32 + b"b" * 32} | told)).closed()


def test_a_block_is_hashed_as_it_is_documented() -> None:
    things = hashlib.sha256(UUID(int=1).bytes + b"a" * 32 + UUID(int=2).bytes + b"b" * 32).hexdigest()
    told = (
        f'["stockcast ledger block 1","{TENANT}",1,"ENTRIES","2026-11",1,2,"2026-11-21T18:02:17.000120Z","{things}",'
        f'null,"{"0" * 64}"]'
    )
    assert block().hash == hashlib.sha256(told.encode()).digest()


CHANGES: list[dict[str, Any]] = [
    {"tenant": UUID(int=5)},
    {"number": 2},
    {"kind": BlockKind.ARCHIVE},
    {"month": "2026-12"},
    {"first": 2},
    {"sealed_at": AT + timedelta(microseconds=1)},
    {"ids": [UUID(int=2), UUID(int=1)]},
    {"hashes": b"b" * 32 + b"a" * 32},
    {"ids": [UUID(int=2), UUID(int=1)], "hashes": b"b" * 32 + b"a" * 32},
    {"document": b"d" * 32},
    {"previous": b"p" * 32},
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_part_of_a_block_changes_unnoticed(change: dict[str, Any]) -> None:
    assert block_hash(block(**change)) != block().hash


def test_the_next_block_goes_on_where_this_one_ends() -> None:
    assert Head() == Head(0, 0, GENESIS)
    assert block(first=5).head == Head(1, 6, block(first=5).hash)
    archive = block(kind=BlockKind.ARCHIVE, first=5, document=b"d" * 32)
    assert archive.head == Head(1, 4, archive.hash)
