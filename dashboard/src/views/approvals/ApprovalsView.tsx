import { useMemo, useRef, useState } from "react";
import { AdjustmentChangedDocument } from "../../contract";
import { useFollowed, useThings } from "../../live/LiveContext";
import { useChanges } from "../../live/useChanges";
import { ListTable } from "../../parts/ListTable";
import { StreamGate } from "../../parts/StreamGate";
import { levelKey, useLevelsOf } from "../../parts/useLevelsOf";
import { usePart } from "../../parts/usePart";
import { useReasons } from "../../parts/useReasons";
import { useFormats, useText } from "../../text/useText";
import { DecideDialog, type Decision } from "./DecideDialog";
import { Ended } from "./Ended";
import { PendingRow } from "./PendingRow";
import { byAge, type Pending, WAITING } from "./pending";
import { words } from "./words";

/** What waits for another person, as it comes and goes. */
export default function ApprovalsView() {
  const text = useText(words);
  const formats = useFormats();
  const stream = useFollowed(AdjustmentChangedDocument, WAITING, "adjustment");
  const things = useThings(stream);
  const waiting = useMemo(() => [...things].sort(byAge), [things]);
  const levels = useLevelsOf(useMemo(() => waiting.map(({ sku }) => sku), [waiting]));
  const { nameOf } = useReasons();
  const { shown, more, showMore } = usePart(waiting);
  const ended = useChanges(stream, (pending) => pending === undefined);
  const [open, setOpen] = useState<{ decision: Decision; pending: Pending } | null>(null);
  const [done, setDone] = useState("");
  const told = useRef<HTMLParagraphElement>(null);
  const levelOf = ({ sku, location }: Pending) => levels.get(levelKey(sku, location.code));
  return (
    <section aria-labelledby="approvals-title">
      <h1 id="approvals-title">{text.title}</h1>
      <p role="status" ref={told} tabIndex={-1}>
        {done}
      </p>
      <StreamGate stream={stream}>
        {waiting.length === 0 ? (
          <p>{text.none}</p>
        ) : (
          <ListTable caption={text.inbox(formats.number(waiting.length))} columns={columns()} more={more} onMore={showMore}>
            {shown.map((pending) => (
              <PendingRow
                key={pending.id}
                pending={pending}
                level={levelOf(pending)}
                reason={nameOf(pending.reasonCode)}
                onDecide={(decision) => setOpen({ decision, pending })}
              />
            ))}
          </ListTable>
        )}
      </StreamGate>
      <Ended changes={ended} nameOf={nameOf} />
      {open && (
        <DecideDialog
          {...open}
          waits={stream.picture.get(open.pending.id) !== undefined}
          level={levelOf(open.pending)}
          onDone={() => {
            setDone(text.done[open.decision]);
            // The button that opened the dialog goes with what was decided.
            told.current?.focus();
            setOpen(null);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );

  function columns() {
    return [
      { name: text.item },
      { name: text.location },
      { name: text.change, number: true },
      { name: text.value, number: true },
      { name: text.reason },
      { name: text.asked },
      { name: text.decide },
    ];
  }
}
