"""I7: an idempotency key has one effect, which is there.

That a key is kept once is its primary key. Of two effects of one key the second bears no key, so it is not seen here.
Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

_NAMED = """
SELECT format('the key %s of %s (%s) made {thing} %s, which is not there', key, subject, operation,
    decision ->> '{thing}')
FROM decisions LEFT JOIN {thing}s AS thing
    ON thing.tenant_id = $1 AND thing.id = (decisions.decision ->> '{thing}')::uuid
WHERE decisions.tenant_id = $1 AND decision ->> '{thing}' IS NOT NULL AND thing.id IS NULL
ORDER BY subject, operation, key LIMIT $2
"""

#: What a decision names exists.
RESERVATIONS = _NAMED.format(thing="reservation")
ADJUSTMENTS = _NAMED.format(thing="adjustment")
TRANSFERS = _NAMED.format(thing="transfer")

#: No correction belongs to two keys.
TWICE = """
SELECT format('%s keys made adjustment %s', count(*), decision ->> 'adjustment') FROM decisions
WHERE tenant_id = $1 AND decision ->> 'adjustment' IS NOT NULL
GROUP BY decision ->> 'adjustment' HAVING count(*) > 1 ORDER BY decision ->> 'adjustment' LIMIT $2
"""

#: Each step of a reservation that was carried out under a key has made a version.
STEPS = """
SELECT format('reservation %s is at version %s, but %s keys have changed it since it was made', id, version, steps)
FROM reservations JOIN (
    SELECT (decision ->> 'reservation')::uuid AS id, count(*) AS steps FROM decisions
    WHERE tenant_id = $1 AND decision ->> 'reservation' IS NOT NULL AND decision -> 'refusals' IS NULL
        AND operation IN ('confirmReservation', 'commitReservation', 'releaseReservation', 'extendReservation')
    GROUP BY 1
) AS keyed USING (id)
WHERE tenant_id = $1 AND version <= steps ORDER BY id LIMIT $2
"""
