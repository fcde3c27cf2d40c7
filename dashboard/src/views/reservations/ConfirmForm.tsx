import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ConfirmReservationDocument } from "../../contract";
import { byField, type FieldErrors } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useText } from "../../text/useText";
import type { Reservation } from "./reservation";
import { words } from "./words";

/** The order was paid for: its reservation expires no more. */
export function ConfirmForm({ reservation, onDone }: { reservation: Reservation; onDone: () => void }) {
  const text = useText(words);
  const { send, sending, trouble } = useIntent(ConfirmReservationDocument);
  const [errors, setErrors] = useState<FieldErrors>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setErrors({});
    const answer = await send({ reservationId: reservation.id });
    if (!answer) return;
    const { userErrors } = answer.confirmReservation;
    if (userErrors.length > 0) setErrors(byField(userErrors, []));
    else onDone();
  };
  return (
    <form className="fields" onSubmit={submit}>
      <p>{text.confirmHint}</p>
      <Messages message={errors[""]} />
      <TroubleNote trouble={trouble} />
      <div className="acts">
        <Button type="submit" loading={sending}>
          {text.confirm}
        </Button>
      </div>
    </form>
  );
}
