import { Cell, ListTable } from "../../parts/ListTable";
import { QuantityInput } from "../../parts/QuantityInput";
import { useFormats, useText } from "../../text/useText";
import type { ReservationLine } from "./reservation";
import { words } from "./words";

interface LinesTableProps {
  caption: string;
  lines: readonly ReservationLine[];
  /** How many units of a line a step may take at most; null where none is chosen. */
  limitOf: ((line: ReservationLine) => number) | null;
  units: ReadonlyMap<string, number | null>;
  onUnits: (line: ReservationLine, units: number | null) => void;
  errorOf: (line: ReservationLine) => string | undefined;
}

/** The lines of a reservation, and how many units of each the step takes: all there are, unless somebody says fewer. */
export function LinesTable({ caption, lines, limitOf, units, onUnits, errorOf }: LinesTableProps) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  return (
    <ListTable caption={caption} columns={columns()}>
      {lines.map((line) => {
        const scale = line.item?.quantityScale ?? 0;
        const limit = limitOf?.(line) ?? 0;
        return (
          <tr key={line.id} role="row" data-sku={line.sku}>
            <Cell label={text.item}>
              <strong>{line.sku}</strong> <span className="quiet">{line.item?.name}</span>
            </Cell>
            <Cell label={text.location}>{line.location?.code ?? none}</Cell>
            <Cell label={text.asked} number>
              {formats.quantity(line.quantity, scale)}
            </Cell>
            <Cell label={text.held} number>
              {formats.quantity(line.quantityAllocated, scale)}
            </Cell>
            <Cell label={text.waiting} number>
              {formats.quantity(line.quantityBackordered, scale)}
            </Cell>
            <Cell label={text.shipped} number>
              {formats.quantity(line.quantityCommitted, scale)}
            </Cell>
            <Cell label={text.released} number>
              {formats.quantity(line.quantityReleased, scale)}
            </Cell>
            {limitOf && (
              <Cell label={text.now} number>
                {limit > 0 && (
                  <QuantityInput
                    aria-label={text.nowOf(line.sku, line.location?.code ?? "")}
                    units={units.has(line.id) ? (units.get(line.id) ?? null) : limit}
                    onUnits={(entered) => onUnits(line, entered)}
                    scale={scale}
                    allowNegative={false}
                    error={errorOf(line)}
                  />
                )}
              </Cell>
            )}
          </tr>
        );
      })}
    </ListTable>
  );

  function columns() {
    const always = [
      { name: text.item },
      { name: text.location },
      { name: text.asked, number: true },
      { name: text.held, number: true },
      { name: text.waiting, number: true },
      { name: text.shipped, number: true },
      { name: text.released, number: true },
    ];
    return limitOf ? [...always, { name: text.now, number: true }] : always;
  }
}
