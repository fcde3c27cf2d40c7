"""Cycle counts: what a line says was counted is what its adjustment says.

Takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

COUNTED = """
SELECT format('line %s of cycle count %s says %s of %s counted, its adjustment %s', line.number, line.cycle_count_id,
    line.counted, line.sku, coalesce('says ' || adjustment.quantity_counted, 'is not there'))
FROM (SELECT * FROM cycle_count_lines WHERE tenant_id = $1 AND counted IS NOT NULL) AS line
JOIN cycle_counts AS document ON document.tenant_id = $1 AND document.id = line.cycle_count_id
LEFT JOIN adjustments AS adjustment ON adjustment.tenant_id = $1 AND adjustment.id = line.adjustment_id
    AND adjustment.sku = line.sku AND adjustment.location = document.location
WHERE adjustment.quantity_counted IS DISTINCT FROM line.counted
ORDER BY line.cycle_count_id, line.number LIMIT $2
"""
