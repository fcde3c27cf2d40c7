import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormats, useText } from "../../text/useText";
import { type Figure, figureText, type Value } from "./figures";
import style from "./insight.module.css";
import type { Point } from "./SeriesPanel";
import { words } from "./words";

const HEIGHT_PX = 260;
/** Between two names on an axis. */
const DAY_SPACE_PX = 90;
const VALUE_SIZE_PX = 70;
/** The days before are told apart by their dashes, and not by colour alone. */
const DASHES = [6, 5];

/** Drawn on a canvas; who cannot see it has the same as a table. */
export default function LineChart({ figure, points }: { figure: Figure; points: readonly Point[] }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const colours = useComputedColorScheme();
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const said = (value: Value) => figureText(formats, figure, value, none);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const axes = { day: dayAt, value: (value: number) => said(String(value)) };
    const chart = new uPlot(options(element, axes, setPointed), dataOf(points), element);
    const watch = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what the axes say follows language and colours
  }, [points, figure, formats, colours]);
  return (
    <>
      <div ref={place} className={style.chart} role="img" aria-label={summary()} />
      <div className={style.legend} aria-hidden="true">
        <span>── {text.now}</span>
        <span>- - {text.then}</span>
        {told()}
      </div>
    </>
  );

  function dayAt(index: number): string {
    const point = points[index];
    return point ? formats.day(point.date) : "";
  }

  function told() {
    const point = pointed === null ? undefined : points[pointed];
    return point && <span>{text.point(formats.days(point.date, point.to), said(point.now), said(point.before))}</span>;
  }

  function summary(): string {
    const values = points.flatMap(({ now }) => (now === null ? [] : [Number(now)]));
    const [first, last] = [points[0], points.at(-1)];
    if (values.length === 0 || !first || !last) return text.noLine;
    const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => said(String(value)));
    return text.line(text.figures[figure], formats.day(first.date), formats.day(last.to), least ?? "", most ?? "");
  }
}

function dataOf(points: readonly Point[]): uPlot.AlignedData {
  const number = (value: Value) => (value === null ? null : Number(value));
  return [points.map((_, i) => i), points.map(({ now }) => number(now)), points.map(({ before }) => number(before))];
}

interface Axes {
  day: (index: number) => string;
  value: (value: number) => string;
}

function options(element: HTMLElement, { day, value }: Axes, onPoint: (index: number | null) => void): uPlot.Options {
  const styles = getComputedStyle(element);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--mantine-color-dimmed"),
    grid: { stroke: colour("--sc-line"), width: 1 },
    ticks: { stroke: colour("--sc-line"), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (_, least, most) => [Math.min(0, least ?? 0), most > 0 ? most * 1.1 : 1] } },
    axes: [
      // A part stands at its number: its days are said there, and nothing between two parts.
      { ...axis, space: DAY_SPACE_PX, incrs: [1, 2, 5, 10, 20, 50], values: (_, places) => places.map(day) },
      { ...axis, size: VALUE_SIZE_PX, values: (_, values) => values.map(value) },
    ],
    series: [
      {},
      { stroke: colour("--sc-info"), width: 2, points: { show: true, size: 5 } },
      { stroke: colour("--mantine-color-dimmed"), width: 1.5, dash: DASHES, points: { show: false } },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}
