"""FakeTransferReads: transfers out of a plain list; it neither filters nor sorts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.access import Scope
from domain.transfer_state import TransferState
from services.pages import Edge, Page, PageRequest
from services.transfer_reads import TransferFilter


@dataclass
class FakeTransferReads:
    """`filters` holds those that were asked for."""

    all_transfers: list[TransferState] = field(default_factory=list[TransferState])
    filters: list[TransferFilter] = field(default_factory=list[TransferFilter])

    async def matching(self, scope: Scope, filter: TransferFilter, page: PageRequest) -> Page[TransferState]:
        self.filters.append(filter)
        edges = [Edge(str(place), state) for place, state in enumerate(self._seen(scope)[: page.size])]
        return Page(edges, total=len(edges) if page.counted else None)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, TransferState]:
        return {state.id: state for state in self._seen(scope) if state.id in ids}

    def _seen(self, scope: Scope) -> list[TransferState]:
        return [state for state in self.all_transfers if scope.vendor in (None, state.item.vendor)]
