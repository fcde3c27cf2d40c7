import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useFormats, useText } from "../text/useText";
import "./list.css";
import { words } from "./words";

export interface Column {
  name: string;
  /** Numbers stand at the end of their column. */
  number?: boolean;
  /** Its name is told to those who cannot see that it needs none. */
  hidden?: boolean;
}

interface ListTableProps {
  caption: string;
  columns: readonly Column[];
  children: ReactNode;
  /** How many rows are not shown yet. */
  more?: number;
  onMore?: () => void;
}

/** A table that a phone shows as cards. */
export function ListTable({ caption, columns, children, more = 0, onMore }: ListTableProps) {
  const text = useText(words);
  const formats = useFormats();
  return (
    <>
      {/* The roles are said because `display: block` takes them away. */}
      <table className="list" role="table">
        <caption>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, number, hidden }) => (
              <th key={name} role="columnheader" scope="col" className={number ? "number" : undefined}>
                <span className={hidden ? "sr-only" : undefined}>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">{children}</tbody>
      </table>
      {more > 0 && (
        <Button variant="default" mt="sm" onClick={onMore}>
          {text.more(formats.number(more))}
        </Button>
      )}
    </>
  );
}

interface CellProps {
  label?: string;
  number?: boolean;
  children: ReactNode;
}

export function Cell({ label, number, children }: CellProps) {
  return (
    <td role="cell" data-label={label} className={number ? "number" : undefined}>
      {children}
    </td>
  );
}
