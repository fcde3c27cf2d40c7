export interface Sort {
  key: string;
  descending: boolean;
}

/** A column by what its rows are sorted; null comes last either way. */
interface Sorted<Row> {
  key: string;
  value: (row: Row) => string | number | null;
}

/** The rows in the order of one column, numbers by size and texts by the language's alphabet. */
export function sortedBy<Row>(rows: readonly Row[], columns: readonly Sorted<Row>[], sort: Sort | null): readonly Row[] {
  const column = columns.find(({ key }) => key === sort?.key);
  if (!column || !sort) return rows;
  const way = sort.descending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return way * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  });
}
