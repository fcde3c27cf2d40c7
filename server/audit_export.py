"""`audit export`: the audit log of a tenant, oldest first, a page at a time, so that it may be as long as it likes."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from random import Random
from typing import TextIO
from uuid import UUID

from db.pool import Database
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from server.moments import moment
from server.operators import done, operator
from server.settings import Settings
from services.audit import plain
from services.audit_reads import AuditFilter, AuditReads, AuditRecord
from services.reads import PageRequest

ENTRIES_AT_ONCE = 1_000
COLUMNS = ("at", "actor", "action", "subjectType", "subject", "detail", "requestId", "id")
#: What a spreadsheet takes for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")

Write = Callable[[AuditRecord], None]


async def export(
    settings: Settings, tenant: str | None, since: str | None, until: str | None, format: str, out: TextIO
) -> None:
    """Raises ValueError, whose text names the remedy. What is written meanwhile is not in it."""
    begin = moment("--from", since) if since else None
    end = moment("--to", until) if until else datetime.now(UTC)
    if begin is not None and begin >= end:
        raise ValueError("--from must lie before --to.")
    database = await Database.connect(settings.database_url, size=1)
    try:
        reads = PostgresReads(database)
        id_ = operator(tenant).tenant
        if tenant and await reads.catalog.tenant(id_) is None:
            raise ValueError(f"there is no tenant '{tenant}': see that --tenant is right.")
        await _tell(database, id_, tenant, begin, end, format)
        write = _WRITERS[format](out)
        async for record in _records(reads.audit, id_, AuditFilter(since=begin, until=end)):
            write(record)
    finally:
        await database.close()


async def _tell(
    database: Database, id_: UUID, tenant: str | None, begin: datetime | None, end: datetime, format: str
) -> None:
    """Who has taken the log away is known before any of it is."""
    told = done(tenant, "exportAuditLog", "AuditLog", tenant or "", **{"from": begin, "to": end, "format": format})
    await PostgresUnitOfWork(database, random=Random()).run(id_, lambda unit: unit.audit.add([told]))


async def _records(reads: AuditReads, tenant: UUID, filter: AuditFilter) -> AsyncIterator[AuditRecord]:
    """From the end of the list, whose first is the newest, backward to its beginning."""
    cursor = None
    while True:
        page = await reads.audited(tenant, filter, PageRequest(ENTRIES_AT_ONCE, cursor, backward=True))
        for edge in reversed(page.edges):
            yield edge.node
        if not page.has_previous:
            return
        cursor = page.edges[0].cursor


def _cells(record: AuditRecord) -> tuple[object, ...]:
    entry = record.entry
    at = plain(record.at)
    told = (entry.actor, entry.action, entry.subject_type, entry.subject, entry.detail, entry.request_id)
    return (at, *told, str(entry.id))


def _lines(out: TextIO) -> Write:
    def write(record: AuditRecord) -> None:
        out.write(json.dumps(dict(zip(COLUMNS, _cells(record), strict=True)), ensure_ascii=False) + "\n")

    return write


def _table(out: TextIO) -> Write:
    """A cell that a spreadsheet would take for a formula begins with an apostrophe: some of it strangers have sent."""
    table = csv.writer(out)
    table.writerow(COLUMNS)

    def write(record: AuditRecord) -> None:
        table.writerow([_cell(value) for value in _cells(record)])

    return write


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULAS) else text


_WRITERS: dict[str, Callable[[TextIO], Write]] = {"jsonl": _lines, "csv": _table}
