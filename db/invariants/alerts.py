"""Alerts: each level names those of its own that stand, and none is missing where its stock calls for one.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

_NAMED = """
SELECT sku, location, stock_alert AS id, alert_kind AS kind FROM stock_levels
WHERE tenant_id = $1 AND stock_alert IS NOT NULL
UNION ALL
SELECT sku, location, stale_alert, 'STALE' FROM stock_levels WHERE tenant_id = $1 AND stale_alert IS NOT NULL
"""

STANDING = f"""
SELECT format('%s at %s: alert %s stands as %s, the level says %s', sku, location, id, coalesce(alert.kind, 'none'),
    coalesce(level.kind, 'none'))
FROM ({_NAMED}) AS level
FULL JOIN (
    SELECT sku, location, id, kind FROM alerts WHERE tenant_id = $1 AND status <> 'RESOLVED'
) AS alert USING (sku, location, id)
WHERE alert.kind IS DISTINCT FROM level.kind
ORDER BY sku, location, id LIMIT $2
"""

#: The rest of the rule has a memory: what had an alert may keep it a little longer.
MISSING = """
SELECT format('%s at %s: %s available, low at %s, and no alert', sku, location, available, low_at)
FROM (
    SELECT sku, location, stock_alert, on_hand - allocated - unavailable AS available,
        coalesce(low_stock_threshold, reorder_point) AS low_at
    FROM stock_levels WHERE tenant_id = $1
) AS level
JOIN items AS item USING (sku)
WHERE item.tenant_id = $1 AND item.archived_at IS NULL AND available <= low_at AND stock_alert IS NULL
ORDER BY sku, location LIMIT $2
"""
