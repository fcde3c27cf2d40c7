/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends {
    [key: string]: unknown;
}> = {
    [K in keyof T]: T[K];
};
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | {
    [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never;
};
import type { Document as DocumentNode } from "./document.js";
export type { Document, ResultOf, VariablesOf } from "./document.js";
/** An alert that somebody has seen. */
export type AcknowledgeAlertInput = {
    /** Global id of the alert, or its UUID, as events, the ledger and the audit log name it. */
    alertId: string;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
};
/** Corrections, each decided for itself in the order of the lines. */
export type AdjustStockBatchInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** 1 to 250 corrections. */
    lines: Array<AdjustStockLineInput>;
};
/** A correction of what is on hand, by a signed number of units. */
export type AdjustStockInput = {
    /** Refuse with STALE_VERSION unless the level is at this version: what you decided on is what is changed. */
    expectedVersion?: number | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Signed units: 5 adds, -5 takes away; not 0, at most 100,000,000 either way. */
    quantityChange: number;
    /** Why: an active code of the query `reasonCodes` that allows this direction. */
    reasonCode: string;
    /** Number of the document behind it; kept in the ledger with `referenceType` "adjustment". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** A correction of what is on hand, by a signed number of units: one of many. */
export type AdjustStockLineInput = {
    /** Refuse with STALE_VERSION unless the level is at this version: what you decided on is what is changed. */
    expectedVersion?: number | null | undefined;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Signed units: 5 adds, -5 takes away; not 0, at most 100,000,000 either way. */
    quantityChange: number;
    /** Why: an active code of the query `reasonCodes` that allows this direction. */
    reasonCode: string;
    /** Number of the document behind it; kept in the ledger with `referenceType` "adjustment". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** Which adjustments. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type AdjustmentFilter = {
    /** Asked for at this moment or later. */
    from?: string | null | undefined;
    /** These adjustments, by global id or UUID. */
    ids?: Array<string> | null | undefined;
    /** At the locations of these codes. */
    locations?: Array<string> | null | undefined;
    /** With one of these reason codes. */
    reasonCodes?: Array<string> | null | undefined;
    /** Asked for by this subject; a vendor may name itself alone. */
    requestedBy?: string | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<AdjustmentStatus> | null | undefined;
    /** Asked for before this moment. */
    to?: string | null | undefined;
};
/** How far an adjustment has come. */
export declare const AdjustmentStatus: {
    /** The stock was changed. */
    readonly APPLIED: 'APPLIED';
    /** It was withdrawn before a decision; nothing moved. */
    readonly CANCELLED: 'CANCELLED';
    /** Nobody decided in time; nothing moved. */
    readonly EXPIRED: 'EXPIRED';
    /** It waits for another person's approval; nothing has moved. */
    readonly PENDING_APPROVAL: 'PENDING_APPROVAL';
    /** An approver said no; nothing moved. */
    readonly REJECTED: 'REJECTED';
};
export type AdjustmentStatus = typeof AdjustmentStatus[keyof typeof AdjustmentStatus];
/** Which adjustments, by what a live event can decide. The snapshot holds what waits for approval, of which a tenant has at most about 5,000; others are many and never change: of those that `ids` or `status` name it holds the newest 1,000. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type AdjustmentStreamFilter = {
    /** These adjustments, by global id or UUID. */
    ids?: Array<string> | null | undefined;
    /** With one of these reason codes. */
    reasonCodes?: Array<string> | null | undefined;
    /** Asked for by this subject; a vendor may name itself alone. */
    requestedBy?: string | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<AdjustmentStatus> | null | undefined;
};
/** Which alerts. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. In a stream `kinds` left out means LOW_STOCK and OUT_OF_STOCK, and the snapshot holds those that stand: of the resolved ones, where `status` names them, the newest 1,000. */
export type AlertFilter = {
    /** Of items in these categories. */
    categories?: Array<string> | null | undefined;
    /** Of these kinds. */
    kinds?: Array<AlertKind> | null | undefined;
    /** At the locations of these codes. */
    locations?: Array<string> | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<AlertStatus> | null | undefined;
    /** Of items of these vendors. */
    vendors?: Array<string> | null | undefined;
};
/** What is the matter with a level. LOW_STOCK that runs out becomes OUT_OF_STOCK and, once some units are back, LOW_STOCK again: one alert whose kind changes. */
export declare const AlertKind: {
    /** Available to promise is at or below lowStockThreshold or, where there is none, at or below reorderPoint; or not far enough above it yet. */
    readonly LOW_STOCK: 'LOW_STOCK';
    /** Nothing is available to promise, or one unit again. */
    readonly OUT_OF_STOCK: 'OUT_OF_STOCK';
    /** Nothing has moved for as many days as staleAfterDays says. */
    readonly STALE: 'STALE';
};
export type AlertKind = typeof AlertKind[keyof typeof AlertKind];
/** How far an alert has come. OPEN and ACKNOWLEDGED ones stand. */
export declare const AlertStatus: {
    /** Somebody has seen it; what it tells of is still so. */
    readonly ACKNOWLEDGED: 'ACKNOWLEDGED';
    /** Nobody has said to have seen it; or it has got worse since somebody did. */
    readonly OPEN: 'OPEN';
    /** What it told of is no longer so. It never opens again: the next time there is a new one. */
    readonly RESOLVED: 'RESOLVED';
};
export type AlertStatus = typeof AlertStatus[keyof typeof AlertStatus];
/** Which locations serve the lines that name none. */
export declare const AllocationStrategy: {
    /** Few locations for the whole order: each time the one that serves the most lines whole. */
    readonly FEWEST_SPLITS: 'FEWEST_SPLITS';
    /** The location with the most of it available first, so that shelves empty evenly. */
    readonly MOST_STOCK: 'MOST_STOCK';
    /** Locations in the given zone first, then as PRIORITY. */
    readonly NEAREST: 'NEAREST';
    /** The lowest `Location.priority` first, then by code. */
    readonly PRIORITY: 'PRIORITY';
};
export type AllocationStrategy = typeof AllocationStrategy[keyof typeof AllocationStrategy];
/** The rules by which corrections by hand wait for another person's approval. */
export type ApprovalPolicyInput = {
    /** For how long a request waits before it expires, 1 to 8,760; left out: as it is; null: for as long as it takes. Those that wait already keep their time. */
    expiresAfterHours?: number | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** All rules, at most 50: they take the place of those there are. A correction waits when it meets any. */
    rules: Array<ApprovalRuleInput>;
};
/** Which corrections: those that meet each condition that is stated. One that is left out or null is not stated; without any, every correction. */
export type ApprovalRuleInput = {
    /** It is at the location of one of these codes, those inside it not counted: 1 to 100 known ones. */
    locations?: Array<string> | null | undefined;
    /** The reason is one of these, 1 to 100 known codes. */
    reasonCodes?: Array<string> | null | undefined;
    /** Whoever asks has one of these roles, others too or not, such as `manager` or `admin`. */
    roles?: Array<string> | null | undefined;
    /** More units move than this, whichever way, 0 to 100,000,000. */
    unitsOver?: number | null | undefined;
    /** Units times the item's unit cost are worth more than this, in the tenant's currency, at most 4 decimal places. Where nobody knows the value (the item has no unit cost, or one in another currency) it counts as more. */
    valueOver?: string | null | undefined;
};
/** Which entries of the audit log. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type AuditFilter = {
    /** One of these actions. */
    actions?: Array<string> | null | undefined;
    /** Done by one of these. */
    actors?: Array<string> | null | undefined;
    /** Written at this moment or later. */
    from?: string | null | undefined;
    /** Done to the thing of this name, whatever its kind. */
    subject?: string | null | undefined;
    /** Done to one of these kinds of things. */
    subjectTypes?: Array<string> | null | undefined;
    /** Written before this moment. */
    to?: string | null | undefined;
};
/** A transfer of which nothing more will arrive. */
export type CancelTransferInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** What happened, in words; at most 2,000 characters. */
    note?: string | null | undefined;
    /** Global id of the transfer, or its UUID, as events, the ledger and the audit log name it. */
    transferId: string;
};
/** A list under which nothing more is counted. */
export type CloseCycleCountInput = {
    /** Global id of the cycle count, or its UUID, as events, the ledger and the audit log name it. */
    cycleCountId: string;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
};
/** Units of a reservation that have left the shelf. */
export type CommitReservationInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** At most 1,000 lines, each named once. Left out: everything that it holds. */
    lines?: Array<ReservationLineQuantityInput> | null | undefined;
    /** Number of the shipment, at most 200 characters; kept in the ledger with `referenceType` "shipment". Left out: the order's, with "order". */
    reference?: string | null | undefined;
    /** Global id of the reservation, or its UUID, as events, the ledger and the audit log name it. */
    reservationId: string;
};
/** A reservation that was paid for, or that shall not expire for another reason. */
export type ConfirmReservationInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Global id of the reservation, or its UUID, as events, the ledger and the audit log name it. */
    reservationId: string;
};
/** What was counted: on hand becomes this number. */
export type CountStockInput = {
    /** Refuse with STALE_VERSION unless the level is at this version: what you decided on is what is changed. */
    expectedVersion?: number | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units found, 0 to 100,000,000. Fewer than are allocated and unavailable: INSUFFICIENT_STOCK. */
    quantityCounted: number;
    /** Why: an active code of the query `reasonCodes`, mostly `cycle_count`. */
    reasonCode: string;
    /** Number of the document behind it; kept in the ledger with `referenceType` "count". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** A list of what is to be counted at one location. */
export type CreateCycleCountInput = {
    /** True: the list keeps what the books say from whoever counts, until it is closed. */
    blind?: boolean | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. */
    location: string;
    /** Number of the document behind it, at most 200 characters. */
    reference?: string | null | undefined;
    /** 1 to 250 SKUs, each once; also such as the books have none of there. */
    skus: Array<string>;
};
/** An address to be told of events. A tenant has at most 50. */
export type CreateWebhookInput = {
    /** What it is for, at most 2,000 characters. */
    description?: string | null | undefined;
    /** What to tell it, at least one. */
    events: Array<WebhookEventType>;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Where to send: https, at most 2,048 characters, on port 443 or one from 1024 up, without user or fragment, on the public internet. */
    url: string;
};
/** Which cycle counts. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type CycleCountFilter = {
    /** At one of these locations, by their codes. */
    locations?: Array<string> | null | undefined;
    /** With one of these SKUs on the list. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<CycleCountStatus> | null | undefined;
};
/** How far a cycle count has come. */
export declare const CycleCountStatus: {
    /** Nothing more is counted under it. */
    readonly CLOSED: 'CLOSED';
    /** What is on the list may be counted, and counted again. */
    readonly OPEN: 'OPEN';
};
export type CycleCountStatus = typeof CycleCountStatus[keyof typeof CycleCountStatus];
/** What becomes of an adjustment that waits for approval. */
export type DecideAdjustmentInput = {
    /** Global id of the adjustment, or its UUID, as events, the ledger and the audit log name it. */
    adjustmentId: string;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Why, in words, kept with the adjustment as `decisionNote`. At most 2,000 characters. */
    note?: string | null | undefined;
};
/** A webhook that is no longer wanted. */
export type DeleteWebhookInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Global id of the webhook, or its UUID, as the audit log names it. */
    webhookId: string;
};
/** Thresholds as somebody saw them before deciding on others. One that is left out is not compared; null: there was none (`safetyStock`: 0). */
export type ExpectedStockPolicyInput = {
    /** `StockLevel.lowStockThreshold` as it was seen. */
    lowStockThreshold?: number | null | undefined;
    /** `StockLevel.overstockThreshold` as it was seen. */
    overstockThreshold?: number | null | undefined;
    /** `StockLevel.reorderPoint` as it was seen. */
    reorderPoint?: number | null | undefined;
    /** `StockLevel.safetyStock` as it was seen. */
    safetyStock?: number | null | undefined;
    /** `StockLevel.staleAfterDays` as it was seen. */
    staleAfterDays?: number | null | undefined;
};
/** A reservation that shall hold for longer, or for less. */
export type ExtendReservationInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Global id of the reservation, or its UUID, as events, the ledger and the audit log name it. */
    reservationId: string;
    /** It expires so many seconds from now instead, 1 to 2,678,400 (31 days). */
    ttlSeconds: number;
};
/** What becomes of an order for which there is not enough stock. */
export declare const FulfillmentPolicy: {
    /** It is refused. */
    readonly ALL_OR_NOTHING: 'ALL_OR_NOTHING';
    /** What there is is held, and the rest waits for stock: first come, first served. */
    readonly BACKORDER: 'BACKORDER';
    /** What there is is held and the rest given up; refused only where there is nothing of any line. */
    readonly PARTIAL: 'PARTIAL';
};
export type FulfillmentPolicy = typeof FulfillmentPolicy[keyof typeof FulfillmentPolicy];
/** Units to be set aside, such as damaged goods or a doubtful lot. */
export type HoldStockInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units, 1 to what is available to promise. */
    quantity: number;
    /** Why: an active code of the query `reasonCodes`, mostly `quality_hold`. */
    reasonCode?: string | null | undefined;
    /** Number of the document behind it; kept in the ledger with `referenceType` "hold". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** Which items. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type ItemFilter = {
    /** Archived (true) or in use (false); both if left out. */
    archived?: boolean | null | undefined;
    /** That a scanner finds under one of these barcodes. */
    barcodes?: Array<string> | null | undefined;
    /** Of these products of the catalog. */
    catalogProductIds?: Array<string> | null | undefined;
    /** In these categories. */
    categories?: Array<string> | null | undefined;
    /** In these conditions. */
    conditions?: Array<string> | null | undefined;
    /** In these languages. */
    languages?: Array<string> | null | undefined;
    /** Text in the SKU or in the name, upper or lower case. */
    search?: string | null | undefined;
    /** With these SKUs. */
    skus?: Array<string> | null | undefined;
    /** Of these vendors. */
    vendors?: Array<string> | null | undefined;
};
/** What kind of change an entry of the ledger records. */
export declare const LedgerKind: {
    /** On hand was corrected by a signed number of units. */
    readonly ADJUSTMENT: 'ADJUSTMENT';
    /** Units were promised to an order: allocated rose. */
    readonly ALLOCATION: 'ALLOCATION';
    /** On hand was set to what was counted; a count without a difference is an entry too. */
    readonly COUNT: 'COUNT';
    /** A promise was taken back: allocated fell. */
    readonly DEALLOCATION: 'DEALLOCATION';
    /** Units were set aside: unavailable rose, on hand stayed. */
    readonly HOLD: 'HOLD';
    /** Promised units left the shelf: on hand and allocated fell together. */
    readonly PICK: 'PICK';
    /** Goods arrived: on hand rose. */
    readonly RECEIPT: 'RECEIPT';
    /** Sold goods came back into stock: on hand rose. */
    readonly RETURN: 'RETURN';
    /** At the receiver of a transfer: incoming rose as the units left; it fell as they arrived, when on hand rose, or as they were cancelled. */
    readonly TRANSFER_IN: 'TRANSFER_IN';
    /** At the sender of a transfer: on hand fell as the units left, or rose by those that were cancelled. */
    readonly TRANSFER_OUT: 'TRANSFER_OUT';
    /** Units that were set aside went back on sale: unavailable fell. */
    readonly UNHOLD: 'UNHOLD';
    /** Units were thrown away: on hand fell, and unavailable with it where they were on hold. */
    readonly WASTE: 'WASTE';
};
export type LedgerKind = typeof LedgerKind[keyof typeof LedgerKind];
/** Which locations. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type LocationFilter = {
    /** In use (true) or closed (false); both if left out. */
    active?: boolean | null | undefined;
    /** With these codes. */
    codes?: Array<string> | null | undefined;
    /** Of these kinds. */
    kinds?: Array<string> | null | undefined;
    /** Directly inside the location of this code. */
    parent?: string | null | undefined;
    /** Text in the code or in the name, upper or lower case. */
    search?: string | null | undefined;
    /** In these zones. */
    zones?: Array<string> | null | undefined;
};
/** Which way a reason code may change what is on hand. */
export declare const ReasonDirection: {
    /** Either way. */
    readonly BOTH: 'BOTH';
    /** Down only. */
    readonly DECREASE: 'DECREASE';
    /** Up only. */
    readonly INCREASE: 'INCREASE';
};
export type ReasonDirection = typeof ReasonDirection[keyof typeof ReasonDirection];
/** Goods that arrived. */
export type ReceiveStockInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units that arrived, 1 to 100,000,000. */
    quantity: number;
    /** Number of the document behind it; kept in the ledger with `referenceType` "receipt". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
    /** Cost of one unit of these goods, in the item's currency, at most 4 decimal places; the item's if left out. */
    unitCost?: string | null | undefined;
};
/** Units of a transfer that have arrived. */
export type ReceiveTransferInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** What happened, in words; at most 2,000 characters. */
    note?: string | null | undefined;
    /** Units, 1 to what is still on its way. */
    quantity: number;
    /** Global id of the transfer, or its UUID, as events, the ledger and the audit log name it. */
    transferId: string;
};
/** Units of one SKU of a list, as they were counted. It may be counted again. */
export type RecordCycleCountInput = {
    /** Global id of the cycle count, or its UUID, as events, the ledger and the audit log name it. */
    cycleCountId: string;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** What was found, in words; at most 2,000 characters. */
    note?: string | null | undefined;
    /** Units found, 0 to 100,000,000. Fewer than are allocated and unavailable: INSUFFICIENT_STOCK. */
    quantityCounted: number;
    /** Why: an active code of the query `reasonCodes`; left out: `cycle_count`. */
    reasonCode?: string | null | undefined;
    /** SKU on the list. */
    sku: string;
};
/** Units of a reservation that the order gives up. */
export type ReleaseReservationInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** At most 1,000 lines, each named once. Left out: everything that is open; for a vendor, of its items. */
    lines?: Array<ReservationLineQuantityInput> | null | undefined;
    /** What happened, in words; at most 2,000 characters. */
    note?: string | null | undefined;
    /** Why: an active code of the query `reasonCodes`. */
    reasonCode?: string | null | undefined;
    /** Global id of the reservation, or its UUID, as events, the ledger and the audit log name it. */
    reservationId: string;
};
/** Which DEAD deliveries of a webhook to send again: those that meet each condition that is stated, the oldest first, at most 10,000 at once, and as many as make 10,000 that wait for it. Refused for one that is switched off. */
export type ReplayWebhookDeliveriesInput = {
    /** These, by global id or UUID, however often each is named; refused where one is not the webhook's, or not DEAD. */
    deliveryIds?: Array<string> | null | undefined;
    /** Of this moment or later, by `createdAt`. */
    from?: string | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Of before this moment, by `createdAt`; not before `from`. */
    to?: string | null | undefined;
    /** Global id of the webhook, or its UUID, as the audit log names it. */
    webhookId: string;
};
/** Of what a report is. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list; a name that nothing bears is refused, since a report of nothing would look like one of stock that is not there. Items count by the category and vendor that they have now. */
export type ReportFilter = {
    /** Of items in these categories. */
    categories?: Array<string> | null | undefined;
    /** At the locations of these codes. */
    locations?: Array<string> | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** Of items of these vendors. */
    vendors?: Array<string> | null | undefined;
};
/** By what a report's figures are summed. */
export declare const ReportGroupBy: {
    /** By category of the item; a group without a key has those of none. */
    readonly CATEGORY: 'CATEGORY';
    /** By location, each by itself: what lies inside it is not summed into it. */
    readonly LOCATION: 'LOCATION';
    /** By SKU, over its locations. */
    readonly SKU: 'SKU';
    /** By vendor of the item; a group without a key has those of none. */
    readonly VENDOR: 'VENDOR';
};
export type ReportGroupBy = typeof ReportGroupBy[keyof typeof ReportGroupBy];
/** Which reservations. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type ReservationFilter = {
    /** PENDING, and expiring before this moment. */
    expiringBefore?: string | null | undefined;
    /** Of these orders. */
    orderIds?: Array<string> | null | undefined;
    /** With a line of one of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<ReservationStatus> | null | undefined;
};
/** Units of a line of a reservation, named by `lineId`, or by `sku` (and `location`): then of every open line of that SKU, in line order. */
export type ReservationLineQuantityInput = {
    /** Global id of the line, or its UUID; not with `sku`. */
    lineId?: string | null | undefined;
    /** With `sku`: of its lines at the location of this code alone. */
    location?: string | null | undefined;
    /** Units, 1 to what is open of it. */
    quantity: number;
    /** SKU of the lines; not with `lineId`. */
    sku?: string | null | undefined;
};
/** How far a reservation has come. PENDING becomes CONFIRMED, COMMITTED (which confirms it too), RELEASED or EXPIRED; CONFIRMED becomes COMMITTED or RELEASED; BACKORDERED becomes PENDING or CONFIRMED once it has all it waits for. Partly committed it is CONFIRMED until nothing of it is open. */
export declare const ReservationStatus: {
    /** A line waits for stock. What there is is held meanwhile, and nothing of it expires. */
    readonly BACKORDERED: 'BACKORDERED';
    /** Nothing is open any more, and something was shipped. */
    readonly COMMITTED: 'COMMITTED';
    /** Paid for, or shipped in part: it holds stock for as long as it takes and never expires. */
    readonly CONFIRMED: 'CONFIRMED';
    /** It was still pending when its time came; what it held was given back. */
    readonly EXPIRED: 'EXPIRED';
    /** An order that came as an event and could not be served; it never held anything. */
    readonly FAILED: 'FAILED';
    /** It holds stock until `expiresAt`. */
    readonly PENDING: 'PENDING';
    /** Nothing is open any more, and nothing was shipped. */
    readonly RELEASED: 'RELEASED';
    /** Taken, and nothing decided yet: some sales channels are answered before there is a decision. */
    readonly REQUESTED: 'REQUESTED';
};
export type ReservationStatus = typeof ReservationStatus[keyof typeof ReservationStatus];
/** Which reservations, by what a live event can decide. The snapshot holds what is open; ended reservations are many and never change: of those that `ids`, `orderIds` or `status` name it holds the newest 1,000. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type ReservationStreamFilter = {
    /** These reservations, by global id or UUID. */
    ids?: Array<string> | null | undefined;
    /** Of these orders. */
    orderIds?: Array<string> | null | undefined;
    /** With a line of one of these SKUs that you may see. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<ReservationStatus> | null | undefined;
};
/** Units that an order asks for. Lines of the same SKU and location are summed; those that name a location are served before those that leave it open. */
export type ReserveLineInput = {
    /** Code of the location to take them from. Left out: the strategy chooses. */
    location?: string | null | undefined;
    /** Units, 1 to 100,000,000. */
    quantity: number;
    /** SKU of the item. */
    sku: string;
};
/** Stock to be held for an order. */
export type ReserveStockInput = {
    /** Sales channel; it decides how long the reservation holds where nothing is said. */
    channel?: string | null | undefined;
    /** True: the answer alone. Nothing is kept, neither reservation nor key nor event. */
    dryRun?: boolean | null | undefined;
    /** What becomes of it where there is not enough. */
    fulfillmentPolicy?: FulfillmentPolicy | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** 1 to 1,000 lines. */
    lines: Array<ReserveLineInput>;
    /** The order, at most 200 characters. While its reservation is open or COMMITTED, the same lines give that reservation, under any key, and other lines ORDER_ALREADY_RESERVED; after RELEASED, EXPIRED or a refusal it may reserve anew. */
    orderId: string;
    /** Which locations serve the lines that name none. */
    strategy?: AllocationStrategy | null | undefined;
    /** Seconds until it expires unless it is confirmed, 1 to 2,678,400 (31 days); the channel's or the tenant's own if left out. */
    ttlSeconds?: number | null | undefined;
    /** Zone of the delivery address, for NEAREST: its locations are served from first. */
    zone?: string | null | undefined;
};
/** Sold goods that came back into stock. */
export type ReturnStockInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units that came back, 1 to 100,000,000. */
    quantity: number;
    /** Why: an active code of the query `reasonCodes` that may raise stock. */
    reasonCode?: string | null | undefined;
    /** Number of the document behind it; kept in the ledger with `referenceType` "return". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** A webhook that is to have another secret. */
