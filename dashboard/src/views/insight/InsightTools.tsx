import { Button, MultiSelect, TagsInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useAnswer } from "../../app/useApi";
import { ReportKeysDocument, type ReportKeysQuery } from "../../contract";
import { Choice } from "../../parts/Choice";
import { useText } from "../../text/useText";
import style from "./insight.module.css";
import { LENGTHS, type Range } from "./range";
import { FILTERS, type Filter, type InsightAddress } from "./useInsightAddress";
import { words } from "./words";

/** Which days, and of what. */
export function InsightTools({ address }: { address: InsightAddress }) {
  const text = useText(words);
  const { range, length, filter } = address.asked;
  const [own, setOwn] = useState(length === null);
  const choose = (chosen: string) => {
    const days = LENGTHS.find((known) => known === chosen);
    setOwn(!days);
    if (days) address.last(days);
  };
  const chosen = FILTERS.some((name) => filter[name] != null);
  return (
    <div className={style.tools} role="search">
      <Choice
        label={text.range.label}
        offered={text.range.offered}
        chosen={own || length === null ? "own" : length}
        onChoice={choose}
      />
      {(own || length === null) && <OwnDays key={`${range.from}${range.to}`} range={range} onRange={address.between} />}
      <Filters address={address} />
      {chosen && (
        <Button variant="subtle" onClick={address.clear}>
          {text.clear}
        </Button>
      )}
    </div>
  );
}

function OwnDays({ range, onRange }: { range: Range; onRange: (range: Range) => void }) {
  const text = useText(words).range;
  const [days, setDays] = useState(range);
  const [backwards, setBackwards] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBackwards(days.to < days.from);
    if (days.from <= days.to) onRange({ from: days.from, to: days.to });
  };
  return (
    <form className={style.tools} onSubmit={submit}>
      {(["from", "to"] as const).map((end) => (
        <TextInput
          key={end}
          type="date"
          required
          withAsterisk={false}
          label={text[end]}
          error={end === "to" && backwards ? text.backwards : null}
          value={days[end]}
          onChange={(event) => setDays({ ...days, [end]: event.currentTarget.value })}
        />
      ))}
      <Button type="submit" variant="default">
        {text.apply}
      </Button>
    </form>
  );
}

function Filters({ address }: { address: InsightAddress }) {
  const text = useText(words);
  const { range, filter } = address.asked;
  const { data } = useAnswer(ReportKeysDocument, range);
  return (
    <>
      {(["categories", "vendors", "locations"] as const).map((name) => (
        <MultiSelect
          key={name}
          className={style.filter ?? ""}
          label={text.filters[name]}
          data={offered(data, name, filter[name] ?? [])}
          value={[...(filter[name] ?? [])]}
          onChange={(values) => address.filter(name, values)}
          searchable
          clearable
          comboboxProps={{ withinPortal: false }}
        />
      ))}
      <TagsInput
        className={style.filter ?? ""}
        label={text.filters.skus}
        placeholder={text.skuHint}
        value={[...(filter.skus ?? [])]}
        onChange={(values) => address.filter("skus", values)}
        comboboxProps={{ withinPortal: false }}
      />
    </>
  );
}

/** What was chosen stays on offer, even where these days know nothing of it. */
function offered(data: ReportKeysQuery | undefined, name: Exclude<Filter, "skus">, chosen: readonly string[]): string[] {
  const keys = data?.healthReport?.[name].nodes.flatMap(({ key }) => (key === null ? [] : [key])) ?? [];
  return [...new Set([...keys, ...chosen])];
}
