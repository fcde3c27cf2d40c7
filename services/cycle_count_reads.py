"""What the API reads of cycle counts, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.cycle_counts import CycleCount, CycleCountStatus
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class CycleCountFilter:
    """None: any. An empty sequence matches nothing. `skus`: with a line of one of them."""

    status: Sequence[CycleCountStatus] | None = None
    locations: Sequence[str] | None = None
    skus: Sequence[str] | None = None


class CycleCountReads(Protocol):
    """Nothing of them is shown to a vendor."""

    async def matching(self, scope: Scope, filter: CycleCountFilter, page: PageRequest) -> Page[CycleCount]:
        """Newest first."""
        ...

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, CycleCount]: ...
