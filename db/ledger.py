"""The ledger's rows: entries as they are inserted and read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.identity import uuid7
from domain.ledger import Cause, LedgerEntry, LedgerKind, Quantities, Stamp
from domain.stock import StockLevel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: The year 9999.
_MILLISECONDS_MAX = 253_370_764_800_000
#: Of a version, in an id.
_LOW_BITS = 0xFFF
_TAIL = (1 << 62) - 1
#: By one statement.
ENTRIES_AT_ONCE = 5_000

_TYPES = (
    ("recorded_at", "timestamptz"),
    ("id", "uuid"),
    ("sku", "text"),
    ("location", "text"),
    ("level_version", "bigint"),
    ("occurred_at", "timestamptz"),
    ("kind", "text"),
    ("on_hand_change", "int"),
    ("allocated_change", "int"),
    ("unavailable_change", "int"),
    ("incoming_change", "int"),
    ("on_hand_after", "int"),
    ("allocated_after", "int"),
    ("unavailable_after", "int"),
    ("incoming_after", "int"),
    ("unit_cost", "numeric"),
    ("currency", "text"),
    ("actor", "text"),
    ("reason_code", "text"),
    ("note", "text"),
    ("reference_type", "text"),
    ("reference", "text"),
)
_NAMES = ", ".join(name for name, _ in _TYPES)
_ID = [name for name, _ in _TYPES].index("id")

#: Columns of an entry without id and place, in the order that `entry_from` takes.
COLUMNS = tuple(name for name, _ in _TYPES if name not in ("id", "sku", "location"))

#: Add entries.
ADD = Kind(
    "entries_added",
    f"INSERT INTO ledger (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})",
    len(_TYPES),
)

#: Let them be sealed: a row for all of them, which comes with their transaction's commit, whenever that is.
FEED = Kind("entries_fed", "INSERT INTO ledger_feed (tenant_id, entries) VALUES ($1, {0}::uuid[])", 1)


def entry_id(level: UUID, entry: LedgerEntry) -> UUID:
    """An entry's id follows from its level and version, and holds the millisecond of recorded_at.

    So entries of one moment sort by version, and an id alone leads to the row by the primary key (`recorded_within`).
    """
    return _id((entry.stamp.recorded_at - _EPOCH) // _MILLISECOND, level, entry.level_version)


def _id(milliseconds: int, level: UUID, version: int) -> UUID:
    return uuid7(milliseconds, (version & _LOW_BITS) << 62 | _tail(level, version))


def _tail(level: UUID, version: int) -> int:
    """The last bits of an entry's id, whenever it was recorded."""
    digest = hashlib.sha256(level.bytes + version.to_bytes(8, "big")).digest()
    return int.from_bytes(digest[:8], "big") >> 2


class Unplaced:
    """Ids of which no entry is in the ledger, so that levels can be asked, one after the other, which are theirs."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        tails: dict[int, dict[int, set[UUID]]] = {}
        for id_ in ids:
            lowest = (id_.int >> 64) & _LOW_BITS or _LOW_BITS + 1
            tails.setdefault(lowest, {}).setdefault(id_.int & _TAIL, set()).add(id_)
        #: By the lowest version that they can be of.
        self._tails = sorted(tails.items())

    def of(self, level: UUID, newest: int) -> Iterator[UUID]:
        """Those that follow from a version which the level has had."""
        for lowest, tails in self._tails:
            if lowest > newest:
                return
            for version in range(lowest, newest + 1, _LOW_BITS + 1):
                yield from tails.get(_tail(level, version), ())


def version_of(id_: UUID, level: UUID, newest: int) -> int | None:
    """The version of the level whose entry has this id, though the entry be gone; None: it is another level's."""
    milliseconds, low = id_.int >> 80, (id_.int >> 64) & _LOW_BITS
    candidates = range(low or _LOW_BITS + 1, newest + _LOW_BITS + 2, _LOW_BITS + 1)
    return next((version for version in candidates if _id(milliseconds, level, version) == id_), None)


def is_entry_id(id_: UUID) -> bool:
    """Whether an id can be an entry's: of version 7, of a time that a database can hold."""
    return id_.version == 7 and (id_.int >> 80) < _MILLISECONDS_MAX


def recorded_within(id_: UUID) -> datetime:
    """The start of the millisecond in which the entry with this id was recorded."""
    return _EPOCH + (id_.int >> 80) * _MILLISECOND


async def add(transaction: Transaction, levels: Iterable[StockLevel]) -> None:
    """Write the entries that the levels have gained."""
    rows = [_row(level, entry) for level in levels for entry in level.entries]
    for start in range(0, len(rows), ENTRIES_AT_ONCE):
        columns = columns_of(rows[start : start + ENTRIES_AT_ONCE], len(_TYPES))
        await transaction.write(ADD, columns)
        await transaction.write(FEED, [columns[_ID]])


def _row(level: StockLevel, entry: LedgerEntry) -> list[object]:
    change, after, cause = entry.change, entry.after, entry.cause
    return [
        entry.stamp.recorded_at,
        entry_id(level.id, entry),
        level.sku,
        level.location,
        entry.level_version,
        entry.stamp.occurred_at,
        entry.kind.value,
        *(change.on_hand, change.allocated, change.unavailable, change.incoming),
        *(after.on_hand, after.allocated, after.unavailable, after.incoming),
        entry.unit_cost,
        entry.currency,
        cause.actor,
        cause.reason_code,
        cause.note,
        cause.reference_type,
        cause.reference,
    ]


def entry_from(values: Sequence[Any]) -> LedgerEntry:
    """An entry from its columns in the order of COLUMNS."""
    recorded_at, version, occurred_at, kind, *quantities = values[:12]
    unit_cost, currency, actor, reason_code, note, reference_type, reference = values[12:]
    return LedgerEntry(
        LedgerKind(kind),
        Quantities(*quantities[:4]),
        Quantities(*quantities[4:]),
        version,
        Cause(actor, reason_code, note, reference_type, reference),
        Stamp(occurred_at, recorded_at),
        unit_cost,
        currency,
    )
