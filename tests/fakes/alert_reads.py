"""FakeAlertReads: alerts out of a plain list; it neither filters nor sorts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.access import Scope
from domain.alert_state import AlertState
from services.alert_reads import AlertFilter
from services.pages import Edge, Page, PageRequest


@dataclass
class FakeAlertReads:
    """`filters` holds those that were asked for, `counted` whether a total was."""

    all_alerts: list[AlertState] = field(default_factory=list[AlertState])
    filters: list[AlertFilter] = field(default_factory=list[AlertFilter])
    counted: list[bool] = field(default_factory=list[bool])

    async def matching(self, scope: Scope, filter: AlertFilter, page: PageRequest) -> Page[AlertState]:
        self.filters.append(filter)
        self.counted.append(page.counted)
        edges = [Edge(str(place), state) for place, state in enumerate(self._seen(scope)[: page.size])]
        return Page(edges, total=len(edges) if page.counted else None)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AlertState]:
        return {state.id: state for state in self._seen(scope) if state.id in ids}

    def _seen(self, scope: Scope) -> list[AlertState]:
        return [state for state in self.all_alerts if state.seen_by(scope.vendor)]
