"""What the API reads of transfers, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.transfer_state import TransferState
from domain.transfers import TransferStatus
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """None: any. An empty sequence matches nothing. `origins` and `destinations` are codes of locations."""

    skus: Sequence[str] | None = None
    origins: Sequence[str] | None = None
    destinations: Sequence[str] | None = None
    status: Sequence[TransferStatus] | None = None
    reference: str | None = None


class TransferReads(Protocol):
    """A vendor is given those of its own items."""

    async def matching(self, scope: Scope, filter: TransferFilter, page: PageRequest) -> Page[TransferState]:
        """Newest first."""
        ...

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, TransferState]: ...
