import { useMemo } from "react";
import { AgingReportDocument, type AgingReportQuery } from "../../contract";
import { useFormats, useText } from "../../text/useText";
import { AgingBars, bucketText } from "./AgingBars";
import { AgingGroups } from "./AgingGroups";
import style from "./insight.module.css";
import { BaseUnits, Incomplete } from "./Notes";
import { Panel } from "./Panel";
import { type Column, SortedTable } from "./SortedTable";
import type { Asked } from "./useInsightAddress";
import { usePaged } from "./usePaged";
import { words } from "./words";

export type Ages = NonNullable<AgingReportQuery["agingReport"]>["totals"];
export type Bucket = Ages["buckets"][number];

/** How old what is on hand is, whatever the range: of everything as bars, and group by group. */
export function AgingPanel({ asked: { filter, by } }: { asked: Asked }) {
  const text = useText(words);
  const formats = useFormats();
  const variables = useMemo(() => ({ filter, by, first: 20 }), [filter, by]);
  const pages = usePaged(
    AgingReportDocument,
    variables,
    ({ agingReport }) => agingReport,
    ({ rows }) => rows,
  );
  const { report } = pages;
  return (
    <Panel
      title={text.panels.aging}
      query={{ document: AgingReportDocument, variables }}
      failure={pages.failure}
      onAgain={pages.again}
      ready={report !== null}
      tools={report && <span className={style.quiet}>{text.asOf(formats.moment(report.asOf))}</span>}
      chart={() =>
        report && (
          <>
            <Incomplete complete={report.complete} />
            <BaseUnits />
            <AgingBars ages={report.totals} currency={report.currency} />
          </>
        )
      }
      table={() =>
        report && (
          <>
            <Incomplete complete={report.complete} />
            <BaseUnits />
            <Buckets ages={report.totals} currency={report.currency} />
            <AgingGroups by={by} pages={pages} currency={report.currency} />
          </>
        )
      }
    />
  );
}

function Buckets({ ages: { value: whole, buckets }, currency }: { ages: Ages; currency: string }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const { columns: heads } = text;
  const columns: Column<Bucket>[] = [
    { key: "bucket", name: heads.bucket, value: ({ fromDays }) => fromDays, show: (bucket) => bucketText(text, formats, bucket) },
    { key: "units", name: heads.units, number: true, value: ({ units }) => units, show: ({ units }) => formats.number(units) },
    {
      key: "share",
      name: heads.share,
      number: true,
      value: ({ value }) => (value === null ? null : Number(value)),
      show: ({ value }) => (Number(whole) > 0 && value !== null ? formats.percent(Number(value) / Number(whole)) : none),
    },
    {
      key: "value",
      name: heads.value,
      number: true,
      value: ({ value }) => (value === null ? null : Number(value)),
      show: ({ value }) => (value === null ? none : formats.money(value, currency)),
    },
  ];
  const caption = text.panels.aging;
  return <SortedTable caption={caption} columns={columns} rows={buckets} keyOf={({ fromDays }) => String(fromDays)} />;
}
