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
from db.read_models.listing import UNFORESEEN, Listing, Order, bounded, paged
from db.read_models.statements import moment, named, one, tenant, texts, uuids, within
from db.tables import audit_log
from services.audit_reads import AuditFilter, AuditRecord
from services.reads import Page, PageRequest

#: Above this the total is not told.
COUNT_MAX = 10_000

_entry = audit_log.c


def _record_from(row: Sequence[Any]) -> AuditRecord:
    return AuditRecord(row[0], entry_from(row[1:]))


#: Conditions whose values an index holds the entries of, each in the order of time, with its column.
_INDEXED = {"actors": "actor", "actions": "action"}


def _walked(
    listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool
) -> sa.Select[Any]:
    """A page of each value that is asked for, and of these the newest: so it costs what it shows, also where there is
    nothing. What else is asked of an entry is looked at as it comes; few entries have one subject."""
    by = next((name for name in _INDEXED if name in names), None)
    if by is None or "subject" in names:
        return paged(listing, names, order, backward, continued)
    column = _INDEXED[by]
    values = sa.func.unnest(texts(by)).table_valued(column).render_derived("given")
    keys = sa.select(sa.collate(values.c[column], "C").label(column)).distinct().subquery("keys")
    inner = listing.narrowed(names - {by}).where(_entry[column] == keys.c[column]).correlate(keys)
    each = bounded(inner, order, backward, continued, size=UNFORESEEN).lateral("each")
    shown = sa.select(each, *(each.c[key.name].label(f"key_{key.name}") for key in order.columns))
    return bounded(shown.join_from(keys, each, sa.true()), order, backward, False, of=each)


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
    _walked,
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
