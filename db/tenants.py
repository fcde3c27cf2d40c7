"""Tenants: their columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from db.transaction import Transaction
from domain.tenants import Tenant

#: In the order of Tenant's fields.
COLUMNS = ("tenant_id", "slug", "name", "time_zone", "currency", "default_location")

ONE = f"SELECT {', '.join(COLUMNS)} FROM tenants WHERE tenant_id = $1"


def tenant_from(values: Iterable[Any]) -> Tenant:
    """A tenant from its columns in the order of COLUMNS."""
    return Tenant(*values)


async def tenant_of(transaction: Transaction) -> Tenant:
    """The tenant of a transaction. Raises LookupError where it was never made."""
    rows = await transaction.read(ONE)
    if not rows:
        raise LookupError(f"there is no tenant {transaction.tenant}")
    return tenant_from(rows[0])
