import { Button } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import { useText } from "../../text/useText";
import { Failure } from "../../parts/Failure";
import { Waiting } from "../../parts/Waiting";
import style from "./insight.module.css";
import { type Query, ShownQuery } from "./ShownQuery";
import { words } from "./words";

interface PanelProps {
  title: string;
  query: Query;
  /** Why there is nothing to show. */
  failure: string | null;
  onAgain: () => void;
  /** Whether something is there to be shown. */
  ready: boolean;
  /** A choice that belongs to this panel. */
  tools?: ReactNode;
  /** Without one there is the table alone. */
  chart?: () => ReactNode;
  table: () => ReactNode;
}

/** A picture, the same as a table, and the query that both came from. */
export function Panel({ title, query, failure, onAgain, ready, tools, chart, table }: PanelProps) {
  const text = useText(words);
  const [tabular, setTabular] = useState(false);
  const [asked, setAsked] = useState(false);
  const id = useId();
  return (
    <section className={style.panel} aria-labelledby={id}>
      <div className={style.panelHead}>
        <h2 id={id}>{title}</h2>
        {tools}
        {chart && (
          <Button variant="default" size="xs" onClick={() => setTabular(!tabular)}>
            {tabular ? text.asChart : text.asTable}
          </Button>
        )}
        <Button variant="default" size="xs" aria-expanded={asked} onClick={() => setAsked(!asked)}>
          {text.showQuery}
        </Button>
      </div>
      {asked && <ShownQuery {...query} />}
      {failure !== null && <Failure message={failure} onAgain={onAgain} />}
      {ready ? (chart && !tabular ? chart() : table()) : failure === null && <Waiting />}
    </section>
  );
}
