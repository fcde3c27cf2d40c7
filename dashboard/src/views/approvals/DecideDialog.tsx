import { Button, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApproveAdjustmentDocument, CancelAdjustmentDocument, RejectAdjustmentDocument } from "../../contract";
import { Dialog } from "../../parts/Dialog";
import { byField, type FieldErrors, type UserError } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import type { Level } from "../../parts/level";
import { useText } from "../../text/useText";
import { Difference } from "./Difference";
import type { Pending } from "./pending";
import { Value } from "./Value";
import { words } from "./words";

export type Decision = "approve" | "reject" | "cancel";

interface DecideDialogProps {
  decision: Decision;
  pending: Pending;
  /** Whether it still waits, as far as is known. */
  waits: boolean;
  level: Level | undefined;
  onDone: () => void;
  onClose: () => void;
}

/** The last look before a decision: what it would change, and what is to be said with it. */
export function DecideDialog({ decision, pending, waits, level, onDone, onClose }: DecideDialogProps) {
  const text = useText(words);
  const [note, setNote] = useState("");
  const [errors, setErrors] = useState<FieldErrors>({});
  const { decide, sending, trouble } = useDecision(decision);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setErrors({});
    const refused = await decide(pending.id, note.trim());
    if (refused?.length === 0) onDone();
    else if (refused) setErrors(byField(refused, ["note"]));
  };
  const title = { approve: text.approveOf, reject: text.rejectOf, cancel: text.cancelOf }[decision];
  return (
    <Dialog title={title(pending.sku, pending.location.code)} onClose={onClose}>
      <form className="fields" onSubmit={submit}>
        <p>
          {pending.item.name}: <Difference pending={pending} level={level} /> · <Value pending={pending} />
        </p>
        {pending.note && <blockquote className="quiet">{pending.note}</blockquote>}
        {!waits && <p role="status">{text.gone}</p>}
        <Textarea
          label={text.note}
          description={text.noteHint}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={2000}
          error={errors.note}
          data-autofocus
        />
        <Messages message={errors[""]} />
        <TroubleNote trouble={trouble} />
        <div className="acts">
          <Button type="submit" color={decision === "approve" ? "green" : "red"} loading={sending}>
            {text[decision]}
          </Button>
          <Button variant="default" onClick={onClose}>
            {text.back}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Sends a decision; answers with what refused it, or null where no answer came. */
function useDecision(decision: Decision) {
  const approve = useIntent(ApproveAdjustmentDocument);
  const reject = useIntent(RejectAdjustmentDocument);
  const cancel = useIntent(CancelAdjustmentDocument);
  const { sending, trouble } = { approve, reject, cancel }[decision];
  const decide = async (adjustmentId: string, note: string): Promise<readonly UserError[] | null> => {
    const wish = { adjustmentId, note: note || null };
    switch (decision) {
      case "approve":
        return (await approve.send(wish))?.approveAdjustment.userErrors ?? null;
      case "reject":
        return (await reject.send(wish))?.rejectAdjustment.userErrors ?? null;
      case "cancel":
        return (await cancel.send(wish))?.cancelAdjustment.userErrors ?? null;
    }
  };
  return { decide, sending, trouble };
}
