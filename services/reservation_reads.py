"""What the API reads of reservations, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """`skus`: with a line of one of them that the caller may see; `expiring_before` (excluded) is met by what is still
    PENDING alone."""

    order_ids: Sequence[str] | None = None
    status: Sequence[ReservationStatus] | None = None
    skus: Sequence[str] | None = None
    expiring_before: datetime | None = None


class ReservationReads(Protocol):
    """A vendor is given those with a line of its items, and of these what `ReservationState.seen_by` leaves."""

    async def matching(self, scope: Scope, filter: ReservationFilter, page: PageRequest) -> Page[ReservationState]:
        """Newest first."""
        ...

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, ReservationState]: ...

    async def of_orders(self, scope: Scope, orders: Sequence[str]) -> Mapping[str, ReservationState]:
        """The newest of each order; an order without any is left out."""
        ...
