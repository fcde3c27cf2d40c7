"""Webhooks: each is told of what happened once, by a message that is kept, and what is said to be delivered was taken.

Each statement takes a tenant and a number of sentences at most.
"""

from __future__ import annotations

TWICE = """
SELECT format('message %s is kept %s times for webhook %s', message_id, count(*), webhook_id)
FROM webhook_deliveries WHERE tenant_id = $1
GROUP BY webhook_id, message_id HAVING count(*) > 1 ORDER BY message_id, webhook_id LIMIT $2
"""

UNWRITTEN = """
SELECT format('delivery %s has no message', id) FROM webhook_deliveries AS delivery
WHERE tenant_id = $1 AND NOT EXISTS (
    SELECT FROM webhook_messages AS message WHERE message.tenant_id = $1 AND message.id = delivery.message_id
)
ORDER BY id LIMIT $2
"""

IDLE = """
SELECT format('message %s is kept for nobody', id) FROM webhook_messages AS message
WHERE tenant_id = $1 AND NOT EXISTS (
    SELECT FROM webhook_deliveries AS delivery WHERE delivery.tenant_id = $1 AND delivery.message_id = message.id
)
ORDER BY id LIMIT $2
"""

TAKEN = """
SELECT format('delivery %s is DELIVERED, and its last try says %s',
    id, coalesce(attempts -> -1 ->> 'status', 'nothing'))
FROM webhook_deliveries
WHERE tenant_id = $1 AND state = 'DELIVERED'
    AND coalesce((attempts -> -1 ->> 'status')::int, 0) NOT BETWEEN 200 AND 299
ORDER BY id LIMIT $2
"""
