"""Calls: each operation in its shortest form."""

#: One operation of each root field that is a query or a mutation.
CALLS = {
    "viewer": "{ viewer { subject } }",
    "node": '{ node(id: "x") { id } }',
    "stock": '{ stock(sku: "LAMP") { sku } }',
    "stockLevel": '{ stockLevel(sku: "LAMP") { sku } }',
    "stockLevels": "{ stockLevels { nodes { sku } } }",
    "availability": '{ availability(skus: ["LAMP"]) { sku } }',
    "item": '{ item(sku: "LAMP") { sku } }',
    "items": "{ items { nodes { sku } } }",
    "location": '{ location(code: "MAIN") { code } }',
    "locations": "{ locations { nodes { code } } }",
    "reasonCodes": "{ reasonCodes { code } }",
    "ledger": "{ ledger { nodes { id } } }",
    "healthReport": '{ healthReport(from: "2020-01-01", to: "2020-01-31") { from } }',
    "agingReport": "{ agingReport { asOf } }",
    "reservation": '{ reservation(orderId: "O-1") { id } }',
    "reservations": "{ reservations { nodes { id } } }",
    "transfers": "{ transfers { nodes { id } } }",
    "cycleCount": '{ cycleCount(id: "x") { id } }',
    "cycleCounts": "{ cycleCounts { nodes { id } } }",
    "reserveStock": 'mutation { reserveStock(input: { idempotencyKey: "k", orderId: "O-1", '
    'lines: [{ sku: "LAMP", quantity: 1 }] }) { userErrors { code } } }',
    "confirmReservation": 'mutation { confirmReservation(input: { idempotencyKey: "k", reservationId: "x" }) '
    "{ userErrors { code } } }",
    "commitReservation": 'mutation { commitReservation(input: { idempotencyKey: "k", reservationId: "x" }) '
    "{ userErrors { code } } }",
    "releaseReservation": 'mutation { releaseReservation(input: { idempotencyKey: "k", reservationId: "x" }) '
    "{ userErrors { code } } }",
    "extendReservation": 'mutation { extendReservation(input: { idempotencyKey: "k", reservationId: "x", '
    "ttlSeconds: 60 }) { userErrors { code } } }",
    "adjustStock": 'mutation { adjustStock(input: { idempotencyKey: "k", sku: "LAMP", quantityChange: 1, '
    'reasonCode: "found" }) { userErrors { code } } }',
    "countStock": 'mutation { countStock(input: { idempotencyKey: "k", sku: "LAMP", quantityCounted: 1, '
    'reasonCode: "cycle_count" }) { userErrors { code } } }',
    "receiveStock": 'mutation { receiveStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) '
    "{ userErrors { code } } }",
    "returnStock": 'mutation { returnStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) '
    "{ userErrors { code } } }",
    "holdStock": 'mutation { holdStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) '
    "{ userErrors { code } } }",
    "unholdStock": 'mutation { unholdStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) '
    "{ userErrors { code } } }",
    "wasteStock": 'mutation { wasteStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) '
    "{ userErrors { code } } }",
    "transferStock": 'mutation { transferStock(input: { idempotencyKey: "k", sku: "LAMP", fromLocation: "MAIN", '
    'toLocation: "WEST", quantity: 1 }) { userErrors { code } } }',
    "receiveTransfer": 'mutation { receiveTransfer(input: { idempotencyKey: "k", transferId: "x", quantity: 1 }) '
    "{ userErrors { code } } }",
    "cancelTransfer": 'mutation { cancelTransfer(input: { idempotencyKey: "k", transferId: "x" }) '
    "{ userErrors { code } } }",
    "createCycleCount": 'mutation { createCycleCount(input: { idempotencyKey: "k", location: "MAIN", skus: ["LAMP"] }) '
    "{ userErrors { code } } }",
    "recordCycleCount": 'mutation { recordCycleCount(input: { idempotencyKey: "k", cycleCountId: "x", sku: "LAMP", '
    "quantityCounted: 1 }) { userErrors { code } } }",
    "closeCycleCount": 'mutation { closeCycleCount(input: { idempotencyKey: "k", cycleCountId: "x" }) '
    "{ userErrors { code } } }",
    "setStockPolicy": 'mutation { setStockPolicy(input: { idempotencyKey: "k", sku: "LAMP" }) '
    "{ userErrors { code } } }",
    "upsertItem": 'mutation { upsertItem(input: { idempotencyKey: "k", sku: "LAMP", name: "Lamp" }) '
    "{ userErrors { code } } }",
    "upsertLocation": 'mutation { upsertLocation(input: { idempotencyKey: "k", code: "MAIN", name: "Main" }) '
    "{ userErrors { code } } }",
    "upsertReasonCode": 'mutation { upsertReasonCode(input: { idempotencyKey: "k", code: "found" }) '
    "{ userErrors { code } } }",
    "setApprovalPolicy": 'mutation { setApprovalPolicy(input: { idempotencyKey: "k", rules: [] }) '
    "{ userErrors { code } } }",
    "webhooks": "{ webhooks { nodes { id } } }",
    "webhookDeliveries": "{ webhookDeliveries { nodes { id } } }",
    "createWebhook": 'mutation { createWebhook(input: { idempotencyKey: "k", url: "https://example.com/", '
    "events: [STALE] }) { userErrors { code } } }",
    "updateWebhook": 'mutation { updateWebhook(input: { idempotencyKey: "k", webhookId: "x" }) '
    "{ userErrors { code } } }",
    "deleteWebhook": 'mutation { deleteWebhook(input: { idempotencyKey: "k", webhookId: "x" }) '
    "{ userErrors { code } } }",
    "rotateWebhookSecret": 'mutation { rotateWebhookSecret(input: { idempotencyKey: "k", webhookId: "x" }) '
    "{ userErrors { code } } }",
    "replayWebhookDeliveries": 'mutation { replayWebhookDeliveries(input: { idempotencyKey: "k", webhookId: "x" }) '
    "{ userErrors { code } } }",
    "approvalPolicy": "{ approvalPolicy { currency } }",
    "auditLog": "{ auditLog { nodes { id } } }",
    "alerts": "{ alerts { nodes { id } } }",
    "acknowledgeAlert": 'mutation { acknowledgeAlert(input: { idempotencyKey: "k", alertId: "x" }) '
    "{ userErrors { code } } }",
    "adjustments": "{ adjustments { nodes { id } } }",
    "adjustStockBatch": 'mutation { adjustStockBatch(input: { idempotencyKey: "k", lines: [{ sku: "LAMP", '
    'quantityChange: 1, reasonCode: "found" }] }) { userErrors { code } } }',
    "approveAdjustment": 'mutation { approveAdjustment(input: { idempotencyKey: "k", adjustmentId: "x" }) '
    "{ userErrors { code } } }",
    "rejectAdjustment": 'mutation { rejectAdjustment(input: { idempotencyKey: "k", adjustmentId: "x" }) '
    "{ userErrors { code } } }",
    "cancelAdjustment": 'mutation { cancelAdjustment(input: { idempotencyKey: "k", adjustmentId: "x" }) '
    "{ userErrors { code } } }",
}