export type RotateWebhookSecretInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Global id of the webhook, or its UUID, as the audit log names it. */
    webhookId: string;
};
/** Which stock levels. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type StockLevelFilter = {
    /** Of items in these categories. */
    categories?: Array<string> | null | undefined;
    /** Of items in these conditions. */
    conditions?: Array<string> | null | undefined;
    /** At the locations of these codes. */
    locations?: Array<string> | null | undefined;
    /** Text in the SKU or in the item's name, upper or lower case. */
    search?: string | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** Stale (true) or not (false) by their own `staleAfterDays`. */
    stale?: boolean | null | undefined;
    /** Without movement for at least so many days, 1 to 3,650. */
    staleForDays?: number | null | undefined;
    /** With one of these statuses. */
    status?: Array<StockStatus> | null | undefined;
    /** Of items of these vendors. */
    vendors?: Array<string> | null | undefined;
};
/** The order of a list of stock levels; ties are broken by SKU, then by location, in the same direction. */
export declare const StockLevelSort: {
    /** The least available to promise first. */
    readonly AVAILABLE_ASC: 'AVAILABLE_ASC';
    /** The most available to promise first. */
    readonly AVAILABLE_DESC: 'AVAILABLE_DESC';
    /** The longest without movement first; a level that never moved counts from when it was made. */
    readonly LAST_MOVEMENT_ASC: 'LAST_MOVEMENT_ASC';
    /** By SKU, then by location, in code point order. */
    readonly SKU: 'SKU';
    /** The latest change first. */
    readonly UPDATED_DESC: 'UPDATED_DESC';
};
export type StockLevelSort = typeof StockLevelSort[keyof typeof StockLevelSort];
/** Which stock levels, by what a live event can decide: nothing that time alone changes. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type StockLevelStreamFilter = {
    /** Of items in these categories. */
    categories?: Array<string> | null | undefined;
    /** Of items in these conditions. */
    conditions?: Array<string> | null | undefined;
    /** At the locations of these codes. */
    locations?: Array<string> | null | undefined;
    /** Of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<StockStatus> | null | undefined;
    /** Of items of these vendors. */
    vendors?: Array<string> | null | undefined;
};
/** Thresholds of one SKU at one location, in base units. One that is left out stays as it is; one that is null is cleared. */
export type StockPolicyInput = {
    /** Refuse with STALE_VERSION unless the thresholds named here are still as they were seen; `stockLevel` then tells what they are. The level's `version` is not compared: it grows with each sale, the thresholds do not. */
    expected?: ExpectedStockPolicyInput | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** LOW at or below this much available; null: `reorderPoint` decides. */
    lowStockThreshold?: number | null | undefined;
    /** OVERSTOCK above this much on hand; must lie above where stock is LOW. */
    overstockThreshold?: number | null | undefined;
    /** Order anew when available to promise falls to this. */
    reorderPoint?: number | null | undefined;
    /** Units meant to be kept in reserve; null: 0. */
    safetyStock?: number | null | undefined;
    /** SKU of the item. */
    sku: string;
    /** Stale after so many days without movement, 1 to 3,650. */
    staleAfterDays?: number | null | undefined;
};
/** What a level's quantities mean under its thresholds. The first that holds, in this order: OUT_OF_STOCK, LOW, OVERSTOCK, IN_STOCK. */
export declare const StockStatus: {
    /** None of the others. */
    readonly IN_STOCK: 'IN_STOCK';
    /** Available to promise is at or below lowStockThreshold or, where there is none, at or below reorderPoint. */
    readonly LOW: 'LOW';
    /** Available to promise is 0. */
    readonly OUT_OF_STOCK: 'OUT_OF_STOCK';
    /** On hand is above overstockThreshold. */
    readonly OVERSTOCK: 'OVERSTOCK';
};
export type StockStatus = typeof StockStatus[keyof typeof StockStatus];
/** What an event of a stream tells. Clients keep a default branch: more may come. */
export declare const StreamEventType: {
    /** Everything up to `cursor` was sent: after a snapshot (an empty one too), after a replay, and now and then while nothing matches. */
    readonly CAUGHT_UP: 'CAUGHT_UP';
    /** The thing as it is after a change, and it matches the filter. */
    readonly CHANGE: 'CHANGE';
    /** The thing no longer matches the filter or may no longer be seen; only `nodeId` is told. */
    readonly REMOVED: 'REMOVED';
    /** Drop what you have: the past cannot be told without a gap. With `snapshot: true` a new snapshot follows on this stream. */
    readonly RESET: 'RESET';
    /** The thing as it was when the stream began. */
    readonly SNAPSHOT: 'SNAPSHOT';
};
export type StreamEventType = typeof StreamEventType[keyof typeof StreamEventType];
/** Which transfers. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type TransferFilter = {
    /** Sent by one of these locations, by their codes. */
    fromLocations?: Array<string> | null | undefined;
    /** With this number of a document. */
    reference?: string | null | undefined;
    /** Of one of these SKUs. */
    skus?: Array<string> | null | undefined;
    /** With one of these statuses. */
    status?: Array<TransferStatus> | null | undefined;
    /** Sent to one of these locations, by their codes. */
    toLocations?: Array<string> | null | undefined;
};
/** How far a transfer has come. */
export declare const TransferStatus: {
    /** What had not arrived was given back to the sender; `quantityReceived` tells what had. */
    readonly CANCELLED: 'CANCELLED';
    /** Not all of it has arrived: the rest is in the receiver's `quantityIncoming`. */
    readonly IN_TRANSIT: 'IN_TRANSIT';
    /** All of it has arrived. */
    readonly RECEIVED: 'RECEIVED';
};
export type TransferStatus = typeof TransferStatus[keyof typeof TransferStatus];
/** Units that leave one location for another. */
export type TransferStockInput = {
    /** Code of the location that sends them. */
    fromLocation: string;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** What happened, in words; at most 2,000 characters. */
    note?: string | null | undefined;
    /** Units, 1 to what the sender has available to promise. */
    quantity: number;
    /** Number of the document behind it, at most 200 characters; kept in the ledger with `referenceType` "transfer". */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
    /** Code of the location that is to receive them: another one. A SKU without a level there gets one. */
    toLocation: string;
};
/** Units that were set aside and go back on sale. */
export type UnholdStockInput = {
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units, 1 to what is unavailable. */
    quantity: number;
    /** Why: an active code of the query `reasonCodes`. */
    reasonCode?: string | null | undefined;
    /** Number of the document behind it; kept in the ledger with `referenceType` "hold". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** A webhook described anew: a field that is left out stays as it is, and so does one that is null, but for the description, which is cleared. */
export type UpdateWebhookInput = {
    /** False: it is told nothing from now on, and what waits for it is given up. True: it is told again, also where it was switched off for failing; `replayWebhookDeliveries` sends what it missed. */
    active?: boolean | null | undefined;
    /** What it is for, at most 2,000 characters. */
    description?: string | null | undefined;
    /** What to tell it from now on, at least one: all of it. */
    events?: Array<WebhookEventType> | null | undefined;
    /** Refuse with STALE_VERSION unless the webhook is at this version. */
    expectedVersion?: number | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Where to send: https, at most 2,048 characters, on port 443 or one from 1024 up, without user or fragment, on the public internet. */
    url?: string | null | undefined;
    /** Global id of the webhook, or its UUID, as the audit log names it. */
    webhookId: string;
};
/** A reason code, made if it is new. A field that is left out stays as it is; one that is null is cleared. A tenant has at most 200; none is ever removed, so that what names it stays readable. */
export type UpsertReasonCodeInput = {
    /** False: nobody may use it any more; true or null: it is in use. */
    active?: boolean | null | undefined;
    /** Which one, at most 64 characters; upper and lower case differ. */
    code: string;
    /** Which way it may change what is on hand; null: BOTH. */
    direction?: ReasonDirection | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** What people call it, at most 200 characters; null: the code in plain letters. */
    name?: string | null | undefined;
    /** Whether it needs a note that says what happened; null: false. */
    requiresNote?: boolean | null | undefined;
};
/** Why a mutation was refused. Of several reasons the first is told, in this order: the idempotency key, the input itself, what does not exist, what may not be used, what changed meanwhile, what the stock does not allow. */
export declare const UserErrorCode: {
    /** The adjustment waited too long for a decision. */
    readonly APPROVAL_EXPIRED: 'APPROVAL_EXPIRED';
    /** Two lines name the same thing. */
    readonly DUPLICATE_LINE: 'DUPLICATE_LINE';
    /** The key was used before with another request. A new request needs a new key. */
    readonly IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED';
    /** The thing is in a state that does not allow this. */
    readonly ILLEGAL_TRANSITION: 'ILLEGAL_TRANSITION';
    /** There are not that many units; `requested` and `available` tell how many. Counting below what is allocated is refused so too. */
    readonly INSUFFICIENT_STOCK: 'INSUFFICIENT_STOCK';
    /** A field is empty, too long, out of its bounds or holds characters that cannot be stored. */
    readonly INVALID_INPUT: 'INVALID_INPUT';
    /** The quantity is 0, negative or too large for what was asked. */
    readonly INVALID_QUANTITY: 'INVALID_QUANTITY';
    /** The item is archived; name another one, or restore it first. */
    readonly ITEM_ARCHIVED: 'ITEM_ARCHIVED';
    /** It would pass a limit; `limit` tells which. */
    readonly LIMIT_EXCEEDED: 'LIMIT_EXCEEDED';
    /** The location is closed; name another one, or open it again first. */
    readonly LOCATION_INACTIVE: 'LOCATION_INACTIVE';
    /** The SKU is stocked at several locations: name one. */
    readonly LOCATION_REQUIRED: 'LOCATION_REQUIRED';
    /** This reason code needs a note that says what happened. */
    readonly NOTE_REQUIRED: 'NOTE_REQUIRED';
    /** There is no such thing, or you may not see it. */
    readonly NOT_FOUND: 'NOT_FOUND';
    /** The order holds a reservation of other lines. */
    readonly ORDER_ALREADY_RESERVED: 'ORDER_ALREADY_RESERVED';
    /** Too much is waiting; try again after `retryAfterMs`. */
    readonly OVERLOADED: 'OVERLOADED';
    /** This reason code cannot change stock in that direction. */
    readonly REASON_DIRECTION_MISMATCH: 'REASON_DIRECTION_MISMATCH';
    /** The reservation expired before this was asked. */
    readonly RESERVATION_EXPIRED: 'RESERVATION_EXPIRED';
    /** Who asked for an adjustment can neither approve nor reject it; `cancelAdjustment` withdraws it. */
    readonly SELF_APPROVAL: 'SELF_APPROVAL';
    /** The level is no longer at `expectedVersion`, or its thresholds no longer as `expected`; `currentVersion` tells where it is. Read it again. */
    readonly STALE_VERSION: 'STALE_VERSION';
    /** There is no location with this code. */
    readonly UNKNOWN_LOCATION: 'UNKNOWN_LOCATION';
    /** There is no active reason code of this name; name one of the tenant's that is in use. */
    readonly UNKNOWN_REASON_CODE: 'UNKNOWN_REASON_CODE';
    /** There is no item with this SKU, or you may not see it. */
    readonly UNKNOWN_SKU: 'UNKNOWN_SKU';
};
export type UserErrorCode = typeof UserErrorCode[keyof typeof UserErrorCode];
/** Units that are thrown away. */
export type WasteStockInput = {
    /** True: of the units that are on hold, which do not go on sale in between. */
    fromHold?: boolean | null | undefined;
    /** Unique per tenant, subject and operation, 1 to 200 characters: sending the same request again under the same key changes nothing and gives the decision again. Kept for at least 24 hours. */
    idempotencyKey: string;
    /** Code of the location. Left out: the SKU's one level, or the tenant's default location while it has none; LOCATION_REQUIRED where it has several. */
    location?: string | null | undefined;
    /** What happened, in words; some reason codes need it. At most 2,000 characters. */
    note?: string | null | undefined;
    /** Units, 1 to what is available to promise or, with `fromHold`, unavailable. */
    quantity: number;
    /** Why: an active code of the query `reasonCodes` that may lower stock. Left out: none, the entry's kind says enough. */
    reasonCode?: string | null | undefined;
    /** Number of the document behind it; kept in the ledger with `referenceType` "waste". At most 200 characters. */
    reference?: string | null | undefined;
    /** SKU of the item. */
    sku: string;
};
/** Which deliveries. Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most 1,000 entries a list. */
export type WebhookDeliveryFilter = {
    /** That tell of one of these. */
    events?: Array<WebhookEventType> | null | undefined;
    /** Of this moment or later, by `createdAt`. */
    from?: string | null | undefined;
    /** In one of these states; DEAD: the dead-letter list. */
    states?: Array<WebhookDeliveryState> | null | undefined;
    /** Of before this moment, by `createdAt`. */
    to?: string | null | undefined;
    /** To this webhook, by its global id or UUID, also a deleted one's. */
    webhookId?: string | null | undefined;
};
/** What became of a message to a webhook. */
export declare const WebhookDeliveryState: {
    /** It was given up: it failed as often as it may, or the webhook was deleted or switched off. `replayWebhookDeliveries` makes it PENDING again. */
    readonly DEAD: 'DEAD';
    /** The address answered that it has it (2xx). */
    readonly DELIVERED: 'DELIVERED';
    /** It is to be sent, for the first time or again. */
    readonly PENDING: 'PENDING';
};
export type WebhookDeliveryState = typeof WebhookDeliveryState[keyof typeof WebhookDeliveryState];
/** What a webhook may be told of, each by a message of its own type. */
export declare const WebhookEventType: {
    /** A correction waits for approval: `inventory.adjustment_requested`. */
    readonly ADJUSTMENT_REQUESTED: 'ADJUSTMENT_REQUESTED';
    /** An alert opened because stock is low: `inventory.low_stock`. */
    readonly LOW_STOCK: 'LOW_STOCK';
    /** Stock ran out: an alert opened so, or turned from LOW_STOCK: `inventory.out_of_stock`. */
    readonly OUT_OF_STOCK: 'OUT_OF_STOCK';
    /** A reservation was still pending when its time came: `inventory.reservation_expired`. */
    readonly RESERVATION_EXPIRED: 'RESERVATION_EXPIRED';
    /** An alert opened because nothing moved for too long: `inventory.stale`. */
    readonly STALE: 'STALE';
};
export type WebhookEventType = typeof WebhookEventType[keyof typeof WebhookEventType];
export type AcknowledgeAlertMutationVariables = Exact<{
    input: AcknowledgeAlertInput;
}>;
export type AcknowledgeAlertMutation = {
    acknowledgeAlert: {
        alert: {
            id: string;
            version: number;
            kind: AlertKind;
            status: AlertStatus;
            sku: string;
            remainingQuantity: number;
            threshold: number | null;
            acknowledgedBy: string | null;
            acknowledgedAt: string | null;
            resolvedAt: string | null;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type AdjustStockBatchMutationVariables = Exact<{
    input: AdjustStockBatchInput;
}>;
export type AdjustStockBatchMutation = {
    adjustStockBatch: {
        results: Array<{
            adjustment: {
                id: string;
                status: AdjustmentStatus;
                quantityChange: number;
            } | null;
            stockLevel: {
                id: string;
                quantityOnHand: number;
                version: number;
            } | null;
            userErrors: Array<{
                code: UserErrorCode;
                field: Array<string> | null;
                message: string;
                requested: number | null;
                available: number | null;
                currentVersion: number | null;
            }>;
        }>;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type AdjustStockMutationVariables = Exact<{
    input: AdjustStockInput;
}>;
export type AdjustStockMutation = {
    adjustStock: {
        adjustment: {
            id: string;
            status: AdjustmentStatus;
            quantityChange: number;
            reasonCode: string;
            requestedBy: string | null;
        } | null;
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            availableToPromise: number;
            status: StockStatus;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
            requested: number | null;
            available: number | null;
            currentVersion: number | null;
        }>;
    } | null;
};
export type AdjustmentChangedSubscriptionVariables = Exact<{
    filter?: AdjustmentStreamFilter | null | undefined;
    snapshot?: boolean | null | undefined;
    after?: string | null | undefined;
}>;
export type AdjustmentChangedSubscription = {
    adjustmentChanged: {
        type: StreamEventType;
        cursor: string;
        occurredAt: string;
        nodeId: string | null;
        adjustment: {
            id: string;
            version: number;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            note: string | null;
            reference: string | null;
            requestedBy: string | null;
            requestedAt: string;
            expiresAt: string | null;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            item: {
                name: string;
                unitCost: string | null;
                currency: string | null;
                unitOfMeasure: string;
                quantityScale: number;
            };
            location: {
                code: string;
                name: string;
            };
        } | null;
    };
};
export type AdjustmentsQueryVariables = Exact<{
    filter?: AdjustmentFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type AdjustmentsQuery = {
    adjustments: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            version: number;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            note: string | null;
            requestedBy: string | null;
            requestedAt: string;
            expiresAt: string | null;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            location: {
                code: string;
            };
            item: {
                name: string;
            };
        }>;
    } | null;
};
export type AgingReportQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    asOf?: string | null | undefined;
    buckets?: Array<number> | number | null | undefined;
    by?: ReportGroupBy;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type AgingReportQuery = {
    agingReport: {
        asOf: string;
        currency: string;
        complete: boolean;
        totals: {
            units: number;
            value: string | null;
            averageAgeDays: string | null;
            oldestDays: number | null;
            buckets: Array<{
                fromDays: number;
                toDays: number | null;
                units: number;
                value: string | null;
            }>;
        };
        rows: {
            totalCount: number;
            pageInfo: {
                hasNextPage: boolean;
                endCursor: string | null;
            };
            nodes: Array<{
                key: string | null;
                units: number;
                value: string | null;
                averageAgeDays: string | null;
                oldestDays: number | null;
                item: {
                    quantityScale: number;
                } | null;
                buckets: Array<{
                    fromDays: number;
                    toDays: number | null;
                    units: number;
                    value: string | null;
                }>;
            }>;
        };
    } | null;
};
export type AgesFragment = {
    units: number;
    value: string | null;
    averageAgeDays: string | null;
    oldestDays: number | null;
    buckets: Array<{
        fromDays: number;
        toDays: number | null;
        units: number;
        value: string | null;
    }>;
};
export type AlertsQueryVariables = Exact<{
    filter?: AlertFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type AlertsQuery = {
    alerts: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            version: number;
            kind: AlertKind;
            status: AlertStatus;
            sku: string;
            remainingQuantity: number;
            threshold: number | null;
            openedAt: string;
            acknowledgedBy: string | null;
            acknowledgedAt: string | null;
            resolvedAt: string | null;
            item: {
                name: string;
            };
            location: {
                code: string;
            };
        }>;
    } | null;
};
export type ApprovalPolicyQueryVariables = Exact<{
    [key: string]: never;
}>;
export type ApprovalPolicyQuery = {
    approvalPolicy: {
        currency: string;
        expiresAfterHours: number | null;
        rules: Array<{
            unitsOver: number | null;
            valueOver: string | null;
            reasonCodes: Array<string> | null;
            locations: Array<string> | null;
            roles: Array<string> | null;
        }>;
    } | null;
};
export type ApproveAdjustmentMutationVariables = Exact<{
    input: DecideAdjustmentInput;
}>;
export type ApproveAdjustmentMutation = {
    approveAdjustment: {
        adjustment: {
            id: string;
            version: number;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            note: string | null;
            requestedBy: string | null;
            requestedAt: string;
            expiresAt: string | null;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            location: {
                code: string;
            };
        } | null;
        stockLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type AuditLogQueryVariables = Exact<{
    filter?: AuditFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type AuditLogQuery = {
    auditLog: {
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            at: string;
            actor: string;
            action: string;
            subjectType: string;
            subject: string;
            detail: unknown;
            requestId: string | null;
        }>;
    } | null;
};
export type AvailabilityQueryVariables = Exact<{
    skus: Array<string> | string;
    location?: string | null | undefined;
}>;
export type AvailabilityQuery = {
    availability: Array<{
        sku: string;
        known: boolean;
        availableToPromise: number;
        asOf: string;
    }>;
};
export type CancelAdjustmentMutationVariables = Exact<{
    input: DecideAdjustmentInput;
}>;
export type CancelAdjustmentMutation = {
    cancelAdjustment: {
        adjustment: {
            id: string;
            version: number;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            note: string | null;
            requestedBy: string | null;
            requestedAt: string;
            expiresAt: string | null;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            location: {
                code: string;
            };
        } | null;
        stockLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type CancelTransferMutationVariables = Exact<{
    input: CancelTransferInput;
}>;
export type CancelTransferMutation = {
    cancelTransfer: {
        transfer: {
            id: string;
            version: number;
            status: TransferStatus;
            sku: string;
            quantity: number;
            quantityReceived: number;
            reference: string | null;
            from: {
                code: string;
            };
            to: {
                code: string;
            };
        } | null;
        fromLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        toLevel: {
            id: string;
            quantityOnHand: number;
            quantityIncoming: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type CloseCycleCountMutationVariables = Exact<{
    input: CloseCycleCountInput;
}>;
export type CloseCycleCountMutation = {
    closeCycleCount: {
        cycleCount: {
            id: string;
            version: number;
            status: CycleCountStatus;
            blind: boolean;
            reference: string | null;
            location: {
                code: string;
            };
            lines: Array<{
                sku: string;
                quantityExpected: number | null;
                quantityCounted: number | null;
                difference: number | null;
                countedBy: string | null;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type CommitReservationMutationVariables = Exact<{
    input: CommitReservationInput;
}>;
export type CommitReservationMutation = {
    commitReservation: {
        reservation: {
            id: string;
            status: ReservationStatus;
            expiresAt: string | null;
            version: number;
            lines: Array<{
                id: string;
                quantityAllocated: number;
                quantityBackordered: number;
                quantityCommitted: number;
                quantityReleased: number;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type ConfirmReservationMutationVariables = Exact<{
    input: ConfirmReservationInput;
}>;
export type ConfirmReservationMutation = {
    confirmReservation: {
        reservation: {
            id: string;
            status: ReservationStatus;
            expiresAt: string | null;
            version: number;
            lines: Array<{
                id: string;
                quantityAllocated: number;
                quantityBackordered: number;
                quantityCommitted: number;
                quantityReleased: number;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type CountStockMutationVariables = Exact<{
    input: CountStockInput;
}>;
export type CountStockMutation = {
    countStock: {
        adjustment: {
            id: string;
            status: AdjustmentStatus;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            requestedBy: string | null;
        } | null;
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            availableToPromise: number;
            status: StockStatus;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
            requested: number | null;
            available: number | null;
            currentVersion: number | null;
        }>;
    } | null;
};
export type CreateCycleCountMutationVariables = Exact<{
    input: CreateCycleCountInput;
}>;
export type CreateCycleCountMutation = {
    createCycleCount: {
        cycleCount: {
            id: string;
            version: number;
            status: CycleCountStatus;
            blind: boolean;
            reference: string | null;
            location: {
                code: string;
            };
            lines: Array<{
                sku: string;
                quantityExpected: number | null;
                item: {
                    name: string;
                };
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
        }>;
    } | null;
};
export type CreateWebhookMutationVariables = Exact<{
    input: CreateWebhookInput;
}>;
export type CreateWebhookMutation = {
    createWebhook: {
        secret: string | null;
        webhook: {
            id: string;
            version: number;
            url: string;
            description: string | null;
            events: Array<WebhookEventType>;
            active: boolean;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            limit: number | null;
        }>;
    } | null;
};
export type CycleCountQueryVariables = Exact<{
    id: string;
}>;
export type CycleCountQuery = {
    cycleCount: {
        id: string;
        version: number;
        status: CycleCountStatus;
        blind: boolean;
        reference: string | null;
        createdBy: string;
        createdAt: string;
        updatedAt: string;
        location: {
            code: string;
            name: string;
        };
        lines: Array<{
            sku: string;
            quantityExpected: number | null;
            quantityCounted: number | null;
            difference: number | null;
            countedBy: string | null;
            countedAt: string | null;
            item: {
                name: string;
            };
            adjustment: {
                id: string;
                status: AdjustmentStatus;
                decidedBy: string | null;
            } | null;
        }>;
    } | null;
};
export type CycleCountsQueryVariables = Exact<{
    filter?: CycleCountFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type CycleCountsQuery = {
    cycleCounts: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            version: number;
            status: CycleCountStatus;
            blind: boolean;
            reference: string | null;
            createdBy: string;
            createdAt: string;
            updatedAt: string;
            location: {
                code: string;
            };
        }>;
    } | null;
};
export type DeadStockQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type DeadStockQuery = {
    healthReport: {
        currency: string;
        complete: boolean;
        deadStock: {
            totalCount: number;
            pageInfo: {
                hasNextPage: boolean;
                endCursor: string | null;
            };
            nodes: Array<{
                sku: string;
                quantityOnHand: number;
                value: string | null;
                lastMovementAt: string | null;
                daysWithoutMovement: number | null;
                item: {
                    name: string;
                    quantityScale: number;
                };
            }>;
        };
    } | null;
};
export type DeleteWebhookMutationVariables = Exact<{
    input: DeleteWebhookInput;
}>;
export type DeleteWebhookMutation = {
    deleteWebhook: {
        deletedWebhookId: string | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type EndedAdjustmentsQueryVariables = Exact<{
    filter?: AdjustmentFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type EndedAdjustmentsQuery = {
    adjustments: {
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            reasonCode: string;
            note: string | null;
            requestedBy: string | null;
            requestedAt: string;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            item: {
                name: string;
                quantityScale: number;
            };
            location: {
                code: string;
            };
        }>;
    } | null;
};
export type ExampleLevelsQueryVariables = Exact<{
    [key: string]: never;
}>;
export type ExampleLevelsQuery = {
    stockLevels: {
        nodes: Array<{
            sku: string;
            location: {
                code: string;
            };
        }>;
    };
};
export type ExtendReservationMutationVariables = Exact<{
    input: ExtendReservationInput;
}>;
export type ExtendReservationMutation = {
    extendReservation: {
        reservation: {
            id: string;
            status: ReservationStatus;
            expiresAt: string | null;
            version: number;
            lines: Array<{
                id: string;
                quantityAllocated: number;
                quantityBackordered: number;
                quantityCommitted: number;
                quantityReleased: number;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type FindItemQueryVariables = Exact<{
    code: string;
}>;
export type FindItemQuery = {
    bySku: {
        sku: string;
        archivedAt: string | null;
    } | null;
    byBarcode: {
        nodes: Array<{
            sku: string;
        }>;
    };
};
export type HealthComparedQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
    beforeFrom: string;
    beforeTo: string;
}>;
export type HealthComparedQuery = {
    now: {
        from: string;
        to: string;
        timeZone: string;
        currency: string;
        itemsWithoutValue: number;
        complete: boolean;
        metrics: {
            inventoryTurnover: string | null;
            daysOfInventory: string | null;
            sellThroughRate: string | null;
            stockOutRate: string | null;
            fillRate: string | null;
            unitsSold: number;
            unitsReturned: number;
            costOfGoodsSold: string | null;
            averageInventoryUnits: string;
            averageInventoryValue: string | null;
            shrinkageUnits: number;
            shrinkageRate: string | null;
        };
    } | null;
    before: {
        from: string;
        to: string;
        metrics: {
            inventoryTurnover: string | null;
            daysOfInventory: string | null;
            sellThroughRate: string | null;
            stockOutRate: string | null;
            fillRate: string | null;
            unitsSold: number;
            unitsReturned: number;
            costOfGoodsSold: string | null;
            averageInventoryUnits: string;
            averageInventoryValue: string | null;
            shrinkageUnits: number;
            shrinkageRate: string | null;
        };
    } | null;
};
export type ComparedFragment = {
    inventoryTurnover: string | null;
    daysOfInventory: string | null;
    sellThroughRate: string | null;
    stockOutRate: string | null;
    fillRate: string | null;
    unitsSold: number;
    unitsReturned: number;
    costOfGoodsSold: string | null;
    averageInventoryUnits: string;
    averageInventoryValue: string | null;
    shrinkageUnits: number;
    shrinkageRate: string | null;
};
export type HealthGroupsQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
    by?: ReportGroupBy;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type HealthGroupsQuery = {
    healthReport: {
        currency: string;
        complete: boolean;
        groups: {
            totalCount: number;
            pageInfo: {
                hasNextPage: boolean;
                endCursor: string | null;
            };
            nodes: Array<{
                key: string | null;
                item: {
                    quantityScale: number;
                } | null;
                metrics: {
                    inventoryTurnover: string | null;
                    daysOfInventory: string | null;
                    sellThroughRate: string | null;
                    stockOutRate: string | null;
                    fillRate: string | null;
                    unitsSold: number;
                    averageInventoryValue: string | null;
                };
            }>;
        };
    } | null;
};
export type HealthReportQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
    by?: ReportGroupBy;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type HealthReportQuery = {
    healthReport: {
        from: string;
        to: string;
        timeZone: string;
        currency: string;
        itemsWithoutValue: number;
        complete: boolean;
        metrics: {
            inventoryTurnover: string | null;
            daysOfInventory: string | null;
            averageInventoryUnits: string;
            averageInventoryValue: string | null;
            unitsSold: number;
            unitsReturned: number;
            costOfGoodsSold: string | null;
            sellThroughRate: string | null;
            stockOutRate: string | null;
            fillRate: string | null;
            shrinkageUnits: number;
            shrinkageRate: string | null;
        };
        groups: {
            totalCount: number;
            pageInfo: {
                hasNextPage: boolean;
                endCursor: string | null;
            };
            nodes: Array<{
                key: string | null;
                metrics: {
                    inventoryTurnover: string | null;
                    daysOfInventory: string | null;
                    averageInventoryUnits: string;
                    averageInventoryValue: string | null;
                    unitsSold: number;
                    unitsReturned: number;
                    costOfGoodsSold: string | null;
                    sellThroughRate: string | null;
                    stockOutRate: string | null;
                    fillRate: string | null;
                    shrinkageUnits: number;
                    shrinkageRate: string | null;
                };
            }>;
        };
        deadStock: {
            totalCount: number;
            nodes: Array<{
                sku: string;
                quantityOnHand: number;
                value: string | null;
                lastMovementAt: string | null;
                daysWithoutMovement: number | null;
            }>;
        };
        series: Array<{
            date: string;
            to: string;
            metrics: {
                unitsSold: number;
                averageInventoryUnits: string;
                stockOutRate: string | null;
            };
        }>;
    } | null;
};
export type FiguresFragment = {
    inventoryTurnover: string | null;
    daysOfInventory: string | null;
    averageInventoryUnits: string;
    averageInventoryValue: string | null;
    unitsSold: number;
    unitsReturned: number;
    costOfGoodsSold: string | null;
    sellThroughRate: string | null;
    stockOutRate: string | null;
    fillRate: string | null;
    shrinkageUnits: number;
    shrinkageRate: string | null;
};
export type HealthSeriesQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
    beforeFrom: string;
    beforeTo: string;
    points?: number | null | undefined;
}>;
export type HealthSeriesQuery = {
    now: {
        complete: boolean;
        series: Array<{
            date: string;
            to: string;
            metrics: {
                inventoryTurnover: string | null;
                daysOfInventory: string | null;
                sellThroughRate: string | null;
                stockOutRate: string | null;
                fillRate: string | null;
            };
        }>;
    } | null;
    before: {
        series: Array<{
            metrics: {
                inventoryTurnover: string | null;
                daysOfInventory: string | null;
                sellThroughRate: string | null;
                stockOutRate: string | null;
                fillRate: string | null;
            };
        }>;
    } | null;
};
export type DrawnFragment = {
    inventoryTurnover: string | null;
    daysOfInventory: string | null;
    sellThroughRate: string | null;
    stockOutRate: string | null;
    fillRate: string | null;
};
export type HoldStockMutationVariables = Exact<{
    input: HoldStockInput;
}>;
export type HoldStockMutation = {
    holdStock: {
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityUnavailable: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type ItemLedgerQueryVariables = Exact<{
    skus: Array<string> | string;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type ItemLedgerQuery = {
    ledger: {
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            occurredAt: string;
            kind: LedgerKind;
            quantityOnHandChange: number;
            quantityOnHandAfter: number;
            quantityAllocatedChange: number;
            quantityAllocatedAfter: number;
            quantityUnavailableChange: number;
            quantityUnavailableAfter: number;
            quantityIncomingChange: number;
            quantityIncomingAfter: number;
            availableToPromiseAfter: number;
            reasonCode: string | null;
            note: string | null;
            referenceType: string | null;
            reference: string | null;
            actor: string | null;
            location: {
                code: string;
            };
        }>;
    } | null;
};
export type ItemStockQueryVariables = Exact<{
    sku: string;
}>;
export type ItemStockQuery = {
    stock: {
        sku: string;
        item: {
            id: string;
            name: string;
            category: string | null;
            vendor: string | null;
            condition: string | null;
            price: string | null;
            unitCost: string | null;
            currency: string | null;
            unitOfMeasure: string;
            quantityScale: number;
            barcodes: Array<string>;
            leadTimeDays: number | null;
        };
        levels: Array<{
            id: string;
            reorderPoint: number | null;
            safetyStock: number;
            lowStockThreshold: number | null;
            overstockThreshold: number | null;
            staleAfterDays: number | null;
            stale: boolean;
            lastMovementAt: string | null;
            version: number;
            location: {
                code: string;
                name: string;
            };
        }>;
    } | null;
};
export type ItemsQueryVariables = Exact<{
    filter?: ItemFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type ItemsQuery = {
    items: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            sku: string;
            name: string;
            category: string | null;
            vendor: string | null;
            price: string | null;
            unitCost: string | null;
            currency: string | null;
            unitOfMeasure: string;
            archivedAt: string | null;
        }>;
    };
};
export type LevelHistoriesQueryVariables = Exact<{
    skus: Array<string> | string;
    locations: Array<string> | string;
    first?: number | null | undefined;
}>;
export type LevelHistoriesQuery = {
    stockLevels: {
        nodes: Array<{
            id: string;
            history: Array<{
                availableToPromise: number;
            }>;
        }>;
    };
};
export type LevelsToAdjustQueryVariables = Exact<{
    sku: string;
}>;
export type LevelsToAdjustQuery = {
    item: {
        sku: string;
        name: string;
        unitOfMeasure: string;
        quantityScale: number;
    } | null;
    stockLevels: {
        nodes: Array<{
            id: string;
            quantityOnHand: number;
            quantityAllocated: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
                name: string;
            };
        }>;
    };
};
export type LocationsQueryVariables = Exact<{
    filter?: LocationFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type LocationsQuery = {
    locations: {
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            code: string;
            name: string;
            kind: string;
        }>;
    };
};
export type LowStockAlertsSubscriptionVariables = Exact<{
    filter?: AlertFilter | null | undefined;
    snapshot?: boolean | null | undefined;
    after?: string | null | undefined;
}>;
export type LowStockAlertsSubscription = {
    lowStockAlerts: {
        type: StreamEventType;
        cursor: string;
        occurredAt: string;
        nodeId: string | null;
        alert: {
            id: string;
            version: number;
            kind: AlertKind;
            status: AlertStatus;
            sku: string;
            remainingQuantity: number;
            threshold: number | null;
            endsAbove: number | null;
            openedAt: string;
            acknowledgedBy: string | null;
            acknowledgedAt: string | null;
            resolvedAt: string | null;
            item: {
                name: string;
                unitOfMeasure: string;
                quantityScale: number;
            };
            location: {
                code: string;
                name: string;
            };
        } | null;
    };
};
export type ReasonCodesQueryVariables = Exact<{
    [key: string]: never;
}>;
export type ReasonCodesQuery = {
    reasonCodes: Array<{
        code: string;
        name: string;
        direction: ReasonDirection;
        requiresNote: boolean;
        active: boolean;
    }>;
};
export type ReceiveStockMutationVariables = Exact<{
    input: ReceiveStockInput;
}>;
export type ReceiveStockMutation = {
    receiveStock: {
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
        }>;
    } | null;
};
export type ReceiveTransferMutationVariables = Exact<{
    input: ReceiveTransferInput;
}>;
export type ReceiveTransferMutation = {
    receiveTransfer: {
        transfer: {
            id: string;
            version: number;
            status: TransferStatus;
            sku: string;
            quantity: number;
            quantityReceived: number;
            reference: string | null;
            from: {
                code: string;
            };
            to: {
                code: string;
            };
        } | null;
        fromLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        toLevel: {
            id: string;
            quantityOnHand: number;
            quantityIncoming: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type RecordCycleCountMutationVariables = Exact<{
    input: RecordCycleCountInput;
}>;
export type RecordCycleCountMutation = {
    recordCycleCount: {
        line: {
            sku: string;
            quantityExpected: number | null;
            quantityCounted: number | null;
            difference: number | null;
            countedBy: string | null;
            countedAt: string | null;
            adjustment: {
                id: string;
                status: AdjustmentStatus;
            } | null;
        } | null;
        cycleCount: {
            id: string;
            version: number;
            status: CycleCountStatus;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type RejectAdjustmentMutationVariables = Exact<{
    input: DecideAdjustmentInput;
}>;
export type RejectAdjustmentMutation = {
    rejectAdjustment: {
        adjustment: {
            id: string;
            version: number;
            status: AdjustmentStatus;
            sku: string;
            quantityChange: number;
            quantityCounted: number | null;
            reasonCode: string;
            note: string | null;
            requestedBy: string | null;
            requestedAt: string;
            expiresAt: string | null;
            decidedBy: string | null;
            decidedAt: string | null;
            decisionNote: string | null;
            location: {
                code: string;
            };
        } | null;
        stockLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type ReleaseReservationMutationVariables = Exact<{
    input: ReleaseReservationInput;
}>;
export type ReleaseReservationMutation = {
    releaseReservation: {
        reservation: {
            id: string;
            status: ReservationStatus;
            expiresAt: string | null;
            version: number;
            lines: Array<{
                id: string;
                quantityAllocated: number;
                quantityBackordered: number;
                quantityCommitted: number;
                quantityReleased: number;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type ReplayWebhookDeliveriesMutationVariables = Exact<{
    input: ReplayWebhookDeliveriesInput;
}>;
export type ReplayWebhookDeliveriesMutation = {
    replayWebhookDeliveries: {
        count: number;
        remaining: number;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            limit: number | null;
        }>;
    } | null;
};
export type ReportCompletenessQueryVariables = Exact<{
    filter?: ReportFilter | null | undefined;
    from: string;
    to: string;
}>;
export type ReportCompletenessQuery = {
    healthReport: {
        complete: boolean;
    } | null;
    agingReport: {
        complete: boolean;
    } | null;
};
export type ReportKeysQueryVariables = Exact<{
    from: string;
    to: string;
}>;
export type ReportKeysQuery = {
    healthReport: {
        categories: {
            nodes: Array<{
                key: string | null;
            }>;
        };
        vendors: {
            nodes: Array<{
                key: string | null;
            }>;
        };
        locations: {
            nodes: Array<{
                key: string | null;
            }>;
        };
    } | null;
};
export type ReservationChangedSubscriptionVariables = Exact<{
    filter?: ReservationStreamFilter | null | undefined;
    snapshot?: boolean | null | undefined;
    after?: string | null | undefined;
}>;
export type ReservationChangedSubscription = {
    reservationChanged: {
        type: StreamEventType;
        cursor: string;
        occurredAt: string;
        nodeId: string | null;
        reservation: {
            id: string;
            orderId: string;
            status: ReservationStatus;
            version: number;
            channel: string | null;
            expiresAt: string | null;
            createdAt: string;
            updatedAt: string;
            failureCode: UserErrorCode | null;
            lines: Array<{
                id: string;
                sku: string;
                quantity: number;
                quantityAllocated: number;
                quantityBackordered: number;
                quantityCommitted: number;
                quantityReleased: number;
                item: {
                    name: string;
                    quantityScale: number;
                } | null;
                location: {
                    code: string;
                } | null;
            }>;
        } | null;
    };
};
export type ReservationQueryVariables = Exact<{
    id?: string | null | undefined;
    orderId?: string | null | undefined;
}>;
export type ReservationQuery = {
    reservation: {
        id: string;
        version: number;
        orderId: string;
        status: ReservationStatus;
        channel: string | null;
        expiresAt: string | null;
        createdAt: string;
        updatedAt: string;
        failureCode: UserErrorCode | null;
        lines: Array<{
            id: string;
            sku: string;
            quantity: number;
            quantityAllocated: number;
            quantityBackordered: number;
            quantityCommitted: number;
            quantityReleased: number;
            item: {
                name: string;
            } | null;
            location: {
                code: string;
            } | null;
        }>;
        shortages: Array<{
            sku: string;
            location: string | null;
            requested: number;
            available: number;
        }>;
    } | null;
};
export type ReservationsQueryVariables = Exact<{
    filter?: ReservationFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type ReservationsQuery = {
    reservations: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            orderId: string;
            status: ReservationStatus;
            channel: string | null;
            expiresAt: string | null;
            createdAt: string;
            lines: Array<{
                sku: string;
                quantity: number;
                quantityAllocated: number;
                quantityBackordered: number;
                item: {
                    quantityScale: number;
                } | null;
                location: {
                    code: string;
                } | null;
            }>;
        }>;
    } | null;
};
export type ReserveStockMutationVariables = Exact<{
    input: ReserveStockInput;
}>;
export type ReserveStockMutation = {
    reserveStock: {
        reservation: {
            id: string;
            status: ReservationStatus;
            expiresAt: string | null;
            version: number;
            lines: Array<{
                id: string;
                sku: string;
                quantityAllocated: number;
                quantityBackordered: number;
                location: {
                    code: string;
                } | null;
            }>;
        } | null;
        shortages: Array<{
            sku: string;
            location: string | null;
            requested: number;
            available: number;
        }>;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
            requested: number | null;
            available: number | null;
            retryAfterMs: number | null;
        }>;
    } | null;
};
export type ReturnStockMutationVariables = Exact<{
    input: ReturnStockInput;
}>;
export type ReturnStockMutation = {
    returnStock: {
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            sku: string | null;
            location: string | null;
        }>;
    } | null;
};
export type RotateWebhookSecretMutationVariables = Exact<{
    input: RotateWebhookSecretInput;
}>;
export type RotateWebhookSecretMutation = {
    rotateWebhookSecret: {
        secret: string | null;
        webhook: {
            id: string;
            version: number;
            updatedAt: string;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type SetApprovalPolicyMutationVariables = Exact<{
    input: ApprovalPolicyInput;
}>;
export type SetApprovalPolicyMutation = {
    setApprovalPolicy: {
        policy: {
            currency: string;
            expiresAfterHours: number | null;
            rules: Array<{
                unitsOver: number | null;
                valueOver: string | null;
                reasonCodes: Array<string> | null;
                locations: Array<string> | null;
                roles: Array<string> | null;
            }>;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            limit: number | null;
        }>;
    } | null;
};
export type SetStockPolicyMutationVariables = Exact<{
    input: StockPolicyInput;
}>;
export type SetStockPolicyMutation = {
    setStockPolicy: {
        stockLevel: {
            id: string;
            sku: string;
            availableToPromise: number;
            reorderPoint: number | null;
            safetyStock: number;
            lowStockThreshold: number | null;
            overstockThreshold: number | null;
            staleAfterDays: number | null;
            status: StockStatus;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type StockLevelChangedSubscriptionVariables = Exact<{
    filter?: StockLevelStreamFilter | null | undefined;
    snapshot?: boolean | null | undefined;
    after?: string | null | undefined;
}>;
export type StockLevelChangedSubscription = {
    stockLevelChanged: {
        type: StreamEventType;
        cursor: string;
        occurredAt: string;
        nodeId: string | null;
        previousVersion: number | null;
        previousAvailableToPromise: number | null;
        cause: {
            kind: LedgerKind | null;
            reasonCode: string | null;
            reference: string | null;
            actor: string | null;
        } | null;
        level: {
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityAllocated: number;
            availableToPromise: number;
            status: StockStatus;
            version: number;
            updatedAt: string;
            item: {
                name: string;
            };
            location: {
                code: string;
            };
        } | null;
    };
};
export type StockLevelWithLedgerQueryVariables = Exact<{
    sku: string;
    location?: string | null | undefined;
    entries?: number | null | undefined;
}>;
export type StockLevelWithLedgerQuery = {
    stockLevel: {
        id: string;
        sku: string;
        quantityOnHand: number;
        quantityAllocated: number;
        quantityUnavailable: number;
        quantityIncoming: number;
        availableToPromise: number;
        reorderPoint: number | null;
        status: StockStatus;
        version: number;
        item: {
            name: string;
            vendor: string | null;
            price: string | null;
            currency: string | null;
        };
        location: {
            code: string;
            name: string;
        };
        ledger: {
            nodes: Array<{
                id: string;
                recordedAt: string;
                kind: LedgerKind;
                quantityOnHandChange: number;
                quantityOnHandAfter: number;
                reasonCode: string | null;
                note: string | null;
                reference: string | null;
                actor: string | null;
            }>;
            pageInfo: {
                hasNextPage: boolean;
                endCursor: string | null;
            };
        };
    } | null;
};
export type StockLevelsAsOfQueryVariables = Exact<{
    at: string;
    filter?: StockLevelFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type StockLevelsAsOfQuery = {
    stockLevels: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityAllocated: number;
            availableToPromise: number;
            version: number;
            item: {
                name: string;
            };
            location: {
                code: string;
            };
        }>;
    };
};
export type StockLevelsQueryVariables = Exact<{
    filter?: StockLevelFilter | null | undefined;
    sort?: StockLevelSort | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type StockLevelsQuery = {
    stockLevels: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityAllocated: number;
            availableToPromise: number;
            status: StockStatus;
            updatedAt: string;
            item: {
                name: string;
                category: string | null;
            };
            location: {
                code: string;
            };
        }>;
    };
};
export type TransferStockMutationVariables = Exact<{
    input: TransferStockInput;
}>;
export type TransferStockMutation = {
    transferStock: {
        transfer: {
            id: string;
            version: number;
            status: TransferStatus;
            sku: string;
            quantity: number;
            quantityReceived: number;
            reference: string | null;
            from: {
                code: string;
            };
            to: {
                code: string;
            };
        } | null;
        fromLevel: {
            id: string;
            quantityOnHand: number;
            availableToPromise: number;
            version: number;
        } | null;
        toLevel: {
            id: string;
            quantityOnHand: number;
            quantityIncoming: number;
            availableToPromise: number;
            version: number;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type TransfersQueryVariables = Exact<{
    filter?: TransferFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type TransfersQuery = {
    transfers: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            version: number;
            status: TransferStatus;
            sku: string;
            quantity: number;
            quantityReceived: number;
            reference: string | null;
            createdAt: string;
            updatedAt: string;
            item: {
                name: string;
            };
            from: {
                code: string;
            };
            to: {
                code: string;
            };
        }>;
    } | null;
};
export type UnholdStockMutationVariables = Exact<{
    input: UnholdStockInput;
}>;
export type UnholdStockMutation = {
    unholdStock: {
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityUnavailable: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type UpdateWebhookMutationVariables = Exact<{
    input: UpdateWebhookInput;
}>;
export type UpdateWebhookMutation = {
    updateWebhook: {
        webhook: {
            id: string;
            version: number;
            url: string;
            description: string | null;
            events: Array<WebhookEventType>;
            active: boolean;
            disabledReason: string | null;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            currentVersion: number | null;
        }>;
    } | null;
};
export type UpsertReasonCodeMutationVariables = Exact<{
    input: UpsertReasonCodeInput;
}>;
export type UpsertReasonCodeMutation = {
    upsertReasonCode: {
        reasonCode: {
            code: string;
            name: string;
            direction: ReasonDirection;
            requiresNote: boolean;
            active: boolean;
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
        }>;
    } | null;
};
export type ViewerQueryVariables = Exact<{
    [key: string]: never;
}>;
export type ViewerQuery = {
    viewer: {
        subject: string;
        roles: Array<string>;
        vendor: string | null;
        tenant: {
            slug: string;
            name: string;
            currency: string;
            timeZone: string;
        };
    };
};
export type WasteStockMutationVariables = Exact<{
    input: WasteStockInput;
}>;
export type WasteStockMutation = {
    wasteStock: {
        stockLevel: {
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityUnavailable: number;
            availableToPromise: number;
            version: number;
            location: {
                code: string;
            };
        } | null;
        userErrors: Array<{
            code: UserErrorCode;
            field: Array<string> | null;
            message: string;
            requested: number | null;
            available: number | null;
        }>;
    } | null;
};
export type WatchStockSubscriptionVariables = Exact<{
    filter?: StockLevelStreamFilter | null | undefined;
    snapshot?: boolean | null | undefined;
    after?: string | null | undefined;
}>;
export type WatchStockSubscription = {
    stockLevelChanged: {
        type: StreamEventType;
        cursor: string;
        occurredAt: string;
        nodeId: string | null;
        level: {
            id: string;
            sku: string;
            quantityOnHand: number;
            quantityAllocated: number;
            quantityUnavailable: number;
            quantityIncoming: number;
            availableToPromise: number;
            status: StockStatus;
            version: number;
            updatedAt: string;
            item: {
                name: string;
                category: string | null;
                vendor: string | null;
                unitOfMeasure: string;
                quantityScale: number;
            };
            location: {
                code: string;
            };
        } | null;
    };
};
export type WebhookDeliveriesQueryVariables = Exact<{
    filter?: WebhookDeliveryFilter | null | undefined;
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type WebhookDeliveriesQuery = {
    webhookDeliveries: {
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            messageId: string;
            event: WebhookEventType;
            state: WebhookDeliveryState;
            nextAttemptAt: string | null;
            createdAt: string;
            deliveredAt: string | null;
            webhook: {
                id: string;
                url: string;
            } | null;
            attempts: Array<{
                at: string;
                status: number | null;
                error: string | null;
            }>;
        }>;
    } | null;
};
export type WebhookDeliveryQueryVariables = Exact<{
    id: string;
}>;
export type WebhookDeliveryQuery = {
    node: {
        id: string;
        messageId: string;
        event: WebhookEventType;
        state: WebhookDeliveryState;
        payload: string;
        nextAttemptAt: string | null;
        createdAt: string;
        deliveredAt: string | null;
        webhook: {
            id: string;
            url: string;
            active: boolean;
            disabledReason: string | null;
        } | null;
        attempts: Array<{
            at: string;
            status: number | null;
            error: string | null;
            durationMs: number;
            answer: string | null;
        }>;
    } | Record<PropertyKey, never> | null;
};
export type WebhooksQueryVariables = Exact<{
    first?: number | null | undefined;
    after?: string | null | undefined;
}>;
export type WebhooksQuery = {
    webhooks: {
        totalCount: number;
        pageInfo: {
            hasNextPage: boolean;
            endCursor: string | null;
        };
        nodes: Array<{
            id: string;
            version: number;
            url: string;
            description: string | null;
            events: Array<WebhookEventType>;
            active: boolean;
            disabledReason: string | null;
            createdBy: string;
            createdAt: string;
            updatedAt: string;
        }>;
    } | null;
};
export declare const AgesFragmentDoc: DocumentNode<AgesFragment, unknown>;
export declare const ComparedFragmentDoc: DocumentNode<ComparedFragment, unknown>;
export declare const FiguresFragmentDoc: DocumentNode<FiguresFragment, unknown>;
export declare const DrawnFragmentDoc: DocumentNode<DrawnFragment, unknown>;
export declare const AcknowledgeAlertDocument: DocumentNode<AcknowledgeAlertMutation, AcknowledgeAlertMutationVariables>;
export declare const AdjustStockBatchDocument: DocumentNode<AdjustStockBatchMutation, AdjustStockBatchMutationVariables>;
export declare const AdjustStockDocument: DocumentNode<AdjustStockMutation, AdjustStockMutationVariables>;
export declare const AdjustmentChangedDocument: DocumentNode<AdjustmentChangedSubscription, AdjustmentChangedSubscriptionVariables>;
export declare const AdjustmentsDocument: DocumentNode<AdjustmentsQuery, AdjustmentsQueryVariables>;
export declare const AgingReportDocument: DocumentNode<AgingReportQuery, AgingReportQueryVariables>;
export declare const AlertsDocument: DocumentNode<AlertsQuery, AlertsQueryVariables>;
export declare const ApprovalPolicyDocument: DocumentNode<ApprovalPolicyQuery, ApprovalPolicyQueryVariables>;
export declare const ApproveAdjustmentDocument: DocumentNode<ApproveAdjustmentMutation, ApproveAdjustmentMutationVariables>;
export declare const AuditLogDocument: DocumentNode<AuditLogQuery, AuditLogQueryVariables>;
export declare const AvailabilityDocument: DocumentNode<AvailabilityQuery, AvailabilityQueryVariables>;
export declare const CancelAdjustmentDocument: DocumentNode<CancelAdjustmentMutation, CancelAdjustmentMutationVariables>;
export declare const CancelTransferDocument: DocumentNode<CancelTransferMutation, CancelTransferMutationVariables>;
export declare const CloseCycleCountDocument: DocumentNode<CloseCycleCountMutation, CloseCycleCountMutationVariables>;
export declare const CommitReservationDocument: DocumentNode<CommitReservationMutation, CommitReservationMutationVariables>;
export declare const ConfirmReservationDocument: DocumentNode<ConfirmReservationMutation, ConfirmReservationMutationVariables>;
export declare const CountStockDocument: DocumentNode<CountStockMutation, CountStockMutationVariables>;
export declare const CreateCycleCountDocument: DocumentNode<CreateCycleCountMutation, CreateCycleCountMutationVariables>;
export declare const CreateWebhookDocument: DocumentNode<CreateWebhookMutation, CreateWebhookMutationVariables>;
export declare const CycleCountDocument: DocumentNode<CycleCountQuery, CycleCountQueryVariables>;
export declare const CycleCountsDocument: DocumentNode<CycleCountsQuery, CycleCountsQueryVariables>;
export declare const DeadStockDocument: DocumentNode<DeadStockQuery, DeadStockQueryVariables>;
export declare const DeleteWebhookDocument: DocumentNode<DeleteWebhookMutation, DeleteWebhookMutationVariables>;
export declare const EndedAdjustmentsDocument: DocumentNode<EndedAdjustmentsQuery, EndedAdjustmentsQueryVariables>;
export declare const ExampleLevelsDocument: DocumentNode<ExampleLevelsQuery, ExampleLevelsQueryVariables>;
export declare const ExtendReservationDocument: DocumentNode<ExtendReservationMutation, ExtendReservationMutationVariables>;
export declare const FindItemDocument: DocumentNode<FindItemQuery, FindItemQueryVariables>;
export declare const HealthComparedDocument: DocumentNode<HealthComparedQuery, HealthComparedQueryVariables>;
export declare const HealthGroupsDocument: DocumentNode<HealthGroupsQuery, HealthGroupsQueryVariables>;
export declare const HealthReportDocument: DocumentNode<HealthReportQuery, HealthReportQueryVariables>;
export declare const HealthSeriesDocument: DocumentNode<HealthSeriesQuery, HealthSeriesQueryVariables>;
export declare const HoldStockDocument: DocumentNode<HoldStockMutation, HoldStockMutationVariables>;
export declare const ItemLedgerDocument: DocumentNode<ItemLedgerQuery, ItemLedgerQueryVariables>;
export declare const ItemStockDocument: DocumentNode<ItemStockQuery, ItemStockQueryVariables>;
export declare const ItemsDocument: DocumentNode<ItemsQuery, ItemsQueryVariables>;
export declare const LevelHistoriesDocument: DocumentNode<LevelHistoriesQuery, LevelHistoriesQueryVariables>;
export declare const LevelsToAdjustDocument: DocumentNode<LevelsToAdjustQuery, LevelsToAdjustQueryVariables>;
export declare const LocationsDocument: DocumentNode<LocationsQuery, LocationsQueryVariables>;
export declare const LowStockAlertsDocument: DocumentNode<LowStockAlertsSubscription, LowStockAlertsSubscriptionVariables>;
export declare const ReasonCodesDocument: DocumentNode<ReasonCodesQuery, ReasonCodesQueryVariables>;
export declare const ReceiveStockDocument: DocumentNode<ReceiveStockMutation, ReceiveStockMutationVariables>;
export declare const ReceiveTransferDocument: DocumentNode<ReceiveTransferMutation, ReceiveTransferMutationVariables>;
export declare const RecordCycleCountDocument: DocumentNode<RecordCycleCountMutation, RecordCycleCountMutationVariables>;
export declare const RejectAdjustmentDocument: DocumentNode<RejectAdjustmentMutation, RejectAdjustmentMutationVariables>;
export declare const ReleaseReservationDocument: DocumentNode<ReleaseReservationMutation, ReleaseReservationMutationVariables>;
export declare const ReplayWebhookDeliveriesDocument: DocumentNode<ReplayWebhookDeliveriesMutation, ReplayWebhookDeliveriesMutationVariables>;
export declare const ReportCompletenessDocument: DocumentNode<ReportCompletenessQuery, ReportCompletenessQueryVariables>;
export declare const ReportKeysDocument: DocumentNode<ReportKeysQuery, ReportKeysQueryVariables>;
export declare const ReservationChangedDocument: DocumentNode<ReservationChangedSubscription, ReservationChangedSubscriptionVariables>;
export declare const ReservationDocument: DocumentNode<ReservationQuery, ReservationQueryVariables>;
export declare const ReservationsDocument: DocumentNode<ReservationsQuery, ReservationsQueryVariables>;
export declare const ReserveStockDocument: DocumentNode<ReserveStockMutation, ReserveStockMutationVariables>;
export declare const ReturnStockDocument: DocumentNode<ReturnStockMutation, ReturnStockMutationVariables>;
export declare const RotateWebhookSecretDocument: DocumentNode<RotateWebhookSecretMutation, RotateWebhookSecretMutationVariables>;
export declare const SetApprovalPolicyDocument: DocumentNode<SetApprovalPolicyMutation, SetApprovalPolicyMutationVariables>;
export declare const SetStockPolicyDocument: DocumentNode<SetStockPolicyMutation, SetStockPolicyMutationVariables>;
export declare const StockLevelChangedDocument: DocumentNode<StockLevelChangedSubscription, StockLevelChangedSubscriptionVariables>;
export declare const StockLevelWithLedgerDocument: DocumentNode<StockLevelWithLedgerQuery, StockLevelWithLedgerQueryVariables>;
export declare const StockLevelsAsOfDocument: DocumentNode<StockLevelsAsOfQuery, StockLevelsAsOfQueryVariables>;
export declare const StockLevelsDocument: DocumentNode<StockLevelsQuery, StockLevelsQueryVariables>;
export declare const TransferStockDocument: DocumentNode<TransferStockMutation, TransferStockMutationVariables>;
export declare const TransfersDocument: DocumentNode<TransfersQuery, TransfersQueryVariables>;
export declare const UnholdStockDocument: DocumentNode<UnholdStockMutation, UnholdStockMutationVariables>;
export declare const UpdateWebhookDocument: DocumentNode<UpdateWebhookMutation, UpdateWebhookMutationVariables>;
export declare const UpsertReasonCodeDocument: DocumentNode<UpsertReasonCodeMutation, UpsertReasonCodeMutationVariables>;
export declare const ViewerDocument: DocumentNode<ViewerQuery, ViewerQueryVariables>;
export declare const WasteStockDocument: DocumentNode<WasteStockMutation, WasteStockMutationVariables>;
export declare const WatchStockDocument: DocumentNode<WatchStockSubscription, WatchStockSubscriptionVariables>;
export declare const WebhookDeliveriesDocument: DocumentNode<WebhookDeliveriesQuery, WebhookDeliveriesQueryVariables>;
export declare const WebhookDeliveryDocument: DocumentNode<WebhookDeliveryQuery, WebhookDeliveryQueryVariables>;
export declare const WebhooksDocument: DocumentNode<WebhooksQuery, WebhooksQueryVariables>;
