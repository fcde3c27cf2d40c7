"""Tenants: their columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from db.transaction import Transaction
from db.writes import Kind
from domain.tenants import Tenant

#: In the order of Tenant's fields.
COLUMNS = ("tenant_id", "slug", "name", "time_zone", "currency", "default_location")

#: Make one that is not there: a row if it was not.
MAKE = Kind(
    "tenant_made",
    f"""
    INSERT INTO tenants ({", ".join(COLUMNS)}) VALUES ($1, {{0}}, {{1}}, {{2}}, {{3}}, {{4}})
    ON CONFLICT (tenant_id) DO NOTHING RETURNING tenant_id
    """,
    5,
)

ONE = f"SELECT {', '.join(COLUMNS)} FROM tenants WHERE tenant_id = $1"


def tenant_from(values: Iterable[Any]) -> Tenant:
    """A tenant from its columns in the order of COLUMNS."""
    return Tenant(*values)


def arguments_of(tenant: Tenant) -> list[object]:
    """Those of MAKE."""
    return [tenant.slug, tenant.name, tenant.time_zone, tenant.currency, tenant.default_location]


async def tenant_of(transaction: Transaction) -> Tenant:
    """The tenant of a transaction. Raises LookupError where it was never made."""
    rows = await transaction.read(ONE)
    if not rows:
        raise LookupError(f"there is no tenant {transaction.tenant}")
    return tenant_from(rows[0])
