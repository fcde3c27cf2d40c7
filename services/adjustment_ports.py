"""What a unit of work keeps of corrections by hand, as `services.ports` has it of all else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from domain.adjustments import Adjustment


class Adjustments(Protocol):
    async def lock(self, ids: Collection[UUID]) -> Sequence[Adjustment]:
        """The adjustments of these ids, locked in the one order; those that are not there are left out."""
        ...

    async def pending(self) -> Mapping[str, int]:
        """How many of the tenant's wait for approval, by who asked. Locks nothing."""
        ...

    async def pending_of(self, vendors: Collection[str]) -> Mapping[str, int]:
        """How many wait for approval of each of these vendors' items, whoever asked. Locks nothing."""
        ...

    async def withdrawn(self, requesters: Collection[str]) -> Mapping[str, int]:
        """How many requests each of these has withdrawn in the last 24 hours. Locks nothing."""
        ...

    async def counted_later(self, counts: Collection[Adjustment]) -> Sequence[Adjustment]:
        """The counts that stand (`domain.adjustments.STANDING`), each of a level that one of these counted before.
        Locks nothing; to be asked by who holds the levels."""
        ...

    async def save(self, made: Collection[Adjustment], changed: Collection[tuple[Adjustment, Adjustment]]) -> None:
        """Write new ones, and those that changed, each as it was read and as it is. Where the approval policy that let
        new ones through, or held them back, is another one by now, the work runs again."""
        ...
