"""I1 and I3 of reservations: what they hold is what is allocated, and each is in the one state that its lines tell.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

#: Level by level.
HELD = """
SELECT format('%s at %s: %s allocated, reservations hold %s', sku, location,
    coalesce(level.allocated, 0), coalesce(held.allocated, 0))
FROM (
    SELECT sku, location, allocated FROM stock_levels WHERE tenant_id = $1 AND allocated <> 0
) AS level
FULL JOIN (
    SELECT sku, location, sum(allocated) AS allocated FROM reservation_lines
    WHERE tenant_id = $1 AND allocated <> 0 GROUP BY sku, location
) AS held USING (sku, location)
WHERE coalesce(level.allocated, 0) <> coalesce(held.allocated, 0)
ORDER BY sku, location LIMIT $2
"""

LINES = """
SELECT format('line %s of reservation %s is of %s: %s held, %s awaited, %s shipped, %s given up',
    number, reservation_id, quantity, allocated, backordered, committed, released)
FROM reservation_lines
WHERE tenant_id = $1 AND (quantity <> allocated + backordered + committed + released
    OR least(allocated, backordered, committed, released) < 0)
ORDER BY reservation_id, number LIMIT $2
"""

#: What each status says of the lines; one of which nothing is said is none.
STATUS = """
SELECT format('reservation %s of order %s is %s: %s held, %s awaited, %s shipped, %s given up',
    id, order_id, status, held, awaited, shipped, given_up)
FROM (
    SELECT id, order_id, status, confirmed FROM reservations WHERE tenant_id = $1
) AS reservation
FULL JOIN (
    SELECT reservation_id AS id, sum(allocated) AS held, sum(backordered) AS awaited, sum(committed) AS shipped,
        sum(released) AS given_up
    FROM reservation_lines WHERE tenant_id = $1 GROUP BY reservation_id
) AS line USING (id)
WHERE CASE status
    WHEN 'PENDING' THEN held > 0 AND awaited = 0 AND shipped = 0 AND NOT confirmed
    WHEN 'CONFIRMED' THEN held > 0 AND awaited = 0 AND confirmed
    WHEN 'BACKORDERED' THEN awaited > 0
    WHEN 'COMMITTED' THEN held + awaited = 0 AND shipped > 0
    WHEN 'RELEASED' THEN held + awaited + shipped = 0
    WHEN 'EXPIRED' THEN held + awaited + shipped = 0 AND NOT confirmed
    WHEN 'FAILED' THEN held + awaited + shipped = 0 AND NOT confirmed
    WHEN 'REQUESTED' THEN coalesce(held + awaited + shipped, 0) = 0
END IS NOT TRUE
ORDER BY id LIMIT $2
"""

EXPIRY = """
SELECT format('reservation %s of order %s is %s and expires at %s', id, order_id, status,
    coalesce(expires_at::text, 'no time'))
FROM reservations WHERE tenant_id = $1 AND (status = 'PENDING') <> (expires_at IS NOT NULL) ORDER BY id LIMIT $2
"""

STANDING = """
SELECT format('order %s has %s reservations that stand', order_id, count(*)) FROM reservations
WHERE tenant_id = $1 AND status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')
GROUP BY order_id HAVING count(*) > 1 ORDER BY order_id LIMIT $2
"""

#: Of each want there are lines: for all that was asked, or, where it was short and not waited for, for what there was.
WANTS = """
SELECT format('reservation %s asks for %s of %s, its lines are of %s', id, coalesce(want.units, 0), sku,
    coalesce(line.units, 0))
FROM (
    SELECT id, want ->> 0 AS sku, coalesce(want ->> 1, '') AS location, (want ->> 2)::bigint AS units
    FROM reservations CROSS JOIN jsonb_array_elements(wants) AS want WHERE tenant_id = $1 AND status <> 'REQUESTED'
) AS want
FULL JOIN (
    SELECT reservation_id AS id, sku, coalesce(wanted, '') AS location, sum(quantity) AS units
    FROM reservation_lines WHERE tenant_id = $1 GROUP BY reservation_id, sku, wanted
) AS line USING (id, sku, location)
LEFT JOIN (
    SELECT id, short ->> 0 AS sku, coalesce(short ->> 1, '') AS location, (short ->> 3)::bigint AS units
    FROM reservations CROSS JOIN jsonb_array_elements(shortages) AS short WHERE tenant_id = $1
) AS there USING (id, sku, location)
WHERE line.units IS DISTINCT FROM want.units AND coalesce(line.units, 0) IS DISTINCT FROM there.units
ORDER BY id, sku LIMIT $2
"""
