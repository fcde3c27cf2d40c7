"""Strangers: another tenant with the same goods, and something of each kind that has an id."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.access import Caller, Role
from domain.movements import Adjust
from domain.strategies import Want
from domain.tenants import Tenant
from services.cycle_counts import CreateCycleCount, create_cycle_count
from services.group_commit import GroupCommit
from services.ports import UnitOfWork
from services.reservations import ReserveStock, reserve_stock
from services.stock import MoveStock, move_stock
from services.transfers import TransferStock, move_transfer
from tests.conformance.write_model.world import UNITS_OVER, counting_ids


async def moved_in(tenant: Tenant, commits: GroupCommit, units: UnitOfWork) -> Mapping[str, UUID]:
    """The ids of what they have: all of it goes on, so that whoever could reach it could change it."""
    caller = Caller(tenant.id, tenant.slug, f"admin@{tenant.slug}", frozenset({Role.ADMIN}))
    found = Adjust(sku="A", location="MAIN", change=UNITS_OVER + 1, reason_code="found")
    asked = await move_stock(MoveStock("A-1", (found,), "adjustStock"), caller, commits)
    reserved = await reserve_stock("R-1", ReserveStock("O-1", (Want("A", "MAIN", 1),)), caller, commits)
    sent = await move_transfer("T-1", TransferStock("A", "MAIN", "WEST", 1), caller, commits)
    listed = await create_cycle_count("C-1", CreateCycleCount("MAIN", ("A", "B")), caller, units, counting_ids)
    made = {
        "adjustment": asked.adjustment,
        "reservation": reserved.reservation,
        "transfer": sent.transfer,
        "cycle_count": listed.cycle_count,
    }
    return {kind: id_ for kind, id_ in made.items() if id_ is not None}
