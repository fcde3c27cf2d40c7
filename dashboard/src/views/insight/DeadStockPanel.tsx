import { useMemo } from "react";
import { format } from "../../app/address";
import { DeadStockDocument, type DeadStockQuery } from "../../contract";
import { useFormats, useText } from "../../text/useText";
import { MoreRows } from "./MoreRows";
import { Incomplete } from "./Notes";
import { Panel } from "./Panel";
import { type Column, SortedTable } from "./SortedTable";
import type { Asked } from "./useInsightAddress";
import { usePaged } from "./usePaged";
import { words } from "./words";

type Dead = NonNullable<DeadStockQuery["healthReport"]>["deadStock"]["nodes"][number];

/** What lies there and has not moved for long, and what it is worth. */
export function DeadStockPanel({ asked: { filter, range } }: { asked: Asked }) {
  const text = useText(words);
  const variables = useMemo(() => ({ filter, ...range, first: 20 }), [filter, range]);
  const pages = usePaged(
    DeadStockDocument,
    variables,
    ({ healthReport }) => healthReport,
    ({ deadStock }) => deadStock,
  );
  const columns = useColumns(pages.report?.currency ?? "");
  return (
    <Panel
      title={text.panels.deadStock}
      query={{ document: DeadStockDocument, variables }}
      failure={pages.failure}
      onAgain={pages.again}
      ready={pages.report !== null}
      table={() => (
        <>
          <Incomplete complete={pages.report?.complete ?? true} />
          {pages.total === 0 ? (
            <p>{text.noDeadStock}</p>
          ) : (
            <>
              <SortedTable caption={text.panels.deadStock} columns={columns} rows={pages.nodes} keyOf={({ sku }) => sku} />
              <MoreRows shown={pages.nodes.length} total={pages.total} more={pages.more} loading={pages.loading} />
            </>
          )}
        </>
      )}
    />
  );
}

function useColumns(currency: string): Column<Dead>[] {
  const { columns: heads } = useText(words);
  const { none } = useText();
  const formats = useFormats();
  return [
    {
      key: "sku",
      name: heads.sku,
      value: ({ sku }) => sku,
      show: ({ sku }) => <a href={format({ view: "stock", thing: sku })}>{sku}</a>,
    },
    { key: "name", name: heads.name, value: ({ item }) => item.name, show: ({ item }) => item.name },
    {
      key: "onHand",
      name: heads.onHand,
      number: true,
      value: ({ quantityOnHand }) => quantityOnHand,
      show: ({ quantityOnHand, item }) => formats.quantity(quantityOnHand, item.quantityScale),
    },
    {
      key: "value",
      name: heads.value,
      number: true,
      value: ({ value }) => (value === null ? null : Number(value)),
      show: ({ value }) => (value === null ? none : formats.money(value, currency)),
    },
    {
      key: "lastMoved",
      name: heads.lastMoved,
      value: ({ lastMovementAt }) => lastMovementAt,
      show: ({ lastMovementAt }) => (lastMovementAt === null ? none : formats.moment(lastMovementAt)),
    },
    {
      key: "daysStill",
      name: heads.daysStill,
      number: true,
      value: ({ daysWithoutMovement }) => daysWithoutMovement,
      show: ({ daysWithoutMovement: days }) => (days === null ? none : formats.number(days)),
    },
  ];
}
