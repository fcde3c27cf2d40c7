import { useMemo } from "react";
import { HealthGroupsDocument, type HealthGroupsQuery, type ReportGroupBy } from "../../contract";
import { Choice } from "../../parts/Choice";
import { useFormats, useText } from "../../text/useText";
import { FIGURES, figureText, scaleOf } from "./figures";
import { MoreRows } from "./MoreRows";
import { BaseUnits, Incomplete } from "./Notes";
import { Panel } from "./Panel";
import { type Column, SortedTable } from "./SortedTable";
import type { Asked } from "./useInsightAddress";
import { usePaged } from "./usePaged";
import { words } from "./words";

type Group = NonNullable<HealthGroupsQuery["healthReport"]>["groups"]["nodes"][number];

interface GroupsPanelProps {
  asked: Asked;
  onBy: (by: ReportGroupBy) => void;
}

/** The figures of each category, vendor, location or SKU. */
export function GroupsPanel({ asked: { filter, range, by }, onBy }: GroupsPanelProps) {
  const text = useText(words);
  const variables = useMemo(() => ({ filter, ...range, by, first: 20 }), [filter, range, by]);
  const pages = usePaged(
    HealthGroupsDocument,
    variables,
    ({ healthReport }) => healthReport,
    ({ groups }) => groups,
  );
  const columns = useColumns(by, pages.report?.currency ?? "");
  return (
    <Panel
      title={text.panels.groups}
      query={{ document: HealthGroupsDocument, variables }}
      failure={pages.failure}
      onAgain={pages.again}
      ready={pages.report !== null}
      tools={<Choice label={text.by} offered={text.groups} chosen={by} onChoice={onBy} />}
      table={() => (
        <>
          <Incomplete complete={pages.report?.complete ?? true} />
          {pages.total === 0 ? (
            <p>{text.nothing}</p>
          ) : (
            <>
              {by !== "SKU" && <BaseUnits />}
              <SortedTable caption={`${text.by} ${text.groups[by]}`} columns={columns} rows={pages.nodes} keyOf={keyOf} />
              <MoreRows shown={pages.nodes.length} total={pages.total} more={pages.more} loading={pages.loading} />
            </>
          )}
        </>
      )}
    />
  );
}

function keyOf({ key }: { key: string | null }): string {
  return JSON.stringify(key);
}

function useColumns(by: ReportGroupBy, currency: string): Column<Group>[] {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const number = (value: string | null) => (value === null ? null : Number(value));
  return [
    { key: "key", name: text.groups[by], value: ({ key }) => key, show: ({ key }) => key ?? text.noKey[by] },
    ...FIGURES.map((figure): Column<Group> => ({
      key: figure,
      name: text.figures[figure],
      number: true,
      value: ({ metrics }) => number(metrics[figure]),
      show: ({ metrics }) => figureText(formats, figure, metrics[figure], none),
    })),
    {
      key: "unitsSold",
      name: text.more.unitsSold,
      number: true,
      value: (group) => group.metrics.unitsSold / 10 ** scaleOf(group),
      show: (group) => formats.quantity(group.metrics.unitsSold, scaleOf(group)),
    },
    {
      key: "averageInventoryValue",
      name: text.more.averageInventoryValue,
      number: true,
      value: ({ metrics }) => number(metrics.averageInventoryValue),
      show: ({ metrics: { averageInventoryValue: value } }) => (value === null ? none : formats.money(value, currency)),
    },
  ];
}
