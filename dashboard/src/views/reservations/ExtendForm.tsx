import { Button, NumberInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ExtendReservationDocument } from "../../contract";
import { byField, type FieldErrors } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useFormats, useText } from "../../text/useText";
import type { Reservation } from "./reservation";
import { words } from "./words";

/** The API takes so many at most: 2,678,400 seconds. */
const MINUTES_MAX = 44_640;

/** Lets a pending reservation hold for longer, or for less. */
export function ExtendForm({ reservation, onDone }: { reservation: Reservation; onDone: () => void }) {
  const text = useText(words);
  const formats = useFormats();
  const { send, sending, trouble } = useIntent(ExtendReservationDocument);
  const [minutes, setMinutes] = useState<number | string>(15);
  const [errors, setErrors] = useState<FieldErrors>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (typeof minutes !== "number" || minutes < 1 || minutes > MINUTES_MAX)
      return setErrors({ ttlSeconds: text.wrongMinutes(formats.number(MINUTES_MAX)) });
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
