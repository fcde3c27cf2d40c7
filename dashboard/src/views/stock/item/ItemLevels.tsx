import { Button } from "@mantine/core";
import { useMay } from "../../../app/ViewerContext";
import { useThing } from "../../../live/LiveContext";
import type { Stream } from "../../../live/stream";
import { StatusBadge } from "../../../parts/StatusBadge";
import { useFormats, useText } from "../../../text/useText";
import { AdjustButton } from "../../adjust/AdjustButton";
import { Levels, QuantityCell } from "../cells";
import type { Level } from "../../../parts/level";
import type { ItemStock } from "./ItemDrawer";
import style from "./item.module.css";
import { PolicyEditor } from "./PolicyEditor";
import { words } from "./words";

export type LevelPolicy = ItemStock["levels"][number];

interface ItemLevelsProps {
  stock: ItemStock;
  levels: Stream<Level>;
  /** The level whose thresholds are being set. */
  edited: string | null;
  onEdit: (id: string | null) => void;
}

/** What there is of an item at each location, live, and its thresholds. */
export function ItemLevels({ stock, levels, edited, onEdit }: ItemLevelsProps) {
  const text = useText(words).levels;
  const level = stock.levels.find(({ id }) => id === edited);
  const scale = stock.item.quantityScale;
  return (
    <Levels value={levels}>
      <div className={style.scroll} tabIndex={0} role="group" aria-label={text.location}>
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{text.location}</th>
              {(["onHand", "allocated", "unavailable", "available", "incoming"] as const).map((name) => (
                <th key={name} scope="col" data-numeric>
                  {text[name]}
                </th>
              ))}
              <th scope="col">{text.status}</th>
              <th scope="col">{text.policy}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {stock.levels.map((each) => (
              <LevelRow key={each.id} policy={each} levels={levels} onEdit={() => onEdit(each.id)} />
            ))}
          </tbody>
        </table>
      </div>
      {level && <PolicyEditor key={level.id} sku={stock.sku} scale={scale} level={level} onClose={() => onEdit(null)} />}
    </Levels>
  );
}

function LevelRow({ policy, levels, onEdit }: { policy: LevelPolicy; levels: Stream<Level>; onEdit: () => void }) {
  const text = useText(words);
  const formats = useFormats();
  const mayEdit = useMay("setStockPolicy");
  const level = useThing(levels, policy.id);
  const low = policy.lowStockThreshold ?? policy.reorderPoint;
  return (
    <tr>
      <th scope="row" title={policy.location.name}>
        {policy.location.code}
      </th>
      {QUANTITIES.map((value, i) => (
        <td key={i} data-numeric>
          <QuantityCell nodeId={policy.id} value={value} />
        </td>
      ))}
      <td>{level && <StatusBadge status={level.status} />}</td>
      <td>
        {low !== null && `≤ ${formats.quantity(low, level?.item.quantityScale)} `}
        {mayEdit && (
          <Button size="compact-xs" variant="default" onClick={onEdit} aria-label={text.edit(policy.location.code)}>
            ✎
          </Button>
        )}
      </td>
      <td>{level && <AdjustButton sku={level.sku} location={policy.location.code} />}</td>
    </tr>
  );
}

const QUANTITIES: readonly ((level: Level) => number)[] = [
  ({ quantityOnHand }) => quantityOnHand,
  ({ quantityAllocated }) => quantityAllocated,
  ({ quantityUnavailable }) => quantityUnavailable,
  ({ availableToPromise }) => availableToPromise,
  ({ quantityIncoming }) => quantityIncoming,
];
