import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../app/ViewerContext";
import { useText } from "../../text/useText";
import { ConfirmForm } from "./ConfirmForm";
import { ExtendForm } from "./ExtendForm";
import { LinesTable } from "./LinesTable";
import { isPending, isUnpaid, openOf, type Reservation } from "./reservation";
import { SettleForm } from "./SettleForm";
import { words } from "./words";

type Step = "confirm" | "commit" | "release" | "extend";

/** A reservation's lines, and the steps that it allows and the viewer may take. */
export function Settle({ reservation }: { reservation: Reservation }) {
  const text = useText(words);
  const steps = useSteps(reservation);
  const [chosen, setChosen] = useState<Step | null>(null);
  const [done, setDone] = useState("");
  const step = chosen !== null && steps.includes(chosen) ? chosen : null;
  const finish = (told: Step) => {
    setDone(text.done[told]);
    setChosen(null);
  };
  return (
    <>
      <p role="status">{done}</p>
      {steps.length > 0 && (
        <div className="acts" role="group" aria-label={text.what}>
          {steps.map((each) => (
            <Button
              key={each}
              variant={each === step ? "filled" : "default"}
              aria-pressed={each === step}
              onClick={() => setChosen(each === step ? null : each)}
            >
              {text[each]}
            </Button>
          ))}
        </div>
      )}
      {step === "commit" || step === "release" ? (
        <SettleForm key={step} step={step} reservation={reservation} onDone={() => finish(step)} />
      ) : (
        <>
          {step === "confirm" && <ConfirmForm reservation={reservation} onDone={() => finish(step)} />}
          {step === "extend" && <ExtendForm reservation={reservation} onDone={() => finish(step)} />}
          <LinesTable
            caption={text.lines}
            lines={reservation.lines}
            limitOf={null}
            units={new Map()}
            onUnits={() => undefined}
            errorOf={() => undefined}
          />
        </>
      )}
    </>
  );
}

function useSteps(reservation: Reservation): Step[] {
  const mayConfirm = useMay("confirmReservation");
  const mayCommit = useMay("commitReservation");
  const mayRelease = useMay("releaseReservation");
  const mayExtend = useMay("extendReservation");
  const { lines } = reservation;
  const steps: Step[] = [];
  if (mayConfirm && isUnpaid(reservation)) steps.push("confirm");
  if (mayCommit && lines.some(({ quantityAllocated }) => quantityAllocated > 0)) steps.push("commit");
  if (mayRelease && lines.some((line) => openOf(line) > 0)) steps.push("release");
  if (mayExtend && isPending(reservation)) steps.push("extend");
  return steps;
}
