import type { Answer } from "../../app/useApi";
import { HealthComparedDocument, type HealthComparedQuery } from "../../contract";
import { useFormats, useText } from "../../text/useText";
import { changeOf, FIGURES, type Figure, figureText } from "./figures";
import style from "./insight.module.css";
import { BaseUnits } from "./Notes";
import { Panel } from "./Panel";
import { type Column, SortedTable } from "./SortedTable";
import { words } from "./words";

type Now = NonNullable<HealthComparedQuery["now"]>;
type Before = NonNullable<HealthComparedQuery["before"]>;
type Metrics = Now["metrics"];

interface SummaryPanelProps {
  answer: Answer<HealthComparedQuery>;
  variables: object;
}

/** Each figure of these days, and how it differs from the days before. */
export function SummaryPanel({ answer: { data, failure, loading, again }, variables }: SummaryPanelProps) {
  const { panels } = useText(words);
  const shown = !loading && data?.now && data.before ? { now: data.now, before: data.before } : null;
  return (
    <Panel
      title={panels.summary}
      query={{ document: HealthComparedDocument, variables }}
      failure={failure}
      onAgain={again}
      ready={shown !== null}
      chart={() => shown && <Tiles now={shown.now.metrics} before={shown.before.metrics} />}
      table={() =>
        shown && (
          <>
            <BaseUnits />
            <Figures {...shown} />
          </>
        )
      }
    />
  );
}

function Tiles({ now, before }: { now: Metrics; before: Metrics }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  return (
    <dl className={style.tiles}>
      {FIGURES.map((figure) => (
        <div key={figure} className={style.tile} data-figure={figure}>
          <dt>{text.figures[figure]}</dt>
          <dd className={style.figure}>{figureText(formats, figure, now[figure], none)}</dd>
          <dd>
            <Difference figure={figure} now={now} before={before} />
          </dd>
          <dd className={style.quiet}>{text.before(figureText(formats, figure, before[figure], none))}</dd>
          <dd className={style.quiet}>{text.explained[figure]}</dd>
        </div>
      ))}
    </dl>
  );
}

const arrows = { up: "▲", down: "▼", same: "=" };

function Difference({ figure, now, before }: { figure: Figure; now: Metrics; before: Metrics }) {
  const text = useText(words);
  const change = changeOf(useFormats(), figure, now[figure], before[figure]);
  if (!change) return <span className={style.quiet}>{text.noneBefore}</span>;
  const said = change.isShare ? text.points(change.text) : text.change(change.text);
  return (
    <span className={style.change} data-verdict={change.verdict}>
      <span aria-hidden="true">{arrows[change.direction]}</span>{" "}
      {change.verdict === null ? text.same : `${said}, ${text[change.verdict]}`}
    </span>
  );
}

interface Line {
  name: string;
  now: string;
  before: string;
}

/** The same with all that they are made of. */
function Figures({ now, before }: { now: Now; before: Before }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const number = (value: number | string) => formats.number(Number(value), { maximumFractionDigits: 2 });
  const money = (value: string | null) => (value === null ? none : formats.money(value, now.currency));
  const share = (value: string | null) => (value === null ? none : formats.percent(Number(value)));
  const line = (name: string, told: (metrics: Metrics) => string): Line => ({
    name,
    now: told(now.metrics),
    before: told(before.metrics),
  });
  const lines = [
    ...FIGURES.map((figure) => line(text.figures[figure], (of) => figureText(formats, figure, of[figure], none))),
    line(text.more.unitsSold, (of) => number(of.unitsSold)),
    line(text.more.unitsReturned, (of) => number(of.unitsReturned)),
    line(text.more.costOfGoodsSold, (of) => money(of.costOfGoodsSold)),
    line(text.more.averageInventoryUnits, (of) => number(of.averageInventoryUnits)),
    line(text.more.averageInventoryValue, (of) => money(of.averageInventoryValue)),
    line(text.more.shrinkageUnits, (of) => number(of.shrinkageUnits)),
    line(text.more.shrinkageRate, (of) => share(of.shrinkageRate)),
  ];
  const { columns: heads } = text;
  const columns: Column<Line>[] = [
    { key: "figure", name: heads.figure, value: ({ name }) => name, show: ({ name }) => name },
    { key: "now", name: heads.now, number: true, value: ({ now }) => now, show: ({ now }) => now },
    { key: "before", name: heads.before, number: true, value: ({ before }) => before, show: ({ before }) => before },
  ];
  return <SortedTable caption={text.panels.summary} columns={columns} rows={lines} keyOf={({ name }) => name} />;
}
