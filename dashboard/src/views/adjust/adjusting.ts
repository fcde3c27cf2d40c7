import { Store } from "../../live/store";

/** An item at a location, or wherever it lies. */
export interface Start {
  sku: string;
  location: string | null;
}

/** What the dialog is open for. It belongs to no row: what somebody looked at may go while they are still writing. */
export const adjusting = new Store<Start | null>(null);
