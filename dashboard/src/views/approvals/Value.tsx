import { useFormats, useText } from "../../text/useText";
import type { Pending } from "./pending";
import { valueOf } from "./value";

/** What moves, in money; a dash where nobody knows the cost. */
export function Value({ pending }: { pending: Pending }) {
  const formats = useFormats();
  const { none } = useText();
  const { unitCost, currency } = pending.item;
  if (unitCost === null || currency === null) return none;
  return formats.money(valueOf(pending.quantityChange, unitCost), currency);
}
