"""What the API reads of alerts, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.alert_state import AlertState
from domain.alerts import AlertKind, AlertStatus
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """None: any. An empty sequence matches nothing."""

    kinds: Sequence[AlertKind] | None = None
    status: Sequence[AlertStatus] | None = None
    skus: Sequence[str] | None = None
    locations: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    vendors: Sequence[str] | None = None


class AlertReads(Protocol):
    """A vendor is given those of its own items. What remains of one that stands is what its level has now."""

    async def matching(self, scope: Scope, filter: AlertFilter, page: PageRequest) -> Page[AlertState]:
        """Newest first."""
        ...

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AlertState]: ...
