"""The audit log: who did what, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.audit_log import COLUMNS, entry_from
from db.pool import Database
from db.read_models.filters import listed, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import moment, named, one, tenant, texts, uuids, within
from db.tables import audit_log
from services.audit_reads import AuditFilter, AuditRecord
from services.reads import Page, PageRequest

#: Above this the total is not told.
COUNT_MAX = 10_000

_entry = audit_log.c


def _record_from(row: Sequence[Any]) -> AuditRecord:
    return AuditRecord(row[0], entry_from(row[1:]))


_entries = Listing(
    sa.select(_entry.recorded_at, *named(audit_log, COLUMNS)).where(_entry.tenant_id == tenant()),
    {
        "actors": within(_entry.actor, texts("actors")),
        "actions": within(_entry.action, texts("actions")),
        "subject_types": within(_entry.subject_type, texts("subject_types")),
        "subject": _entry.subject == one("subject"),
        "since": _entry.recorded_at >= moment("since"),
        "until": _entry.recorded_at < moment("until"),
        "ids": within(_entry.id, uuids("ids")),
    },
    _record_from,
    COUNT_MAX,
)
_NEWEST_FIRST = Order("AUDIT", (_entry.recorded_at, _entry.id), (datetime, UUID), falling=True)


class PostgresAuditReads:
    """Implements `services.reads.AuditReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def audited(self, tenant: UUID, filter: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        wanted = stated(
            actors=listed(filter.actors),
            actions=listed(filter.actions),
            subject_types=listed(filter.subject_types),
            subject=filter.subject,
            since=filter.since,
            until=filter.until,
        )
        return await _entries.page(self._database, tenant, wanted, _NEWEST_FIRST, page)

    async def audited_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, AuditRecord]:
        found = await _entries.all(self._database, tenant, {"ids": list(ids)})
        return {record.entry.id: record for record in found}
