import { Button } from "@mantine/core";
import { type ItemLedgerQuery, ItemLedgerDocument } from "../../../contract";
import { codes } from "../../../parts/codes";
import { called } from "../../../text/called";
import { Failure } from "../../../parts/Failure";
import { usePages } from "../../../parts/usePages";
import { useReasons } from "../../../parts/useReasons";
import { Waiting } from "../../../parts/Waiting";
import { useFormats, useText } from "../../../text/useText";
import style from "./item.module.css";
import { words } from "./words";

type Entry = NonNullable<ItemLedgerQuery["ledger"]>["nodes"][number];

/** What happened to an item, the newest first: who, why, and each quantity that changed before and after. */
export function Ledger({ sku, scale, changes }: { sku: string; scale: number; changes: number }) {
  const text = useText(words).ledger;
  const { nameOf } = useReasons();
  const pages = usePages(ItemLedgerDocument, { skus: [sku] }, ({ ledger }) => ledger, changes);
  if (pages.failure !== null) return <Failure message={pages.failure} onAgain={pages.again} />;
  if (!pages.nodes) return <Waiting />;
  return (
    <>
      {pages.nodes.length === 0 && <p>{text.none}</p>}
      <ol className={style.timeline}>
        {pages.nodes.map((entry) => (
          <LedgerEntry key={entry.id} entry={entry} scale={scale} nameOf={nameOf} />
        ))}
      </ol>
      {pages.more && (
        <Button variant="default" onClick={pages.more} loading={pages.loading}>
          {text.more}
        </Button>
      )}
    </>
  );
}

interface LedgerEntryProps {
  entry: Entry;
  scale: number;
  /** What a reason's code is called. */
  nameOf: (code: string) => string;
}

function LedgerEntry({ entry, scale, nameOf }: LedgerEntryProps) {
  const text = useText(words);
  const { references, actors } = useText(codes);
  const formats = useFormats();
  const { reasonCode, note, referenceType, reference, actor } = entry;
  const document = reference && `${called(references, referenceType ?? "")} ${reference}`;
  const why = [reasonCode && nameOf(reasonCode), note, document];
  return (
    <li>
      <div>
        <strong>{text.kinds[entry.kind] ?? entry.kind}</strong> · {entry.location.code} ·{" "}
        <time dateTime={entry.occurredAt}>{formats.moment(entry.occurredAt)}</time>{" "}
        {text.ledger.by(actor === null ? text.ledger.somebody : called(actors, actor))}
      </div>
      <div>
        {changesOf(entry).map(([name, change, after]) => (
          <span key={name} className={style.change}>
            {text.ledger.before(text.quantities[name], formats.quantity(after - change, scale), formats.quantity(after, scale))}{" "}
            <b>({formats.change(change, scale)})</b>
          </span>
        ))}
        <span className={style.quiet}>{text.ledger.after(formats.quantity(entry.availableToPromiseAfter, scale))}</span>
      </div>
      {why.some(Boolean) && <div className={style.quiet}>{why.filter(Boolean).join(" · ")}</div>}
    </li>
  );
}

type Quantity = "onHand" | "allocated" | "unavailable" | "incoming";

/** The quantities that an entry changed, by how much and to what. */
function changesOf(entry: Entry): [Quantity, number, number][] {
  const all: [Quantity, number, number][] = [
    ["onHand", entry.quantityOnHandChange, entry.quantityOnHandAfter],
    ["allocated", entry.quantityAllocatedChange, entry.quantityAllocatedAfter],
    ["unavailable", entry.quantityUnavailableChange, entry.quantityUnavailableAfter],
    ["incoming", entry.quantityIncomingChange, entry.quantityIncomingAfter],
  ];
  return all.filter(([, change]) => change !== 0);
}
