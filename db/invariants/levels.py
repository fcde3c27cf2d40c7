"""I1 and I2 of levels: each is the sum of its ledger entries, and nothing is below zero.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

#: What stands for a level's archived entries, all of them.
_OPENINGS = """
WITH opening AS (
    SELECT DISTINCT ON (sku, location) * FROM ledger_openings WHERE tenant_id = $1 ORDER BY sku, location, month DESC
)
"""

SUMS = f"""{_OPENINGS}
SELECT format('%s at %s: the level is (%s, %s, %s, %s), its entries add up to (%s, %s, %s, %s)', sku, location,
    level.on_hand, level.allocated, level.unavailable, level.incoming,
    entries.on_hand, entries.allocated, entries.unavailable, entries.incoming)
FROM (
    SELECT sku, location, on_hand, allocated, unavailable, incoming FROM stock_levels WHERE tenant_id = $1
) AS level
FULL JOIN (
    SELECT sku, location, sum(on_hand_change) AS on_hand, sum(allocated_change) AS allocated,
        sum(unavailable_change) AS unavailable, sum(incoming_change) AS incoming
    FROM (
        SELECT sku, location, on_hand_change, allocated_change, unavailable_change, incoming_change
        FROM ledger WHERE tenant_id = $1
        UNION ALL SELECT sku, location, on_hand, allocated, unavailable, incoming FROM opening
    ) AS change GROUP BY sku, location
) AS entries USING (sku, location)
WHERE (level.on_hand, level.allocated, level.unavailable, level.incoming) IS DISTINCT FROM
    (coalesce(entries.on_hand, 0), coalesce(entries.allocated, 0), coalesce(entries.unavailable, 0),
        coalesce(entries.incoming, 0))
ORDER BY sku, location LIMIT $2
"""

LAST = """
SELECT format(
    '%s at %s: the level is (%s, %s, %s, %s) at version %s, its last entry says (%s, %s, %s, %s) at version %s',
    sku, location, level.on_hand, level.allocated, level.unavailable, level.incoming, level.version,
    last.on_hand_after, last.allocated_after, last.unavailable_after, last.incoming_after, last.level_version)
FROM stock_levels AS level JOIN (
    SELECT DISTINCT ON (sku, location) * FROM ledger WHERE tenant_id = $1 ORDER BY sku, location, level_version DESC
) AS last USING (sku, location)
WHERE level.tenant_id = $1 AND (
    (level.on_hand, level.allocated, level.unavailable, level.incoming) IS DISTINCT FROM
        (last.on_hand_after, last.allocated_after, last.unavailable_after, last.incoming_after)
    OR last.level_version > level.version)
ORDER BY sku, location LIMIT $2
"""

STEPS = f"""{_OPENINGS}
SELECT format('%s at %s: entry %s of version %s does not follow from the one before it',
    sku, location, id, level_version)
FROM (
    SELECT *, lag(level_version) OVER place AS version_before, lag(recorded_at) OVER place AS recorded_before,
        coalesce(lag(on_hand_after) OVER place, 0) AS on_hand,
        coalesce(lag(allocated_after) OVER place, 0) AS allocated,
        coalesce(lag(unavailable_after) OVER place, 0) AS unavailable,
        coalesce(lag(incoming_after) OVER place, 0) AS incoming
    FROM (
        SELECT id, sku, location, level_version, recorded_at, on_hand_change, allocated_change, unavailable_change,
            incoming_change, on_hand_after, allocated_after, unavailable_after, incoming_after
        FROM ledger WHERE tenant_id = $1
        UNION ALL
        SELECT entry_id, sku, location, level_version, recorded_at, NULL, NULL, NULL, NULL, on_hand, allocated,
            unavailable, incoming
        FROM opening
    ) AS change WINDOW place AS (PARTITION BY sku, location ORDER BY level_version, id)
) AS entry
WHERE on_hand_change IS NOT NULL AND (level_version = version_before OR recorded_at < recorded_before OR
    (on_hand + on_hand_change, allocated + allocated_change, unavailable + unavailable_change,
        incoming + incoming_change)
    IS DISTINCT FROM (on_hand_after, allocated_after, unavailable_after, incoming_after))
ORDER BY sku, location, level_version LIMIT $2
"""

NEGATIVE = """
SELECT format('%s at %s: (%s, %s, %s, %s) holds less than nothing', sku, location,
    on_hand, allocated, unavailable, incoming)
FROM (
    SELECT sku, location, on_hand, allocated, unavailable, incoming FROM stock_levels WHERE tenant_id = $1
    UNION ALL
    SELECT sku, location, on_hand_after, allocated_after, unavailable_after, incoming_after
    FROM ledger WHERE tenant_id = $1
) AS balance
WHERE least(on_hand, allocated, unavailable, incoming, on_hand - allocated - unavailable) < 0
ORDER BY sku, location LIMIT $2
"""
