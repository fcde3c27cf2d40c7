import { lazy, Suspense, useMemo } from "react";
import { useAnswer } from "../../app/useApi";
import { HealthSeriesDocument, type HealthSeriesQuery, type HealthSeriesQueryVariables } from "../../contract";
import { Choice } from "../../parts/Choice";
import { Waiting } from "../../parts/Waiting";
import { useFormats, useText } from "../../text/useText";
import { useRounds } from "./completeness";
import { type Figure, figureText, type Value } from "./figures";
import { Incomplete } from "./Notes";
import { Panel } from "./Panel";
import { type Column, SortedTable } from "./SortedTable";
import type { Asked } from "./useInsightAddress";
import { words } from "./words";

const LineChart = lazy(() => import("./LineChart"));

interface SeriesPanelProps {
  asked: Asked;
  variables: HealthSeriesQueryVariables;
  onFigure: (figure: Figure) => void;
}

type Series = NonNullable<HealthSeriesQuery["now"]>["series"];

/** A part of the days, and the part of the days before that lies in the same place. */
export interface Point {
  date: string;
  to: string;
  now: Value;
  before: Value;
}

/** One figure over the days, as a line, with the days before as another. */
export function SeriesPanel({ asked: { figure }, variables, onFigure }: SeriesPanelProps) {
  const text = useText(words);
  const { data, failure, loading, again } = useAnswer(HealthSeriesDocument, variables);
  useRounds(again);
  const points = useMemo(() => data?.now && pointsOf(data.now.series, data.before?.series ?? [], figure), [data, figure]);
  return (
    <Panel
      title={text.panels.series}
      query={{ document: HealthSeriesDocument, variables }}
      failure={failure}
      onAgain={again}
      ready={points != null && !loading}
      tools={<Choice label={text.columns.figure} offered={text.figures} chosen={figure} onChoice={onFigure} />}
      chart={() =>
        points && (
          <Suspense fallback={<Waiting />}>
            <LineChart figure={figure} points={points} />
          </Suspense>
        )
      }
      table={() =>
        points && (
          <>
            <Incomplete complete={data?.now?.complete ?? true} />
            <SeriesTable figure={figure} points={points} />
          </>
        )
      }
    />
  );
}

function SeriesTable({ figure, points }: { figure: Figure; points: readonly Point[] }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const said = (value: Value) => figureText(formats, figure, value, none);
  const number = (value: Value) => (value === null ? null : Number(value));
  const columns: Column<Point>[] = [
    { key: "part", name: text.columns.part, value: ({ date }) => date, show: (point) => formats.days(point.date, point.to) },
    { key: "now", name: text.columns.now, number: true, value: ({ now }) => number(now), show: ({ now }) => said(now) },
    {
      key: "before",
      name: text.columns.before,
      number: true,
      value: ({ before }) => number(before),
      show: ({ before }) => said(before),
    },
  ];
  const caption = `${text.panels.series}: ${text.figures[figure]}`;
  return <SortedTable caption={caption} columns={columns} rows={points} keyOf={({ date }) => date} />;
}

/** Both have as many parts where both have as many days: a range that ends today may be shorter by the service's count. */
function pointsOf(now: Series, before: Pick<Series[number], "metrics">[], figure: Figure): Point[] {
  return now.map(({ date, to, metrics }, i) => ({
    date,
    to,
    now: metrics[figure],
    before: before[i]?.metrics[figure] ?? null,
  }));
}
