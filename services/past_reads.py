"""What the API reads of the past: levels as of a moment, as far as the ledger goes back.

What had happened by a moment is told by `occurred_at`, as in reports: what was recorded late counts where it happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.levels import PastLevel
from domain.places import Place
from services.level_filter import LevelFilter
from services.pages import Page, PageRequest


class Archived(Exception):
    """The months of that time lie in archives: stock can be told from `since` on."""

    def __init__(self, since: datetime) -> None:
        super().__init__(f"archived up to {since}")
        self.since = since


class PastReads(Protocol):
    """Each raises Archived where the answer would need what lies in an archive. A level that there was not yet is left
    out."""

    async def levels(self, scope: Scope, filter: LevelFilter, page: PageRequest, at: datetime) -> Page[PastLevel]:
        """By SKU and location. `filter` asks for nothing that stock changes: no `status`, nothing stale."""
        ...

    async def levels_at(self, scope: Scope, places: Sequence[Place], at: datetime) -> Mapping[Place, PastLevel]: ...

    async def levels_of(self, scope: Scope, skus: Sequence[str], at: datetime) -> Mapping[str, Sequence[PastLevel]]:
        """All levels of each SKU, by location; a SKU without any is left out."""
        ...

    async def levels_by_id(self, scope: Scope, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, PastLevel]: ...
