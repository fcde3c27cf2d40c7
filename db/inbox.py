"""The inbox: what other systems told us, kept in the transaction that carries it out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from db.locks import lock_orders
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.orders import CALLS_OFF
from services.decisions import Delivery

#: Deliveries that were taken before.
KNOWN = """
SELECT kept.id FROM unnest($2::text[]) AS wanted (id)
CROSS JOIN LATERAL (SELECT id FROM inbox WHERE tenant_id = $1 AND inbox.id = wanted.id LIMIT 1) AS kept
"""

#: Orders that an event has called off, whatever it came to.
CALLED_OFF = """
SELECT wanted.order_id FROM unnest($2::text[]) AS wanted (order_id)
CROSS JOIN LATERAL (
    SELECT FROM inbox WHERE tenant_id = $1 AND order_id = wanted.order_id AND type = ANY ($3::text[]) LIMIT 1
) AS told
"""

_TYPES = (("id", "text"), ("type", "text"), ("order_id", "text"), ("outcome", "text"))
_NAMES = ", ".join(name for name, _ in _TYPES)

#: Deliveries with what became of them.
KEEP = Kind(
    "deliveries_kept",
    f"""
    INSERT INTO inbox (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})
    ORDER BY id RETURNING id
    """,
    len(_TYPES),
    counted=True,
)


class PostgresInbox:
    """Implements `services.ports.Inbox`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def known(self, ids: Sequence[str]) -> Collection[str]:
        return {row[0] for row in await self._transaction.read(KNOWN, list(ids))}

    async def called_off(self, orders: Collection[str]) -> Collection[str]:
        await lock_orders(self._transaction, orders)
        return {row[0] for row in await self._transaction.read(CALLED_OFF, list(orders), sorted(CALLS_OFF))}

    async def keep(self, taken: Sequence[tuple[Delivery, str]]) -> None:
        rows = [[delivery.id, delivery.type, delivery.order_id, outcome] for delivery, outcome in taken]
        await self._transaction.write(KEEP, columns_of(rows, len(_TYPES)), expected=len(rows))
