import { Button } from "@mantine/core";
import { useMay, useViewer } from "../../app/ViewerContext";
import { Cell } from "../../parts/ListTable";
import type { Level } from "../../parts/level";
import { useFormats, useText } from "../../text/useText";
import type { Decision } from "./DecideDialog";
import { Difference } from "./Difference";
import type { Pending } from "./pending";
import { Value } from "./Value";
import { words } from "./words";

interface PendingRowProps {
  pending: Pending;
  level: Level | undefined;
  reason: string;
  onDecide: (decision: Decision) => void;
}

export function PendingRow({ pending, level, reason, onDecide }: PendingRowProps) {
  const text = useText(words);
  const formats = useFormats();
  const { sku, item, location, note, reference, requestedAt, requestedBy, expiresAt } = pending;
  return (
    <tr role="row" data-sku={sku}>
      <Cell label={text.item}>
        <strong>{sku}</strong> <div className="quiet">{item.name}</div>
      </Cell>
      <Cell label={text.location}>{location.code}</Cell>
      <Cell label={text.change} number>
        <Difference pending={pending} level={level} />
      </Cell>
      <Cell label={text.value} number>
        <Value pending={pending} />
      </Cell>
      <Cell label={text.reason}>
        {reason}
        {note && <div className="quiet">{note}</div>}
        {reference && <div className="quiet">{text.reference(reference)}</div>}
      </Cell>
      <Cell label={text.asked}>
        {formats.moment(requestedAt)}
        {requestedBy && <div className="quiet">{text.by(requestedBy)}</div>}
        {expiresAt && <div className="quiet">{text.until(formats.moment(expiresAt))}</div>}
      </Cell>
      <Cell label={text.decide}>
        <Decisions pending={pending} onDecide={onDecide} />
      </Cell>
    </tr>
  );
}

/** What the viewer may do about it: nobody decides on what they asked for themselves. */
function Decisions({ pending, onDecide }: Pick<PendingRowProps, "pending" | "onDecide">) {
  const text = useText(words);
  const { subject } = useViewer();
  const mayDecide = useMay("approveAdjustment");
  const mayCancel = useMay("cancelAdjustment");
  const { sku, location, requestedBy } = pending;
  if (requestedBy === subject) {
    return (
      <>
        <div>{text.own}</div>
        {mayCancel && (
          <Button size="xs" variant="default" aria-label={text.cancelOf(sku, location.code)} onClick={() => onDecide("cancel")}>
            {text.cancel}
          </Button>
        )}
      </>
    );
  }
  if (!mayDecide) return text.others;
  return (
    <div className="acts">
      <Button size="xs" aria-label={text.approveOf(sku, location.code)} onClick={() => onDecide("approve")}>
        {text.approve}
      </Button>
      <Button size="xs" variant="default" aria-label={text.rejectOf(sku, location.code)} onClick={() => onDecide("reject")}>
        {text.reject}
      </Button>
    </div>
  );
}
