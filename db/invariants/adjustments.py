"""I9: who asks does not decide, and nothing moves before approval.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

from domain.adjustments import REQUEST

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

#: What was approved has moved once, as it was asked, in the name of who approved it; of the rest nothing has. Entries
#: that were archived are not missed.
MOVED = f"""
SELECT format('adjustment %s of %s, %s by %s: %s entries of %s in all, made by %s',
    coalesce(moved.request, approved.id::text), coalesce(approved.sku, moved.sku),
    CASE WHEN approved.id IS NULL THEN 'not approved' ELSE 'approved' END, coalesce(approved.decided_by, 'nobody'),
    coalesce(entries, 0), coalesce(units, 0), coalesce(actor, 'nobody'))
FROM (
    SELECT * FROM adjustments WHERE tenant_id = $1 AND status = 'APPLIED' AND decided_by IS NOT NULL
) AS approved
FULL JOIN (
    SELECT reference AS request, count(*) AS entries, sum(on_hand_change) AS units, min(actor) AS actor,
        min(sku) AS sku, min(location) AS location
    FROM ledger WHERE tenant_id = $1 AND reference_type = '{REQUEST}' GROUP BY reference
) AS moved ON moved.request = approved.id::text
WHERE (entries, units, moved.sku, moved.location, actor)
    IS DISTINCT FROM (1, approved.quantity_change, approved.sku, approved.location, approved.decided_by)
    AND (moved.request IS NOT NULL
        OR approved.decided_at >= (SELECT coalesce(min(recorded_at), '-infinity') FROM ledger WHERE tenant_id = $1))
ORDER BY coalesce(moved.request, approved.id::text) LIMIT $2
"""
