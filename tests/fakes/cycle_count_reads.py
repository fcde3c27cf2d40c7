"""FakeCycleCountReads: cycle counts out of a plain list; it neither filters nor sorts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.access import Scope
from domain.cycle_counts import CycleCount
from services.cycle_count_reads import CycleCountFilter
from services.pages import Edge, Page, PageRequest


@dataclass
class FakeCycleCountReads:
    all_cycle_counts: list[CycleCount] = field(default_factory=list[CycleCount])

    async def matching(self, scope: Scope, filter: CycleCountFilter, page: PageRequest) -> Page[CycleCount]:
        edges = [Edge(str(place), each) for place, each in enumerate(self._seen(scope)[: page.size])]
        return Page(edges, total=len(edges) if page.counted else None)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, CycleCount]:
        return {each.id: each for each in self._seen(scope) if each.id in ids}

    def _seen(self, scope: Scope) -> list[CycleCount]:
        return self.all_cycle_counts if scope.vendor is None else []
