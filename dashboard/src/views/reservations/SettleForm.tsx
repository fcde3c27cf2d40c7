import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { CommitReservationDocument, ReleaseReservationDocument } from "../../contract";
import { byField, type FieldErrors, type UserError } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useReasons } from "../../parts/useReasons";
import { useText } from "../../text/useText";
import { LinesTable } from "./LinesTable";
import { openOf, type Reservation, type ReservationLine } from "./reservation";
import { words } from "./words";

interface SettleFormProps {
  step: "commit" | "release";
  reservation: Reservation;
  onDone: () => void;
}

const FIELDS = ["reference", "reasonCode", "note"];

/** Ships or releases what is open, all of it or so many units of each line as are said. */
export function SettleForm({ step, reservation, onDone }: SettleFormProps) {
  const text = useText(words);
  const [units, setUnits] = useState<ReadonlyMap<string, number | null>>(new Map());
  const [texts, setTexts] = useState({ reference: "", reasonCode: "", note: "" });
  const [errors, setErrors] = useState<FieldErrors>({});
  const { settle, sending, trouble } = useSettling(step);
  const limitOf = step === "commit" ? (line: ReservationLine) => line.quantityAllocated : openOf;
  const lines = reservation.lines
    .map((line) => ({ lineId: line.id, quantity: (units.has(line.id) ? units.get(line.id) : limitOf(line)) ?? 0 }))
    .filter(({ quantity }) => quantity > 0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (lines.length === 0) return setErrors({ "": text.missing });
    setErrors({});
    const refused = await settle(reservation.id, lines, texts);
    if (refused?.length === 0) onDone();
    else if (refused)
      setErrors({
        ...byField(
          refused.filter((each) => !lineOf(each)),
          FIELDS,
        ),
        ...byLine(refused),
      });
  };
  /** The line that a refusal is about: its path counts the lines as they were sent. */
  const lineOf = ({ field }: UserError) => (field?.[0] === "lines" ? lines[Number(field[1])]?.lineId : undefined);
  const byLine = (refused: readonly UserError[]) =>
    Object.fromEntries(refused.flatMap((each) => (lineOf(each) ? [[lineOf(each), each.message]] : [])));
  const field = (name: keyof typeof texts) => ({
    value: texts[name],
    onChange: (event: { currentTarget: { value: string } }) => setTexts({ ...texts, [name]: event.currentTarget.value }),
    error: errors[name],
  });
  return (
    <form className="fields" onSubmit={submit} noValidate>
      <LinesTable
        caption={step === "commit" ? text.commitHint : text.releaseHint}
        lines={reservation.lines}
        limitOf={limitOf}
        units={units}
        onUnits={({ id }, entered) => setUnits(new Map(units).set(id, entered))}
        errorOf={({ id }) => errors[id]}
      />
      {step === "commit" ? (
        <TextInput label={text.reference} maxLength={200} {...field("reference")} />
      ) : (
        <div className="fields side">
          <ReasonField {...field("reasonCode")} />
          <Textarea label={text.note} maxLength={2000} {...field("note")} />
        </div>
      )}
      <Messages message={errors[""]} />
      <TroubleNote trouble={trouble} />
      <div className="acts">
        <Button type="submit" color={step === "release" ? "red" : "green"} loading={sending}>
          {text[step]}
        </Button>
      </div>
    </form>
  );
}

type ReasonFieldProps = Pick<Parameters<typeof NativeSelect>[0], "value" | "onChange" | "error">;

function ReasonField(field: ReasonFieldProps) {
  const text = useText(words);
  const { reasons } = useReasons();
  const offered = reasons.filter(({ active }) => active).map(({ code, name }) => ({ value: code, label: name }));
  return <NativeSelect label={text.reason} data={[{ value: "", label: text.noReason }, ...offered]} {...field} />;
}

type Texts = Record<"reference" | "reasonCode" | "note", string>;

/** Sends the step; answers with what refused it, or null where no answer came. */
function useSettling(step: SettleFormProps["step"]) {
  const commit = useIntent(CommitReservationDocument);
  const release = useIntent(ReleaseReservationDocument);
  const { sending, trouble } = step === "commit" ? commit : release;
  const settle = async (
    reservationId: string,
    lines: { lineId: string; quantity: number }[],
    { reference, reasonCode, note }: Texts,
  ): Promise<readonly UserError[] | null> => {
    if (step === "commit") {
      const answer = await commit.send({ reservationId, lines, reference: reference.trim() || null });
      return answer?.commitReservation.userErrors ?? null;
    }
    const answer = await release.send({ reservationId, lines, reasonCode: reasonCode || null, note: note.trim() || null });
    return answer?.releaseReservation.userErrors ?? null;
  };
  return { settle, sending, trouble };
}
