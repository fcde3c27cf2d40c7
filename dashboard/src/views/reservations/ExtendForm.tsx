import { Button, NumberInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ExtendReservationDocument } from "../../contract";
import { byField, type FieldErrors } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useText } from "../../text/useText";
import type { Reservation } from "./reservation";
import { words } from "./words";

/** Lets a pending reservation hold for longer, or for less. */
export function ExtendForm({ reservation, onDone }: { reservation: Reservation; onDone: () => void }) {
  const text = useText(words);
  const { send, sending, trouble } = useIntent(ExtendReservationDocument);
  const [minutes, setMinutes] = useState<number | string>(15);
  const [errors, setErrors] = useState<FieldErrors>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (typeof minutes !== "number" || minutes < 1) return setErrors({ ttlSeconds: text.missingMinutes });
    setErrors({});
    const answer = await send({ reservationId: reservation.id, ttlSeconds: minutes * 60 });
    if (!answer) return;
    const { userErrors } = answer.extendReservation;
    if (userErrors.length > 0) setErrors(byField(userErrors, ["ttlSeconds"]));
    else onDone();
  };
  return (
    <form className="filters" onSubmit={submit} noValidate>
      <NumberInput
        label={text.minutes}
        value={minutes}
        onChange={setMinutes}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        error={errors.ttlSeconds}
      />
      <Button type="submit" loading={sending}>
        {text.extend}
      </Button>
      <Messages message={errors[""]} />
      <TroubleNote trouble={trouble} />
    </form>
  );
}
