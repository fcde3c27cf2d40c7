"""What the API reads of seals, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


class Recorded(NamedTuple):
    """An entry of the ledger, and when it was recorded."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EntrySeal:
    """An entry's place in its tenant's chain, counted from 1, and its hash there."""

    sequence: int
    hash: bytes


class SealReads(Protocol):
    async def of_entries(self, tenant: UUID, entries: Sequence[Recorded]) -> Mapping[Recorded, EntrySeal]:
        """Entries that are not sealed yet are left out."""
        ...
