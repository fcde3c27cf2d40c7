import { type SortingState, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, memo, useLayoutEffect, useMemo, useRef } from "react";
import { useAsk } from "../../app/useApi";
import { LevelHistoriesDocument } from "../../contract";
import type { Stream } from "../../live/stream";
import { useText } from "../../text/useText";
import type { SortKey } from "./arrangement";
import { Levels } from "./cells";
import { columns, features, foldedColumns, numeric, type Row } from "./columns";
import { Histories } from "./histories";
import type { Level } from "../../parts/level";
import { useNarrow } from "../../parts/useNarrow";
import { HistoriesContext } from "./Sparkline";
import style from "./stock.module.css";
import { words } from "./words";

/** As stock.module.css has them: of a row, and of the card that a phone makes of it. */
const ROW_PX = 36;
const CARD_PX = 84;
const OVERSCAN = 8;

interface LevelTableProps {
  levels: Stream<Level>;
  arranged: readonly string[];
  sort: SortKey;
  descending: boolean;
  onSort: (sort: SortKey, descending: boolean) => void;
}

/** The levels in their order; of however many rows only those in sight are drawn. A phone shows each as a card. */
export function LevelTable({ levels, arranged, sort, descending, onSort }: LevelTableProps) {
  const folded = useNarrow();
  const data = useMemo(() => arranged.map((nodeId): Row => ({ nodeId })), [arranged]);
  const sorting: SortingState = useMemo(() => [{ id: sort, desc: descending }], [sort, descending]);
  const table = useTable({
    features,
    columns: folded ? foldedColumns : columns,
    data,
    getRowId: ({ nodeId }) => nodeId,
    manualSorting: true,
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: (change) => {
      const [wanted] = typeof change === "function" ? change(sorting) : change;
      if (wanted) onSort(wanted.id as SortKey, wanted.desc);
    },
  });
  const scrolled = useRef<HTMLDivElement>(null);
  const rows = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrolled.current,
    estimateSize: () => (folded ? CARD_PX : ROW_PX),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: OVERSCAN,
  });
  // Rows that were placed keep their heights until they are said to have others.
  useLayoutEffect(() => virtual.measure(), [virtual, folded]);
  const text = useText(words);
  const ask = useAsk(LevelHistoriesDocument);
  const histories = useMemo(() => new Histories(ask), [ask]);
  return (
    <Levels value={levels}>
      <HistoriesContext value={histories}>
        <div
          ref={scrolled}
          className={style.table}
          data-folded={folded || undefined}
          role="table"
          aria-label={text.title}
          aria-rowcount={rows.length + 1}
          // It scrolls by the keyboard as well.
          tabIndex={0}
          onKeyDown={step}
        >
          <div role="rowgroup" className={style.head}>
            <div role="row" className={style.row} aria-rowindex={1}>
              {table.getFlatHeaders().map(({ column }) => (
                <div
                  key={column.id}
                  role="columnheader"
                  className={style.cell}
                  data-numeric={numeric.has(column.id) || undefined}
                  style={widthOf(column)}
                  aria-sort={column.getCanSort() ? ariaSort(column.getIsSorted()) : undefined}
                >
                  {column.getCanSort() ? (
                    <button type="button" className={style.sorter} onClick={column.getToggleSortingHandler()}>
                      {text.columns[column.id as SortKey]}
                      <span aria-hidden="true">{arrow(column.getIsSorted())}</span>
                    </button>
                  ) : (
                    text.columns.line
                  )}
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" className={style.body} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index];
              return row && <LevelRow key={row.id} row={row} index={index} start={start} />;
            })}
          </div>
        </div>
      </HistoriesContext>
    </Levels>
  );
}

/** Arrows lead from one item's link to that of the next row; the table scrolls along. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const row = (event.target as Element).closest("[data-node]");
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-node]")].sort(byIndex);
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const next = row && by !== 0 ? rows[rows.indexOf(row as HTMLElement) + by] : undefined;
  if (!next) return;
  event.preventDefault();
  next.querySelector("a")?.focus();
}

function byIndex(one: HTMLElement, other: HTMLElement): number {
  return Number(one.ariaRowIndex) - Number(other.ariaRowIndex);
}

type TableRow = ReturnType<ReturnType<typeof useTable<typeof features, Row>>["getRowModel"]>["rows"][number];

const LevelRow = memo(function LevelRow({ row, index, start }: { row: TableRow; index: number; start: number }) {
  const { columns: names } = useText(words);
  return (
    <div
      role="row"
      className={style.row}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${start}px)` }}
      data-node={row.id}
    >
      {row.getAllCells().map((cell) => (
        <div
          key={cell.id}
          role="cell"
          className={style.cell}
          data-column={cell.column.id}
          data-label={names[cell.column.id as SortKey]}
          data-numeric={numeric.has(cell.column.id) || undefined}
          style={widthOf(cell.column)}
        >
          {shown(cell)}
        </div>
      ))}
    </div>
  );
});

function shown(cell: ReturnType<TableRow["getAllCells"]>[number]) {
  const { cell: show } = cell.column.columnDef;
  return typeof show === "function" ? show(cell.getContext()) : null;
}

/** Of a column; a card has none. */
function widthOf(column: { getSize(): number }): CSSProperties {
  return { "--column-width": `${column.getSize()}px` } as CSSProperties;
}

function ariaSort(sorted: false | "asc" | "desc") {
  return sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none";
}

function arrow(sorted: false | "asc" | "desc"): string {
  return sorted === "asc" ? " ▲" : sorted === "desc" ? " ▼" : "";
}
