"""I6: the blocks of a chain follow on one another, and each ledger entry is sealed once or waits for it.

That hashes are right is for `verify-ledger`, which computes them. Each statement takes a tenant and a number of
sentences at most.
"""

from __future__ import annotations

LINKS = """
SELECT format('block %s (from entry %s) does not follow from block %s', number, first, number_before)
FROM (
    SELECT *, lag(number, 1, 0::bigint) OVER chain AS number_before,
        lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS hash_before,
        lag(first + CASE kind WHEN 'ENTRIES' THEN cardinality(ids) ELSE 0 END, 1, 1::bigint) OVER chain AS next_before
    FROM ledger_seals WHERE tenant_id = $1 WINDOW chain AS (ORDER BY number)
) AS block
WHERE (number, previous, first) IS DISTINCT FROM (number_before + 1, hash_before, next_before)
ORDER BY number LIMIT $2
"""

#: Entries of an archived month are not here any more.
PLACES = """
SELECT format('entry %s is %s in the ledger and %s times in its seals and the feed of them', id,
    CASE WHEN entry.month IS NULL THEN 'not' ELSE 'once' END, coalesce(places, 0))
FROM (
    SELECT id, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM ledger WHERE tenant_id = $1
) AS entry
FULL JOIN (
    SELECT id, count(*) AS places FROM (
        SELECT unnest(ids) AS id FROM ledger_seals AS seal
        WHERE tenant_id = $1 AND kind = 'ENTRIES' AND NOT EXISTS (
            SELECT FROM ledger_seals AS archive
            WHERE archive.tenant_id = $1 AND archive.kind = 'ARCHIVE' AND archive.month = seal.month
        )
        UNION ALL
        SELECT unnest(entries) FROM ledger_feed WHERE tenant_id = $1
    ) AS place GROUP BY id
) AS placed USING (id)
WHERE entry.month IS NULL OR places IS DISTINCT FROM 1
ORDER BY id LIMIT $2
"""
