"""The outbox: its rows lie in the shard of their key, and the versions of one thing rise in the order of sending.

Each statement takes a tenant.
"""

from __future__ import annotations

#: A number of sentences at most, too.
ORDER = """
SELECT format('outbox row %s tells version %s of %s after version %s', id, version, aggregate_id, version_before)
FROM (
    SELECT *, lag(version) OVER (PARTITION BY aggregate_id ORDER BY id) AS version_before
    FROM outbox WHERE tenant_id = $1
) AS row
WHERE version <= version_before ORDER BY id LIMIT $2
"""

#: Each key with the shard in which its rows lie.
KEYS = "SELECT DISTINCT key, shard FROM outbox WHERE tenant_id = $1"
