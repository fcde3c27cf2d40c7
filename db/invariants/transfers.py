"""I1 of transfers: what is on its way to a level is what it has incoming, and each is in the state that its units tell.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

#: Level by level. Nothing else is incoming yet.
INCOMING = """
SELECT format('%s at %s: %s incoming, %s on the way', sku, location, coalesce(level.incoming, 0),
    coalesce(coming.units, 0))
FROM (
    SELECT sku, location, incoming FROM stock_levels WHERE tenant_id = $1 AND incoming <> 0
) AS level
FULL JOIN (
    SELECT sku, destination AS location, sum(quantity - received) AS units FROM transfers
    WHERE tenant_id = $1 AND status = 'IN_TRANSIT' GROUP BY sku, destination
) AS coming USING (sku, location)
WHERE coalesce(level.incoming, 0) <> coalesce(coming.units, 0)
ORDER BY sku, location LIMIT $2
"""

STATUS = """
SELECT format('transfer %s is %s: %s of %s received', id, status, received, quantity) FROM transfers
WHERE tenant_id = $1 AND (received NOT BETWEEN 0 AND quantity OR (status = 'RECEIVED') <> (received = quantity))
ORDER BY id LIMIT $2
"""
