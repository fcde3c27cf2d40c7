import type { AgingReportQuery, ReportGroupBy } from "../../contract";
import { useFormats, useText } from "../../text/useText";
import { bucketText } from "./AgingBars";
import { scaleOf } from "./figures";
import { MoreRows } from "./MoreRows";
import { type Column, SortedTable } from "./SortedTable";
import { words } from "./words";

type Row = NonNullable<AgingReportQuery["agingReport"]>["rows"]["nodes"][number];

interface AgingGroupsProps {
  by: ReportGroupBy;
  currency: string;
  pages: { nodes: readonly Row[]; total: number; more: (() => void) | null; loading: boolean };
}

/** The same of each category, vendor, location or SKU, with a column for each age. */
export function AgingGroups({ by, currency, pages: { nodes, total, more, loading } }: AgingGroupsProps) {
  const text = useText(words);
  const columns = useColumns(by, currency, nodes[0]);
  if (total === 0) return <p>{text.nothing}</p>;
  return (
    <>
      <h3>{text.ageByGroup}</h3>
      <SortedTable caption={text.ageByGroup} columns={columns} rows={nodes} keyOf={({ key }) => JSON.stringify(key)} />
      <MoreRows shown={nodes.length} total={total} more={more} loading={loading} />
    </>
  );
}

function useColumns(by: ReportGroupBy, currency: string, first: Row | undefined): Column<Row>[] {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const numbers = (
    key: string,
    name: string,
    value: (row: Row) => number | null,
    show: (value: number) => string,
  ): Column<Row> => ({
    key,
    name,
    number: true,
    value,
    show: (row) => {
      const told = value(row);
      return told === null ? none : show(told);
    },
  });
  const counted = (key: string, name: string, units: (row: Row) => number): Column<Row> => ({
    key,
    name,
    number: true,
    value: (row) => units(row) / 10 ** scaleOf(row),
    show: (row) => formats.quantity(units(row), scaleOf(row)),
  });
  return [
    { key: "key", name: text.groups[by], value: ({ key }) => key, show: ({ key }) => key ?? text.noKey[by] },
    counted("units", text.columns.units, ({ units }) => units),
    {
      key: "value",
      name: text.columns.value,
      number: true,
      value: ({ value }) => (value === null ? null : Number(value)),
      show: ({ value }) => (value === null ? none : formats.money(value, currency)),
    },
    numbers(
      "averageAge",
      text.columns.averageAge,
      ({ averageAgeDays }) => (averageAgeDays === null ? null : Number(averageAgeDays)),
      (days) => text.days(formats.number(days, { maximumFractionDigits: 1 })),
    ),
    numbers(
      "oldest",
      text.columns.oldest,
      ({ oldestDays }) => oldestDays,
      (days) => text.days(formats.number(days)),
    ),
    ...(first?.buckets ?? []).map((bucket, i) =>
      counted(`bucket${i}`, bucketText(text, formats, bucket), ({ buckets }) => buckets[i]?.units ?? 0),
    ),
  ];
}
