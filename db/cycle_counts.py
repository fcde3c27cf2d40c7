"""Cycle counts: locking and writing them with their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import locks
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.cycle_counts import CountLine, CycleCount, CycleCountStatus

#: What changes in the life of a cycle count.
_STATE = (("status", "text"), ("updated_at", "timestamptz"), ("version", "bigint"))
_MADE = (
    ("id", "uuid"),
    ("location", "text"),
    ("created_by", "text"),
    ("created_at", "timestamptz"),
    ("blind", "boolean"),
    ("reference", "text"),
    *_STATE,
)
_CHANGED = (("id", "uuid"), ("version_read", "bigint"), *_STATE)
_LINE = (
    ("cycle_count_id", "uuid"),
    ("number", "int"),
    ("sku", "text"),
    ("expected", "int"),
    ("counted", "int"),
    ("counted_by", "text"),
    ("counted_at", "timestamptz"),
    ("adjustment_id", "uuid"),
)
_NAMES = ", ".join(name for name, _ in _MADE)
_LINE_NAMES = ", ".join(name for name, _ in _LINE)

#: Columns of a cycle count, in the order that `cycle_count_from` takes; and of a line, for `line_from`.
COLUMNS = tuple(name for name, _ in _MADE)
LINE_COLUMNS = tuple(name for name, _ in _LINE[2:])

#: New cycle counts.
MAKE = Kind(
    "cycle_counts_made",
    f"INSERT INTO cycle_counts (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_MADE)} AS given ({_NAMES})",
    len(_MADE),
)

#: Cycle counts as they have become.
CHANGE = Kind(
    "cycle_counts_changed",
    f"""
    UPDATE cycle_counts AS cycle_count SET {", ".join(f"{name} = given.{name}" for name, _ in _STATE)}
    FROM {unnested(_CHANGED)} AS given ({", ".join(name for name, _ in _CHANGED)})
    WHERE cycle_count.tenant_id = $1 AND cycle_count.id = given.id AND cycle_count.version = given.version_read
    RETURNING cycle_count.id
    """,
    len(_CHANGED),
    counted=True,
)

#: Lines, new or as they have become.
LINES = Kind(
    "cycle_count_lines_written",
    f"""
    INSERT INTO cycle_count_lines (tenant_id, {_LINE_NAMES}) SELECT $1, {_LINE_NAMES}
    FROM {unnested(_LINE)} AS given ({_LINE_NAMES})
    ON CONFLICT (tenant_id, cycle_count_id, number) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name, _ in _LINE[3:])}
    """,
    len(_LINE),
)

#: The lines of locked cycle counts, in a statement of its own: it sees what whoever held the locks before has written.
LINES_OF = f"""
SELECT cycle_count_id, {", ".join(LINE_COLUMNS)} FROM cycle_count_lines
WHERE tenant_id = $1 AND cycle_count_id = ANY ($2::uuid[]) ORDER BY cycle_count_id, number
"""


class PostgresCycleCounts:
    """Implements `services.ports.CycleCounts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, ids: Collection[UUID]) -> Sequence[CycleCount]:
        rows = await locks.lock_cycle_counts(self._transaction, ids)
        if not rows:
            return ()
        lines: defaultdict[UUID, list[CountLine]] = defaultdict(list)
        for row in await self._transaction.read(LINES_OF, [row["id"] for row in rows]):
            lines[row[0]].append(line_from(row[1:]))
        found = [cycle_count_from(row[1:], lines[row["id"]]) for row in rows]
        for cycle_count in found:
            self._transaction.passed(cycle_count.updated_at)
        return found

    async def save(self, made: Sequence[CycleCount], changed: Sequence[tuple[CycleCount, CycleCount]]) -> None:
        if made:
            await self._transaction.write(MAKE, columns_of([_row(each) for each in made], len(_MADE)))
        if changed:
            rows = [[now.id, read.version, *_state(now)] for read, now in changed]
            await self._transaction.write(CHANGE, columns_of(rows, len(_CHANGED)), expected=len(rows))
        lines = [_line(each, n) for each in made for n in range(len(each.lines))]
        lines += [
            _line(now, n)
            for read, now in changed
            for n, (before, after) in enumerate(zip(read.lines, now.lines, strict=True))
            if before != after
        ]
        if lines:
            await self._transaction.write(LINES, columns_of(lines, len(_LINE)))


def _state(cycle_count: CycleCount) -> list[object]:
    return [cycle_count.status.value, cycle_count.updated_at, cycle_count.version]


def _row(cycle_count: CycleCount) -> list[object]:
    return [
        cycle_count.id,
        cycle_count.location,
        cycle_count.created_by,
        cycle_count.created_at,
        cycle_count.blind,
        cycle_count.reference,
        *_state(cycle_count),
    ]


def _line(cycle_count: CycleCount, number: int) -> list[object]:
    line = cycle_count.lines[number]
    said = [line.sku, line.expected, line.counted, line.counted_by, line.counted_at, line.adjustment]
    return [cycle_count.id, number, *said]


def cycle_count_from(values: Sequence[Any] | Record, lines: Sequence[CountLine]) -> CycleCount:
    """A cycle count from its columns in the order of COLUMNS."""
    id_, location, created_by, created_at, blind, reference, status, updated_at, version = values
    state = CycleCountStatus(status)
    return CycleCount(id_, location, tuple(lines), created_by, created_at, updated_at, blind, state, reference, version)


def line_from(values: Sequence[Any] | Record) -> CountLine:
    """A line from its columns in the order of LINE_COLUMNS."""
    return CountLine(*values)
