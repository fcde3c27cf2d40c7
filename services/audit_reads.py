"""What is read of the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.audit import AuditEntry
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """`since` (included) and `until` (excluded) compare with the time of an entry."""

    actors: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    subject_types: Sequence[str] | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry of the audit log, and when it was written."""

    at: datetime
    entry: AuditEntry


class AuditReads(Protocol):
    async def audited(self, tenant: UUID, filter: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        """Newest first. `Page.total` is None where counting would cost too much."""
        ...

    async def audited_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, AuditRecord]: ...
