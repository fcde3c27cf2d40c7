"""The operations that tests send: every mutation with its whole payload, and the selections that tell a thing apart."""

LOCATION = "id code name kind zone priority active parent { code }"
ITEM = (
    "id sku name category catalogProductId vendor condition language price unitCost currency unitOfMeasure "
    "quantityScale barcodes leadTimeDays archivedAt"
)
LEVEL = (
    "id sku location { code } item { sku } quantityOnHand quantityAllocated quantityUnavailable quantityIncoming "
    "availableToPromise reorderPoint safetyStock lowStockThreshold overstockThreshold staleAfterDays status stale "
    "version updatedAt lastMovementAt"
)
ENTRY = (
    "id sequence levelVersion sku location { code } occurredAt recordedAt kind quantityOnHandChange "
    "quantityAllocatedChange quantityUnavailableChange quantityIncomingChange quantityOnHandAfter "
    "quantityAllocatedAfter quantityUnavailableAfter quantityIncomingAfter availableToPromiseAfter reasonCode note "
    "referenceType reference actor hash"
)
ADJUSTMENT = (
    "id version sku item { sku vendor } location { code } quantityChange quantityCounted reasonCode note reference "
    "status requestedBy requestedAt expiresAt decidedBy decidedAt decisionNote"
)
ALERT = (
    "id version kind status sku item { sku vendor category } location { code } remainingQuantity threshold endsAbove "
    "openedAt updatedAt acknowledgedBy acknowledgedAt resolvedAt"
)
LINE = (
    "id sku item { sku } location { code } quantity quantityAllocated quantityBackordered quantityCommitted "
    "quantityReleased"
)
SHORTAGE = "sku location requested available"
RESERVATION = (
    f"id version orderId status channel expiresAt createdAt updatedAt failureCode lines {{ {LINE} }} "
    f"shortages {{ {SHORTAGE} }}"
)
REASON_CODE = "code name direction requiresNote active"
POLICY = "currency expiresAfterHours rules { unitsOver valueOver reasonCodes locations roles }"
AUDITED = "id at actor action subjectType subject detail requestId"
TRANSFER = (
    "id version sku item { sku } from { code } to { code } quantity quantityReceived status reference createdAt "
    "updatedAt"
)
COUNT_LINE = (
    f"sku item {{ sku }} quantityExpected quantityCounted difference countedBy countedAt adjustment {{ {ADJUSTMENT} }}"
)
CYCLE_COUNT = (
    f"id version location {{ code }} blind status reference createdBy createdAt updatedAt lines {{ {COUNT_LINE} }}"
)
WEBHOOK = "id version url description events active disabledReason createdBy createdAt updatedAt"
DELIVERY = (
    "id messageId webhook { id } event state payload attempts { at status error durationMs answer } nextAttemptAt "
    "createdAt deliveredAt"
)
ERRORS = "userErrors { code field message sku location requested available currentVersion limit retryAfterMs }"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

