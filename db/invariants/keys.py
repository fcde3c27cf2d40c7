"""I7: an idempotency key has one effect, which is there.

That a key is kept once is its primary key. Of two effects of one key the second bears no key, so it is not seen here.
Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

_DECISIONS = "SELECT subject, operation, key, decision FROM decisions WHERE tenant_id = $1"
#: Those of the lines of a batch, too.
_DECIDED = f"""({_DECISIONS} UNION ALL
    SELECT subject, operation, key, line FROM ({_DECISIONS}) AS batch
    CROSS JOIN jsonb_array_elements(decision -> 'lines') AS line
)"""
_NAMED = """
SELECT format('the key %s of %s (%s) made {thing} %s, which is not there', key, subject, operation,
    decision ->> '{thing}')
FROM {decided} AS decided LEFT JOIN {thing}s AS thing
    ON thing.tenant_id = $1 AND thing.id = (decided.decision ->> '{thing}')::uuid
WHERE decision ->> '{thing}' IS NOT NULL AND thing.id IS NULL
ORDER BY subject, operation, key LIMIT $2
"""
_VERDICTS = "('approveAdjustment', 'rejectAdjustment', 'cancelAdjustment')"

#: What a decision names exists.
RESERVATIONS = _NAMED.format(thing="reservation", decided=_DECIDED)
ADJUSTMENTS = _NAMED.format(thing="adjustment", decided=_DECIDED)
TRANSFERS = _NAMED.format(thing="transfer", decided=_DECIDED)
CYCLE_COUNTS = _NAMED.format(thing="cycle_count", decided=_DECIDED)

#: No correction was made under two keys, or in two lines of one.
TWICE = f"""
SELECT format('%s keys made adjustment %s', count(*), decision ->> 'adjustment') FROM {_DECIDED} AS decided
WHERE decision ->> 'adjustment' IS NOT NULL AND operation NOT IN {_VERDICTS}
GROUP BY decision ->> 'adjustment' HAVING count(*) > 1 ORDER BY decision ->> 'adjustment' LIMIT $2
"""

#: A request is ended under one key at most, in the way that its operation says.
VERDICTS = f"""
SELECT format('adjustment %s is %s, and %s keys have ended it: %s', id, status, verdicts, operations)
FROM (
    SELECT (decision ->> 'adjustment')::uuid AS id, count(*) AS verdicts, min(operation) AS operations
    FROM decisions
    WHERE tenant_id = $1 AND decision ->> 'adjustment' IS NOT NULL AND decision -> 'refusals' IS NULL
        AND operation IN {_VERDICTS}
    GROUP BY 1
) AS keyed JOIN adjustments USING (id)
WHERE tenant_id = $1 AND (verdicts, operations) IS DISTINCT FROM (1, CASE status WHEN 'APPLIED' THEN 'approveAdjustment'
    WHEN 'REJECTED' THEN 'rejectAdjustment' WHEN 'CANCELLED' THEN 'cancelAdjustment' END)
ORDER BY id LIMIT $2
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
