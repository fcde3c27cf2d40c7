/**
 * An admin's settings: a reason code, the rules by which corrections wait for approval, when stock is low, and who changed what.
 *
 *   node frontend-contract/examples/settings.mjs .data/demo.json
 *
 * The rules are read and written back with one more: rules that are sent take the place of those there are.
 */
import {
  ApprovalPolicyDocument,
  AuditLogDocument,
  ItemsDocument,
  ReasonCodesDocument,
  SetApprovalPolicyDocument,
  SetStockPolicyDocument,
  StockLevelsDocument,
  UpsertReasonCodeDocument,
} from "inventory-contract";
import { keyed, run } from "./ask.mjs";

await run("admin", async (ask) => {
  const water = { code: "water-damage", name: "Water damage", direction: "DECREASE", requiresNote: true };
  await ask(UpsertReasonCodeDocument, keyed(water));
  const codes = await ask(ReasonCodesDocument);

  const { rules, expiresAfterHours } = await ask(ApprovalPolicyDocument);
  const kept = rules.filter(({ reasonCodes }) => !reasonCodes?.includes(water.code));
  const { policy } = await ask(
    SetApprovalPolicyDocument,
    keyed({ rules: [...kept, { reasonCodes: [water.code], unitsOver: 5 }], expiresAfterHours }),
  );

  // A policy is one SKU's at one location.
  const { nodes: levels } = await ask(StockLevelsDocument, { first: 1 });
  for (const { sku, location } of levels) {
    await ask(SetStockPolicyDocument, keyed({ sku, location: location.code, reorderPoint: 3 }));
  }

  const { totalCount: items } = await ask(ItemsDocument, { filter: { archived: false }, first: 1 });
  const { nodes: changes } = await ask(AuditLogDocument, { first: 5 });
  return {
    reasonCodes: codes.map(({ code }) => code),
    items,
    rules: policy.rules.length,
    changes: changes.map(({ action, subject }) => `${action} ${subject}`),
  };
});
