import { Button, NumberInput, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ReceiveStockDocument } from "../../contract";
import { Dialog } from "../../parts/Dialog";
import { byField, type FieldErrors } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { QuantityInput } from "../../parts/QuantityInput";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useSeparator } from "../../parts/useSeparator";
import { useFormats, useText } from "../../text/useText";
import type { Alert } from "./useAlerts";
import { words } from "./words";

/** Decimal places of a cost that the service keeps. */
const COST_PLACES = 4;
const FIELDS = ["quantity", "unitCost", "reference", "note"];

/** Takes in goods that arrived where an alert says that they are short. */
export function ReceiveDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const text = useText(words);
  const formats = useFormats();
  const { send, sending, trouble } = useIntent(ReceiveStockDocument);
  const [quantity, setQuantity] = useState<number | null>(null);
  const [texts, setTexts] = useState({ reference: "", note: "" });
  const [unitCost, setUnitCost] = useState<string | number>("");
  const [errors, setErrors] = useState<FieldErrors>({});
  const [received, setReceived] = useState<string | null>(null);
  const written = quantity !== null || [unitCost, texts.reference, texts.note].some((each) => each !== "");
  const scale = alert.item.quantityScale;
  const separator = useSeparator();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (quantity === null) return setErrors({ quantity: text.missing });
    setErrors({});
    const answer = await send({ sku: alert.sku, location: alert.location.code, quantity, ...told(unitCost, texts) });
    if (!answer) return;
    const { userErrors, stockLevel } = answer.receiveStock;
    if (userErrors.length > 0) setErrors(byField(userErrors, FIELDS));
    else setReceived(text.received(formats.quantity(stockLevel?.quantityOnHand ?? 0, scale)));
  };
  const field = (name: keyof typeof texts) => ({
    label: text[name],
    value: texts[name],
    onChange: (event: { currentTarget: { value: string } }) => setTexts({ ...texts, [name]: event.currentTarget.value }),
    error: errors[name],
  });
  return (
    <Dialog title={text.receiveOf(alert.sku, alert.location.code)} onClose={onClose} entered={received === null && written}>
      {received !== null ? (
        <div className="fields">
          <p role="status">{received}</p>
          <Button onClick={onClose} data-autofocus>
            {text.back}
          </Button>
        </div>
      ) : (
        <form className="fields" onSubmit={submit} noValidate>
          <QuantityInput
            label={text.quantity}
            withAsterisk
            units={quantity}
            onUnits={setQuantity}
            scale={scale}
            allowNegative={false}
            error={errors.quantity}
            data-autofocus
          />
          <NumberInput
            label={scale === 0 ? text.unitCost : text.unitCostOf(alert.item.unitOfMeasure)}
            description={text.unitCostHint}
            value={unitCost}
            onChange={setUnitCost}
            error={errors.unitCost}
            {...separator}
            decimalScale={COST_PLACES}
            allowNegative={false}
            inputMode="decimal"
            hideControls
          />
          <TextInput {...field("reference")} maxLength={200} />
          <Textarea {...field("note")} maxLength={2000} />
          <Messages message={errors[""]} />
          <TroubleNote trouble={trouble} />
          <div className="acts">
            <Button type="submit" loading={sending}>
              {text.receive}
            </Button>
            <Button variant="default" onClick={onClose}>
              {text.back}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** What was filled in; a cost is a decimal text, written with a point whatever the reader's language. */
function told(unitCost: string | number, { reference, note }: { reference: string; note: string }) {
  return {
    unitCost: String(unitCost) || null,
    reference: reference.trim() || null,
    note: note.trim() || null,
  };
}
