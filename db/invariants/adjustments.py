"""I9: who asks does not decide, and nothing moves before approval.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

DECIDERS = """
SELECT format('adjustment %s, asked for by %s, is %s at version %s: decided by %s at %s', id, requested_by, status,
    version, coalesce(decided_by, 'nobody'), coalesce(decided_at::text, 'no time'))
FROM adjustments
WHERE tenant_id = $1 AND (CASE status
    WHEN 'PENDING_APPROVAL' THEN decided_by IS NULL AND decided_at IS NULL AND version = 1
    WHEN 'APPLIED' THEN decided_by IS NULL AND decided_at IS NULL AND version = 1
        OR decided_by <> requested_by AND decided_at >= requested_at AND version = 2
    WHEN 'REJECTED' THEN decided_by <> requested_by AND decided_at >= requested_at AND version = 2
    WHEN 'CANCELLED' THEN decided_by = requested_by AND decided_at >= requested_at AND version = 2
    WHEN 'EXPIRED' THEN decided_by IS NULL AND decided_at >= expires_at AND version = 2
END) IS NOT TRUE
ORDER BY id LIMIT $2
"""

#: What was applied has moved once, at that moment, as it was asked and in the name of who asked or approved it; nothing
#: else has moved by hand. Entries that were archived are not missed.
MOVED = """
SELECT format('%s of %s units of %s at %s by %s at %s, for %s: %s applied (%s), %s in the ledger', lower(kind), units,
    sku, location, actor, at, coalesce(nullif(reference, ''), 'no document'), coalesce(applied, 0),
    coalesce(id, 'none'), coalesce(entries, 0))
FROM (
    SELECT sku, location, CASE WHEN quantity_counted IS NULL THEN 'ADJUSTMENT' ELSE 'COUNT' END AS kind,
        quantity_change AS units, coalesce(decided_by, requested_by) AS actor, coalesce(decided_at, requested_at) AS at,
        coalesce(reference, CASE WHEN decided_by IS NULL THEN '' ELSE id::text END) AS reference,
        count(*) AS applied, min(id::text) AS id
    FROM adjustments WHERE tenant_id = $1 AND status = 'APPLIED' GROUP BY 1, 2, 3, 4, 5, 6, 7
) AS corrections
FULL JOIN (
    SELECT sku, location, kind, on_hand_change AS units, actor, recorded_at AS at, coalesce(reference, '') AS reference,
        count(*) AS entries
    FROM ledger WHERE tenant_id = $1 AND kind IN ('ADJUSTMENT', 'COUNT') GROUP BY 1, 2, 3, 4, 5, 6, 7
) AS moved USING (sku, location, kind, units, actor, at, reference)
WHERE entries IS DISTINCT FROM applied AND CASE WHEN applied IS NULL THEN units <> 0
    ELSE at >= (SELECT coalesce(min(recorded_at), '-infinity') FROM ledger WHERE tenant_id = $1) END
ORDER BY at, sku, location LIMIT $2
"""
