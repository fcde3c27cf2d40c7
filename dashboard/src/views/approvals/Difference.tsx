import type { Level } from "../../parts/level";
import { useFormats, useText } from "../../text/useText";
import type { Pending } from "./pending";
import { words } from "./words";

/** What an approval would make of what is on hand now; a count corrects by the difference that it found. */
export function Difference({ pending, level }: { pending: Pending; level: Level | undefined }) {
  const text = useText(words);
  const formats = useFormats();
  const { quantityChange, quantityCounted, item } = pending;
  const units = (count: number) => formats.quantity(count, item.quantityScale);
  const change = formats.change(quantityChange, item.quantityScale);
  const before = level?.quantityOnHand;
  return (
    <>
      {before === undefined ? (
        <strong>{change}</strong>
      ) : (
        <span>
          <span className="sr-only">{text.fromTo(units(before), change, units(before + quantityChange))}</span>
          <span aria-hidden="true" className="difference">
            {units(before)} → <strong>{units(before + quantityChange)}</strong> ({change})
          </span>
        </span>
      )}
      {quantityCounted !== null && <div className="quiet">{text.counted(units(quantityCounted))}</div>}
    </>
  );
}
