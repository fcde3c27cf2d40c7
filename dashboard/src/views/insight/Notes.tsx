import { Alert, Button } from "@mantine/core";
import { useEffect } from "react";
import type { HealthComparedQuery } from "../../contract";
import { useFormats, useText } from "../../text/useText";
import { useCompleteness } from "./completeness";
import style from "./insight.module.css";
import { daysOf, todayIn } from "./range";
import type { Asked } from "./useInsightAddress";
import { words } from "./words";

interface NotesProps {
  report: HealthComparedQuery["now"] | undefined;
  days: Asked;
}

/** Of which days the figures are, what they are compared with, and what they do not hold. */
export function Notes({ report, days: { before } }: NotesProps) {
  const text = useText(words);
  const formats = useFormats();
  if (!report) return <div role="status" />;
  const { from, to, timeZone, currency, complete, itemsWithoutValue } = report;
  return (
    <div role="status">
      <p className={style.note}>
        {text.range.told(formats.day(from), formats.day(to), formats.number(daysOf(report)), timeZone)},{" "}
        {text.range.compared(formats.day(before.from), formats.day(before.to))}
        {to >= todayIn(timeZone) && `; ${text.range.unfinished}`}
      </p>
      {!complete && (
        <Alert color="yellow">
          <Incomplete complete={false} />
        </Alert>
      )}
      {itemsWithoutValue > 0 && <p className={style.note}>{text.withoutValue(formats.number(itemsWithoutValue), currency)}</p>}
    </div>
  );
}

/** What is said where units of several items are added. */
export function BaseUnits() {
  const { baseUnits } = useText(words);
  return <p className={style.note}>{baseUnits}</p>;
}

/** What is said of a report whose figures are still being summed up, and the way to ask for it again. */
export function Incomplete({ complete }: { complete: boolean }) {
  return complete ? null : <Missing />;
}

function Missing() {
  const text = useText(words);
  const { again, miss } = useCompleteness();
  useEffect(miss, [miss]);
  return (
    <div className={style.missing}>
      <p>{text.incomplete}</p>
      <Button size="xs" variant="default" onClick={again}>
        {text.askAgain}
      </Button>
    </div>
  );
}
