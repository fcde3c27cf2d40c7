import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../../app/ViewerContext";
import { useThing } from "../../../live/LiveContext";
import type { Stream } from "../../../live/stream";
import { Cell, ListTable } from "../../../parts/ListTable";
import { StatusBadge } from "../../../parts/StatusBadge";
import { useFormats, useText } from "../../../text/useText";
import { AdjustButton } from "../../adjust/AdjustButton";
import { Levels, QuantityCell } from "../cells";
import type { Level } from "../../../parts/level";
import type { ItemStock } from "./ItemDrawer";
import style from "./item.module.css";
import { newest, type VersionedPolicy } from "./policy";
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
  const text = useText(words);
  const [told, setTold] = useState<VersionedPolicy | null>(null);
  const all = stock.levels.map((level) => newest(level, told));
  const level = all.find(({ id }) => id === edited);
  const scale = stock.item.quantityScale;
  return (
    <Levels value={levels}>
      <div className={style.levels}>
        <ListTable caption={text.tabs.levels} columns={columns()}>
          {all.map((each) => (
            <LevelRow key={each.id} policy={each} levels={levels} onEdit={() => onEdit(each.id)} />
          ))}
        </ListTable>
      </div>
      {level && (
        <PolicyEditor key={level.id} sku={stock.sku} scale={scale} level={level} onTold={setTold} onClose={() => onEdit(null)} />
      )}
    </Levels>
  );

  function columns() {
    const { location, status, policy, acts } = text.levels;
    const quantities = QUANTITIES.map(([name]) => ({ name: text.levels[name], number: true }));
    return [{ name: location }, ...quantities, { name: status }, { name: policy }, { name: acts, hidden: true }];
  }
}

function LevelRow({ policy, levels, onEdit }: { policy: LevelPolicy; levels: Stream<Level>; onEdit: () => void }) {
  const text = useText(words);
  const formats = useFormats();
  const mayEdit = useMay("setStockPolicy");
  const level = useThing(levels, policy.id);
  const low = policy.lowStockThreshold ?? policy.reorderPoint;
  return (
    <tr role="row">
      <Cell label={text.levels.location}>
        <strong title={policy.location.name}>{policy.location.code}</strong>
      </Cell>
      {QUANTITIES.map(([name, value]) => (
        <Cell key={name} label={text.levels[name]} number>
          <QuantityCell nodeId={policy.id} value={value} />
        </Cell>
      ))}
      <Cell label={text.levels.status}>{level && <StatusBadge status={level.status} />}</Cell>
      <Cell label={text.levels.policy}>
        {low !== null && `${text.levels.low(formats.quantity(low, level?.item.quantityScale))} `}
        {mayEdit && (
          <Button size="compact-xs" variant="default" onClick={onEdit} aria-label={text.edit(policy.location.code)}>
            ✎
          </Button>
        )}
      </Cell>
      <Cell>{level && <AdjustButton sku={level.sku} location={policy.location.code} />}</Cell>
    </tr>
  );
}

const QUANTITIES = [
  ["onHand", ({ quantityOnHand }: Level) => quantityOnHand],
  ["allocated", ({ quantityAllocated }: Level) => quantityAllocated],
  ["unavailable", ({ quantityUnavailable }: Level) => quantityUnavailable],
  ["available", ({ availableToPromise }: Level) => availableToPromise],
  ["incoming", ({ quantityIncoming }: Level) => quantityIncoming],
] as const;
