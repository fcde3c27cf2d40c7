import type { Formats } from "../../text/formats";
import type { Translated } from "../../text/language";
import { useFormats, useText } from "../../text/useText";
import type { Ages, Bucket } from "./AgingPanel";
import style from "./insight.module.css";
import { words } from "./words";

/** A bar for each age, as long as its share of the value, or of the units where no cost is known; each says what it is. */
export function AgingBars({ ages: { value: whole, buckets }, currency }: { ages: Ages; currency: string }) {
  const text = useText(words);
  const formats = useFormats();
  const sizeOf = ({ units, value }: Bucket) => (whole === null ? units : Number(value ?? 0));
  const most = Math.max(...buckets.map(sizeOf), 1);
  return (
    <ul className={style.bars} aria-label={text.panels.aging}>
      {buckets.map((bucket) => (
        <li key={bucket.fromDays}>
          <span>{bucketText(text, formats, bucket)}</span>
          <span className={style.bar} style={{ width: `${(100 * sizeOf(bucket)) / most}%` }} />
          <span>
            {formats.number(bucket.units)}
            {bucket.value !== null && ` · ${formats.money(bucket.value, currency)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function bucketText(text: Translated<(typeof words)["en"]>, formats: Formats, { fromDays, toDays }: Bucket): string {
  const from = formats.number(fromDays);
  return toDays === null ? text.older(from) : text.age(from, formats.number(toDays));
}
