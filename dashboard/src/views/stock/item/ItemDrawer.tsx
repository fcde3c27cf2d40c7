import { Drawer, Tabs } from "@mantine/core";
import { useEffect, useState } from "react";
import { useAnswer } from "../../../app/useApi";
import { ItemStockDocument, type ItemStockQuery } from "../../../contract";
import { useStore } from "../../../live/store";
import type { Stream } from "../../../live/stream";
import { useChanges } from "../../../live/useChanges";
import { useReturnedFocus } from "../../../parts/Dialog";
import { Failure } from "../../../parts/Failure";
import { Waiting } from "../../../parts/Waiting";
import { useFormats, useText } from "../../../text/useText";
import { adjusting } from "../../adjust/adjusting";
import type { Level } from "../../../parts/level";
import { ItemLevels } from "./ItemLevels";
import { ItemReservations } from "./ItemReservations";
import style from "./item.module.css";
import { Ledger } from "./Ledger";
import { words } from "./words";

export type ItemStock = NonNullable<ItemStockQuery["stock"]>;

interface ItemDrawerProps {
  sku: string;
  levels: Stream<Level>;
  onClose: () => void;
}

/** One item: what there is of it where, what happened to it, and who waits for it. */
export default function ItemDrawer({ sku, levels, onClose }: ItemDrawerProps) {
  const shared = useText();
  useReturnedFocus();
  const changes = useChanges(levels, (level) => level?.sku === sku);
  const adjusted = useStore(adjusting) !== null;
  const [edited, setEdited] = useState<string | null>(null);
  const { data, failure, again } = useAnswer(ItemStockDocument, { sku });
  useEffect(() => {
    if (changes > 0) again();
  }, [changes, again]);
  const stock = data?.stock;
  return (
    <Drawer
      opened
      onClose={onClose}
      // It ends what lies on top.
      closeOnEscape={!adjusted && edited === null}
      position="right"
      size="60rem"
      title={stock ? `${stock.sku} · ${stock.item.name}` : sku}
      closeButtonProps={{ "aria-label": shared.close }}
    >
      {failure !== null && <Failure message={failure} onAgain={again} />}
      {stock ? (
        <Item stock={stock} levels={levels} changes={changes} edited={edited} onEdit={setEdited} />
      ) : (
        failure === null && (data ? <Unknown /> : <Waiting />)
      )}
    </Drawer>
  );
}

function Unknown() {
  return <p>{useText(words).unknown}</p>;
}

interface ItemProps {
  stock: ItemStock;
  levels: Stream<Level>;
  changes: number;
  /** The level whose thresholds are being set. */
  edited: string | null;
  onEdit: (id: string | null) => void;
}

function Item({ stock, levels, changes, edited, onEdit }: ItemProps) {
  const { tabs } = useText(words);
  const [tab, setTab] = useState<string | null>("levels");
  return (
    <>
      <About item={stock.item} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          {(["levels", "ledger", "reservations"] as const).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="levels">
          <ItemLevels stock={stock} levels={levels} edited={edited} onEdit={onEdit} />
        </Tabs.Panel>
        <Tabs.Panel value="ledger">
          <Ledger sku={stock.sku} scale={stock.item.quantityScale} changes={changes} />
        </Tabs.Panel>
        <Tabs.Panel value="reservations">
          <ItemReservations sku={stock.sku} scale={stock.item.quantityScale} changes={changes} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function About({ item }: { item: ItemStock["item"] }) {
  const { about, days } = useText(words);
  const formats = useFormats();
  /** Of one as the item is counted: what a gram costs is less than any coin. */
  const priced = (price: string, currency: string) => {
    const shown = formats.price(price, currency, item.quantityScale);
    return item.quantityScale === 0 ? shown : about.per(shown, formats.number(10 ** item.quantityScale), item.unitOfMeasure);
  };
  const told: [string, string | null][] = [
    [about.category, item.category],
    [about.vendor, item.vendor],
    [about.price, item.price !== null && item.currency !== null ? priced(item.price, item.currency) : null],
    [about.barcodes, item.barcodes.join(", ") || null],
    [about.leadTime, item.leadTimeDays === null ? null : days(formats.number(item.leadTimeDays))],
  ];
  return (
    <dl className={style.about}>
      {told.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
