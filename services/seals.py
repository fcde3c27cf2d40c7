"""Seals: the chain of blocks in which a tenant's ledger entries are sealed, and what is hashed of each.

Everything that is hashed is written as a JSON array by RFC 8785 (no spaces, UTF-8) and hashed with SHA-256, so that
anybody can do the same with what an export or an archive shows; docs/ledger.md tells it in full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

ENTRY_FORMAT = "stockcast ledger entry 1"
BLOCK_FORMAT = "stockcast ledger block 1"
HASH_BYTES = 32
#: Of an entry's hash: enough to tell one that was changed from one that is as it was.
MARK_BYTES = 4
#: What the first block follows.
GENESIS = bytes(HASH_BYTES)
#: In place of the hash of an entry that was gone when it was to be sealed.
GONE = bytes(HASH_BYTES)

#: What is hashed of an entry, after the format and the tenant.
ENTRY_FIELDS = (
    *("id", "sku", "location", "level_version", "kind", "occurred_at", "recorded_at"),
    *("on_hand_change", "allocated_change", "unavailable_change", "incoming_change"),
    *("on_hand_after", "allocated_after", "unavailable_after", "incoming_after"),
    *("unit_cost", "currency", "actor", "reason_code", "note", "reference_type", "reference"),
)

#: An entry as the values of ENTRY_FIELDS.
Entry = Iterable[Any]


class BlockKind(StrEnum):
    """What a block seals."""

    ENTRIES = "ENTRIES"
    #: The archive of a month, and with it the opening balances that stand in its place.
    ARCHIVE = "ARCHIVE"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a tenant's chain ends: `sequence` entries in `number` blocks."""

    number: int = 0
    sequence: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Block:
    """A link of a tenant's chain: ids and hashes of things of one month (`2026-11`), in their order.

    `first` is the sequence of its first entry; `document` the hash of an archive.
    """

    tenant: UUID
    number: int
    kind: BlockKind
    month: str
    first: int
    sealed_at: datetime
    ids: Sequence[UUID]
    hashes: bytes
    document: bytes | None
    previous: bytes
    hash: bytes = b""

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def sealed(self) -> Iterator[tuple[UUID, bytes]]:
        """Ids with their hashes."""
        for n, id_ in enumerate(self.ids):
            yield id_, self.hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]

    @property
    def head(self) -> Head:
        """Where the chain ends with this block. An archive seals no entries: they have their places already."""
        entries = self.count if self.kind is BlockKind.ENTRIES else 0
        return Head(self.number, self.first + entries - 1, self.hash)

    def closed(self) -> Block:
        """With the hash that follows from all else."""
        return replace(self, hash=block_hash(self))


@dataclass(frozen=True, slots=True)
class KnownBlock:
    """What is known of a block outside the database: its hash, the ids of its entries, and the first MARK_BYTES of the
    hash of each."""

    number: int
    first: int
    hash: bytes
    ids: Sequence[UUID]
    marks: bytes

    @property
    def marked(self) -> Iterator[tuple[UUID, bytes]]:
        """Ids with their marks."""
        for n, id_ in enumerate(self.ids):
            yield id_, self.marks[n * MARK_BYTES : (n + 1) * MARK_BYTES]


def block_hash(block: Block) -> bytes:
    """Of everything in a block but its own hash."""
    things = hashlib.sha256(b"".join(id_.bytes + hash_ for id_, hash_ in block.sealed)).hexdigest()
    return _hash(
        [
            *(BLOCK_FORMAT, str(block.tenant), block.number, block.kind.value, block.month, block.first, block.count),
            *(time_of(block.sealed_at), things, block.document and block.document.hex(), block.previous.hex()),
        ]
    )


def entry_bytes(tenant: str, entry: Entry) -> bytes:
    """What is hashed of an entry."""
    id_, sku, location, version, kind, occurred_at, recorded_at, *rest = entry
    quantities, unit_cost, more = rest[:8], rest[8], rest[9:]
    cost = None if unit_cost is None else money_of(unit_cost)
    recorded = time_of(recorded_at)
    times = recorded if occurred_at == recorded_at else time_of(occurred_at), recorded
    return orjson.dumps(
        [ENTRY_FORMAT, tenant, str(id_), sku, location, version, kind, *times, *quantities, cost, *more]
    )


def entry_hash(tenant: str, entry: Entry) -> bytes:
    return hashlib.sha256(entry_bytes(tenant, entry)).digest()


def time_of(moment: datetime) -> str:
    """RFC 3339 in UTC, with six digits of a second."""
    return _in_utc(moment).isoformat(timespec="microseconds")[:-6] + "Z"


def month_of(moment: datetime) -> str:
    """The month of UTC, such as 2026-11."""
    at = _in_utc(moment)
    return f"{at.year:04}-{at.month:02}"


def _in_utc(moment: datetime) -> datetime:
    """As databases tell it already."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def money_of(amount: Decimal) -> str:
    """With the decimal places that it was given, never with an exponent."""
    return format(amount, "f")


def _hash(values: Sequence[object]) -> bytes:
    return hashlib.sha256(orjson.dumps(values)).digest()
