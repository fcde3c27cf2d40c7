import { Drawer, Tabs } from "@mantine/core";
import { useEffect, useState } from "react";
import { useAnswer } from "../../../app/useApi";
import { ItemStockDocument, type ItemStockQuery } from "../../../contract";
import { useStore } from "../../../live/store";
import type { Stream } from "../../../live/stream";
import { Failure } from "../../../parts/Failure";
import { Waiting } from "../../../parts/Waiting";
import { useFormats, useText } from "../../../text/useText";
import { adjusting } from "../../adjust/adjusting";
import type { Level } from "../level";
import { ItemLevels } from "./ItemLevels";
import { ItemReservations } from "./ItemReservations";
import style from "./item.module.css";
import { Ledger } from "./Ledger";
import { useChangesOf } from "./useChangesOf";
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
  const changes = useChangesOf(levels, sku);
  const adjusted = useStore(adjusting) !== null;
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
      closeOnEscape={!adjusted}
      position="right"
      size="xl"
      title={stock ? `${stock.sku} · ${stock.item.name}` : sku}
      closeButtonProps={{ "aria-label": shared.close }}
    >
      {failure !== null && <Failure message={failure} onAgain={again} />}
      {stock ? (
        <Item stock={stock} levels={levels} changes={changes} />
      ) : (
        failure === null && (data ? <Unknown /> : <Waiting />)
      )}
    </Drawer>
  );
}

function Unknown() {
  return <p>{useText(words).unknown}</p>;
}

function Item({ stock, levels, changes }: { stock: ItemStock; levels: Stream<Level>; changes: number }) {
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
          <ItemLevels stock={stock} levels={levels} />
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
  const told: [string, string | null][] = [
    [about.category, item.category],
    [about.vendor, item.vendor],
    [about.price, item.price !== null && item.currency !== null ? formats.money(item.price, item.currency) : null],
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
