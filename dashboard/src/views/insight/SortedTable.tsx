import { type ReactNode, useMemo, useState } from "react";
import style from "./insight.module.css";
import { type Sort, sortedBy } from "./sorted";

export interface Column<Row> {
  key: string;
  name: string;
  /** Numbers stand at the end of their cells, and the greatest come first. */
  number?: boolean;
  /** By what it is sorted; null comes last either way. */
  value: (row: Row) => string | number | null;
  show: (row: Row) => ReactNode;
}

interface SortedTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

/** A table whose heads sort it; as it was given until one is pressed. */
export function SortedTable<Row>({ caption, columns, rows, keyOf }: SortedTableProps<Row>) {
  const [sort, setSort] = useState<Sort | null>(null);
  const sorted = useMemo(() => sortedBy(rows, columns, sort), [rows, columns, sort]);
  const press = ({ key, number }: Column<Row>) =>
    setSort((known) => ({ key, descending: known?.key === key ? !known.descending : Boolean(number) }));
  return (
    // It scrolls by the keyboard as well.
    <div className={style.scroll} role="group" aria-label={caption} tabIndex={0}>
      <table className={style.table}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" data-numeric={column.number || undefined} aria-sort={ordered(column.key, sort)}>
                <button type="button" className={style.sorter} onClick={() => press(column)}>
                  {column.name}
                  <span aria-hidden="true">{sort?.key === column.key && (sort.descending ? " ▼" : " ▲")}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ key, number, show }, i) =>
                i === 0 ? (
                  <th key={key} scope="row">
                    {show(row)}
                  </th>
                ) : (
                  <td key={key} data-numeric={number || undefined}>
                    {show(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ordered(key: string, sort: Sort | null) {
  if (sort?.key !== key) return "none";
  return sort.descending ? "descending" : "ascending";
}