_ADJUSTED = f"adjustment {{ {ADJUSTMENT} }} stockLevel {{ {LEVEL} }}"
_LEVEL = f"stockLevel {{ {LEVEL} }}"
_CYCLE_COUNT = f"cycleCount {{ {CYCLE_COUNT} }}"
_TRANSFER = f"transfer {{ {TRANSFER} }} fromLevel {{ {LEVEL} }} toLevel {{ {LEVEL} }}"
_RESERVATION = f"reservation {{ {RESERVATION} }}"
#: Mutation -> its input's type and what its payload holds beside the errors.
MUTATIONS = {
    "adjustStock": ("AdjustStockInput", _ADJUSTED),
    "countStock": ("CountStockInput", _ADJUSTED),
    "adjustStockBatch": ("AdjustStockBatchInput", f"results {{ {_ADJUSTED} {ERRORS} }}"),
    "approveAdjustment": ("DecideAdjustmentInput", _ADJUSTED),
    "rejectAdjustment": ("DecideAdjustmentInput", _ADJUSTED),
    "cancelAdjustment": ("DecideAdjustmentInput", _ADJUSTED),
    "acknowledgeAlert": ("AcknowledgeAlertInput", f"alert {{ {ALERT} }}"),
    "receiveStock": ("ReceiveStockInput", _LEVEL),
    "returnStock": ("ReturnStockInput", _LEVEL),
    "holdStock": ("HoldStockInput", _LEVEL),
    "unholdStock": ("UnholdStockInput", _LEVEL),
    "wasteStock": ("WasteStockInput", _LEVEL),
    "transferStock": ("TransferStockInput", _TRANSFER),
    "receiveTransfer": ("ReceiveTransferInput", _TRANSFER),
    "cancelTransfer": ("CancelTransferInput", _TRANSFER),
    "createCycleCount": ("CreateCycleCountInput", _CYCLE_COUNT),
    "recordCycleCount": ("RecordCycleCountInput", f"{_CYCLE_COUNT} line {{ {COUNT_LINE} }}"),
    "closeCycleCount": ("CloseCycleCountInput", _CYCLE_COUNT),
    "setStockPolicy": ("StockPolicyInput", _LEVEL),
    "reserveStock": ("ReserveStockInput", f"{_RESERVATION} shortages {{ {SHORTAGE} }}"),
    "confirmReservation": ("ConfirmReservationInput", _RESERVATION),
    "commitReservation": ("CommitReservationInput", _RESERVATION),
    "releaseReservation": ("ReleaseReservationInput", _RESERVATION),
    "extendReservation": ("ExtendReservationInput", _RESERVATION),
    "upsertItem": ("UpsertItemInput", f"item {{ {ITEM} }}"),
    "upsertLocation": ("UpsertLocationInput", f"location {{ {LOCATION} }}"),
    "upsertReasonCode": ("UpsertReasonCodeInput", f"reasonCode {{ {REASON_CODE} }}"),
    "setApprovalPolicy": ("ApprovalPolicyInput", f"policy {{ {POLICY} }}"),
    "createWebhook": ("CreateWebhookInput", f"webhook {{ {WEBHOOK} }} secret"),
    "updateWebhook": ("UpdateWebhookInput", f"webhook {{ {WEBHOOK} }}"),
    "deleteWebhook": ("DeleteWebhookInput", "deletedWebhookId"),
    "rotateWebhookSecret": ("RotateWebhookSecretInput", f"webhook {{ {WEBHOOK} }} secret"),
    "replayWebhookDeliveries": ("ReplayWebhookDeliveriesInput", "count remaining"),
}


def mutation(name: str) -> str:
    """The document of one mutation, with the variable `$input`."""
    input_type, selection = MUTATIONS[name]
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {selection} {ERRORS} }} }}"


STREAM = f"""
subscription ($filter: StockLevelStreamFilter, $snapshot: Boolean, $after: Cursor) {{
  stockLevelChanged(filter: $filter, snapshot: $snapshot, after: $after) {{
    type cursor occurredAt nodeId previousVersion previousAvailableToPromise
    cause {{ kind referenceType reference reasonCode actor }}
    level {{ {LEVEL} }}
  }}
}}
"""
RESERVATION_STREAM = f"""
subscription ($filter: ReservationStreamFilter, $snapshot: Boolean, $after: Cursor) {{
  reservationChanged(filter: $filter, snapshot: $snapshot, after: $after) {{
    type cursor occurredAt nodeId
    reservation {{ {RESERVATION} }}
  }}
}}
"""
ADJUSTMENT_STREAM = f"""
subscription ($filter: AdjustmentStreamFilter, $snapshot: Boolean, $after: Cursor) {{
  adjustmentChanged(filter: $filter, snapshot: $snapshot, after: $after) {{
    type cursor occurredAt nodeId
    adjustment {{ {ADJUSTMENT} }}
  }}
}}
"""
ALERT_STREAM = f"""
subscription ($filter: AlertFilter, $snapshot: Boolean, $after: Cursor) {{
  lowStockAlerts(filter: $filter, snapshot: $snapshot, after: $after) {{
    type cursor occurredAt nodeId
    alert {{ {ALERT} }}
  }}
}}
"""
