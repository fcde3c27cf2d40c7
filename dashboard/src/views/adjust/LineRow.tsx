import { CloseButton, NativeSelect } from "@mantine/core";
import { Cell } from "../../parts/ListTable";
import { QuantityInput } from "../../parts/QuantityInput";
import { Told } from "../../parts/Told";
import { useFormats, useText } from "../../text/useText";
import { LineConflict } from "./LineConflict";
import { type Action, isDone, type Line } from "./lines";
import { words } from "./words";

interface LineRowProps {
  line: Line;
  act: (action: Action) => void;
  /** What keeps it from being sent. */
  missing: boolean;
  locations: readonly { code: string; name: string }[];
  /** Whether corrections are under way, this one or others. */
  busy: boolean;
  /** Whether an answer may still come by itself. */
  sending: boolean;
  onAgain: (line: Line) => void;
}

/** One correction: what lies there, what it changes, and what became of it. */
export function LineRow({ line, act, missing, locations, busy, sending, onAgain }: LineRowProps) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const { id, item, change, seen, location } = line;
  const units = (count: number) => formats.quantity(count, item.quantityScale);
  const done = isDone(line);
  const sent = line.sent !== null;
  const errors = line.outcome?.kind === "refused" ? line.outcome.errors : {};
  return (
    <tr role="row" data-sku={item.sku}>
      <Cell label={text.item}>
        <strong>{item.sku}</strong> <span className="quiet">{item.name}</span>
        {errors.sku && <p className="fault">{errors.sku}</p>}
      </Cell>
      <Cell label={text.location}>
        {done || line.levels.length === 1 ? (
          location
        ) : (
          <NativeSelect
            aria-label={text.location}
            value={location ?? ""}
            onChange={(event) => act({ kind: "place", id, location: event.currentTarget.value })}
            data={[...(location === null ? [{ value: "", label: text.chooseLocation }] : []), ...offered(line, locations)]}
            error={errors.location}
            disabled={sent}
          />
        )}
      </Cell>
      <Cell label={text.seen} number>
        {location === null ? none : units(seen?.quantityOnHand ?? 0)}
      </Cell>
      <Cell label={text.change} number>
        {done ? (
          formats.change(change ?? 0, item.quantityScale)
        ) : (
          <QuantityInput
            aria-label={text.changeOf(item.sku)}
            units={change}
            onUnits={(entered) => act({ kind: "change", id, change: entered })}
            scale={item.quantityScale}
            error={errors.quantityChange ?? (missing && !change ? text.missing.change : undefined)}
            disabled={sent}
          />
        )}
      </Cell>
      <Cell label={text.after} number>
        {location === null ? none : units((seen?.quantityOnHand ?? 0) + (change ?? 0))}
      </Cell>
      <Cell label={text.result}>
        <Became line={line} busy={busy} sending={sending} onAgain={onAgain} />
      </Cell>
      <Cell>
        {!done && (
          <CloseButton aria-label={text.removeOf(item.sku)} onClick={() => act({ kind: "remove", id })} disabled={sent} />
        )}
      </Cell>
    </tr>
  );
}

function Became({ line, busy, sending, onAgain }: Pick<LineRowProps, "line" | "busy" | "sending" | "onAgain">) {
  const text = useText(words);
  const formats = useFormats();
  const { outcome, item } = line;
  if (line.sent !== null) return <span className="quiet">{sending ? text.underWay : text.unanswered}</span>;
  switch (outcome?.kind) {
    case "applied":
      return (
        <Told tone="good">
          {outcome.quantityOnHand === null
            ? text.applied
            : text.appliedTo(formats.quantity(outcome.quantityOnHand, item.quantityScale))}
        </Told>
      );
    case "waiting":
      return <Told tone="info">{text.waiting}</Told>;
    case "conflict":
      return <LineConflict line={line} now={outcome.now} busy={busy} onAgain={() => onAgain(line)} />;
    case "refused":
      return outcome.errors[""] ? <p className="fault">{outcome.errors[""]}</p> : null;
    default:
      return null;
  }
}

/** Where the item lies first, then every other location. */
function offered({ levels }: Line, locations: LineRowProps["locations"]): { value: string; label: string }[] {
  const known = new Set(levels.map((level) => level.location.code));
  return [...levels.map((level) => level.location), ...locations.filter(({ code }) => !known.has(code))].map(
    ({ code, name }) => ({
      value: code,
      label: `${code} · ${name}`,
    }),
  );
}
