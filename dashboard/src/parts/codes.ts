import { catalogue } from "../text/useText";

type Names = Record<string, string>;

/** What the service's own codes are called; a code that a tenant made up is shown as it is. */
export const codes = catalogue(
  {
    /** The reasons that every tenant starts with, named as they are there. */
    reasons: {
      correction: "Correction",
      cycle_count: "Cycle count",
      damaged: "Damaged",
      lost: "Lost",
      theft: "Theft",
      found: "Found",
      received: "Received",
      returned: "Returned",
      promotion: "Promotion",
      quality_hold: "Quality hold",
      sample: "Sample",
      waste: "Waste",
      other: "Other",
    } as Names,
    /** What a document of the ledger is, before its number. */
    references: {
      adjustment: "Document",
      adjustment_request: "Request",
      cancellation: "Cancellation",
      count: "Count",
      cycle_count: "Cycle count",
      hold: "Hold",
      order: "Order",
      purchase_order: "Purchase order",
      receipt: "Delivery",
      return: "Return",
      shipment: "Shipment",
      transfer: "Transfer",
      waste: "Disposal",
    } as Names,
    /** Who acts where no person does. */
    actors: {
      "stockcast:backorders": "Stockcast, as stock came for it",
      "stockcast:expiry": "Stockcast, as its time was over",
    } as Names,
  },
  {
    reasons: {
      correction: "Korrektur",
      cycle_count: "Inventurzählung",
      damaged: "Beschädigt",
      lost: "Verloren",
      theft: "Diebstahl",
      found: "Gefunden",
      received: "Eingegangen",
      returned: "Zurückgegeben",
      promotion: "Werbung",
      quality_hold: "Qualitätssperre",
      sample: "Muster",
      waste: "Ausschuss",
      other: "Sonstiges",
    },
    references: {
      adjustment: "Beleg",
      adjustment_request: "Antrag",
      cancellation: "Stornierung",
      count: "Zählung",
      cycle_count: "Zählliste",
      hold: "Sperre",
      order: "Auftrag",
      purchase_order: "Bestellung",
      receipt: "Lieferung",
      return: "Rückgabe",
      shipment: "Sendung",
      transfer: "Umlagerung",
      waste: "Entsorgung",
    },
    actors: {
      "stockcast:backorders": "Stockcast, als Ware dafür kam",
      "stockcast:expiry": "Stockcast, als die Zeit um war",
    },
  },
);

interface Reason {
  code: string;
  name: string;
}

/** A reason as a reader calls it: by the tenant's own name, where it has given another than the one that came with it. */
export function reasonName({ code, name }: Reason, known: Names): string {
  return (name === codes.en.reasons[code] && known[code]) || name;
}
